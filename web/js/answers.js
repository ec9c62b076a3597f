// Answers of the service in a component: asked, and asked again by themselves.
import * as api from './api.js';
import { useEffect, useRef, useState } from './preact.js';

const FIRST_RETRY_MS = 3000;
const MOST_RETRY_MS = 60_000;

/**
 * @template T
 * @typedef {object} Answered
 * @property {T | null} answer the last that came; of another question while the new one is waited for
 * @property {boolean} fresh whether it answers what is asked now
 * @property {unknown} problem why it could not be had; it is being asked again
 */

/**
 * One question while it stays the same: asked, asked again when it failed, and when something happened meanwhile.
 *
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} ask
 * @param {(answer: T | null, problem: unknown) => void} tell
 */
function line(ask, tell) {
  const waiting = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let wait = FIRST_RETRY_MS;
  let busy = false;
  let missed = false;
  const go = async () => {
    clearTimeout(timer);
    busy = true;
    missed = false;
    try {
      const answer = await ask(waiting.signal);
      wait = FIRST_RETRY_MS;
      if (!waiting.signal.aborted) tell(answer, null);
    } catch (problem) {
      if (waiting.signal.aborted || api.givenUp(problem)) return;
      tell(null, problem);
      if (problem instanceof api.Problem && !problem.passing) return;
      timer = setTimeout(go, wait);
      wait = Math.min(MOST_RETRY_MS, 2 * wait);
    } finally {
      busy = false;
    }
    if (missed && !waiting.signal.aborted) go();
  };
  go();
  return {
    /** Ask again; what is under way is waited for first, or a busy city would never be answered. */
    again: () => { if (busy) missed = true; else go(); },
    end: () => { waiting.abort(); clearTimeout(timer); },
  };
}

/**
 * An answer: asked when the key changes or the pulse beats, given up when nobody waits for it any more, tried again when it failed.
 *
 * @template T
 * @param {string} key what is asked, in full; empty: nothing
 * @param {(signal: AbortSignal) => Promise<T>} ask
 * @param {unknown} [pulse]
 * @returns {Answered<T>}
 */
export function useAnswer(key, ask, pulse = 0) {
  const [held, hold] = useState(/** @type {{key: string, answer: T | null, problem: unknown}} */ ({ key: '', answer: null, problem: null }));
  const asking = useRef(/** @type {ReturnType<typeof line> | null} */ (null));
  const heard = useRef(pulse);
  useEffect(() => {
    if (!key) return undefined;
    const mine = line(ask, (answer, problem) => hold((/** @type {typeof held} */ before) => (problem ? { ...before, problem } : { key, answer, problem: null })));
    asking.current = mine;
    return () => {
      mine.end();
      asking.current = null;
    };
  }, [key]);
  useEffect(() => {
    if (heard.current !== pulse) asking.current?.again();
    heard.current = pulse;
  }, [pulse]);
  return { answer: key ? held.answer : null, fresh: held.key === key, problem: held.problem };
}
