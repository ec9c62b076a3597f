// The slider: a window of a day, a week or 30 days that moves over the period, by hand or by itself.
import { day as dayWords, span as spanWords, t } from '../i18n.js';
import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from '../preact.js';
import { change } from './address.js';
import { counts } from './calls.js';
import { countPainting, heatPainting } from './colouring.js';
import { busiest, frames as framesOf } from './dates.js';
import { Frames } from './frames.js';
import { density, hottest } from './heat.js';
import { useAnswer } from '../answers.js';
import { Failing } from './parts.js';
import { narrowing } from './question.js';

/** @import { Counts } from 'service' */
/** @import { Seen } from './app.js' */
/** @import { Painting } from './colouring.js' */
/** @import { Span } from './dates.js' */
/** @import { Lattice } from './heat.js' */

/** What was filed meanwhile is in frames that are asked for anew. */
const ANEW_MS = 300_000;
const FRAME_MS = /** @type {const} */ ({ day: 250, week: 120, month: 80 });

/** How hot the hottest window is: that of most reports, asked for once, so that all frames have one scale. @param {Seen} seen @param {Lattice} lattice @param {Span[]} all @param {string} question */
function useHottest({ territory: { code }, address, span, level }, lattice, all, question) {
  const heat = address.show === 'heat';
  return useAnswer(question && `hottest ${question}`, async (signal) => {
    const { day } = await counts(code, address, span, ['day'], signal);
    const window = busiest(all, day ?? {});
    if (!window) return 0;
    const most = await counts(code, address, window, [heat ? 'bin' : 'cell'], signal, { zoom: lattice.zoom, level });
    return heat ? hottest(density(most.bin ?? { zoom: 0, x: [], y: [], reports: [] }, lattice)) : Math.max(0, ...Object.values(most.cell?.reports ?? {}));
  });
}

/** @param {Seen & {lattice: Lattice, scale: string, show: (painting: Painting) => unknown}} props */
export function Slider(props) {
  const { territory: { code }, address, span, level, lattice, scale, show, clock, drawing } = props;
  const window = address.window || 'week';
  const heat = address.show === 'heat';
  const all = useMemo(() => framesOf(span, window), [span.from, span.to, window]);
  const question = JSON.stringify([code, span, narrowing(address), window, address.show, level]);
  const top = useHottest(props, lattice, all, question);
  const found = all.findIndex(({ from }) => from >= address.at);
  const [at, move] = useState(address.at && found >= 0 ? found : all.length - 1);
  const [playing, play] = useState(false);
  const [, came] = useState(0);
  const frames = useRef(/** @type {Frames<Counts> | null} */ (null));
  const bar = useRef(/** @type {HTMLElement | null} */ (null));
  const place = Math.min(at, all.length - 1);
  const frame = all[place];

  useEffect(() => {
    frames.current?.end();
    const fresh = new Frames(all, (one, signal) => counts(code, address, one, [heat ? 'bin' : 'cell'], signal, { zoom: lattice.zoom, level }), () => came((n) => n + 1));
    frames.current = fresh;
    came((n) => n + 1);
    return () => fresh.end();
  }, [question, Math.floor(clock.at / ANEW_MS)]);

  const counted = frames.current?.get(place);
  const now = top.answer;
  // At once: what waits for the screen is drawn a turn late.
  useLayoutEffect(() => {
    if (!counted || now === null) return;
    show(heat ? heatPainting(counted, lattice, scale, now) : countPainting(counted.cell?.reports ?? {}, scale, now));
    if (bar.current && frame) bar.current.dataset.shown = frame.from;
  }, [counted, now, drawing]);

  // The address says where the window stands once it stands still.
  useEffect(() => {
    if (playing || !frame || frame.from === address.at) return undefined;
    const timer = setTimeout(() => change({ at: frame.from }, { replace: true }), 400);
    return () => clearTimeout(timer);
  }, [frame?.from, playing]);

  useEffect(() => {
    if (!playing) return undefined;
    let last = performance.now();
    let turn = 0;
    /** @param {number} time */
    const step = (time) => {
      turn = requestAnimationFrame(step);
      if (time - last < FRAME_MS[window] || document.hidden) return;
      move((/** @type {number} */ before) => {
        const next = (before + 1) % all.length;
        if (!frames.current?.get(next)) return before;
        last = time;
        return next;
      });
    };
    turn = requestAnimationFrame(step);
    return () => cancelAnimationFrame(turn);
  }, [playing, question]);

  const words = frame ? (frame.from === frame.to ? dayWords(frame.from) : spanWords(frame.from, frame.to)) : '';
  const problem = top.problem ?? frames.current?.problem;
  return html`<div class="slider" id="slider" ref=${bar} role="group" aria-label=${t('centre_slider')}>
    <button type="button" class="secondary small" id="play" aria-pressed=${String(playing)} onClick=${() => play(!playing)}>${playing ? t('centre_pause') : t('centre_play')}</button>
    <input type="range" id="moment" min="0" max=${all.length - 1} step="1" value=${place} aria-label=${t('centre_moment')} aria-valuetext=${words} onInput=${(/** @type {Event & {currentTarget: HTMLInputElement}} */ event) => { play(false); move(Number(event.currentTarget.value)); }} />
    <output for="moment">${words}${!counted && ` · ${t('loading')}`}</output>
    ${Boolean(problem) && html`<${Failing} problem=${problem} />`}
  </div>`;
}
