// What was changed in administering: by whom, when, and what stood before.
import { of } from '../api.js';
import { language, moment, t } from '../i18n.js';
import { html } from '../preact.js';
import { may } from '../work/session.js';
import { nextOf, useAsked } from './calls.js';
import { Filter, Head, filtered, shown } from './parts.js';

/** @import { AdministrativeChange, AdministrativeChanges, Subject } from 'service' */
/** @import { Props } from './parts.js' */

/** @type {Subject[]} */
const KINDS = ['account', 'grant', 'key', 'officer', 'desk', 'organisation', 'organisation-type', 'rules', 'policy', 'calendar-day', 'category', 'template', 'indicator', 'attribute', 'asset-kind', 'member', 'webhook', 'peer', 'classes', 'campaign', 'overlay'];
const PAGE = 50;
const MOST_LETTERS = 300;
const NOTHING = '–';

/** @param {string} kind */
const kindName = (kind) => t(`kind_${kind.replaceAll('-', '_')}`);

/** Where words are found of what has a name of its own inside a field. @type {Record<string, string>} */
const ROOMS = { questions: 'question' };
/** Where words are found of what is one of a few, by its field. @type {Record<string, string[]>} */
const WORDS = { role: ['role', 'posting'], rule: ['attribute_rule'], kind: ['question'], public: ['public'], photos: ['photos_asked'], urgency: ['urgency'], unit: ['unit'], better: ['better'] };

/** The first of some texts that there is. @param {string[]} rooms @param {string} word */
function wordIn(rooms, word) {
  const names = rooms.map((room) => `${room}_${word.replaceAll('-', '_')}`);
  return names.map((name) => t(name)).find((text) => !names.includes(text)) ?? word;
}

/** The name of a field; one that has none stands as the service calls it. @param {string} key @param {string} [within] the field that it is a part of */
const fieldName = (key, within = '') => wordIn([ROOMS[within] ?? 'of', 'of', 'indicator', 'campaign', 'attribute', 'checklist', 'question'], key);

/** A value in one line. @param {unknown} value @param {string} [key] whose it is @returns {string} */
function inWords(value, key = '') {
  if (value === null || value === undefined || value === '') return NOTHING;
  if (typeof value === 'boolean') return t(value ? 'yes' : 'no');
  if (Array.isArray(value)) return value.length ? value.map((one) => inWords(one, key)).join('; ') : NOTHING;
  if (typeof value === 'object') {
    const spoken = /** @type {Record<string, unknown>} */ (value)[language()];
    if (typeof spoken === 'string') return spoken;
    return Object.entries(value).filter(([, one]) => one !== null).map(([name, one]) => `${fieldName(name, key)} ${inWords(one, name)}`).join(', ') || NOTHING;
  }
  const text = String(value);
  if (WORDS[key]) return wordIn(WORDS[key], text);
  if (/^\d{4}-\d\d-\d\dT/.test(text)) return moment(text);
  return text;
}

/** A value as far as it fits an entry. @param {unknown} value @param {string} key */
function inShort(value, key) {
  const text = inWords(value, key);
  return text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS)}…` : text;
}

/** @param {AdministrativeChange} change */
function Differing({ before, after }) {
  const keys = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const differing = keys.filter((key) => JSON.stringify(before?.[key] ?? null) !== JSON.stringify(after?.[key] ?? null) && [before, after].some((one) => inWords(one?.[key]) !== NOTHING));
  return html`<dl class="differing">${differing.map((key) => html`<div key=${key}><dt>${fieldName(key)}</dt><dd>${before && html`<del>${inShort(before[key], key)}</del> `}${before && after && '→ '}${after && html`<ins>${inShort(after[key], key)}</ins>`}</dd></div>`)}</dl>`;
}

/** @param {{changes: AdministrativeChange[], all?: boolean}} props */
function Log({ changes, all }) {
  if (!changes.length) return html`<p class="empty">${t('admin_no_changes')}</p>`;
  return html`<ol class="log" id="changes">${changes.map((one) => html`
    <li key=${one.id} data-kind=${one.kind} data-item=${one.item}>
      <p><strong>${all && `${kindName(one.kind)} `}${all && html`<code>${one.item}</code> `}${t(one.before ? (one.after ? 'change_changed' : 'change_gone') : 'change_made')}</strong> <small>${moment(one.at)} · ${one.actor}</small></p>
      <${Differing} ...${one} />
    </li>`)}</ol>`;
}

/** The changes of one thing, below its entry; nothing for whoever may not read them. @param {Props & {kind?: Subject, item?: string}} props */
export function History({ territory, kind, item }) {
  const allowed = may(territory.code, 'read-audit') || may(territory.code, 'edit-accounts');
  const asked = useAsked(allowed ? of(territory.code, '/audit/changes') : '', { kind, item, limit: 20 });
  if (!allowed) return null;
  return html`<section class="past"><h3>${t('admin_changes')}</h3>${shown(asked, (/** @type {AdministrativeChanges} */ { changes }) => html`<${Log} changes=${changes} />`)}</section>`;
}

/** @param {Props} props */
export function Changes(props) {
  const { territory, route } = props;
  const asked = useAsked(of(territory.code, '/audit/changes'), { limit: PAGE, ...Object.fromEntries(route.query) });
  return html`
    <${Head} title=${t('admin_changes')} lead=${t('admin_changes_lead')} />
    <div class="filters"><${Filter} ...${props} name="kind" label=${t('what_kind')} options=${KINDS.map((value) => ({ value, label: kindName(value) }))} /></div>
    ${shown(asked, (/** @type {AdministrativeChanges} */ { changes, links }) => html`
      <${Log} changes=${changes} all />
      <${Further} ...${props} next=${nextOf(links, 'before')} />`)}`;
}

/** The way to what is older, under an address of its own. @param {Props & {next: string | null}} props */
export function Further({ next, ...props }) {
  return next && html`<p class="further"><a class="secondary" id="older" href=${filtered(props, { before: next })}>${t('admin_older')}</a></p>`;
}
