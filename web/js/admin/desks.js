// Desks: where the cases of a cell lie, with what is written on each.
import { of } from '../api.js';
import { named, t } from '../i18n.js';
import { html } from '../preact.js';
import { may } from '../work/session.js';
import { send, useAsked } from './calls.js';
import { History } from './changes.js';
import { Form, orNull } from './form.js';
import { Filter, Head, Sheet, Way, Words, at, facts, fits, shown } from './parts.js';

/** @import { Desk, Desks as Found } from 'service' */
/** @import { Field, Values } from './form.js' */
/** @import { Props } from './parts.js' */

/** What the record of changes calls a desk. @param {Desk} desk */
const itemOf = ({ level, code }) => (level ? `${level}:${code}` : 'centre');

/** @returns {Field[]} */
const fieldsOf = () => [
  { name: 'zh', label: t('name_zh') },
  { name: 'en', label: t('name_en'), required: false },
  { name: 'kind', label: t('of_kind'), required: false, hint: t('desk_kind_hint') },
  { name: 'phone', label: t('of_phone'), required: false, attributes: { inputmode: 'tel' } },
];

/** @param {Props} props */
export function Desks(props) {
  const { territory, route } = props;
  const asked = useAsked(of(territory.code, '/desks'));
  const edits = may(territory.code, 'edit-roster');
  /** @param {string | null} key */
  const level = (key) => (key === null ? t('whole_territory') : named(territory.levels.find((one) => one.key === key)?.name, key));
  return shown(asked, (/** @type {Found} */ { desks }) => {
    const one = desks.find(({ id }) => String(id) === route.number);
    if (one) {
      const page = at(props, route.number);
      return html`
        <${Head} title=${named(one.name, one.code)} back=${at(props)} lead=${one.code}>${edits && !route.move && html`<${Way} primary id="desk-change" href=${at(props, route.number, 'change')}>${t('admin_change')}</${Way}>`}</${Head}>
        ${edits && route.move === 'change' && html`<${Form} id="desk" title=${t('admin_change')} fields=${fieldsOf()} start=${{ zh: one.name['zh'], en: one.name['en'], kind: one.kind ?? '', phone: one.phone ?? '' }} action=${t('admin_keep')} close=${page}
          send=${(/** @type {Values} */ { zh, en, kind, phone }) => send('PUT', of(territory.code, `/desks/${one.id}`), { name: { zh: orNull(zh), en: orNull(en) }, kind: orNull(kind), phone: orNull(phone) }, one.version)} />`}
        ${facts([[t('of_level'), level(one.level)], [t('of_kind'), one.kind], [t('of_phone'), one.phone]])}
        <${History} ...${props} kind="desk" item=${itemOf(one)} />`;
    }
    const wanted = route.query.get('level') ?? '';
    const kept = desks.filter((each) => (!wanted || each.level === wanted) && fits(route, [each.code, ...Object.values(each.name), each.phone]));
    return html`
      <${Head} title=${t('admin_desks')} lead=${t('admin_desks_lead')} />
      ${route.number && html`<p class="note" role="alert">${t('admin_gone')}</p>`}
      <div class="filters"><${Words} ...${props} label=${t('organisation_search')} /><${Filter} ...${props} name="level" label=${t('of_level')} options=${territory.levels.map(({ key, name }) => ({ value: key, label: named(name, key) }))} /></div>
      <${Sheet} id="desks" label=${t('admin_desks')} heads=${[t('of_name'), t('of_level'), t('of_code'), t('of_kind'), t('of_phone')]}
        rows=${kept.map((each) => ({ key: itemOf(each), cells: [html`<a href=${at(props, String(each.id))} data-desk=${itemOf(each)}>${named(each.name, itemOf(each))}</a>`, level(each.level), each.code || '–', each.kind ?? '–', each.phone ?? '–'] }))} />`;
  });
}
