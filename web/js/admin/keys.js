// Keys of other programs: one role in one place, for a time.
import { day, t } from '../i18n.js';
import { html, useState } from '../preact.js';
import { may, signing } from '../work/session.js';
import { send, useAsked } from './calls.js';
import { Act, Form } from './form.js';
import { BESIDE, Head, Sheet, Way, at, shown } from './parts.js';
import { placeFields, placeOf, roleName, useCells, useOrganisations } from './places.js';

/** @import { Accounts, Keys as Found, NewKey as Made, RoleInfo } from 'service' */
/** @import { Field, Values } from './form.js' */
/** @import { Props } from './parts.js' */

const DAYS = '365';

/** @param {Props} props */
export function Keys(props) {
  const { territory, route } = props;
  const [made, show] = useState(/** @type {Made | null} */ (null));
  const asked = useAsked('api/v1/keys');
  const accounts = useAsked(route.number === BESIDE.new ? 'api/v1/accounts' : '');
  const edits = may(territory.code, 'edit-accounts');
  if (route.number === BESIDE.new && edits && !made) return shown(accounts, (/** @type {Accounts} */ { roles }) => html`<${NewKey} ...${props} roles=${roles} show=${show} />`);
  return shown(asked, (/** @type {Found} */ { keys }) => html`
    <${Head} title=${t('admin_keys')} lead=${t('admin_keys_lead')} back=${made && at(props)}>${edits && !made && html`<${Way} primary id="key-new" href=${at(props, BESIDE.new)}>${t('key_new')}</${Way}>`}</${Head}>
    ${made && html`<div class="note" id="key-secret" role="status"><p>${t('key_once', { name: made.name })}</p><p><code>${made.key}</code></p></div>`}
    <${Sheet} id="keys" label=${t('admin_keys')} heads=${[t('of_name'), t('of_role'), t('of_rights'), t('of_expires_at'), t('by_whom'), ...(edits ? [t('admin_acts')] : [])]}
      rows=${keys.map((one) => ({
    key: String(one.id),
    cells: [one.name, html`<strong>${roleName(one.role)}</strong> ${signing().place(one)}`, one.rights.join(', '), day(one.expires_at), one.created_by,
      ...(edits ? [html`<${Act} final id=${`key-off-${one.id}`} label=${t('key_off')} act=${() => send('DELETE', `api/v1/keys/${one.id}`)} />`] : [])],
  }))} />`);
}

/** @param {Props & {roles: RoleInfo[], show: (made: Made) => void}} props */
function NewKey({ roles, show, ...props }) {
  const { territory } = props;
  const [level, choose] = useState('');
  const places = useCells(territory, level);
  const organisations = useOrganisations(territory);
  const fields = (/** @type {Values} */ values) => {
    if ((values['level'] ?? '') !== level) queueMicrotask(() => choose(values['level'] ?? ''));
    const rights = roles.find(({ role }) => role === values['role'])?.rights ?? [];
    return /** @type {Field[]} */ ([
      { name: 'name', label: t('of_name'), hint: t('key_name_hint') },
      ...placeFields({ territory, roles, places, organisations }, values),
      ...rights.map((right) => ({ name: `right ${right}`, label: right, kind: 'tick' })),
      { name: 'days', label: t('key_days'), kind: 'number', attributes: { min: 1, max: 3650 } },
    ]);
  };
  const create = (/** @type {Values} */ values) => send('POST', 'api/v1/keys', {
    name: values['name'], ...placeOf(values), days: Number(values['days']), rights: Object.keys(values).filter((name) => name.startsWith('right ') && values[name]).map((name) => name.slice('right '.length)),
  });
  const done = (/** @type {Made} */ made) => {
    show(made);
    return true;
  };
  return html`
    <${Head} title=${t('key_new')} back=${at(props)} />
    <${Form} id="key" title=${t('key_new')} fields=${fields} start=${{ territory: territory.code, level: '', days: DAYS }} action=${t('key_make')} send=${create} close=${at(props)} done=${done} />`;
}
