// What the board of places shows, as one plain object, and the address that brings it back.
import { useWatched } from '../watching.js';

/** @typedef {'board' | 'overlays' | 'upload'} Part of the page */
/** @typedef {'name' | 'value' | 'reports' | 'closure'} Sort */
/**
 * @typedef {object} Address
 * @property {string} territory its code; empty: that of last time
 * @property {Part} part
 * @property {string} level of the cells; empty: the one above the base grids
 * @property {string} attribute its key; empty: the first
 * @property {string} on day on which it stands; empty: today
 * @property {Sort} sort
 * @property {{level: string, code: string} | null} cell
 * @property {string} overlay its key; empty: the first
 * @property {{lon: number, lat: number, zoom: number} | null} view
 */

export const PARTS = /** @type {const} */ (['board', 'overlays', 'upload']);
export const SORTS = /** @type {const} */ (['name', 'value', 'reports', 'closure']);
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const KEY = /^[a-z][a-z0-9_-]{0,62}$/;

/** @param {string | null} text @param {number} low @param {number} high */
function within(text, low, high) {
  const value = Number.parseFloat(text ?? '');
  return Number.isFinite(value) && value >= low && value <= high ? value : null;
}

/** @param {string | null} text @param {RegExp} form */
const formed = (text, form) => (text && form.test(text) ? text : '');

/** Read an address; what is not sensible is left out. @param {string} hash @returns {Address} */
export function parse(hash) {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const [level, ...code] = (params.get('cell') ?? '').split(':');
  const [lon, lat, zoom] = [within(params.get('lon'), -180, 180), within(params.get('lat'), -85, 85), within(params.get('z'), 0, 24)];
  const on = formed(params.get('on'), DAY);
  return {
    territory: params.get('t') ?? '',
    part: PARTS.find((one) => one === params.get('part')) ?? 'board',
    level: params.get('level') ?? '',
    attribute: formed(params.get('attribute'), KEY),
    on: Number.isNaN(Date.parse(on)) ? '' : on,
    sort: SORTS.find((one) => one === params.get('sort')) ?? 'value',
    cell: level && code.length ? { level, code: code.join(':') } : null,
    overlay: formed(params.get('overlay'), KEY),
    view: lon !== null && lat !== null && zoom !== null ? { lon, lat, zoom } : null,
  };
}

/** The address of what is shown; what is as always is left out. @param {Address} shown */
export function format({ territory, part, level, attribute, on, sort, cell, overlay, view }) {
  /** @type {[string, string | false][]} */
  const parts = [
    ['t', territory], ['part', part !== 'board' && part], ['level', level], ['attribute', attribute], ['on', on], ['sort', sort !== 'value' && sort],
    ['cell', cell !== null && `${cell.level}:${cell.code}`], ['overlay', overlay],
    ['z', view !== null && view.zoom.toFixed(2)], ['lon', view !== null && view.lon.toFixed(5)], ['lat', view !== null && view.lat.toFixed(5)],
  ];
  return `#${parts.flatMap(([key, value]) => (value ? [`${key}=${encodeURIComponent(value).replace(/%3A/g, ':')}`] : [])).join('&')}`;
}

/** @type {Address} */
let shown = parse(location.hash);
/** @type {Set<() => void>} */
const watchers = new Set();

export const current = () => shown;

/**
 * Show something else: a new entry for the back button, or in place of the present one where it is only looked at more closely.
 *
 * @param {Partial<Address>} changes
 * @param {{replace?: boolean}} [options]
 */
export function change(changes, { replace = false } = {}) {
  shown = { ...shown, ...changes };
  const address = format(shown);
  if (address !== location.hash) {
    if (replace) history.replaceState(null, '', address);
    else history.pushState(null, '', address);
  }
  for (const watch of watchers) watch();
}

/** Call `watch` after each change. @param {() => void} watch @returns {() => void} ends it */
function watchAddress(watch) {
  watchers.add(watch);
  return () => watchers.delete(watch);
}

/** The address, followed. */
export function useAddress() {
  useWatched(watchAddress);
  return current();
}

/** The address bar, Back and Forward. */
function follow() {
  if (format(shown) === location.hash) return;
  shown = parse(location.hash);
  for (const watch of watchers) watch();
}
addEventListener('popstate', follow);
addEventListener('hashchange', follow);
