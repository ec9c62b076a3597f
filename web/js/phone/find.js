// Found by patrol (发现即报): a photo, the place as the phone knows it, what it is; and whether the finder has seen to it.
import { isTaken, newKey, wording } from '../api.js';
import { draftOf, dropDraft, keepDraft } from '../drafts.js';
import { announce } from '../dom.js';
import { distance, named, t } from '../i18n.js';
import { html, useEffect, useRef, useState } from '../preact.js';
import { Asset } from '../asset.js';
import { Questions } from '../questions.js';
import { answersOf } from '../reporting.js';
import { Suggested } from '../suggested.js';
import { happened } from '../work/loading.js';
import { home } from '../work/masthead.js';
import { Icon } from '../work/parts.js';
import { PhotoStrip, takePhotos } from './keptphotos.js';
import { format, go } from '../work/route.js';
import { grantsIn, may } from '../work/session.js';
import { change, counted, store, useStore } from '../work/store.js';
import { inTheStreet } from './keeping.js';
import { deliver } from './outbox.js';
import { leastPhotos } from './asked.js';
import { dropPhotos } from './pictures.js';
import { Plan, covers, useOutlines } from './plan.js';

/** @import { Category, Territory } from '../api.js' */
/** @import { Taken } from './keptphotos.js' */
/** @import { Spot } from './plan.js' */
/** @import { NearAsset } from 'service' */

const FIRST = 6;
const ROUGH_M = 65;
const USED = 'wangge.found';

/** How often each category was found with this phone. @returns {Record<string, number>} */
function used() {
  try {
    return JSON.parse(localStorage.getItem(USED) ?? '{}');
  } catch {
    return {};
  }
}

/** @param {string} category */
function count(category) {
  const all = used();
  all[category] = (all[category] ?? 0) + 1;
  try { localStorage.setItem(USED, JSON.stringify(all)); } catch { /* in the territory's order then */ }
}

/** Categories by how often somebody finds them, then by how often they come in their cells. @param {string} territory @param {Category[]} categories */
function byUse(territory, categories) {
  const mine = used();
  const here = new Map(counted(territory, new URLSearchParams())?.by_category.map((one) => [one.category, one.count]) ?? []);
  const weight = (/** @type {Category} */ { code }) => (mine[code] ?? 0) * 1e6 + (here.get(code) ?? 0);
  return [...categories].sort((a, b) => weight(b) - weight(a));
}

/** Whether somebody finds things in the street of a territory. @param {Territory} territory */
export const finds = (territory) => inTheStreet(grantsIn(territory.code), territory) && grantsIn(territory.code).some(({ organisation }) => !organisation);

/** Whether somebody registers cases at the desk of a base grid: those who assist there do not, nor do they know the roster. @param {string} territory */
const handles = (territory) => may(territory, 'read-roster');

const draftKey = (/** @type {string} */ territory) => `${territory} find`;
const account = () => store().session?.account?.id ?? 0;

/** Keep photos for the find that is begun, and send them ahead. @param {string} territory @param {FileList | null} files @param {(said: string) => void} failed @param {() => void} drawn */
function addPhotos(territory, files, failed, drawn) {
  const key = draftKey(territory);
  const photos = () => /** @type {Taken[]} */ (draftOf(key).photos ?? []);
  const put = (/** @type {Taken[]} */ next) => { keepDraft(key, { ...draftOf(key), photos: next }); drawn(); };
  return takePhotos(territory, [...files ?? []], {
    taken: (photo) => put([...photos(), photo]), lost: ({ id }) => put(photos().filter((one) => one.id !== id)), going: () => {}, failed,
  });
}

/** The one button: it is the camera's, and leads to the form. @param {{territory: Territory}} props */
export function FindButton({ territory }) {
  if (!finds(territory)) return null;
  const taken = (/** @type {any} */ event) => {
    const { files } = event.currentTarget;
    if (files.length) addPhotos(territory.code, files, announce, change);
    go(format({ territory: territory.code, view: 'find' }));
  };
  return html`<label class="primary find-button" id="find"><${Icon} name="plus" />${t('find')}<input type="file" class="visually-hidden" accept="image/*" capture="environment" onChange=${taken} /></label>`;
}

/** Where the phone is, followed until somebody says otherwise. */
function useSpot() {
  const [spot, put] = useState(/** @type {Spot | null} */ (null));
  const [denied, deny] = useState(false);
  const chosen = useRef(false);
  useEffect(() => {
    if (!navigator.geolocation || !isSecureContext) {
      deny(true);
      return undefined;
    }
    const watch = navigator.geolocation.watchPosition(({ coords }) => {
      if (!chosen.current) put({ lon: coords.longitude, lat: coords.latitude, accuracy: Math.max(1, Math.round(coords.accuracy)) });
    }, () => deny(true), { enableHighAccuracy: true, maximumAge: 10_000 });
    return () => navigator.geolocation.clearWatch(watch);
  }, []);
  const choose = (/** @type {Spot} */ at) => { chosen.current = true; put(at); };
  return { spot, denied, choose };
}

/** @param {{territory: Territory}} props */
export function FindForm({ territory }) {
  const { categories, full } = useStore();
  const { code } = territory;
  const key = draftKey(code);
  const draft = draftOf(key);
  const { spot, denied, choose } = useSpot();
  const outlines = useOutlines(code);
  const [said, say] = useState('');
  const [busy, be] = useState(false);
  const put = (/** @type {string} */ name, /** @type {unknown} */ value) => { keepDraft(key, { ...draftOf(key), [name]: value }); change(); };
  const sorted = byUse(code, (categories.get(code) ?? []).filter(isTaken));
  const photos = /** @type {Taken[]} */ (draft.photos ?? []);
  const chosen = sorted.find((one) => one.code === draft.category);
  const here = spot && outlines.find(({ geometry }) => covers(geometry, spot));
  const send = async (/** @type {boolean} */ handled) => {
    const category = String(draft.category ?? '');
    if (!spot || !category) {
      say(t(spot ? 'report_need_category' : 'report_need_place'));
      return;
    }
    const asked = handled ? leastPhotos(chosen?.photos, 0) : 0;
    if (photos.length < asked) {
      say(t(`photos_least_${asked}`));
      return;
    }
    be(true);
    say('');
    const description = String(draft.description ?? '').trim();
    const asset = chosen?.asset_kinds?.length ? String(draft.asset ?? '').trim() : '';
    const answers = answersOf(chosen, /** @type {Record<string, string>} */ (draft.answers));
    try {
      const answer = await deliver({
        territory: code, kind: 'find', number: '', version: 0, title: t(handled ? 'find_and_handled' : 'find'), draft, photos: photos.map(({ id }) => id), key: newKey(), shown: asked && Math.max(1, photos.length - 1), // the first shows it as it was found
        body: { ...spot, category, ...(description && { description }), ...(asset && { asset }), ...(answers && { answers }), ...(handled && { handled: { note: description || t('find_handled_note') } }) },
      });
      count(category);
      dropDraft(key);
      if (answer) await happened(code, [answer.number]);
      go(answer ? format({ territory: code, number: answer.number }) : format({ territory: code, view: 'outbox' }), { replace: true });
      change({ note: answer ? t('find_filed', { number: answer.number }) : '' });
      announce(answer ? t('find_filed', { number: answer.number }) : t('outbox_kept', { move: t('find') }));
    } catch (problem) {
      say(wording(problem));
    }
    be(false);
  };
  return html`
    <form class="list find" id="find-form" aria-labelledby="find-title" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <a class="quiet back" href=${home(territory)}><${Icon} name="back" />${t('to_list')}</a>
      <h2 id="find-title">${t('find')}</h2>
      <${PhotoStrip} photos=${photos} drop=${(/** @type {string} */ gone) => { put('photos', photos.filter(({ id }) => id !== gone)); dropPhotos([gone]); }} />
      <label class="secondary more-photos">${t('find_photo')}<input type="file" class="visually-hidden" id="find-photos" accept="image/*" capture="environment" onChange=${(/** @type {any} */ event) => addPhotos(code, event.currentTarget.files, say, change)} /></label>
      ${full && html`<p class="note failed" role="alert">${t('storage_full')}</p>`}
      <div class="place">
        ${spot ? html`<p id="find-place"><strong>${here ? here.name || here.code : t('find_elsewhere')}</strong> ${spot.accuracy && html`<small>${t('accuracy', { distance: distance(spot.accuracy) })}</small>`}</p>
          <${Plan} outlines=${outlines} spot=${spot} moved=${choose} />
          <small>${t((spot.accuracy ?? 0) > ROUGH_M ? 'find_rough' : 'find_move')}</small>` : html`<p role="status">${t(denied ? 'position_denied' : 'find_locating')}</p>`}
      </div>
      <fieldset class="categories"><legend>${t('report_category')}</legend>
        ${sorted.slice(0, FIRST).map((one) => html`<button type="button" key=${one.code} data-category=${one.code} aria-pressed=${String(draft.category === one.code)} onClick=${() => put('category', one.code)}>${named(one.name, one.code)}</button>`)}
        ${sorted.length > FIRST && html`<select aria-label=${t('find_others')} id="find-others" value=${draft.category ?? ''} onChange=${(/** @type {any} */ event) => put('category', event.currentTarget.value)}><option value="">${t('find_others')}</option>${sorted.slice(FIRST).map((one) => html`<option value=${one.code} selected=${draft.category === one.code}>${named(one.name, one.code)}</option>`)}</select>`}
      </fieldset>
      <${Asset} territory=${code} category=${chosen} spot=${spot} value=${String(draft.asset ?? '')} put=${(/** @type {string} */ number, /** @type {NearAsset | undefined} */ at) => { put('asset', number); if (at) choose({ lon: at.lon, lat: at.lat }); }} />
      <label class="field"><span class="label">${t('optional', { what: t('report_description') })}</span><input id="find-words" maxlength="2000" value=${draft.description ?? ''} onInput=${(/** @type {any} */ event) => put('description', event.currentTarget.value)} /></label>
      <${Suggested} territory=${code} words=${String(draft.description ?? '')} categories=${sorted} chosen=${String(draft.category ?? '')} choose=${(/** @type {string} */ category) => put('category', category)} />
      ${chosen && chosen.photos !== 'none' && handles(code) && html`<p class="note" id="find-asked">${t(`photos_asked_note_${chosen.photos.replaceAll('-', '_')}`)}</p>`}
      <${Questions} category=${chosen} answers=${/** @type {Record<string, string>} */ (draft.answers)} put=${(/** @type {Record<string, string>} */ answers) => put('answers', answers)} />
      ${said && html`<p class="note failed" role="alert" id="find-error">${said}</p>`}
      <div class="doing find-doing"><button type="button" class="primary" id="find-send" disabled=${busy || !account()} onClick=${() => send(false)}>${t('find_send')}</button>
        ${handles(code) && html`<button type="button" class="secondary" id="find-handled" disabled=${busy || !account() || Boolean(spot && outlines.length && !here)} onClick=${() => send(true)}>${t('find_send_handled')}</button>`}</div>
    </form>`;
}
