// Types of organisation, and the parties that every cell of a level is given at once.
import { of } from '../api.js';
import { count, named, t } from '../i18n.js';
import { html, useState } from '../preact.js';
import { may } from '../work/session.js';
import { send, useAsked } from './calls.js';
import { Form, orNull } from './form.js';
import { BESIDE, Head, Sheet, Way, at, shown } from './parts.js';

/** @import { ApplyAnswer, OrganisationTypes as Found } from 'service' */
/** @import { Values } from './form.js' */
/** @import { Props } from './parts.js' */

const TEMPLATES = ['urban', 'rural'];

/** The types, and the form to define one or to call one otherwise. @param {Props} props */
export function OrganisationTypes(props) {
  const { territory, route } = props;
  const asked = useAsked(of(territory.code, '/organisation-types'));
  const edits = may(territory.code, 'edit-roster');
  const page = at(props, BESIDE.types);
  return shown(asked, (/** @type {Found} */ { types }) => {
    const one = types.find(({ code }) => code === route.move);
    const form = edits && route.move && html`<${Form} id="type" title=${t(one ? 'admin_change' : 'type_new')} action=${t('admin_keep')} close=${page} start=${one ? { code: one.code, zh: one.name['zh'], en: one.name['en'] } : {}}
      fields=${[...(one ? [] : [{ name: 'code', label: t('of_code') }]), { name: 'zh', label: t('name_zh') }, { name: 'en', label: t('name_en'), required: false }]}
      send=${(/** @type {Values} */ { code, zh, en }) => send('PUT', of(territory.code, `/organisation-types/${encodeURIComponent(one?.code ?? code ?? '')}`), { name: { zh: orNull(zh), en: orNull(en) } })} />`;
    return html`
      <${Head} title=${t('organisation_types')} back=${at(props)}>${edits && !route.move && html`<${Way} primary id="type-new" href=${at(props, BESIDE.types, BESIDE.new)}>${t('type_new')}</${Way}>`}</${Head}>
      ${form}
      <${Sheet} id="types" label=${t('organisation_types')} heads=${[t('of_code'), t('of_name')]}
        rows=${types.map(({ code, name }) => ({ key: code, cells: [edits ? html`<a href=${at(props, BESIDE.types, code)} data-type=${code}>${code}</a>` : code, named(name, code)] }))} />`;
  });
}

/** Each cell of a level, or some, is given the parties of town or country. @param {Props} props */
export function Parties(props) {
  const { territory } = props;
  const [made, tell] = useState(/** @type {number | null} */ (null));
  const fields = [
    { name: 'template', label: t('of_type'), kind: /** @type {'choice'} */ ('choice'), options: TEMPLATES.map((value) => ({ value, label: t(`parties_${value}`) })) },
    { name: 'level', label: t('of_level'), kind: /** @type {'choice'} */ ('choice'), options: territory.levels.map(({ key, name }) => ({ value: key, label: named(name, key) })) },
    { name: 'cells', label: t('of_cells'), kind: /** @type {'long'} */ ('long'), required: false, hint: t('parties_cells_hint') },
  ];
  const apply = (/** @type {Values} */ { template, level, cells }) => send('POST', of(territory.code, '/organisations:apply'), { template, level, cells: cells?.trim() ? cells.trim().split(/[\s;；,，]+/) : null });
  const done = (/** @type {ApplyAnswer} */ { created }) => {
    tell(created);
    return true;
  };
  return html`
    <${Head} title=${t('parties_give')} back=${at(props)} lead=${t('parties_lead')} />
    ${made !== null && html`<p class="note" id="parties-made" role="status">${t('parties_made', { n: count(made) })}</p>`}
    <${Form} id="parties" title=${t('parties_give')} fields=${fields} start=${{ template: TEMPLATES[0], level: territory.levels.at(-2)?.key ?? territory.levels.at(-1)?.key }} action=${t('parties_give')} send=${apply} close=${at(props)} done=${done} />`;
}
