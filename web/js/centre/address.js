// What the command centre shows, as one plain object, and the address that brings it back.

/** @import { Window } from './dates.js' */

/** @typedef {[lon: number, lat: number]} Corner */
/** @typedef {'heat' | 'count' | 'indicator' | 'compare' | 'sides' | 'emerging' | 'gi' | 'moran' | 'rate'} Show what colours the map */
/**
 * @typedef {object} Address
 * @property {string} territory its code; empty: that of last time
 * @property {string} level shown on the map and ranked; empty: the top one
 * @property {number} days a period that ends today or with the newest report, and goes along with it; of use without from and to
 * @property {string} from
 * @property {string} to
 * @property {string} day whose hours are shown as they come in; empty: today
 * @property {string[]} categories empty: all
 * @property {{level: string, code: string} | null} cell
 * @property {Corner[]} area corners of a drawn area; none when empty
 * @property {Show} show
 * @property {string} indicator by which the cells are ranked; empty: reports
 * @property {string} vs first and last day of the period to compare with, `2025-05-01/2025-05-31`; empty: the one before
 * @property {Window | ''} window that moves over the period; empty: all of it at once
 * @property {string} at first day of the window
 * @property {string} finding
 * @property {{lon: number, lat: number, zoom: number} | null} view
 */

export const SHOWS = /** @type {const} */ (['heat', 'count', 'indicator', 'compare', 'sides', 'emerging', 'gi', 'moran', 'rate']);
export const PERIODS = /** @type {const} */ ([7, 30, 90, 365]);
const DAYS = 30;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOST_CORNERS = 100;

/** @param {string | null} text */
const day = (text) => (text && DAY.test(text) && !Number.isNaN(Date.parse(text)) ? text : '');

/** @param {string | null | undefined} text @param {number} low @param {number} high */
const within = (text, low, high) => {
  const value = Number.parseFloat(text ?? '');
  return Number.isFinite(value) && value >= low && value <= high ? value : null;
};

/** Corners as `116.88,38.31;116.89,38.31;…`. @param {string | null} text @returns {Corner[]} */
function corners(text) {
  const found = (text ?? '').split(';').map((pair) => pair.split(','));
  const read = found.map(([lon, lat]) => /** @type {const} */ ([within(lon, -180, 180), within(lat, -90, 90)]));
  const good = read.flatMap(([lon, lat]) => (lon === null || lat === null ? [] : [/** @type {Corner} */ ([lon, lat])]));
  return good.length === read.length && good.length >= 3 && good.length <= MOST_CORNERS ? good : [];
}

/** @param {string | null} text */
function span(text) {
  const [from, to] = (text ?? '').split('/').map(day);
  return from && to && from <= to ? `${from}/${to}` : '';
}

/** Read an address; what is not sensible is left out. @param {string} hash @returns {Address} */
export function parse(hash) {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const [from, to] = [day(params.get('from')), day(params.get('to'))];
  const fixed = from && to && from <= to;
  const [level, ...code] = (params.get('cell') ?? '').split(':');
  const show = SHOWS.find((one) => one === params.get('show')) ?? 'heat';
  const window = /** @type {const} */ (['day', 'week', 'month']).find((one) => one === params.get('window')) ?? '';
  const [lon, lat, zoom] = [within(params.get('lon'), -180, 180), within(params.get('lat'), -85, 85), within(params.get('z'), 0, 24)];
  return {
    territory: params.get('t') ?? '',
    level: params.get('level') ?? '',
    days: PERIODS.find((one) => String(one) === params.get('days')) ?? DAYS,
    from: fixed ? from : '',
    to: fixed ? to : '',
    day: day(params.get('day')),
    categories: [...new Set((params.get('category') ?? '').split(',').filter(Boolean))].slice(0, 100),
    cell: level && code.length ? { level, code: code.join(':') } : null,
    area: corners(params.get('area')),
    show,
    indicator: /^[a-z0-9.-]{1,120}$/.test(params.get('indicator') ?? '') ? params.get('indicator') ?? '' : '',
    vs: span(params.get('vs')),
    window,
    at: window ? day(params.get('at')) : '',
    finding: /^\d{1,18}$/.test(params.get('finding') ?? '') ? params.get('finding') ?? '' : '',
    view: lon === null || lat === null || zoom === null ? null : { lon, lat, zoom },
  };
}

/** The corners of an area as addresses have them: `lon,lat;lon,lat`. @param {Address['area']} area */
export const written = (area) => area.map(([lon, lat]) => `${lon.toFixed(5)},${lat.toFixed(5)}`).join(';');

/** The address of what is shown; what is as always is left out. @param {Address} shown */
export function format(shown) {
  const { territory, level, days, from, to, day: inflow, categories, cell, area, show, indicator, vs, window, at, finding, view } = shown;
  /** @type {[string, string | false][]} */
  const parts = [
    ['t', territory], ['level', level], ['from', from], ['to', to], ['days', !from && days !== DAYS && String(days)], ['day', inflow],
    ['category', categories.join(',')], ['cell', cell !== null && `${cell.level}:${cell.code}`],
    ['area', written(area)],
    ['show', show !== 'heat' && show], ['indicator', indicator], ['vs', vs], ['window', window], ['at', window && at], ['finding', finding],
    ['z', view !== null && view.zoom.toFixed(2)], ['lon', view !== null && view.lon.toFixed(5)], ['lat', view !== null && view.lat.toFixed(5)],
  ];
  /** @param {string} value */
  const escaped = (value) => encodeURIComponent(value).replace(/%3A/g, ':').replace(/%2C/g, ',').replace(/%3B/g, ';').replace(/%2F/g, '/');
  return `#${parts.flatMap(([key, value]) => (value ? [`${key}=${escaped(value)}`] : [])).join('&')}`;
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
  const address = format({ ...shown, ...changes });
  shown = { ...shown, ...changes };
  if (address !== location.hash) {
    if (replace) history.replaceState(null, '', address);
    else history.pushState(null, '', address);
  }
  for (const watch of watchers) watch();
}

/** Call `watch` after each change. @param {() => void} watch @returns {() => void} ends it */
export function watchAddress(watch) {
  watchers.add(watch);
  return () => watchers.delete(watch);
}

/** The address bar, Back and Forward. */
function follow() {
  if (format(shown) === location.hash) return;
  shown = parse(location.hash);
  for (const watch of watchers) watch();
}
addEventListener('popstate', follow);
addEventListener('hashchange', follow);
