// The kinds of matter that a territory takes, with the limits of their steps.
import { of } from '../api.js';
import { named, t } from '../i18n.js';
import { html } from '../preact.js';
import { may } from '../work/session.js';
import { change, store } from '../work/store.js';
import { send, useAsked } from './calls.js';
import { History } from './changes.js';
import { Classes } from './classes.js';
import { Act, Form, orNull, unlike } from './form.js';
import { CategoryLimits, GeneralLimits, limitOf, limitsOf, spanOf } from './limits.js';
import { QuestionCards, questionsOf, typedOf } from './questioncards.js';
import { BESIDE, Head, Sheet, Way, at, facts, shown } from './parts.js';

/** @import { Categories as Found, Category, Question, StoredPolicy } from 'service' */
/** @import { Field, Values } from './form.js' */
/** @import { Props } from './parts.js' */
/** @import { Typed } from './questioncards.js' */

const PUBLIC = ['counts', 'street', 'exact'];
const PHOTOS = ['none', 'after', 'before-and-after'];
/** @param {string} photos */
const photosName = (photos) => t(`photos_asked_${photos.replaceAll('-', '_')}`);

/** Words, one a line. @param {string | undefined} text */
const wordsOf = (text) => (text ?? '').split('\n').map((one) => one.trim()).filter(Boolean);

/** The list of the whole page is no longer what it was. @param {string} territory */
function forgetCategories(territory) {
  store().categories.delete(territory);
  change();
}

/** @param {Props} props */
export function Categories(props) {
  const { territory, route } = props;
  const asked = useAsked(of(territory.code, '/categories'));
  const policy = /** @type {import('../answers.js').Answered<StoredPolicy>} */ (useAsked(of(territory.code, '/policy')));
  const limits = policy.answer?.policy.limits ?? [];
  const edits = may(territory.code, 'edit-rules');
  const keep = async (/** @type {string} */ code, /** @type {Values} */ { zh, en, group, position, public: publicity, photos, words, questions }, version = 0, asked = /** @type {Question[]} */ ([])) => {
    const body = { name: { zh: orNull(zh), en: orNull(en) }, ...(group && { group }), ...(position !== '' && position !== undefined && { position: Number(position) }), public: publicity, photos, words: wordsOf(words), questions: questionsOf(questions ?? [], asked) };
    await send('PUT', of(territory.code, `/categories/${encodeURIComponent(code)}`), body, version);
    forgetCategories(territory.code);
  };
  return shown(asked, (/** @type {Found} */ { categories, groups }) => {
    const all = groups.map(({ code, name }) => ({ value: code, label: named(name, code) }));
    const fields = /** @type {Field[]} */ ([
      { name: 'zh', label: t('name_zh') }, { name: 'en', label: t('name_en'), required: false },
      ...(all.length ? [{ name: 'group', label: t('of_group'), kind: 'choice', empty: true, required: false, options: all }] : []),
      { name: 'position', label: t('of_position'), kind: 'number', required: false, attributes: { min: 0, max: 10000 }, hint: t('category_position_hint') },
      { name: 'public', label: t('of_public'), kind: 'choice', options: PUBLIC.map((value) => ({ value, label: t(`public_${value}`) })) },
      { name: 'photos', label: t('of_photos'), kind: 'choice', options: PHOTOS.map((value) => ({ value, label: photosName(value) })), hint: t('photos_asked_hint') },
      { name: 'words', label: t('category_words'), kind: 'long', required: false, hint: t('category_words_hint') },
      { name: 'questions', label: t('category_questions'), draw: (/** @type {Typed[]} */ typed, put) => html`<${QuestionCards} questions=${typed ?? []} put=${put} />` },
    ]);
    if (route.number === BESIDE.new && edits) {
      return html`<${Head} title=${t('category_new')} back=${at(props)} />
        <${Form} id="category" title=${t('category_new')} fields=${[{ name: 'code', label: t('of_code') }, ...fields]} start=${{ public: PUBLIC[0], photos: PHOTOS[0] }} action=${t('admin_keep')} close=${at(props)} send=${async (/** @type {Values} */ { code, ...values }) => keep(unlike(code, categories), values)} />`;
    }
    if (route.number === BESIDE.limits && edits && policy.answer) return html`<${Head} title=${t('limits_change')} back=${at(props)} lead=${t('limits_change_lead')} /><${GeneralLimits} ...${props} stored=${policy.answer} />`;
    if (route.number === BESIDE.classes) return html`<${Classes} ...${props} categories=${categories} edits=${edits} />`;
    const one = categories.find(({ code }) => code === route.number);
    if (one) return html`<${Page} ...${props} one=${one} fields=${fields} policy=${policy.answer} edits=${edits} keep=${keep} />`;
    return html`
      <${Head} title=${t('admin_categories')} lead=${t('admin_categories_lead')}><${Way} id="classes-way" href=${at(props, BESIDE.classes)}>${t('admin_classes')}</${Way}>${edits && html`<${Way} id="limits-change" href=${at(props, BESIDE.limits)}>${t('limits_change')}</${Way}><${Way} primary id="category-new" href=${at(props, BESIDE.new)}>${t('category_new')}</${Way}>`}</${Head}>
      <${Sheet} id="categories" label=${t('admin_categories')} heads=${[t('of_code'), t('of_name'), t('of_group'), t('of_public'), t('of_limits')]}
        rows=${categories.map((each) => ({
    key: each.code,
    cells: [html`<a href=${at(props, each.code)} data-category=${each.code}>${each.code}</a>`, named(each.name, each.code), all.find(({ value }) => value === each.group)?.label ?? '–', t(`public_${each.public}`), html`<ul class="plain">${limitsOf(limits, each.code).map((limit) => html`<li>${limitOf(limit)}</li>`)}</ul>`],
  }))} />
      <section class="past"><h3>${t('limits_of_levels')}</h3>${facts(Object.entries(policy.answer?.policy.levels ?? {}).map(([key, within]) => [named(territory.levels.find((level) => level.key === key)?.name, key), spanOf(within)]))}</section>`;
  });
}

/** @param {Props & {one: Category, fields: Field[], policy: StoredPolicy | null, edits: boolean, keep: (code: string, values: Values, version?: number, asked?: Question[]) => Promise<unknown>}} props */
function Page({ one, fields, policy, edits, keep, ...props }) {
  const { territory, route } = props;
  const limits = limitsOf(policy?.policy.limits ?? [], one.code);
  const start = { zh: one.name['zh'], en: one.name['en'], group: one.group ?? '', position: String(one.position), public: one.public, photos: one.photos, words: one.words.join('\n'), questions: typedOf(one.questions) };
  const remove = async () => {
    await send('DELETE', of(territory.code, `/categories/${encodeURIComponent(one.code)}`), undefined, one.version);
    forgetCategories(territory.code);
  };
  return html`
    <${Head} title=${named(one.name, one.code)} back=${at(props)} lead=${one.code}>
      ${edits && !route.move && html`<${Way} id="category-change" href=${at(props, one.code, 'change')}>${t('admin_change')}</${Way}><${Way} id="category-limits" href=${at(props, one.code, 'limits')}>${t('limits_change')}</${Way}><${Act} final id="category-remove" label=${t('category_remove')} act=${remove} />`}
    </${Head}>
    ${edits && route.move === 'change' && html`<${Form} id="category" title=${t('admin_change')} fields=${fields} start=${start} action=${t('admin_keep')} close=${at(props, one.code)} send=${(/** @type {Values} */ values) => keep(one.code, values, one.version, one.questions)} />`}
    ${edits && route.move === 'limits' && policy && html`<${CategoryLimits} ...${props} code=${one.code} stored=${policy} />`}
    ${facts([[t('of_public'), t(`public_${one.public}`)], [t('of_photos'), photosName(one.photos)], [t('of_limits'), html`<ul class="plain">${limits.map((limit) => html`<li>${limitOf(limit)}</li>`)}</ul>`], [t('category_words'), one.words.join(', ')], [t('category_questions'), one.questions.map(({ code, name }) => named(name, code)).join(' · ')]])}
    <${History} ...${props} kind="category" item=${one.code} />`;
}
