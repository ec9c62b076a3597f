// Days as texts such as 2025-06-30, by the territory's clock; windows that move over them.

const DAY_MS = 86_400_000;

/** @param {string} text */
const at = (text) => Date.parse(`${text}T00:00:00Z`);
/** @param {number} ms */
const text = (ms) => new Date(ms).toISOString().slice(0, 10);

/** The day some days after another; before it when negative. @param {string} day @param {number} days */
export const plus = (day, days) => text(at(day) + days * DAY_MS);

/** How many days from one to another, both counted. @param {string} from @param {string} to */
export const length = (from, to) => Math.round((at(to) - at(from)) / DAY_MS) + 1;

/** Day of the week, Monday is 1. @param {string} day */
export const weekdayOf = (day) => (new Date(at(day)).getUTCDay() + 6) % 7 + 1;

/** The day and the hour that it is in a time zone. @param {string} zone @param {Date} [now] */
export function clock(zone, now = new Date()) {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', hourCycle: 'h23' }).formatToParts(now);
  const part = (/** @type {string} */ type) => parts.find((one) => one.type === type)?.value ?? '';
  return { day: `${part('year')}-${part('month')}-${part('day')}`, hour: Number(part('hour')) };
}

/** @typedef {'day' | 'week' | 'month'} Window */
/** @typedef {{from: string, to: string}} Span days, both counted */

export const WINDOWS = /** @type {const} */ ({ day: 1, week: 7, month: 30 });
const MOST_FRAMES = 400;

/**
 * The places of a window that moves over a period: a day at a time, or by as many days as keep them under 400.
 *
 * @param {Span} period
 * @param {Window} window
 * @returns {Span[]}
 */
export function frames({ from, to }, window) {
  const days = Math.min(WINDOWS[window], length(from, to));
  const last = length(from, to) - days;
  const step = Math.max(1, Math.ceil((last + 1) / MOST_FRAMES));
  const starts = Array.from({ length: Math.floor(last / step) + 1 }, (_, index) => index * step);
  if (starts.at(-1) !== last) starts.push(last);
  return starts.map((start) => ({ from: plus(from, start), to: plus(from, start + days - 1) }));
}

/** The frame in which most was reported, by counts of days. @param {Span[]} all @param {Record<string, number>} days @returns {Span | undefined} */
export function busiest(all, days) {
  const [first, last] = [all[0], all.at(-1)];
  if (!first || !last) return undefined;
  const sums = [0];
  for (let day = first.from; day <= last.to; day = plus(day, 1)) sums.push((sums.at(-1) ?? 0) + (days[day] ?? 0));
  /** @param {Span} one */
  const held = ({ from, to }) => (sums[length(first.from, to)] ?? 0) - (sums[length(first.from, from) - 1] ?? 0);
  return all.reduce((best, one) => (held(one) > held(best) ? one : best), first);
}

/** The period of the same length just before. @param {Span} span @returns {Span} */
export function before({ from, to }) {
  const days = length(from, to);
  return { from: plus(from, -days), to: plus(from, -1) };
}
