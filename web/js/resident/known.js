// What is known publicly: cases of the categories whose cases the territory declared public, on a map and in a list; "me too"; an area to subscribe to.
// Fetched when it is looked at. What is looked for stands in the address.
import { address, call, categories as askCategories, locate, of, wording } from '../api.js';
import { fragment, remember } from '../followed.js';
import { count, day, language, named, t } from '../i18n.js';
import { html, useEffect, useMemo, useRef, useState } from '../preact.js';
import { Failure } from '../work/parts.js';
import { go } from '../work/route.js';
import { support } from './calls.js';
import { Outcomes } from './outcomes.js';
import { knowing } from './route.js';
import { Subscribe } from './subscribe.js';

/** @import { Category, Territory } from '../api.js' */
/** @import { KnownMap, Point } from './knownmap.js' */
/** @typedef {{category: string, state: string, stage: string, number?: string, since?: string, supports?: number, lon: number, lat: number}} KnownCase */
/** @typedef {{cases: KnownCase[], stages: {stage: string, title: string}[], more: boolean, mail: boolean}} Known */
/** @typedef {{features: {geometry: {coordinates: [number, number]}, properties: Omit<KnownCase, 'lon' | 'lat'>}[], stages: Known['stages'], more: boolean, mail: boolean}} Answer */

const SHOWN = 30;

/** Those within a box, or all. @param {string} territory @param {string} bbox @param {AbortSignal} signal @returns {Promise<Known>} */
async function knownIn(territory, bbox, signal) {
  const { features, stages, more, mail } = /** @type {Answer} */ (await call(address(of(territory, '/public-cases'), { bbox }), { signal }));
  const cases = features.map(({ geometry: { coordinates: [lon, lat] }, properties }) => ({ ...properties, lon, lat }));
  return { stages, more, mail, cases: cases.sort((a, b) => (b.since ?? '').localeCompare(a.since ?? '')) };
}

/** @param {URLSearchParams} query @returns {Point | null} */
function pointIn(query) {
  const [lon = Number.NaN, lat = Number.NaN] = ['lon', 'lat'].map((name) => Number.parseFloat(query.get(name) ?? ''));
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 85 ? { lon, lat } : null;
}

/** @param {{territory: Territory, query: URLSearchParams}} props */
export function PublicCases({ territory, query }) {
  const [known, know] = useState(/** @type {Known | null} */ (null));
  const [kinds, name] = useState(/** @type {Category[]} */ ([]));
  const [every, list] = useState(/** @type {Category[]} */ ([]));
  const [problem, fail] = useState(/** @type {unknown} */ (null));
  const [chosen, choose] = useState(/** @type {KnownCase | null} */ (null));
  const [middle, center] = useState(/** @type {Point | null} */ (pointIn(query)));
  const [circle, encircle] = useState(0);
  const [tries, again] = useState(0);
  const [box, bound] = useState('');
  const more = useRef(false);
  const asked = known && more.current ? box : '';
  useEffect(() => { askCategories(territory.code).then((told) => { list(told.categories); name(told.categories.filter((one) => one.public !== 'counts')); }, fail); }, [territory.code]);
  useEffect(() => {
    const request = new AbortController();
    knownIn(territory.code, asked, request.signal).then((told) => {
      more.current ||= told.more;
      know(told);
      fail(null);
    }, (refusal) => { if (!request.signal.aborted) fail(refusal); });
    return () => request.abort();
  }, [territory.code, asked, language(), tries]);
  const category = query.get('category') ?? '';
  const stage = query.get('stage') ?? '';
  const shown = useMemo(() => (known?.cases ?? []).filter((one) => (!category || one.category === category) && (!stage || one.stage === stage)), [known, category, stage]);
  const put = (/** @type {string} */ field, /** @type {string} */ value) => {
    const next = new URLSearchParams(query);
    if (value) next.set(field, value);
    else next.delete(field);
    go(knowing(territory.code, next), { replace: true });
  };
  const titles = Object.fromEntries((known?.stages ?? []).map((one) => [one.stage, one.title]));
  const called = (/** @type {string} */ code) => named(kinds.find((one) => one.code === code)?.name, code);
  if (problem) return html`<${Failure} problem=${problem} again=${() => { fail(null); again(tries + 1); }} />`;
  return html`
    <div class="known">
      <div class="known-head">
        <h2 tabindex="-1">${t('r_public_title', { name: named(territory.name, territory.code) })}</h2>
        <p class="lead">${t('r_public_lead')}</p>
        <div class="pair">
          <div class="field"><label for="known-category">${t('category')}</label>
            <select id="known-category" value=${category} onChange=${(/** @type {any} */ event) => put('category', event.currentTarget.value)}><option value="">${t('r_public_all')}</option>
              ${kinds.map((one) => html`<option key=${one.code} value=${one.code} selected=${one.code === category}>${named(one.name, one.code)}</option>`)}</select></div>
          <div class="field"><label for="known-stage">${t('r_how_far')}</label>
            <select id="known-stage" value=${stage} onChange=${(/** @type {any} */ event) => put('stage', event.currentTarget.value)}><option value="">${t('r_public_all')}</option>
              ${(known?.stages ?? []).map((one) => html`<option key=${one.stage} value=${one.stage} selected=${one.stage === stage}>${one.title}</option>`)}</select></div>
        </div>
      </div>
      <${Map} territory=${territory} cases=${shown} chosen=${chosen} choose=${choose} at=${pointIn(query)} circle=${circle ? middle : null} metres=${circle}
        moved=${(/** @type {[number, number, number, number]} */ bounds, /** @type {Point} */ at) => { bound(bounds.map((edge) => edge.toFixed(5)).join(',')); center(at); }} />
      <div class="known-list">
        <p id="known-count" role="status">${known ? t('r_public_count', { n: count(shown.length) }) : t('loading')}${known && more.current && ` ${t('r_public_more')}`}</p>
        <ul class="reports">${inOrder(shown, chosen).map((one) => html`<${One} key=${one.number ?? `${one.lon} ${one.lat} ${one.category} ${one.state}`} one=${one} territory=${territory} title=${called(one.category)} stage=${titles[one.stage] ?? one.stage}
          chosen=${one === chosen} choose=${() => choose(one === chosen ? null : one)} />`)}</ul>
        ${shown.length > SHOWN && html`<p class="empty">${t('r_public_first', { n: SHOWN })}</p>`}
        <${Outcomes} key=${territory.code} territory=${territory} kinds=${every} category=${category} />
        <${Subscribe} territory=${territory} middle=${middle} category=${category} exact=${kinds.filter((one) => one.public === 'exact')} mail=${Boolean(known?.mail)} encircle=${encircle} />
      </div>
    </div>`;
}

/** The first of them, the chosen one in front. @param {KnownCase[]} cases @param {KnownCase | null} chosen */
const inOrder = (cases, chosen) => [...(chosen && cases.includes(chosen) ? [chosen] : []), ...cases.filter((one) => one !== chosen)].slice(0, SHOWN);

/** @param {{territory: Territory, cases: KnownCase[], chosen: KnownCase | null, choose: (one: KnownCase | null) => void, at: Point | null, circle: Point | null, metres: number, moved: (bounds: [number, number, number, number], middle: Point) => void}} props */
function Map({ territory, cases, chosen, choose, at, circle, metres, moved }) {
  const node = useRef(/** @type {HTMLElement | null} */ (null));
  const map = useRef(/** @type {KnownMap | null} */ (null));
  const latest = useRef({ cases, choose, moved });
  latest.current = { cases, choose, moved };
  const [failed, fail] = useState(false);
  const [ready, be] = useState(0);
  useEffect(() => {
    let wanted = true;
    import('./knownmap.js').then(({ KnownMap }) => {
      if (!wanted || !node.current) return;
      const heard = {
        choose: (/** @type {number} */ index) => latest.current.choose(latest.current.cases[index] ?? null),
        moved: (/** @type {[number, number, number, number]} */ bounds, /** @type {Point} */ middle) => latest.current.moved(bounds, middle),
      };
      map.current = new KnownMap(node.current, territory, heard, at);
      be(Date.now());
    }).catch((problem) => {
      console.warn(problem);
      fail(true);
    });
    return () => {
      wanted = false;
      map.current?.end();
      map.current = null;
    };
  }, [territory.code, language()]);
  useEffect(() => {
    map.current?.show(cases, chosen ? cases.indexOf(chosen) : -1);
    if (chosen) map.current?.go(chosen);
  }, [cases, chosen, ready]);
  useEffect(() => { map.current?.encircle(circle, metres); }, [circle?.lon, circle?.lat, metres, ready]);
  if (failed) return html`<p class="empty">${t('no_webgl')}</p>`;
  return html`<div class="case-map known-map" ref=${node}></div>`;
}

/** @param {{one: KnownCase, territory: Territory, title: string, stage: string, chosen: boolean, choose: () => void}} props */
function One({ one, territory, title, stage, chosen, choose }) {
  const [place, tell] = useState('');
  const [said, say] = useState('');
  useEffect(() => {
    if (!chosen) return undefined;
    const request = new AbortController();
    locate(territory.code, one.lon, one.lat, undefined, request.signal)
      .then(({ ancestors, cell }) => tell([...ancestors, ...(cell && one.number ? [cell] : [])].map((part) => part.name || part.code).join(' › ')), () => { /* it stands on the map */ });
    return () => request.abort();
  }, [chosen]);
  const join = async () => {
    try {
      const { number, secret } = await support(territory.code, one.number ?? '');
      const kept = { territory: territory.code, number, secret, category: one.category, at: new Date().toISOString() };
      remember(kept);
      go(fragment(kept));
    } catch (problem) {
      say(wording(problem));
    }
  };
  return html`
    <li class="row" data-known=${one.number ?? ''}>
      <button type="button" class="secondary known-one" aria-expanded=${String(chosen)} onClick=${choose}>
        <strong>${title}</strong><span class=${`stage at-${one.stage}`}>${stage}</span>
        ${one.since && html`<small>${t('r_public_since', { day: day(one.since) })}${Boolean(one.supports) && ` · ${t('r_supports', { n: one.supports ?? 0 })}`}</small>`}</button>
      ${chosen && html`<div class="known-more">
        <p>${place || '…'}${!one.number && html` <small>${t('r_public_nearly')}</small>`}</p>
        ${one.number && html`<p><small>${one.number}</small></p>`}
        ${one.number && one.stage !== 'closed' && html`<button type="button" class="primary" data-support=${one.number} onClick=${join}>${t('r_support')}</button>`}
        ${said && html`<p class="field-error" role="alert">${said}</p>`}
      </div>`}
    </li>`;
}
