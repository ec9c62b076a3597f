// One account: what it is, what it was given, and the ways to change that.
import { day, moment, t } from '../i18n.js';
import { of } from '../api.js';
import { html, useState } from '../preact.js';
import { may } from '../work/session.js';
import { given, standing } from './accounts.js';
import { send, useAsked } from './calls.js';
import { History } from './changes.js';
import { Act, Form, orNull } from './form.js';
import { Head, Sheet, Way, at, facts, today } from './parts.js';
import { placeFields, placeOf, useCells, useOrganisations } from './places.js';

/** @import { AccountAnswer, NewTotp, Officers, RoleInfo } from 'service' */
/** @import { Field, Values } from './form.js' */
/** @import { Props } from './parts.js' */

const PASSWORD_LENGTH = 10;

/** The start of a day by the clock of whoever looks, as a moment. @param {string | undefined} date */
const startOf = (date) => (date ? new Date(`${date}T00:00`).toISOString() : null);

/** Officers of the roster, by their ids. @param {Props} props */
function useOfficers({ territory }) {
  const { answer } = /** @type {import('../answers.js').Answered<Officers>} */ (useAsked(may(territory.code, 'read-roster') ? of(territory.code, '/officers') : ''));
  return (answer?.officers ?? []).map(({ id, number, name }) => ({ value: String(id), label: `${number} ${name}` }));
}

/** @param {{value: string, label: string}[]} officers @returns {Field[]} */
const ownFields = (officers) => [
  { name: 'name', label: t('of_name') },
  { name: 'email', label: t('email'), kind: 'email', required: false, hint: t('account_email_hint') },
  { name: 'officer', label: t('account_officer'), kind: 'choice', empty: true, required: false, options: officers, hint: t('account_officer_hint') },
];

/** @param {Values} values */
const ownOf = ({ name, email, officer }) => ({ name, email: orNull(email), officer: officer ? Number(officer) : null });

/** @param {Props & {roles: RoleInfo[]}} props */
export function NewAccount({ roles, ...props }) {
  const { territory } = props;
  const [level, choose] = useState('');
  const places = useCells(territory, level);
  const organisations = useOrganisations(territory);
  const officers = useOfficers(props);
  const fields = (/** @type {Values} */ values) => {
    if ((values['level'] ?? '') !== level) queueMicrotask(() => choose(values['level'] ?? ''));
    return /** @type {Field[]} */ ([
      { name: 'login', label: t('login'), attributes: { autocapitalize: 'none', spellcheck: 'false' } },
      ...ownFields(officers),
      { name: 'password', label: t('account_password'), kind: 'secret', required: false, hint: t('account_password_hint') },
      ...placeFields({ territory, roles, places, organisations, needed: false }, values),
    ]);
  };
  const create = (/** @type {Values} */ values) => {
    const grant = placeOf(values);
    const { name, ...own } = ownOf(values);
    return send('POST', 'api/v1/accounts', { login: values['login'], name, ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== null)), ...(values['password'] && { password: values['password'] }), grants: grant ? [grant] : [] });
  };
  return html`
    <${Head} title=${t('account_new')} back=${at(props)} />
    <${Form} id="account" title=${t('account_new')} fields=${fields} start=${{ territory: territory.code, level: '' }} action=${t('account_make')} send=${create} close=${at(props)} />`;
}

/** @param {Props & {account: AccountAnswer, roles: RoleInfo[]}} props */
export function AccountPage({ account, roles, ...props }) {
  const { territory, route } = props;
  const [secret, show] = useState(/** @type {NewTotp | null} */ (null));
  const officers = useOfficers(props);
  const here = `api/v1/accounts/${account.id}`;
  const edits = may(territory.code, 'edit-accounts');
  const page = at(props, route.number);
  const change = (/** @type {Record<string, unknown>} */ body) => send('PATCH', here, body);
  return html`
    <${Head} title=${account.name} back=${at(props)} lead=${account.login}>
      ${edits && !route.move && html`
        <${Way} id="account-change" href=${at(props, route.number, 'change')}>${t('admin_change')}</${Way}>
        <${Way} id="account-password" href=${at(props, route.number, 'password')}>${t('account_set_password')}</${Way}>
        <${Act} id="account-totp" label=${t('account_new_totp')} act=${() => send('POST', `${here}/totp`)} after=${show} />
        ${account.has_totp && html`<${Act} id="account-totp-off" label=${t('account_totp_off')} act=${() => change({ has_totp: false })} />`}
        ${account.locked_until && html`<${Act} id="account-unlock" label=${t('account_unlock')} act=${() => change({ unlocked: true })} />`}
        <${Act} id="account-end" label=${t(account.disabled_at ? 'account_enable' : 'account_disable')} act=${() => change({ disabled: !account.disabled_at })} />`}
    </${Head}>
    ${secret && html`<div class="note" id="totp-secret" role="status"><p>${t('account_totp_once')}</p><p><code>${secret.secret}</code></p><p><code>${secret.uri}</code></p></div>`}
    ${edits && html`<${Forms} ...${props} account=${account} roles=${roles} officers=${officers} here=${here} page=${page} />`}
    ${facts([[t('email'), account.email], [t('account_officer'), account.officer && (officers.find(({ value }) => value === String(account.officer))?.label ?? t('account_by_roster'))], [t('state'), standing(account).join(' · ')]])}
    <div class="section-title"><h3>${t('account_given')}</h3>${edits && !route.move && html`<${Way} id="grant-new" href=${at(props, route.number, 'grant')}>${t('grant_give')}</${Way}>`}</div>
    <${Sheet} id="grants" label=${t('account_given')} heads=${[t('of_role'), t('of_valid_from'), t('of_valid_to'), t('by_whom'), ...(edits ? [t('admin_acts')] : [])]}
      rows=${account.grants.map((grant) => ({
    key: String(grant.id),
    cells: [
      html`<span>${given(grant)}</span>`, day(grant.valid_from), grant.valid_to ? moment(grant.valid_to) : t('for_good'), grant.given_by,
      ...(edits ? [html`<${Act} id=${`take-back-${grant.id}`} label=${t('grant_take_back')} act=${() => send('DELETE', `${here}/grants/${grant.id}`)} />`] : []),
    ],
  }))} none=${t('no_grants')} />
    <${History} ...${props} item=${account.login} />`;
}

/** The form that the address asks for. @param {Props & {account: AccountAnswer, roles: RoleInfo[], officers: {value: string, label: string}[], here: string, page: string}} props */
function Forms({ account, roles, officers, here, page, ...props }) {
  const { territory, route } = props;
  const [level, choose] = useState('');
  const places = useCells(territory, level);
  const organisations = useOrganisations(territory);
  const grantFields = (/** @type {Values} */ values) => {
    if ((values['level'] ?? '') !== level) queueMicrotask(() => choose(values['level'] ?? ''));
    return /** @type {Field[]} */ ([
      ...placeFields({ territory, roles, places, organisations }, values),
      { name: 'valid_from', label: t('of_valid_from'), kind: 'date', required: false, attributes: { min: today() } },
      { name: 'valid_to', label: t('of_valid_to'), kind: 'date', required: false },
    ]);
  };
  switch (route.move) {
    case 'change': return html`<${Form} id="account" title=${t('admin_change')} fields=${ownFields(officers)} start=${{ name: account.name, email: account.email ?? '', officer: account.officer ? String(account.officer) : '' }} action=${t('admin_keep')} send=${(/** @type {Values} */ values) => send('PATCH', here, ownOf(values))} close=${page} />`;
    case 'password': return html`<${Form} id="account" title=${t('account_set_password')} fields=${[{ name: 'password', label: t('new_password'), kind: 'secret', hint: t('account_password_ends'), attributes: { minlength: PASSWORD_LENGTH } }]} action=${t('account_set_password')} send=${(/** @type {Values} */ { password }) => send('PATCH', here, { password })} close=${page} />`;
    case 'grant': return html`<${Form} id="grant" title=${t('grant_give')} fields=${grantFields} start=${{ territory: territory.code, level: '' }} action=${t('grant_give')}
      send=${(/** @type {Values} */ values) => send('POST', `${here}/grants`, { ...placeOf(values), valid_from: startOf(values['valid_from']), valid_to: startOf(values['valid_to']) })} close=${page} />`;
    default: return null;
  }
}
