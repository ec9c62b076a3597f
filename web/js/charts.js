// Two small charts: horizontal bars for categories, columns for months.
import { count, month, t } from './i18n.js';
import { h, svg } from './dom.js';

const FIRST_BARS = 8;

/** Bars of `[{label, value}]`, longest first as given; beyond the first few only when asked for. */
export function bars(rows) {
  const most = Math.max(1, ...rows.map(({ value }) => value));
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

/** All months from the first to the last, so that a month without reports shows as a gap. */
export function everyMonth(rows) {
  if (!rows.length) return [];
  const known = new Map(rows.map(({ month: name, count: n }) => [name, n]));
  const names = [...known.keys()].sort();
  const filled = [];
  for (let [year, index] = names[0].split('-').map(Number); ;) {
    const name = `${String(year).padStart(4, '0')}-${String(index).padStart(2, '0')}`;
    filled.push({ month: name, count: known.get(name) ?? 0 });
    if (name >= names.at(-1) || filled.length > 600) return filled;
    index = index === 12 ? 1 : index + 1;
    if (index === 1) year += 1;
  }
}

/** Columns of `[{month, count}]`; each says its month and number when pointed at, and all of it is told to screen readers. */
export function columns(rows) {
  const months = everyMonth(rows);
  if (months.length < 2) return null;
  const most = Math.max(1, ...months.map(({ count: n }) => n));
  const busiest = months.find(({ count: n }) => n === most);
  const width = 100 / months.length;
  const told = months.map(({ month: name, count: n }) => t('month_count', { month: month(name, 'long'), n: count(n) }));
  const shapes = months.map(({ month: name, count: n }, index) => svg('g', {},
    svg('title', {}, told[index]),
    svg('rect', { class: 'target', x: index * width, y: 0, width, height: 40 }),
    svg('rect', { class: name === busiest.month ? 'column peak' : 'column', x: index * width + width * 0.14, y: 40 - (38 * n) / most, width: width * 0.72, height: Math.max(n ? 0.8 : 0, (38 * n) / most) })));
  return h('figure', { class: 'columns' },
    svg('svg', { viewBox: '0 0 100 40', preserveAspectRatio: 'none', role: 'img', 'aria-label': told.join('; ') }, shapes),
    h('figcaption', {}, h('span', {}, month(months[0].month)), h('span', { class: 'peak' }, t('busiest', { month: month(busiest.month), n: count(most) })), h('span', {}, month(months.at(-1).month))));
}
