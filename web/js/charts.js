// Small charts: horizontal bars for categories, columns for months, weeks and days.
import { count, day, month, t } from './i18n.js';
import { h, svg } from './dom.js';

const FIRST_BARS = 8;

/** @typedef {{label: string, value: number}} Bar */
/** @typedef {{of: 'month' | 'week' | 'day', name: string, count: number}} Column `name` is 2025-03, or the first day */

/** Bars, longest first as given; beyond the first few only when asked for. @param {Bar[]} rows */
export function bars(rows) {
  const most = Math.max(1, ...rows.map(({ value }) => value));
  /** @param {Bar} row */
  const bar = ({ label, value }) => h('li', {},
    h('span', { class: 'bar-label' }, label),
    h('span', { class: 'bar-value' }, count(value)),
    h('span', { class: 'bar', 'aria-hidden': 'true' }, h('i', { style: { width: `${(100 * value) / most}%` } })));
  const few = rows.length > FIRST_BARS + 2 ? rows.slice(0, FIRST_BARS) : rows;
  const list = h('ul', { class: 'bars' }, few.map(bar));
  if (few === rows) return list;
  list.append(h('li', { class: 'all' }, h('button', { type: 'button', class: 'more', onclick: () => list.replaceChildren(...rows.map(bar)) }, t('show_all', { n: count(rows.length) }))));
  return list;
}

/** All months from the first to the last, so that a month without reports shows as a gap. @param {{month: string, count: number}[]} rows @returns {Column[]} */
export function everyMonth(rows) {
  if (!rows.length) return [];
  const known = new Map(rows.map(({ month: name, count: n }) => [name, n]));
  const names = [...known.keys()].sort();
  const last = names.at(-1) ?? '';
  /** @type {Column[]} */
  const filled = [];
  for (let name = names[0] ?? ''; name <= last && filled.length <= 600; name = after(name)) {
    filled.push({ of: 'month', name, count: known.get(name) ?? 0 });
  }
  return filled;
}

/** The month after one: `2025-12` → `2026-01`. @param {string} month */
function after(month) {
  const date = new Date(`${month}-01T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() + 1);
  return date.toISOString().slice(0, 7);
}

const DAY_MS = 86_400_000;
const MOST_COLUMNS = 130;

/** @param {number} at @returns {string} */
const dayOf = (at) => new Date(at).toISOString().slice(0, 10);

/**
 * All days from the first to the last, so that one without reports shows as a gap; weeks from Monday where days are too many.
 *
 * @param {Record<string, number>} counts by day
 * @param {string} [from] day to begin with, else the first that has any
 * @param {string} [to]
 * @returns {Column[]}
 */
export function everyDay(counts, from = '', to = '') {
  const known = Object.keys(counts).sort();
  const [first, last] = [from || known[0], to || known.at(-1)].map((text) => Date.parse(`${text ?? ''}T00:00:00Z`));
  if (first === undefined || last === undefined || !(first <= last)) return [];
  const of = (last - first) / DAY_MS < MOST_COLUMNS ? 'day' : 'week';
  const [step, begin] = of === 'day' ? [1, first] : [7, first - ((new Date(first).getUTCDay() + 6) % 7) * DAY_MS];
  const sums = Array.from({ length: Math.min(1200, Math.floor((last - begin) / DAY_MS / step) + 1) }, () => 0);
  for (const [name, n] of Object.entries(counts)) {
    const at = Math.floor((Date.parse(`${name}T00:00:00Z`) - begin) / DAY_MS / step);
    if (at in sums) sums[at] = (sums[at] ?? 0) + n;
  }
  return sums.map((n, at) => ({ of, name: dayOf(begin + at * step * DAY_MS), count: n }));
}

/** How a column is called, for a glance and in full. @type {Record<Column['of'], {short: (name: string) => string, long: (name: string) => string}>} */
const CALLED = {
  month: { short: (name) => month(name), long: (name) => month(name, 'long') },
  day: { short: day, long: day },
  week: { short: day, long: (name) => t('week_of', { day: day(name) }) },
};

/** Columns over time; each says its time and number when pointed at, and all of it is told to screen readers. @param {Column[]} rows */
export function columns(rows) {
  const [first, last] = [rows[0], rows.at(-1)];
  if (!first || !last || rows.length < 2) return null;
  const { short, long } = CALLED[first.of];
  const most = Math.max(1, ...rows.map(({ count: n }) => n));
  const busiest = rows.find(({ count: n }) => n === most) ?? first;
  const width = 100 / rows.length;
  const told = rows.map(({ name, count: n }) => t('month_count', { month: long(name), n: count(n) }));
  const shapes = rows.map(({ name, count: n }, index) => svg('g', {},
    svg('title', {}, told[index] ?? null),
    svg('rect', { class: 'target', x: index * width, y: 0, width, height: 40 }),
    svg('rect', { class: name === busiest.name ? 'column peak' : 'column', x: index * width + width * 0.14, y: 40 - (38 * n) / most, width: width * 0.72, height: Math.max(n ? 0.8 : 0, (38 * n) / most) })));
  return h('figure', { class: 'columns' },
    svg('svg', { viewBox: '0 0 100 40', preserveAspectRatio: 'none', role: 'img', 'aria-label': told.join('; ') }, shapes),
    h('figcaption', {}, h('span', {}, short(first.name)), h('span', { class: 'peak' }, t('busiest', { month: short(busiest.name), n: count(most) })), h('span', {}, short(last.name))));
}
