// The part-time members of the joint meeting: who there is, from which employers.
import { of } from '../api.js';
import { t } from '../i18n.js';
import { html } from '../preact.js';
import { may } from '../work/session.js';
import { send, useAsked } from './calls.js';
import { History } from './changes.js';
import { Form, orNull, unlike } from './form.js';
import { BESIDE, Head, Sheet, Way, Words, at, facts, fits, shown } from './parts.js';

/** @import { Members as Found } from 'service' */
/** @import { Field, Values } from './form.js' */
/** @import { Props } from './parts.js' */

/** @returns {Field[]} */
const fieldsOf = () => [
  { name: 'name', label: t('of_name') },
  { name: 'employer', label: t('of_employer') },
  { name: 'phone', label: t('of_phone'), required: false, attributes: { inputmode: 'tel' } },
  { name: 'active', label: t('member_active'), kind: 'tick' },
];

/** @param {Props} props */
export function Members(props) {
  const { territory, route } = props;
  const asked = useAsked(of(territory.code, '/joint-members'));
  const edits = may(territory.code, 'edit-roster');
  const keep = (/** @type {string} */ number, /** @type {Values} */ { name, employer, phone, active }) => send('PUT', of(territory.code, `/joint-members/${encodeURIComponent(number)}`), { name, employer, phone: orNull(phone), active: Boolean(active) });
  return shown(asked, (/** @type {Found} */ { members }) => {
    if (route.number === BESIDE.new && edits) {
      return html`<${Head} title=${t('member_new')} back=${at(props)} />
        <${Form} id="member" title=${t('member_new')} action=${t('admin_keep')} close=${at(props)} start=${{ active: true }} fields=${[{ name: 'number', label: t('of_number') }, ...fieldsOf()]}
          send=${async (/** @type {Values} */ { number, ...values }) => keep(unlike(number, members.map((one) => ({ code: one.number }))), values)} />`;
    }
    const one = members.find(({ number }) => number === route.number);
    if (one) {
      return html`
        <${Head} title=${one.name} back=${at(props)} lead=${one.number}>${edits && !route.move && html`<${Way} primary id="member-change" href=${at(props, one.number, 'change')}>${t('admin_change')}</${Way}>`}</${Head}>
        ${edits && route.move === 'change' && html`<${Form} id="member" title=${t('admin_change')} action=${t('admin_keep')} close=${at(props, one.number)} fields=${fieldsOf()} start=${{ ...one, phone: one.phone ?? '' }} send=${(/** @type {Values} */ values) => keep(one.number, values)} />`}
        ${facts([[t('of_employer'), one.employer], [t('of_phone'), one.phone], [t('member_active'), t(one.active ? 'yes' : 'no')]])}
        <${History} ...${props} kind="member" item=${one.number} />`;
    }
    return html`
      <${Head} title=${t('admin_members')} lead=${t('admin_members_lead')}>${edits && html`<${Way} primary id="member-new" href=${at(props, BESIDE.new)}>${t('member_new')}</${Way}>`}</${Head}>
      ${route.number && html`<p class="note" role="alert">${t('admin_gone')}</p>`}
      <div class="filters"><${Words} ...${props} label=${t('organisation_search')} /></div>
      <${Sheet} id="members" label=${t('admin_members')} heads=${[t('of_number'), t('of_name'), t('of_employer'), t('of_phone')]}
        rows=${members.filter((each) => fits(route, [each.number, each.name, each.employer, each.phone])).map((each) => ({ key: each.number, off: !each.active, cells: [html`<a href=${at(props, each.number)} data-member=${each.number}>${each.number}</a>`, each.name, each.employer, each.phone ?? '–'] }))} />`;
  });
}
