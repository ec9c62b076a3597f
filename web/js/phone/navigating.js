// The way to a place by the maps that somebody uses, each in the datum that it takes.
import { toGcj02 } from '../gcj02.js';
import { t } from '../i18n.js';
import { html, useState } from '../preact.js';

/** @typedef {{lon: number, lat: number}} At WGS-84 */

const STORE = 'wangge.navigation';
/** @type {Record<string, (at: At, name: string) => string>} */
const WAYS = {
  geo: ({ lon, lat }) => `geo:${lat.toFixed(6)},${lon.toFixed(6)}?q=${lat.toFixed(6)},${lon.toFixed(6)}`,
  amap: ({ lon, lat }, name) => {
    const [east, north] = toGcj02(lon, lat);
    return `https://uri.amap.com/navigation?${new URLSearchParams({ to: `${east.toFixed(6)},${north.toFixed(6)},${name}`, mode: 'walk', coordinate: 'gaode', callnative: '1' })}`;
  },
  google: ({ lon, lat }) => `https://www.google.com/maps/dir/?${new URLSearchParams({ api: '1', destination: `${lat.toFixed(6)},${lon.toFixed(6)}` })}`,
};

function chosen() {
  try {
    const kept = localStorage.getItem(STORE) ?? '';
    return kept in WAYS ? kept : 'geo';
  } catch {
    return 'geo';
  }
}

/** The link, and by which maps it goes. @param {{at: At, name: string}} props */
export function Navigate({ at, name }) {
  const [way, choose] = useState(chosen());
  const take = (/** @type {any} */ event) => {
    choose(event.currentTarget.value);
    try { localStorage.setItem(STORE, event.currentTarget.value); } catch { /* for now then */ }
  };
  return html`
    <a class="secondary" id="navigate" href=${WAYS[way]?.(at, name)} target=${way === 'geo' ? null : '_blank'} rel="noopener noreferrer">${t('navigate')}</a>
    <select class="by-maps" id="navigate-by" aria-label=${t('navigate_by')} value=${way} onChange=${take}>${Object.keys(WAYS).map((one) => html`<option value=${one} selected=${one === way}>${t(`navigate_${one}`)}</option>`)}</select>`;
}
