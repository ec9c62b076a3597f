// Which asset a case names: one of those nearby with a tap, or one found by how its number begins.
import { address, call, of } from '../api.js';
import { nearest } from '../assetfield.js';
import { distance, t } from '../i18n.js';
import { html, useEffect, useState } from '../preact.js';
import { store } from './store.js';

/** @import { Asset, AssetPage } from 'service' */
/** @import { Props } from './controls.js' */

const LONGEST = 64;
const FOUND = 5;
const REST_MS = 250;
const METRES_PER_DEGREE = 111_195;

/** @param {string} territory @param {string} begins @param {string | undefined} kind @returns {Promise<AssetPage>} */
const search = (territory, begins, kind) => call(address(of(territory, '/assets'), { number: begins, kind, limit: FOUND }));

/** Metres between two places that are not far apart. @param {{lon: number, lat: number}} a @param {{lon: number, lat: number}} b */
const between = (a, b) => METRES_PER_DEGREE * Math.hypot(b.lat - a.lat, (b.lon - a.lon) * Math.cos(a.lat * Math.PI / 180));

/** What is sent: the number that the case has until another is put in its place; nothing for none. @param {string | undefined} value @param {{asset: string | null} | undefined} report */
export const readAsset = (value, report) => (value ?? report?.asset ?? '').trim() || undefined;

/** @param {Props} props */
export function Numbered({ territory, report, id, value, put, invalid }) {
  const [near, offer] = useState(/** @type {Asset[]} */ ([]));
  const [found, find] = useState(/** @type {Asset[]} */ ([]));
  const written = String(value ?? report.asset ?? '');
  const typed = written.trim();
  const { lon, lat, accuracy, category } = report;
  const kinds = store().categories.get(territory.code)?.find(({ code }) => code === category)?.asset_kinds?.map(({ code }) => code) ?? [];
  useEffect(() => { nearest(territory.code, category, { lon, lat, accuracy: accuracy ?? undefined }).then(({ assets }) => offer(assets), () => offer([])); }, [report.number, category, lon, lat]);
  useEffect(() => {
    if (value === undefined || !typed) { find([]); return undefined; }
    let wanted = true;
    const timer = setTimeout(() => search(territory.code, typed, kinds.length === 1 ? kinds[0] : undefined).then(
      ({ assets }) => wanted && find(assets.filter(({ kind }) => kinds.includes(kind.code))), () => { /* then it is typed to its end */ }), REST_MS);
    return () => { wanted = false; clearTimeout(timer); };
  }, [value === undefined, typed]);
  const offered = [...new Map([...near, ...found].map((asset) => [asset.number, asset])).values()];
  return html`
    <div class="near-assets" role="group" aria-label=${t('asset_near')}>${offered.map((asset) => html`
      <button type="button" class="secondary" key=${asset.number} data-asset=${asset.number} aria-pressed=${String(asset.number.toLowerCase() === typed.toLowerCase())} onClick=${() => put(asset.number)}>${asset.number}${asset.name && html`<span>${asset.name}</span>`}<small>${distance(between(report, asset))}</small></button>`)}</div>
    <input id=${id} maxlength=${LONGEST} autocomplete="off" value=${written} aria-invalid=${invalid ? 'true' : null} onInput=${(/** @type {any} */ event) => put(event.currentTarget.value)} />`;
}
