// Other Open311 servers that the territory is kept in step with: how far each is, what failed, whether it answers now.
import { of } from '../api.js';
import { count, moment, t } from '../i18n.js';
import { html, useState } from '../preact.js';
import { may } from '../work/session.js';
import { send, useAsked } from './calls.js';
import { History } from './changes.js';
import { Act, Form, barred, linesOf, orNull, unlike } from './form.js';
import { BESIDE, Head, Sheet, Way, at, facts, shown } from './parts.js';

/** @import { PeerInfo, PeerTrial, PeerTurn, Peers as Found, UntakenRequests } from 'service' */
/** @import { Field, Values } from './form.js' */
/** @import { Props } from './parts.js' */

const PLAIN = { spellcheck: 'false' };
const LINES = { rows: 4, class: 'code', spellcheck: 'false' };

/** @param {PeerInfo} [one] that is changed @returns {Field[]} */
const fieldsOf = (one) => [
  ...(one ? [] : [/** @type {Field} */ ({ name: 'name', label: t('of_name'), hint: t('peer_name_hint'), attributes: PLAIN })]),
  { name: 'url', label: t('of_url'), hint: t('peer_url_hint'), attributes: { type: 'url', maxlength: 2000, ...PLAIN } },
  { name: 'key', label: t('peer_key'), kind: 'secret', required: false, hint: t(one?.keyed ? 'peer_key_stays' : 'peer_key_hint') },
  { name: 'pull', label: t('peer_pull'), kind: 'long', required: false, hint: t('peer_pull_hint'), attributes: LINES },
  { name: 'push', label: t('peer_push'), kind: 'long', required: false, hint: t('peer_push_hint'), attributes: LINES },
  { name: 'program', label: t('peer_program'), kind: 'choice', options: ['georeport', 'wangge'].map((value) => ({ value, label: t(`peer_program_${value}`) })) },
  { name: 'jurisdiction_id', label: t('peer_jurisdiction'), required: false, attributes: PLAIN },
  { name: 'status', label: t('peer_status'), kind: 'long', required: false, hint: t('peer_status_hint'), attributes: LINES },
  { name: 'cells', label: t('of_cells'), kind: 'long', required: false, hint: t('peer_cells_hint'), attributes: LINES },
  { name: 'format', label: t('peer_format'), kind: 'choice', options: ['json', 'xml'].map((value) => ({ value, label: value.toUpperCase() })) },
  { name: 'updates', label: t('peer_updates'), kind: 'tick' },
];

/** @param {Record<string, string>} table */
const asLines = (table) => Object.entries(table).map((pair) => barred(...pair)).join('\n');
/** @param {string} text */
const asTable = (text) => Object.fromEntries(linesOf(text).map(([of = '', to = '']) => [of, to]));

const START = { program: 'georeport', format: 'json', updates: true };
/** @param {PeerInfo} one */
const startOf = ({ url, program, jurisdiction_id, format, updates, cells, status, pull, push }) => ({ url, program, jurisdiction_id, format, updates, cells: (cells ?? []).join('\n'), status: asLines(status), pull: asLines(pull), push: asLines(push) });

/** What is declared; what the form has no field for stays. @param {Values} values @param {PeerInfo} [one] */
const bodyOf = ({ url, program, format, updates, key, jurisdiction_id, cells, status, pull, push }, one) => {
  const places = linesOf(cells).map(([place]) => place);
  return {
    url, program, format, updates, jurisdiction_id: orNull(jurisdiction_id), cells: places.length ? places : null, status: asTable(status), pull: asTable(pull), push: asTable(push),
    ...(key && { key }), ...(one && { since: one.since, states: one.states, page_size: one.page_size }),
  };
};

/** @param {PeerInfo} one */
const faring = (one) => (one.error ? t('peer_not_in_step') : one.looked_at ? t('peer_in_step') : t('peer_not_yet'));

/** @param {PeerTurn} turn */
const turnOf = (turn) => t('peer_turn', { taken: count(turn.taken), followed: count(turn.followed), sent: count(turn.sent), told: count(turn.told), failed: count(turn.untaken + turn.refused) });

/** @param {Props} props */
export function Peers(props) {
  const { territory, route } = props;
  const asked = useAsked(of(territory.code, '/peers'));
  const edits = may(territory.code, 'edit-accounts');
  const keep = (/** @type {string} */ name, /** @type {unknown} */ body, version = 0) => send('PUT', of(territory.code, `/peers/${encodeURIComponent(name)}`), body, version);
  return shown(asked, (/** @type {Found} */ { peers, every_s }) => {
    if (route.number === BESIDE.new && edits) {
      return html`<${Head} title=${t('peer_new')} back=${at(props)} lead=${t('peer_new_lead')} />
        <${Form} id="peer" title=${t('peer_new')} fields=${fieldsOf()} start=${START} action=${t('webhook_add')} close=${at(props)}
          send=${async (/** @type {Values} */ values) => keep(unlike(values['name'], peers.map(({ name }) => ({ code: name }))), bodyOf(values))} />`;
    }
    const one = peers.find(({ name }) => name === route.number);
    if (one) return html`<${Page} ...${props} one=${one} edits=${edits} keep=${keep} />`;
    return html`
      <${Head} title=${t('admin_peers')} lead=${every_s ? t('admin_peers_lead') : t('peers_by_hand')}>${edits && html`<${Way} primary id="peer-new" href=${at(props, BESIDE.new)}>${t('peer_new')}</${Way}>`}</${Head}>
      ${route.number && html`<p class="note" role="alert">${t('admin_gone')}</p>`}
      <${Sheet} id="peers" label=${t('admin_peers')} heads=${[t('of_name'), t('of_url'), t('state'), t('peer_looked_at'), t('peer_taken'), t('peer_sent'), t('delivery_waiting'), t('peer_refused')]}
        rows=${peers.map((each) => ({ key: each.name, cells: [html`<a href=${at(props, each.name)} data-peer=${each.name}>${each.name}</a>`, each.url, faring(each), each.looked_at ? moment(each.looked_at) : '–', ...[each.taken, each.sent, each.waiting, each.refused].map((n) => count(n))] }))} />`;
  });
}

/** @param {Props & {one: PeerInfo, edits: boolean, keep: (name: string, body: unknown, version?: number) => Promise<unknown>}} props */
function Page({ one, edits, keep, ...props }) {
  const { territory, route } = props;
  const [trial, show] = useState(/** @type {PeerTrial | null} */ (null));
  const here = of(territory.code, `/peers/${encodeURIComponent(one.name)}`);
  const asked = useAsked(`${here}/untaken`);
  const change = (/** @type {Values} */ values) => keep(one.name, bodyOf(values, one), one.version);
  return html`
    <${Head} title=${one.name} back=${at(props)} lead=${one.url}>
      ${edits && !route.move && html`
        <${Act} id="peer-try" label=${t('peer_try')} act=${() => send('POST', `${here}/trial`)} after=${show} />
        <${Way} id="peer-change" href=${at(props, one.name, 'change')}>${t('admin_change')}</${Way}>
        ${one.keyed && html`<${Act} final id="peer-keyless" label=${t('peer_keyless')} act=${() => keep(one.name, { ...bodyOf(startOf(one), one), key: '' }, one.version)} />`}
        <${Act} final id="peer-remove" label=${t('webhook_remove')} act=${() => send('DELETE', here, undefined, one.version)} />`}
    </${Head}>
    ${edits && route.move === 'change' && html`<${Form} id="peer" title=${t('admin_change')} fields=${fieldsOf(one)} start=${startOf(one)} action=${t('admin_keep')} close=${at(props, one.name)} send=${change} />`}
    ${trial && html`<div class="note" id="peer-answers" role="status"><p>${t('peer_answers', { n: count(trial.services.length) })}</p>
      ${trial.services.length > 0 && html`<${Sheet} label=${t('peer_services')} heads=${[t('of_code'), t('of_name'), t('category')]} rows=${trial.services.map(({ code, name, category }) => ({ key: code, cells: [html`<code>${code}</code>`, name ?? '–', category ?? '–'] }))} />`}</div>`}
    ${facts([[t('state'), faring(one)], [t('delivery_error'), one.error], [t('peer_looked_at'), one.looked_at && moment(one.looked_at)], [t('peer_last'), one.last && turnOf(one.last)], [t('peer_taken'), count(one.taken)], [t('peer_sent'), count(one.sent)], [t('delivery_waiting'), count(one.waiting)], [t('peer_refused'), count(one.refused)],
    [t('peer_key'), one.keyed && t('peer_keyed')], [t('peer_since'), moment(one.since)], [t('peer_pull'), asLines(one.pull)], [t('peer_push'), asLines(one.push)], [t('of_cells'), one.cells?.join(', ')], [t('by_whom'), `${one.created_by}, ${moment(one.created_at)}`]])}
    ${one.refused > 0 && html`<h3>${t('peer_untaken')}</h3>
      ${shown(asked, (/** @type {UntakenRequests} */ { requests }) => html`<${Sheet} id="untaken" label=${t('peer_untaken')} heads=${[t('peer_origin'), t('of_number'), t('peer_reason'), t('delivery_tries'), t('at_time')]}
        rows=${requests.map((each) => ({ key: `${each.origin} ${each.number}`, cells: [t(`peer_origin_${each.origin}`), html`<code>${each.number}</code>`, each.reason, count(each.tries), each.tried_at ? moment(each.tried_at) : '–'] }))} />`)}`}
    <${History} ...${props} kind="peer" item=${one.name} />`;
}
