// What the page shows, as one plain object, and the address that brings it back.

/** @typedef {{lon: number, lat: number}} Point */
/** @typedef {Point & {zoom: number}} View */
/** @typedef {{level: string, code: string}} Cell */
/** @typedef {{category?: string, group?: string, period?: string, from?: string, to?: string}} Filter */
/** `from` and `to` are of staff, `group` and `period` (a published one) of everybody else. @typedef {Required<Filter> & {on: boolean}} Heat */
/**
 * @typedef {object} State
 * @property {string | null} territory its code
 * @property {View | null} view the middle of the map
 * @property {Cell | null} cell the chosen one
 * @property {Point | null} point that was asked for
 * @property {string} finding number of the one that is shown
 * @property {string} indicator key of the one that colours the cells
 * @property {boolean} cases whether open cases are shown at every zoom
 * @property {Heat} heat
 */

/** @type {State} */
const state = {
  territory: null,
  view: null,
  cell: null,
  point: null,
  finding: '',
  indicator: '',
  cases: false,
  heat: { on: true, category: '', group: '', period: '', from: '', to: '' },
};

/** @type {Map<string, Set<(state: State) => void>>} */
const watchers = new Map();

/** Call `watch(state)` after a change of a key. @param {keyof State} key @param {(state: State) => void} watch */
export function on(key, watch) {
  watchers.set(key, (watchers.get(key) ?? new Set()).add(watch));
}

/** Change some keys and tell who watches them, each once. @param {Partial<State>} changes */
export function set(changes) {
  Object.assign(state, changes);
  const called = new Set(Object.keys(changes).flatMap((key) => [...watchers.get(key) ?? []]));
  for (const watch of called) watch(state);
}

export const get = () => state;

/** @param {string | null | undefined} text @param {number} low @param {number} high */
const number = (text, low, high) => {
  const value = Number.parseFloat(text ?? '');
  return Number.isFinite(value) && value >= low && value <= high ? value : null;
};
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const PERIOD = /^\d{4}(-\d{2}(-w[1-4])?)?$/;

/**
 * Read an address such as `#t=xinhua&z=13&lon=116.87&lat=38.31&cell=grid:1309…`. What is not sensible is left out.
 *
 * @param {string} hash
 * @returns {State}
 */
export function parse(hash) {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const [lon, lat, zoom] = [number(params.get('lon'), -180, 180), number(params.get('lat'), -85, 85), number(params.get('z'), 0, 24)];
  const [level, ...code] = (params.get('cell') ?? '').split(':');
  const at = (params.get('at') ?? '').split(',');
  const [east, north] = [number(at[0], -180, 180), number(at[1], -90, 90)];
  /** @param {string} name @param {RegExp} form */
  const text = (name, form) => (form.test(params.get(name) ?? '') ? params.get(name) ?? '' : '');
  return {
    territory: params.get('t'),
    view: lon === null || lat === null || zoom === null ? null : { lon, lat, zoom },
    cell: level && code.length ? { level, code: code.join(':') } : null,
    point: east === null || north === null ? null : { lon: east, lat: north },
    finding: text('finding', /^\d{1,18}$/),
    indicator: text('indicator', /^[a-z0-9.-]{1,120}$/),
    cases: params.get('cases') === '1',
    heat: {
      on: params.get('heat') !== '0',
      category: params.get('category') ?? '',
      group: params.get('group') ?? '',
      period: text('period', PERIOD),
      from: text('from', DAY),
      to: text('to', DAY),
    },
  };
}

/** Put a territory that was asked for as `?territory=xinhua` where the page itself writes it; what stands there already counts. */
export function adopt() {
  const query = new URLSearchParams(location.search);
  const asked = query.get('territory');
  if (asked === null) return;
  query.delete('territory');
  const hash = location.hash.replace(/^#/, '');
  const parts = new URLSearchParams(hash).has('t') ? [hash] : [`t=${encodeURIComponent(asked)}`, hash];
  history.replaceState(null, '', `${location.pathname}${query.size ? `?${query}` : ''}#${parts.filter(Boolean).join('&')}`);
}

/** The address of a state. @param {State} state */
export function format({ territory, view, cell, point, finding, indicator, cases, heat }) {
  /** @type {string[]} */
  const parts = [];
  /** @param {string} key @param {string} value */
  const add = (key, value) => parts.push(`${key}=${encodeURIComponent(value).replaceAll('%3A', ':').replaceAll('%2C', ',')}`);
  if (territory) add('t', territory);
  if (view) {
    add('z', view.zoom.toFixed(2));
    add('lon', view.lon.toFixed(5));
    add('lat', view.lat.toFixed(5));
  }
  if (cell) add('cell', `${cell.level}:${cell.code}`);
  if (point) add('at', `${point.lon.toFixed(6)},${point.lat.toFixed(6)}`);
  if (finding) add('finding', finding);
  if (indicator) add('indicator', indicator);
  if (cases) add('cases', '1');
  if (!heat.on) add('heat', '0');
  for (const key of /** @type {const} */ (['category', 'group', 'period', 'from', 'to'])) if (heat[key]) add(key, heat[key]);
  return `#${parts.join('&')}`;
}

/** Write the address: a new entry for the back button when the place in question changed, else the same entry. */
export function remember({ push = false } = {}) {
  const address = format(state);
  if (address === location.hash) return;
  if (push) history.pushState(null, '', address);
  else history.replaceState(history.state, '', address);
}
