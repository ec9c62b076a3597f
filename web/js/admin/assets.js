// Kinds of assets: what things with numbers there are, and which reports are about them.
import { Problem, of } from '../api.js';
import { count, named, t } from '../i18n.js';
import { html } from '../preact.js';
import { may } from '../work/session.js';
import { AssetFile } from './assetfile.js';
import { send, useAsked } from './calls.js';
import { History } from './changes.js';
import { Act, Form, unlike } from './form.js';
import { BESIDE, Head, Sheet, Way, at, facts, shown } from './parts.js';

/** @import { AssetKindBody, AssetKindInfo, AssetKinds } from 'service' */
/** @import { Category } from '../api.js' */
/** @import { Field, Values } from './form.js' */
/** @import { Props } from './parts.js' */

/** @param {Category[]} categories @returns {Field[]} */
const fieldsOf = (categories) => [
  { name: 'zh', label: t('name_zh') }, { name: 'en', label: t('name_en'), required: false },
  {
    name: 'categories', label: t('asset_kind_categories'), draw: (/** @type {string[]} */ chosen, put) => html`<h4>${t('asset_kind_categories')}</h4>${categories.map(({ code, name }) => html`
      <label class="tick-line" key=${code} for=${`kind-of-${code}`}><input type="checkbox" id=${`kind-of-${code}`} checked=${chosen.includes(code)} onChange=${(/** @type {any} */ { currentTarget }) => put(currentTarget.checked ? [...chosen, code] : chosen.filter((one) => one !== code))} /><span>${named(name, code)}</span></label>`)}`,
  },
];

/** @param {Values} values @returns {AssetKindBody} */
function bodyOf({ zh, en, categories }) {
  if (!zh && !en) throw new Problem({ errors: [{ field: 'zh', kind: 'missing', message: t('indicator_nameless') }] }, 422);
  return { name: { ...(zh && { zh }), ...(en && { en }) }, categories };
}

/** @param {Props} props */
export function Assets(props) {
  const { territory, route } = props;
  const asked = useAsked(of(territory.code, '/asset-kinds'));
  const told = /** @type {import('../answers.js').Answered<{categories: Category[]}>} */ (useAsked(of(territory.code, '/categories')));
  const categories = told.answer?.categories ?? [];
  const edits = may(territory.code, 'edit-rules');
  const path = (/** @type {string} */ code) => of(territory.code, `/asset-kinds/${encodeURIComponent(code)}`);
  const called = (/** @type {string[]} */ codes) => codes.map((code) => named(categories.find((one) => one.code === code)?.name ?? {}, code)).join(', ');
  return shown(asked, (/** @type {AssetKinds} */ { kinds }) => {
    if (route.number === BESIDE.new && edits) {
      return html`<${Head} title=${t('asset_kind_new')} back=${at(props)} />
        <${Form} id="asset-kind" title=${t('asset_kind_new')} action=${t('admin_keep')} close=${at(props)} start=${{ categories: [] }} fields=${[{ name: 'code', label: t('of_code'), hint: t('asset_kind_code_hint') }, ...fieldsOf(categories)]}
          send=${async (/** @type {Values} */ { code, ...values }) => send('PUT', path(unlike(code, kinds)), bodyOf(values), 0)} />`;
    }
    const one = kinds.find(({ code }) => code === route.number);
    if (one && route.move === 'file' && edits) return html`<${AssetFile} ...${props} kind=${one} />`;
    if (one) return html`<${Page} ...${props} kind=${one} fields=${fieldsOf(categories)} called=${called} path=${path(one.code)} edits=${edits} />`;
    return html`
      <${Head} title=${t('admin_assets')} lead=${t('admin_assets_lead')}>${edits && html`<${Way} primary id="asset-kind-new" href=${at(props, BESIDE.new)}>${t('asset_kind_new')}</${Way}>`}</${Head}>
      ${route.number && html`<p class="note" role="alert">${t('admin_gone')}</p>`}
      <${Sheet} id="asset-kinds" label=${t('admin_assets')} heads=${[t('of_code'), t('of_name'), t('asset_kind_categories'), t('asset_kind_count')]}
        rows=${kinds.map((each) => ({ key: each.code, cells: [html`<a href=${at(props, each.code)} data-asset-kind=${each.code}>${each.code}</a>`, named(each.name, each.code), called(each.categories) || '–', count(each.assets)] }))} />`;
  });
}

/** @param {Props & {kind: AssetKindInfo, fields: Field[], called: (codes: string[]) => string, path: string, edits: boolean}} props */
function Page({ kind, fields, called, path, edits, ...props }) {
  const { code, name, categories, assets } = kind;
  return html`
    <${Head} title=${named(name, code)} back=${at(props)} lead=${code}>
      ${edits && !props.route.move && html`
        <${Way} primary id="asset-kind-file" href=${at(props, code, 'file')}>${t('assets_file')}</${Way}>
        <${Way} id="asset-kind-change" href=${at(props, code, 'change')}>${t('admin_change')}</${Way}>
        <${Act} final id="asset-kind-remove" label=${t('asset_kind_remove')} act=${() => send('DELETE', path, undefined, kind.version)} />`}
    </${Head}>
    ${edits && props.route.move === 'change' && html`<${Form} id="asset-kind" title=${t('admin_change')} action=${t('admin_keep')} close=${at(props, code)} fields=${fields} start=${{ zh: name['zh'], en: name['en'], categories }}
      send=${async (/** @type {Values} */ values) => send('PUT', path, bodyOf(values), kind.version)} />`}
    ${facts([[t('asset_kind_count'), count(assets)], [t('asset_kind_categories'), called(categories)]])}
    <${History} ...${props} kind="asset-kind" item=${code} />`;
}
