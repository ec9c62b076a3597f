// The control of each kind of need that a move has. What is filled in is plain, so that it can be kept as a draft.
import { isOfCampaign } from '../api.js';
import { named, t } from '../i18n.js';
import { html, useState } from '../preact.js';
import { Reasons, useNearby } from './doubles.js';
import { Numbered, readAsset } from './numbered.js';
import { partyName } from './parties.js';
import { KeptPhotoControl, keptIds } from '../phone/keptphotos.js';
import { SmallMap } from './place.js';
import { Suggested } from '../suggested.js';
import { store } from './store.js';

/** @import { VNode } from 'preact' */
/** @import { Territory } from '../api.js' */
/** @import { Case } from './calls.js' */
/** @import { NeedInfo, NeedKind, OpenMove, PartyInfo } from 'service' */
/** @typedef {{territory: Territory, report: Case, offer: OpenMove}} Subject */
/** @typedef {Subject & {need: NeedInfo, id: string, value: any, put: (value: unknown) => void, invalid: boolean}} Props */
/**
 * @typedef {object} Control
 * @property {(props: Props) => VNode} draw
 * @property {(value: any, report?: Case) => unknown} read what is sent; undefined when nothing was filled in
 * @property {string} [hint] key of a text
 * @property {boolean} [grouped] several controls with a name in common
 */

/** So many parties are seen at a glance. */
const FEW = 4;
const LONG = new Set(['note', 'description']);
/** @param {any} event */
const valueOf = (event) => event.currentTarget.value;

/** @param {Props} props */
function Text({ need, id, value, put, invalid }) {
  const shared = { id, value: value ?? '', 'aria-invalid': invalid ? 'true' : null, onInput: (/** @type {any} */ event) => put(valueOf(event)) };
  return LONG.has(need.name) ? html`<textarea rows="3" maxlength="2000" ...${shared} />` : html`<input maxlength="200" ...${shared} />`;
}

/** @param {Props & {options: {value: string, label: string}[], empty?: boolean}} props */
function Choice({ id, value, put, invalid, options, empty = true }) {
  return html`<select id=${id} aria-invalid=${invalid ? 'true' : null} value=${value ?? ''} onChange=${(/** @type {any} */ event) => put(valueOf(event))}>
    ${empty && html`<option value="">${t('choose_one')}</option>`}${options.map((one) => html`<option value=${one.value} selected=${one.value === value}>${one.label}</option>`)}</select>`;
}

/** @param {PartyInfo} party */
export const partyKey = ({ desk, organisation }) => (desk ? `desk:${desk}` : `organisation:${organisation}`);

/** Each party once, those that the rule names first. @param {Case} report */
export function sorted({ parties }) {
  const all = [...new Map(parties.map((party) => [partyKey(party), party])).values()];
  return all.sort((a, b) => Number(b.routed) - Number(a.routed) || partyName(a).localeCompare(partyName(b)));
}

/** @param {Props} props */
function Parties({ report, id, value, put }) {
  const [words, look] = useState('');
  const chosen = new Set(/** @type {string[]} */ (value ?? []));
  const all = sorted(report);
  const alike = new Map(all.map((party) => [partyName(party), all.filter((other) => partyName(other) === partyName(party)).length]));
  const shown = all.filter((party) => chosen.has(partyKey(party)) || `${partyName(party)} ${party.code}`.toLowerCase().includes(words.trim().toLowerCase()));
  return html`
    <div class="parties" id=${id} role="group" tabindex="-1">
      ${all.length > FEW && html`<input type="search" id="party-search" aria-label=${t('party_search')} placeholder=${t('party_search')} value=${words} onInput=${(/** @type {any} */ event) => look(valueOf(event))} />`}
      <div class="choices">${shown.map((party) => html`
        <label key=${partyKey(party)}><input type="checkbox" data-party=${partyKey(party)} checked=${chosen.has(partyKey(party))} onChange=${(/** @type {any} */ event) => {
          event.currentTarget.checked ? chosen.add(partyKey(party)) : chosen.delete(partyKey(party));
          put([...chosen]);
        }} /><span>${partyName(party)}${(alike.get(partyName(party)) ?? 0) > 1 && html` <small>${t(party.desk ? 'party_desk' : 'party_organisation')}</small>`}${party.routed && html` <em class="routed">${t('party_routed')}</em>`}</span></label>`)}
        ${shown.length === 0 && html`<p class="empty">${t('party_none')}</p>`}
      </div>
    </div>`;
}

/** @param {Props} props */
function Original({ territory, report, id, value, put, invalid }) {
  const near = useNearby(territory, report);
  return html`
    <input id=${id} maxlength="40" autocomplete="off" value=${value ?? ''} aria-invalid=${invalid ? 'true' : null} onInput=${(/** @type {any} */ event) => put(valueOf(event))} />
    ${near.length > 0 && html`<ul class="candidates" aria-label=${t('doubles')}>${near.slice(0, 8).map((one) => html`
      <li><button type="button" class="secondary" data-into=${one.number} aria-pressed=${String(value === one.number)} onClick=${() => put(one.number)}><code>${one.number}</code> <${Reasons} double=${one} /><span class="said">${one.description}</span></button></li>`)}</ul>`}`;
}

/** @param {Props} props */
function Point({ territory, report, id, value, put, invalid }) {
  const at = value ?? { lon: report.lon, lat: report.lat };
  const typed = (/** @type {string} */ text) => {
    const [lat, lon] = text.split(/[,，]/).map(Number);
    put(Number.isFinite(lat) && Number.isFinite(lon) ? { lon, lat } : null);
  };
  return html`
    <${SmallMap} territory=${territory} report=${report} at=${at} moved=${put} />
    <input id=${id} inputmode="text" aria-invalid=${invalid ? 'true' : null} value=${`${at.lat.toFixed(6)}, ${at.lon.toFixed(6)}`} onChange=${(/** @type {any} */ event) => typed(valueOf(event))} />`;
}

/** Another category than the case has; what its words suggest is named first. @param {Props} props */
function OtherCategory(props) {
  const { territory, report, value, put } = props;
  const others = (store().categories.get(territory.code) ?? []).filter((one) => one.code !== report.category && (report.campaign ? one.code.startsWith(`${report.campaign}.`) : !isOfCampaign(one)));
  return html`
    ${Choice({ ...props, options: others.map(({ code, name }) => ({ value: code, label: named(name, code) })) })}
    <${Suggested} territory=${territory.code} words=${report.description} categories=${others} chosen=${value ?? ''} choose=${put} />`;
}

/** @param {string | undefined} value */
const filled = (value) => value?.trim() || undefined;
/** @param {string} [value] */
const chosenText = (value) => value || undefined;

/** @type {Record<NeedKind, Control>} */
export const CONTROLS = {
  text: { draw: Text, read: filled },
  texts: { draw: ({ id, value, put }) => html`<textarea id=${id} rows="2" value=${value ?? ''} onInput=${(/** @type {any} */ event) => put(valueOf(event))} />`, read: (value) => lines(value) },
  photos: { draw: (props) => html`<${KeptPhotoControl} ...${props} />`, read: keptIds, hint: 'need_photos_hint' },
  flag: { draw: (props) => Choice({ ...props, options: [{ value: 'true', label: t('yes') }, { value: 'false', label: t('no') }] }), read: (value) => (value ? value === 'true' : undefined) },
  score: { draw: (props) => Choice({ ...props, options: [5, 4, 3, 2, 1].map((score) => ({ value: String(score), label: t(`score_${score}`) })) }), read: (value) => (value ? Number(value) : undefined) },
  time: { draw: ({ id, value, put, invalid }) => html`<input id=${id} type="datetime-local" aria-invalid=${invalid ? 'true' : null} value=${value ?? ''} onInput=${(/** @type {any} */ event) => put(valueOf(event))} />`, read: (value) => (value ? new Date(value).toISOString() : undefined) },
  task: {
    draw: (props) => Choice({ ...props, options: props.offer.tasks.map((id) => {
      const task = props.report.tasks.find((one) => one.id === id);
      return { value: String(id), label: task ? partyName(task.party) : String(id) };
    }) }),
    read: (value) => (value ? Number(value) : undefined),
  },
  desk: {
    draw: (props) => Choice({ ...props, options: sorted(props.report).filter(({ desk }) => desk && desk !== props.report.holder?.desk).map((party) => ({ value: String(party.desk), label: partyName(party) })) }),
    read: (value) => (value ? Number(value) : undefined),
  },
  parties: {
    draw: (props) => html`<${Parties} ...${props} />`,
    read: (value) => (value?.length ? value.map((/** @type {string} */ key) => { const [kind = '', id] = key.split(':'); return { [kind]: Number(id) }; }) : undefined),
    hint: 'need_parties_hint',
    grouped: true,
  },
  case: { draw: (props) => html`<${Original} ...${props} />`, read: filled, hint: 'need_into_hint' },
  point: { draw: (props) => html`<${Point} ...${props} />`, read: (value) => value ?? undefined, hint: 'need_point_hint' },
  category: { draw: (props) => html`<${OtherCategory} ...${props} />`, read: chosenText },
  asset: { draw: (props) => html`<${Numbered} ...${props} />`, read: readAsset, hint: 'need_asset_hint' },
  urgency: { draw: (props) => Choice({ ...props, options: ['normal', 'urgent'].map((value) => ({ value, label: t(`urgency_${value}`) })) }), read: chosenText },
};

/** @param {string | undefined} value */
function lines(value) {
  const found = (value ?? '').split('\n').map((line) => line.trim()).filter(Boolean);
  return found.length ? found : undefined;
}

