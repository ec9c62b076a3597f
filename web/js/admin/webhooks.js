// Webhooks: which systems are told what happens, how far each is, what was given up; another secret, and everything told again.
import { of } from '../api.js';
import { count, moment, t } from '../i18n.js';
import { html, useState } from '../preact.js';
import { may } from '../work/session.js';
import { nextOf, send, useAsked } from './calls.js';
import { Further, History } from './changes.js';
import { Act, Form } from './form.js';
import { BESIDE, Filter, Head, Sheet, Way, at, facts, shown } from './parts.js';

/** @import { Deliveries, NewWebhook, WebhookInfo, WebhookSecret, Webhooks as Found } from 'service' */
/** @import { Field, Values } from './form.js' */
/** @import { Props } from './parts.js' */

const PAGE = 50;
const STATES = ['waiting', 'sent', 'failed'];
const FIELDS = () => /** @type {Field[]} */ ([
  { name: 'name', label: t('of_name'), hint: t('webhook_name_hint'), attributes: { spellcheck: 'false' } },
  { name: 'url', label: t('of_url'), hint: t('webhook_url_hint'), attributes: { type: 'url', maxlength: 2000, spellcheck: 'false' } },
  { name: 'moves', label: t('of_moves'), required: false, hint: t('webhook_moves_hint'), attributes: { spellcheck: 'false' } },
]);

/** @param {string} text */
const movesOf = (text) => { const moves = (text || '').split(/[\s,，、;；]+/).filter(Boolean); return moves.length ? moves : null; };

/** How a webhook fares. @param {WebhookInfo} one */
const faring = (one) => (one.rests_until ? t('webhook_rests', { at: moment(one.rests_until) }) : t(one.failures ? 'webhook_failing' : 'webhook_well'));

/** A secret that is shown this once. @param {{secret: string}} props */
const Secret = ({ secret }) => html`<div class="note" id="webhook-secret" role="status"><p>${t('webhook_once')}</p><p><code>${secret}</code></p></div>`;

/** @param {Props} props */
export function Webhooks(props) {
  const { territory, route } = props;
  const [secret, show] = useState('');
  const asked = useAsked(of(territory.code, '/webhooks'));
  const adds = may(territory.code, 'export');
  if (route.number === BESIDE.new && adds && !secret) {
    const add = async (/** @type {Values} */ { name, url, moves }) => send('POST', of(territory.code, '/webhooks'), { name, url, moves: movesOf(moves) });
    return html`<${Head} title=${t('webhook_new')} back=${at(props)} lead=${t('webhook_new_lead')} />
      <${Form} id="webhook" title=${t('webhook_new')} fields=${FIELDS()} action=${t('webhook_add')} close=${at(props)} send=${add} done=${(/** @type {NewWebhook} */ made) => { show(made.secret); return true; }} />`;
  }
  return shown(asked, (/** @type {Found} */ { webhooks }) => {
    const one = webhooks.find(({ id }) => String(id) === route.number);
    if (one) return html`<${Page} ...${props} one=${one} />`;
    return html`
      <${Head} title=${t('admin_webhooks')} lead=${t('admin_webhooks_lead')} back=${secret && at(props)}>${adds && !secret && html`<${Way} primary id="webhook-new" href=${at(props, BESIDE.new)}>${t('webhook_new')}</${Way}>`}</${Head}>
      ${secret && html`<${Secret} secret=${secret} />`}
      ${route.number && !secret && html`<p class="note" role="alert">${t('admin_gone')}</p>`}
      <${Sheet} id="webhooks" label=${t('admin_webhooks')} heads=${[t('of_name'), t('of_url'), t('state'), t('delivery_waiting'), t('delivery_failed'), t('by_whom')]}
        rows=${webhooks.map((each) => ({ key: String(each.id), cells: [html`<a href=${at(props, String(each.id))} data-webhook=${each.name}>${each.name}</a>`, each.url, faring(each), count(each.waiting), count(each.failed), each.created_by] }))} />`;
  });
}

/** @param {Props & {one: WebhookInfo}} props */
function Page({ one, ...props }) {
  const { territory, route } = props;
  const [secret, show] = useState('');
  const here = of(territory.code, `/webhooks/${one.id}`);
  const asked = useAsked(`${here}/deliveries`, { limit: PAGE, ...Object.fromEntries(route.query) });
  const page = at(props, route.number);
  const again = async (/** @type {Values} */ { after }) => send('POST', `${here}/replay`, { after });
  return html`
    <${Head} title=${one.name} back=${at(props)} lead=${one.url}>
      ${!route.move && html`
        <${Way} id="webhook-replay" href=${at(props, route.number, 'replay')}>${t('webhook_replay')}</${Way}>
        <${Act} final id="webhook-rotate" label=${t('webhook_rotate')} act=${() => send('POST', `${here}/secret`)} after=${(/** @type {WebhookSecret} */ made) => show(made.secret)} />
        <${Act} final id="webhook-remove" label=${t('webhook_remove')} act=${() => send('DELETE', here)} />`}
    </${Head}>
    ${secret && html`<${Secret} secret=${secret} />`}
    ${route.move === 'replay' && html`<${Form} id="replay" title=${t('webhook_replay')} action=${t('webhook_replay')} close=${page} send=${again}
      fields=${[{ name: 'after', label: t('webhook_after'), hint: t('webhook_after_hint', { mark: one.mark ?? '1-0' }), attributes: { spellcheck: 'false' } }]} />`}
    ${facts([[t('state'), faring(one)], [t('delivery_error'), one.error], [t('of_moves'), one.moves?.join(', ') ?? t('webhook_all_moves')], [t('webhook_mark'), one.mark], [t('delivery_waiting'), count(one.waiting)], [t('delivery_failed'), count(one.failed)], [t('by_whom'), `${one.created_by}, ${moment(one.created_at)}`]])}
    <div class="section-title"><h3>${t('webhook_deliveries')}</h3><${Filter} ...${props} name="state" label=${t('state')} options=${STATES.map((value) => ({ value, label: t(`delivery_${value}`) }))} /></div>
    ${shown(asked, (/** @type {Deliveries} */ { deliveries, links }) => html`
      <${Sheet} id="deliveries" label=${t('webhook_deliveries')} heads=${[t('webhook_event'), t('state'), t('delivery_tries'), t('at_time'), t('delivery_error')]}
        rows=${deliveries.map((each) => ({ key: String(each.id), cells: [html`<code>${each.mark}</code>`, t(`delivery_${each.state}`), count(each.attempts), moment(each.done_at ?? each.due_at), each.error ?? '–'] }))} />
      <${Further} ...${props} next=${nextOf(links, 'before')} />`)}
    <${History} ...${props} kind="webhook" item=${one.name} />`;
}
