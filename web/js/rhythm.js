// When reports come: by hour of the week and by day, for what the map's filter counts. For staff who may read them.
import * as api from './api.js';
import { columns, everyDay } from './charts.js';
import { announce, h, put, svg } from './dom.js';
import { count, hours, t, weekday } from './i18n.js';

/** @import { Cell, Filter } from './state.js' */

const [LEFT, TOP, WIDE, HIGH] = [30, 2, 10, 12];
const MARKED = [0, 6, 12, 18];

/** Seven weekdays of 24 hours, darker where more came; each square says its number, and a table says all. @param {number[][]} week */
function weekFigure(week) {
  const most = Math.max(1, ...week.flat());
  const day = week.findIndex((row) => row.includes(most));
  const hour = week[day]?.indexOf(most) ?? 0;
  const busiest = t('busiest_hour', { day: weekday(Math.max(0, day), 'long'), hours: hours(hour), n: count(most) });
  const squares = week.flatMap((row, y) => row.map((n, x) => svg('g', {},
    svg('title', {}, t('hour_count', { day: weekday(y, 'long'), hours: hours(x), n: count(n) })),
    svg('rect', { class: 'square', x: LEFT + x * WIDE, y: TOP + y * HIGH, width: WIDE - 1, height: HIGH - 1, rx: 1.5, 'fill-opacity': n ? (0.14 + (0.86 * n) / most).toFixed(3) : 0 }))));
  return h('figure', { class: 'week', id: 'week' },
    svg('svg', { viewBox: `0 0 ${LEFT + 24 * WIDE} ${TOP + 7 * HIGH + 12}`, role: 'img', 'aria-label': busiest },
      week.map((_, y) => svg('text', { x: LEFT - 5, y: TOP + y * HIGH + 9, 'text-anchor': 'end' }, weekday(y))),
      squares,
      MARKED.map((x) => svg('text', { x: LEFT + x * WIDE, y: TOP + 7 * HIGH + 10 }, String(x)))),
    h('figcaption', {}, h('span', { class: 'peak' }, busiest)),
    h('table', { class: 'visually-hidden' }, h('caption', {}, t('by_hour')),
      h('thead', {}, h('tr', {}, h('td', {}), Array.from({ length: 24 }, (_, x) => h('th', { scope: 'col' }, hours(x))))),
      h('tbody', {}, week.map((row, y) => h('tr', {}, h('th', { scope: 'row' }, weekday(y, 'long')), row.map((n) => h('td', {}, count(n))))))));
}

/**
 * Both figures, for a cell or the whole territory; nothing for whoever may not read reports, or where there are none.
 *
 * @param {HTMLElement} place
 * @param {string} territory
 * @param {Filter} filter
 * @param {Cell | null} cell
 * @param {AbortSignal} signal
 */
export async function drawRhythm(place, territory, { category, from, to }, cell, signal) {
  if (!await api.may('read', territory) || signal.aborted) return;
  try {
    const asked = { by: ['hour', 'day'], ...(category && { categories: [category] }), ...(from && { from }), ...(to && { to }), ...(cell && { cells: [cell] }) };
    const { total, hour, day } = await api.counts(territory, asked, signal);
    if (!total || !hour || !day) {
      put(place);
      return;
    }
    const days = everyDay(day, from, to);
    put(place, h('section', { class: 'rhythm' }, h('h3', {}, t('by_hour')), weekFigure(hour), h('h3', {}, t(days.length && days[0]?.of === 'week' ? 'by_week' : 'by_day')), columns(days)));
  } catch (problem) {
    if (!api.givenUp(problem)) announce(api.wording(problem));
  }
}
