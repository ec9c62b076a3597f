// Accounts of staff: who there is and what each was given.
import { moment, t } from '../i18n.js';
import { html } from '../preact.js';
import { may, signing } from '../work/session.js';
import { AccountPage, NewAccount } from './account.js';
import { useAsked } from './calls.js';
import { BESIDE, Filter, Head, Sheet, Way, Words, at, fits, shown } from './parts.js';
import { roleName } from './places.js';

/** @import { AccountAnswer, Accounts as Found, GivenInfo } from 'service' */
/** @import { Props } from './parts.js' */

/** How an account stands, in words; nothing where it is as usual. @param {AccountAnswer} account */
export const standing = ({ disabled_at: disabled, locked_until: locked, has_password: password, has_totp: totp }) => [
  disabled && t('account_disabled', { at: moment(disabled) }),
  locked && t('account_locked', { at: moment(locked) }),
  !password && t('account_no_password'),
  totp && t('account_totp'),
].filter(Boolean);

/** @param {GivenInfo} grant */
export const given = (grant) => html`<strong>${roleName(grant.role)}</strong> ${signing().place(grant)}`;

/** @param {Props} props */
export function Accounts(props) {
  const { territory, route } = props;
  const asked = useAsked('api/v1/accounts');
  return shown(asked, (/** @type {Found} */ { accounts, roles }) => {
    if (route.number === BESIDE.new) return html`<${NewAccount} ...${props} roles=${roles} />`;
    const one = accounts.find(({ id }) => String(id) === route.number);
    if (one) return html`<${AccountPage} ...${props} account=${one} roles=${roles} />`;
    const state = route.query.get('state') ?? '';
    const kept = accounts.filter((account) => (state === 'all' || Boolean(account.disabled_at) === (state === 'disabled'))
      && fits(route, [account.login, account.name, account.email, ...account.grants.map((grant) => `${roleName(grant.role)} ${signing().place(grant)}`)]));
    return html`
      <${Head} title=${t('admin_accounts')} lead=${t('admin_accounts_lead')}>${may(territory.code, 'edit-accounts') && html`<${Way} primary id="account-new" href=${at(props, BESIDE.new)}>${t('account_new')}</${Way}>`}</${Head}>
      ${route.number && html`<p class="note" role="alert">${t('admin_gone')}</p>`}
      <div class="filters"><${Words} ...${props} label=${t('account_search')} /><${Filter} ...${props} name="state" label=${t('state')} any=${t('account_in_use')} options=${['disabled', 'all'].map((value) => ({ value, label: t(`account_list_${value}`) }))} /></div>
      <${Sheet} id="accounts" label=${t('admin_accounts')} heads=${[t('login'), t('of_name'), t('account_given'), t('state')]}
        rows=${kept.map((account) => ({
    key: account.login,
    off: Boolean(account.disabled_at),
    cells: [
      html`<a href=${at(props, String(account.id))} data-login=${account.login}>${account.login}</a>`,
      account.name,
      account.grants.length || account.officer ? html`<ul class="plain">${account.grants.map((grant) => html`<li>${given(grant)}</li>`)}${account.officer && html`<li>${t('account_by_roster')}</li>`}</ul>` : '–',
      standing(account).join(' · ') || '–',
    ],
  }))} />`;
  });
}
