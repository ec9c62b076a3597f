// The frames of a window that moves over a period: asked for ahead of the one that is shown, kept while the question stays.

/** @import { Span } from './dates.js' */

const AHEAD = 16;
const AT_ONCE = 4;

/**
 * Frames of one question.
 *
 * @template T
 */
export class Frames {
  /** @param {Span[]} spans @param {(span: Span, signal: AbortSignal) => Promise<T>} ask @param {(at: number) => void} came */
  constructor(spans, ask, came) {
    this.spans = spans;
    this.ask = ask;
    this.came = came;
    /** @type {Map<number, T>} */
    this.held = new Map();
    /** @type {Map<number, AbortController>} */
    this.asked = new Map();
    /** @type {unknown} */
    this.problem = null;
    this.wanted = 0;
    this.over = false;
  }

  /** The frame at a place, and those after it asked for. @param {number} at @returns {T | undefined} */
  get(at) {
    this.wanted = at;
    this.fetch();
    return this.held.get(at);
  }

  /** Ask for the nearest that are missing; what is no longer near is given up. */
  fetch() {
    const near = Array.from({ length: Math.min(AHEAD, this.spans.length) }, (_, step) => (this.wanted + step) % this.spans.length);
    for (const [at, waiting] of this.asked) {
      if (near.includes(at)) continue;
      waiting.abort();
      this.asked.delete(at);
    }
    for (const at of near) {
      if (this.over || this.asked.size >= AT_ONCE) return;
      if (!this.held.has(at) && !this.asked.has(at)) this.one(at);
    }
  }

  /** @param {number} at */
  async one(at) {
    const span = this.spans[at];
    if (!span) return;
    const waiting = new AbortController();
    this.asked.set(at, waiting);
    try {
      const frame = await this.ask(span, waiting.signal);
      this.problem = null;
      this.held.set(at, frame);
    } catch (problem) {
      if (waiting.signal.aborted) return;
      this.problem = problem;
      await new Promise((done) => { setTimeout(done, 2000); });
    }
    if (this.asked.get(at) === waiting) this.asked.delete(at);
    if (this.over) return;
    this.came(at);
    this.fetch();
  }

  /** How many frames from the one that is shown are here. */
  get ready() {
    let n = 0;
    while (n < this.spans.length && this.held.has((this.wanted + n) % this.spans.length)) n += 1;
    return n;
  }

  end() {
    this.over = true;
    for (const waiting of this.asked.values()) waiting.abort();
    this.held.clear();
  }
}
