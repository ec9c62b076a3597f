// The filter that every figure of the page answers: which reports, in which days; and where its cases are listed.
import { written } from './address.js';
import { before, clock } from './dates.js';

/** @import { Territory } from '../api.js' */
/** @import { Address } from './address.js' */
/** @import { Span } from './dates.js' */

/** The day up to which a territory has reports: today, or the newest report's where nothing came for a week. @param {Territory} territory @param {string} today */
export function lastDay({ newest }, today) {
  const week = new Date(Date.parse(`${today}T00:00:00Z`) - 7 * 86_400_000).toISOString().slice(0, 10);
  return newest && newest < week ? newest : today;
}

/** The days that are looked at. @param {Address} address @param {Territory} territory @param {string} [today] @returns {Span} */
export function period({ from, to, days }, territory, today = clock(territory.timezone).day) {
  if (from) return { from, to };
  const last = lastDay(territory, today);
  return { from: new Date(Date.parse(`${last}T00:00:00Z`) - (days - 1) * 86_400_000).toISOString().slice(0, 10), to: last };
}

/** The days that they are compared with. @param {Address} address @param {Span} span @returns {Span} */
export function compared({ vs }, span) {
  const [from, to] = vs.split('/');
  return from && to ? { from, to } : before(span);
}

/** A drawn area as GeoJSON. @param {Address['area']} area @returns {GeoJSON.Polygon | null} */
export function polygon(area) {
  const [first] = area;
  return first ? { type: 'Polygon', coordinates: [[...area, first]] } : null;
}

/** What narrows every figure but its days, as a question for counts takes it. @param {Address} address */
export function narrowing({ categories, cell, area }) {
  return { ...(categories.length && { categories }), ...(cell && { cells: [cell] }), ...(area.length && { area: polygon(area) }) };
}

/**
 * The cases behind a figure, as a list of them is asked for.
 *
 * @param {Address} address
 * @param {Span | null} span
 * @param {{level: string, code: string} | null} [cell] in place of the chosen one
 * @param {Record<string, string>} [more]
 */
export function listed({ categories, cell: chosen, area }, span, cell = chosen, more = {}) {
  const query = new URLSearchParams({ counted: 'true' }); // as every figure: a campaign's cases are on its board
  for (const category of more.category ? [] : categories) query.append('category', category);
  if (cell) {
    query.set('cell', cell.code);
    query.set('level', cell.level);
  }
  if (span) {
    query.set('from', span.from);
    query.set('to', span.to);
  }
  if (area.length) query.set('area', written(area));
  for (const [key, value] of Object.entries(more)) query.set(key, value);
  return query;
}

/**
 * Where the cases behind a figure are listed.
 *
 * @param {Address} address
 * @param {string} territory
 * @param {Span | null} span
 * @param {{level: string, code: string} | null} [cell] in place of the chosen one
 * @param {Record<string, string>} [more]
 */
export const cases = (address, territory, span, cell, more) => `work#/${encodeURIComponent(territory)}/cases?${listed(address, span, cell, more)}`;

/** Whether the sides of an area cross each other, so that it has no inside. @param {Address['area']} area */
export function crosses(area) {
  /** @param {number[]} a @param {number[]} b @param {number[]} c */
  const turn = ([ax = 0, ay = 0], [bx = 0, by = 0], [cx = 0, cy = 0]) => Math.sign((bx - ax) * (cy - ay) - (by - ay) * (cx - ax));
  const sides = area.map((corner, at) => /** @type {const} */ ([corner, area[(at + 1) % area.length] ?? corner]));
  return sides.some(([a, b], i) => sides.some(([c, d], j) => {
    if (j <= i + 1 || (i === 0 && j === sides.length - 1)) return false;
    return turn(a, b, c) !== turn(a, b, d) && turn(c, d, a) !== turn(c, d, b);
  }));
}
