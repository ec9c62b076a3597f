// Where it is: said by the device, by a photo, by a name, or with a pin on a map that comes when it is wanted. Nothing is taken for the place that
// nobody chose; the base grid, and who answers there, are told at once.
import { givenUp, locate, wording } from '../api.js';
import { Asset } from '../asset.js';
import { distance, t } from '../i18n.js';
import { html, useEffect, useState } from '../preact.js';
import { Named } from './named.js';
import { PinMap } from './pinmap.js';

/** @import { StepProps } from './report.js' */
/** @import { Point } from '../reporting.js' */
/** @import { LocateAnswer, NearAsset } from 'service' */

/** A position that is less sure is shown on the map, to be put right. */
const SURE_M = 100;

/** The place in the page's address, which another program that opens it knows: `?lon=116.87&lat=38.31`, WGS-84; to be confirmed. @returns {Point | null} */
function placeInAddress() {
  const query = new URLSearchParams(location.search);
  const [lon, lat] = ['lon', 'lat'].map((name) => Number.parseFloat(query.get(name) ?? ''));
  const sound = lon !== undefined && lat !== undefined && Math.abs(lon) <= 180 && Math.abs(lat) <= 90; // not of what is no number
  return sound ? { lon, lat } : null;
}

/** @param {StepProps} props */
export function Where({ territory, categories, draft, put }) {
  const { point, photos } = draft;
  const [answer, tell] = useState(/** @type {LocateAnswer | null} */ (null));
  const [mapped, map] = useState(false);
  const [asking, ask] = useState(false);
  const [said, say] = useState('');
  const choose = (/** @type {Point} */ chosen) => {
    say('');
    put({ point: chosen, inside: false });
  };
  useEffect(() => {
    if (!point) return undefined;
    const request = new AbortController();
    locate(territory.code, point.lon, point.lat, point.accuracy, request.signal).then((found) => {
      tell(found);
      put({ inside: Boolean(found.cell) });
    }, (problem) => {
      if (givenUp(problem)) return;
      say(wording(problem));
      put({ inside: true }); // without a network: the service says at the sending where it is
    });
    return () => request.abort();
  }, [point?.lon, point?.lat, point?.accuracy]);
  const position = () => {
    if (!navigator.geolocation || !isSecureContext) {
      say(t('position_unavailable'));
      return;
    }
    ask(true);
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      ask(false);
      const accuracy = Math.max(1, Math.round(coords.accuracy));
      choose({ lon: coords.longitude, lat: coords.latitude, accuracy });
      if (accuracy > SURE_M) map(true);
    }, () => {
      ask(false);
      say(t('position_denied'));
    }, { enableHighAccuracy: true, timeout: 10_000, maximumAge: 30_000 });
  };
  /** The number of what it is about; of one that was chosen, its place is the report's. @param {string} asset @param {NearAsset} [chosen] */
  const about = (asset, chosen) => put(chosen ? { asset, point: { lon: chosen.lon, lat: chosen.lat }, inside: false } : { asset });
  const offered = placeInAddress();
  const taken = photos.find(({ place }) => place)?.place;
  return html`
    <h3>${t('r_where')}</h3>
    <div class="doing">
      <button type="button" class="secondary" id="place-position" disabled=${asking} onClick=${position}>${t(asking ? 'r_asking' : 'my_position')}</button>
      ${taken && html`<button type="button" class="secondary" id="place-photo" onClick=${() => choose(taken)}>${t('r_place_of_photo')}</button>`}
      ${offered && html`<button type="button" class="secondary" id="place-address" onClick=${() => { choose(offered); map(true); }}>${t('r_place_of_address')}</button>`}
      <button type="button" class="secondary" id="place-map" aria-expanded=${String(mapped)} onClick=${() => map(!mapped)}>${t('r_on_map')}</button>
    </div>
    <${Named} territory=${territory} choose=${(/** @type {Point} */ chosen) => { choose(chosen); map(true); }} />
    ${mapped && html`<${PinMap} territory=${territory} point=${point} choose=${choose} />`}
    ${point && answer && html`<${Told} answer=${answer} point=${point} />`}
    <${Asset} territory=${territory.code} category=${categories.find(({ code }) => code === draft.category)} spot=${point} value=${draft.asset ?? ''} put=${about} />
    ${said && html`<p class="field-error" role="alert">${said}</p>`}`;
}

/** Which base grid it is, and who answers there; or who is next. @param {{answer: LocateAnswer, point: Point}} props */
function Told({ answer: { cell, ancestors, nearest }, point }) {
  if (!cell) {
    return html`<p class="note failed" id="place-told" role="status">${nearest ? t('outside', { name: nearest.name || nearest.code, code: nearest.code, distance: distance(nearest.distance_m) }) : t('outside_title')}</p>`;
  }
  const path = [...ancestors, cell].map(({ name, code }) => name || code).join(' › ');
  return html`
    <p class="place-told" id="place-told" role="status"><strong>${t('report_taken', { name: cell.name || cell.code })}</strong><small>${path}</small>
      ${point.accuracy && html`<small>${t('accuracy', { distance: distance(point.accuracy) })}</small>`}</p>`;
}
