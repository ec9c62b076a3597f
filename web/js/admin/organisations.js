// Organisations that handle cases: their types, where they work, and the ways to change that.
import { of } from '../api.js';
import { named, t } from '../i18n.js';
import { html } from '../preact.js';
import { may } from '../work/session.js';
import { send, useAsked } from './calls.js';
import { History } from './changes.js';
import { Act, Form, orNull } from './form.js';
import { OrganisationTypes as Types, Parties } from './organisationtypes.js';
import { BESIDE, Filter, Head, Sheet, Way, Words, at, facts, fits, shown } from './parts.js';

/** @import { Organisation, Organisations as Found, OrganisationTypes } from 'service' */
/** @import { Field, Values } from './form.js' */
/** @import { Props } from './parts.js' */
/** @typedef {{value: string, label: string}[]} Options */

/** @param {Options} types @param {Options} others @returns {Field[]} */
const fieldsOf = (types, others) => [
  { name: 'zh', label: t('name_zh') },
  { name: 'en', label: t('name_en'), required: false },
  { name: 'type', label: t('of_type'), kind: 'choice', empty: true, options: types },
  { name: 'parent', label: t('of_parent'), kind: 'list', required: false, options: others },
  { name: 'phone', label: t('of_phone'), required: false },
  { name: 'cells', label: t('of_cells'), kind: 'long', required: false, hint: t('organisation_cells_hint') },
];

/** @param {Values} values @param {boolean} [active] */
const entryOf = ({ zh, en, type, parent, phone, cells }, active = true) => ({
  name: { zh: orNull(zh), en: orNull(en) }, type, parent: orNull(parent), phone: orNull(phone), active, cells: (cells ?? '').split(/[\s;；,，]+/).filter(Boolean),
});

/** @param {Organisation} one @returns {Values} */
const valuesOf = ({ name, type, parent, phone, cells }) => ({ zh: name['zh'], en: name['en'], type, parent: parent ?? '', phone: phone ?? '', cells: cells.map(({ level, code }) => `${level}:${code}`).join('\n') });

/** @param {Props} props */
export function Organisations(props) {
  const { territory, route } = props;
  const found = useAsked(of(territory.code, '/organisations'), { inactive: 'true' });
  const types = /** @type {import('../answers.js').Answered<OrganisationTypes>} */ (useAsked(of(territory.code, '/organisation-types')));
  const kinds = (types.answer?.types ?? []).map(({ code, name }) => ({ value: code, label: named(name, code) }));
  const edits = may(territory.code, 'edit-roster');
  if (route.number === BESIDE.types) return html`<${Types} ...${props} />`;
  if (route.number === BESIDE.parties && edits) return html`<${Parties} ...${props} />`;
  return shown(found, (/** @type {Found} */ { organisations }) => {
    const others = organisations.filter(({ active }) => active).map(({ code, name }) => ({ value: code, label: named(name, code) }));
    if (route.number === BESIDE.new && edits) {
      return html`
        <${Head} title=${t('organisation_new')} back=${at(props)} />
        <${Form} id="organisation" title=${t('organisation_new')} fields=${[{ name: 'code', label: t('of_code') }, ...fieldsOf(kinds, others)]} action=${t('organisation_add')} close=${at(props)}
          send=${(/** @type {Values} */ values) => send('POST', of(territory.code, '/organisations'), { code: values['code'], ...entryOf(values) })} />`;
    }
    const one = organisations.find(({ code }) => code === route.number);
    const kindOf = (/** @type {string} */ type) => kinds.find(({ value }) => value === type)?.label ?? type;
    if (one) return html`<${Page} ...${props} one=${one} kinds=${kinds} others=${others} edits=${edits} kind=${kindOf(one.type)} />`;
    const [type, state] = [route.query.get('type') ?? '', route.query.get('state') ?? ''];
    const kept = organisations.filter((each) => (!type || each.type === type) && each.active === (state !== 'closed') && fits(route, [each.code, ...Object.values(each.name), each.phone]));
    return html`
      <${Head} title=${t('admin_organisations')} lead=${t('admin_organisations_lead')}><${Way} id="organisation-types" href=${at(props, BESIDE.types)}>${t('organisation_types')}</${Way}>${edits && html`<${Way} id="organisation-parties" href=${at(props, BESIDE.parties)}>${t('parties_give')}</${Way}><${Way} primary id="organisation-new" href=${at(props, BESIDE.new)}>${t('organisation_new')}</${Way}>`}</${Head}>
      <div class="filters"><${Words} ...${props} label=${t('organisation_search')} /><${Filter} ...${props} name="type" label=${t('of_type')} options=${kinds} /><${Filter} ...${props} name="state" label=${t('state')} any=${t('organisation_open')} options=${[{ value: 'closed', label: t('organisation_closed') }]} /></div>
      <${Sheet} id="organisations" label=${t('admin_organisations')} heads=${[t('of_code'), t('of_name'), t('of_type'), t('of_phone'), t('of_cells')]}
        rows=${kept.map((each) => ({ key: each.code, off: !each.active, cells: [html`<a href=${at(props, each.code)} data-organisation=${each.code}>${each.code}</a>`, named(each.name, each.code), kindOf(each.type), each.phone ?? '–', each.cells.map(({ code }) => code).join(', ') || t('whole_territory')] }))} />`;
  });
}

/** @param {Props & {one: Organisation, kinds: Options, others: Options, edits: boolean, kind: string}} props */
function Page({ one, kinds, others, edits, kind, ...props }) {
  const { territory, route } = props;
  const here = of(territory.code, `/organisations/${encodeURIComponent(one.code)}`);
  const page = at(props, one.code);
  return html`
    <${Head} title=${named(one.name, one.code)} back=${at(props)} lead=${one.code}>
      ${edits && !route.move && html`
        <${Way} id="organisation-change" href=${at(props, one.code, 'change')}>${t('admin_change')}</${Way}>
        ${one.active
    ? html`<${Act} id="organisation-close" label=${t('organisation_end')} act=${() => send('DELETE', here, undefined, one.version)} />`
    : html`<${Act} id="organisation-again" label=${t('organisation_again')} act=${() => send('PUT', here, entryOf(valuesOf(one)), one.version)} />`}`}
    </${Head}>
    ${edits && route.move === 'change' && html`<${Form} id="organisation" title=${t('admin_change')} fields=${fieldsOf(kinds, others)} start=${valuesOf(one)} action=${t('admin_keep')} close=${page}
      send=${(/** @type {Values} */ values) => send('PUT', here, entryOf(values, one.active), one.version)} />`}
    ${facts([[t('of_type'), kind], [t('of_parent'), one.parent], [t('of_phone'), one.phone], [t('state'), !one.active && t('organisation_closed')], [t('of_cells'), one.cells.map(({ code }) => code).join(', ') || t('whole_territory')]])}
    <${History} ...${props} kind="organisation" item=${one.code} />`;
}
