// To hear of an area: a cell of any level or a circle around the middle of the map, by e-mail or by a feed that any reader of feeds takes.
import { address, givenUp, locate, of } from '../api.js';
import { copyButton } from '../copying.js';
import { distance, t } from '../i18n.js';
import { html, useEffect, useState } from '../preact.js';
import { Host } from '../work/parts.js';
import { AskForMail } from './askformail.js';

/** @import { Category, Territory } from '../api.js' */
/** @import { CellRef } from 'service' */
/** @import { Point } from './knownmap.js' */

const RADII = [200, 500, 1000, 2000];

/** @param {{territory: Territory, middle: Point | null, category: string, exact: Category[], mail: boolean, encircle: (metres: number) => void}} props `exact`: the categories that are told of with number and times; `mail`: the service sends e-mail */
export function Subscribe({ territory, middle, category, exact, mail, encircle }) {
  const [open, show] = useState(false);
  const [area, choose] = useState('all');
  const [cells, know] = useState(/** @type {CellRef[]} */ ([]));
  const metres = Number(area) || 0;
  useEffect(() => { encircle(open ? metres : 0); }, [open, metres]);
  useEffect(() => {
    if (!open || !middle) return undefined;
    const request = new AbortController();
    locate(territory.code, middle.lon, middle.lat, undefined, request.signal)
      .then(({ ancestors, cell }) => know([...ancestors, ...(cell ? [cell] : [])]), (problem) => { if (!givenUp(problem)) know([]); });
    return () => request.abort();
  }, [open, middle?.lon, middle?.lat]);
  if (!exact.length) return null;
  const [level, code] = area.includes('/') ? area.split('/') : [];
  const told = exact.some((one) => one.code === category) ? category : '';
  const circle = metres && middle ? `${middle.lon.toFixed(5)},${middle.lat.toFixed(5)},${metres}` : '';
  const feed = address(of(territory.code, '/public-cases.atom'), { category: told, cell: code, level, circle });
  return html`
    <details class="subscribe row" id="subscribe" onToggle=${(/** @type {any} */ event) => show(event.currentTarget.open)}>
      <summary>${t('r_subscribe')}</summary>
      <p class="lead">${t('r_subscribe_lead')}</p>
      <div class="field"><label for="subscribe-area">${t('r_subscribe_area')}</label>
        <select id="subscribe-area" value=${area} onChange=${(/** @type {any} */ event) => choose(event.currentTarget.value)}>
          <option value="all">${t('r_subscribe_all')}</option>
          ${cells.map((cell) => html`<option key=${cell.code} value=${`${cell.level}/${cell.code}`} selected=${area === `${cell.level}/${cell.code}`}>${cell.name || cell.code}</option>`)}
          ${code && !cells.some((cell) => cell.code === code) && html`<option value=${area} selected>${code}</option>`}
          ${RADII.map((radius) => html`<option key=${radius} value=${String(radius)} selected=${area === String(radius)}>${t('r_subscribe_circle', { distance: distance(radius) })}</option>`)}
        </select></div>
      ${mail && html`<${AskForMail} territory=${territory} kinds=${exact} category=${told} area=${{ ...(code && { cell: code, level }), ...(circle && { circle }) }} />`}
      <p class="subscribe-feed"><a id="subscribe-feed" href=${feed} type="application/atom+xml">${t('r_subscribe_feed')}</a>
        <${Host} tag="span" when=${[feed]} draw=${(/** @type {HTMLElement} */ node) => node.replaceChildren(copyButton(feed))} /></p>
      <small>${t('r_subscribe_hint')}</small>
    </details>`;
}
