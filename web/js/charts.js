// Two small charts: horizontal bars for categories, columns for months.
import { count, month, t } from './i18n.js';
import { h, svg } from './dom.js';

const FIRST_BARS = 8;

/** @typedef {{label: string, value: number}} Bar */
/** @typedef {{month: string, count: number}} Column */

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

/** All months from the first to the last, so that a month without reports shows as a gap. @param {Column[]} rows */
export function everyMonth(rows) {
  if (!rows.length) return [];
  const known = new Map(rows.map(({ month: name, count: n }) => [name, n]));
  const names = [...known.keys()].sort();
  const last = names.at(-1) ?? '';
  const filled = [];
  for (let name = names[0] ?? ''; name <= last && filled.length <= 600; name = after(name)) {
    filled.push({ month: name, count: known.get(name) ?? 0 });
  }
  return filled;
}

/** The month after one: `2025-12` → `2026-01`. @param {string} month */
function after(month) {
  const date = new Date(`${month}-01T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() + 1);
  return date.toISOString().slice(0, 7);
}

/** Columns of months; each says its month and number when pointed at, and all of it is told to screen readers. @param {Column[]} rows */
export function columns(rows) {
  const months = everyMonth(rows);
  const [first, last] = [months[0], months.at(-1)];
  if (!first || !last || months.length < 2) return null;
  const most = Math.max(1, ...months.map(({ count: n }) => n));
  const busiest = months.find(({ count: n }) => n === most) ?? first;
  const width = 100 / months.length;
  const told = months.map(({ month: name, count: n }) => t('month_count', { month: month(name, 'long'), n: count(n) }));
  const shapes = months.map(({ month: name, count: n }, index) => svg('g', {},
    svg('title', {}, told[index] ?? null),
    svg('rect', { class: 'target', x: index * width, y: 0, width, height: 40 }),
    svg('rect', { class: name === busiest.month ? 'column peak' : 'column', x: index * width + width * 0.14, y: 40 - (38 * n) / most, width: width * 0.72, height: Math.max(n ? 0.8 : 0, (38 * n) / most) })));
  return h('figure', { class: 'columns' },
    svg('svg', { viewBox: '0 0 100 40', preserveAspectRatio: 'none', role: 'img', 'aria-label': told.join('; ') }, shapes),
    h('figcaption', {}, h('span', {}, month(first.month)), h('span', { class: 'peak' }, t('busiest', { month: month(busiest.month), n: count(most) })), h('span', {}, month(last.month))));
}
