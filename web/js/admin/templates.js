// The texts that moves are made with: which there are, what they say, and who changed them.
import { isOfCampaign, of } from '../api.js';
import { named, t } from '../i18n.js';
import { html, useEffect } from '../preact.js';
import { askCategories } from '../work/loading.js';
import { may } from '../work/session.js';
import { useStore } from '../work/store.js';
import { send, useAsked } from './calls.js';
import { History } from './changes.js';
import { Act, Form, orNull, unlike } from './form.js';
import { BESIDE, Filter, Head, Sheet, Way, at, facts, shown } from './parts.js';

/** @import { TemplateInfo, Templates as Found, TextMove } from 'service' */
/** @import { Field, Values } from './form.js' */
/** @import { Props } from './parts.js' */

const PLACES = '{number} {category} {place} {cell} {desk} {state} {received} {due} {today}';
const LONG = { maxlength: 2000 };

/** @param {TextMove[]} moves @param {{value: string, label: string}[]} categories @param {Values} values @returns {Field[]} */
function fieldsOf(moves, categories, values) {
  const taken = moves.find(({ move }) => move === values['move'])?.fields ?? [];
  return [
    { name: 'move', label: t('of_move'), kind: 'choice', empty: true, options: moves.map(({ move, title }) => ({ value: move, label: title })) },
    ...(taken.length > 1 ? [/** @type {Field} */ ({ name: 'field', label: t('of_field'), kind: 'choice', options: taken.map((value) => ({ value, label: t(`need_${value}`) })) })] : []),
    { name: 'category', label: t('category'), kind: 'choice', empty: true, required: false, options: categories },
    { name: 'name_zh', label: t('name_zh') }, { name: 'name_en', label: t('name_en'), required: false },
    { name: 'text_zh', label: t('text_zh'), kind: 'long', attributes: LONG, hint: t('template_places', { places: PLACES }) },
    { name: 'text_en', label: t('text_en'), kind: 'long', required: false, attributes: LONG },
  ];
}

/** @param {Values} values @param {TextMove[]} moves @param {number} [position] */
function entryOf({ move, field, category, ...said }, moves, position = 0) {
  const taken = moves.find((one) => one.move === move)?.fields ?? [];
  return {
    move, field: taken.includes(field) ? field : taken[0] ?? 'note', category: orNull(category), position,
    name: { zh: orNull(said['name_zh']), en: orNull(said['name_en']) }, text: { zh: orNull(said['text_zh']), en: orNull(said['text_en']) },
  };
}

/** @param {Props} props */
export function Templates(props) {
  const { territory, route } = props;
  const { categories } = useStore();
  useEffect(() => { askCategories(territory.code); }, [territory.code]);
  const kinds = (categories.get(territory.code) ?? []).filter((one) => !isOfCampaign(one)).map(({ code, name }) => ({ value: code, label: named(name, code) }));
  const asked = useAsked(of(territory.code, '/templates'));
  const edits = may(territory.code, 'edit-rules');
  const keep = (/** @type {string} */ code, /** @type {unknown} */ body, version = 0) => send('PUT', of(territory.code, `/templates/${encodeURIComponent(code)}`), body, version);
  return shown(asked, (/** @type {Found} */ { templates, moves }) => {
    const titleOf = (/** @type {string} */ move) => moves.find((one) => one.move === move)?.title ?? move;
    const kindOf = (/** @type {string | null} */ category) => (category ? kinds.find(({ value }) => value === category)?.label ?? category : t('all_categories'));
    if (route.number === BESIDE.new && edits) {
      return html`
        <${Head} title=${t('template_new')} back=${at(props)} />
        <${Form} id="template" title=${t('template_new')} action=${t('admin_keep')} close=${at(props)} fields=${(/** @type {Values} */ values) => [{ name: 'code', label: t('of_code'), hint: t('template_code_hint') }, ...fieldsOf(moves, kinds, values)]}
          send=${async (/** @type {Values} */ { code, ...values }) => keep(unlike(code, templates), entryOf(values, moves))} />`;
    }
    const one = templates.find(({ code }) => code === route.number);
    if (one) return html`<${Page} ...${props} one=${one} moves=${moves} kinds=${kinds} edits=${edits} title=${titleOf(one.move)} kind=${kindOf(one.category)} keep=${keep} />`;
    const move = route.query.get('move') ?? '';
    return html`
      <${Head} title=${t('admin_templates')} lead=${t('admin_templates_lead')}>${edits && html`<${Way} primary id="template-new" href=${at(props, BESIDE.new)}>${t('template_new')}</${Way}>`}</${Head}>
      ${route.number && html`<p class="note" role="alert">${t('admin_gone')}</p>`}
      <div class="filters"><${Filter} ...${props} name="move" label=${t('of_move')} options=${moves.map((each) => ({ value: each.move, label: each.title }))} /></div>
      <${Sheet} id="templates" label=${t('admin_templates')} heads=${[t('of_code'), t('of_name'), t('of_move'), t('category'), t('of_text')]}
        rows=${templates.filter((each) => !move || each.move === move).map((each) => ({ key: each.code, cells: [html`<a href=${at(props, each.code)} data-template=${each.code}>${each.code}</a>`, named(each.name, each.code), titleOf(each.move), kindOf(each.category), html`<span class="said">${named(each.text)}</span>`] }))} />`;
  });
}

/** @param {Props & {one: TemplateInfo, moves: TextMove[], kinds: {value: string, label: string}[], edits: boolean, title: string, kind: string, keep: (code: string, body: unknown, version?: number) => Promise<unknown>}} props */
function Page({ one, moves, kinds, edits, title, kind, keep, ...props }) {
  const { territory, route } = props;
  const start = { move: one.move, field: one.field, category: one.category ?? '', name_zh: one.name['zh'], name_en: one.name['en'], text_zh: one.text['zh'], text_en: one.text['en'] };
  return html`
    <${Head} title=${named(one.name, one.code)} back=${at(props)} lead=${one.code}>
      ${edits && !route.move && html`
        <${Way} primary id="template-change" href=${at(props, one.code, 'change')}>${t('admin_change')}</${Way}>
        <${Act} final id="template-remove" label=${t('template_remove')} act=${() => send('DELETE', of(territory.code, `/templates/${encodeURIComponent(one.code)}`), undefined, one.version)} />`}
    </${Head}>
    ${edits && route.move === 'change' && html`<${Form} id="template" title=${t('admin_change')} action=${t('admin_keep')} start=${start} close=${at(props, one.code)} fields=${(/** @type {Values} */ values) => fieldsOf(moves, kinds, values)}
      send=${(/** @type {Values} */ values) => keep(one.code, entryOf(values, moves, one.position), one.version)} />`}
    ${facts([[t('of_move'), title], [t('of_field'), t(`need_${one.field}`)], [t('category'), kind], [t('text_zh'), one.text['zh']], [t('text_en'), one.text['en']]])}
    <${History} ...${props} kind="template" item=${one.code} />`;
}
