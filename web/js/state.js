// What the page shows, as one plain object, and the address that brings it back.

const state = {
  territory: null, // code
  view: null, // {lon, lat, zoom}
  cell: null, // {level, code}
  point: null, // {lon, lat} that was asked for, or null
  indicator: '', // key of the one that colours the cells
  heat: { on: true, category: '', from: '', to: '' },
};

const watchers = new Map();

/** Call `watch(state)` after a change of one of the keys. */
export function on(keys, watch) {
  for (const key of keys.split(' ')) {
    if (!watchers.has(key)) watchers.set(key, new Set());
    watchers.get(key).add(watch);
  }
}

/** Change some keys and tell who watches them, each once. */
export function set(changes) {
  const called = new Set();
  Object.assign(state, changes);
  for (const key of Object.keys(changes)) for (const watch of watchers.get(key) ?? []) called.add(watch);
  for (const watch of called) watch(state);
}

export const get = () => state;

const number = (text, low, high) => {
  const value = Number.parseFloat(text);
  return Number.isFinite(value) && value >= low && value <= high ? value : null;
};
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Read an address such as `#t=xinhua&z=13&lon=116.87&lat=38.31&cell=grid:1309…`. What is not sensible is left out. */
export function parse(hash) {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const [lon, lat, zoom] = [number(params.get('lon'), -180, 180), number(params.get('lat'), -85, 85), number(params.get('z'), 0, 24)];
  const [level, ...code] = (params.get('cell') ?? '').split(':');
  const at = (params.get('at') ?? '').split(',');
  const point = { lon: number(at[0], -180, 180), lat: number(at[1], -90, 90) };
  const day = (name) => (DAY.test(params.get(name) ?? '') ? params.get(name) : '');
  return {
    territory: params.get('t'),
    view: lon === null || lat === null || zoom === null ? null : { lon, lat, zoom },
    cell: level && code.length ? { level, code: code.join(':') } : null,
    point: point.lon === null || point.lat === null ? null : point,
    indicator: /^[a-z0-9.-]{1,120}$/.test(params.get('indicator') ?? '') ? params.get('indicator') : '',
    heat: { on: params.get('heat') !== '0', category: params.get('category') ?? '', from: day('from'), to: day('to') },
  };
}

/** The address of the present state. */
export function format({ territory, view, cell, point, indicator, heat }) {
  const parts = [];
  const add = (key, value) => parts.push(`${key}=${encodeURIComponent(value).replaceAll('%3A', ':').replaceAll('%2C', ',')}`);
  if (territory) add('t', territory);
  if (view) {
    add('z', view.zoom.toFixed(2));
    add('lon', view.lon.toFixed(5));
    add('lat', view.lat.toFixed(5));
  }
  if (cell) add('cell', `${cell.level}:${cell.code}`);
  if (point) add('at', `${point.lon.toFixed(6)},${point.lat.toFixed(6)}`);
  if (indicator) add('indicator', indicator);
  if (!heat.on) add('heat', '0');
  for (const key of ['category', 'from', 'to']) if (heat[key]) add(key, heat[key]);
  return `#${parts.join('&')}`;
}

/** Write the address: a new entry for the back button when the place in question changed, else the same entry. */
export function remember({ push = false } = {}) {
  const address = format(state);
  if (address === location.hash) return;
  if (push) history.pushState(null, '', address);
  else history.replaceState(null, '', address);
}
