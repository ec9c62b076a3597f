// What is to be looked at during a campaign, as a form: checklists with their places, and a row for each question.
import { named, t } from '../i18n.js';
import { html } from '../preact.js';
import { barred, linesOf, orNull } from './form.js';

/** @import { Territory } from '../api.js' */
/** @import { Campaign } from 'service' */
/** @typedef {{code: string, zh: string, en: string, kind: string}} Asked */
/** @typedef {{code: string, zh: string, en: string, level: string, points: string, questions: Asked[]}} Typed a checklist as it is typed; points one a line: code | name | lon | lat */
/** @typedef {NonNullable<Campaign['checklists']>} Checklists */

const KINDS = ['yes-no', 'text'];
const MOST = 20;
/** @type {Asked} */
const QUESTION = { code: '', zh: '', en: '', kind: 'yes-no' };

/** @param {Checklists} checklists @returns {Typed[]} */
export const typedOf = (checklists) => checklists.map(({ code, name, level, points, questions }) => ({
  code, zh: name['zh'] ?? '', en: name['en'] ?? '', level: level ?? '',
  points: points.map((one) => barred(one.code, one.name, String(one.lon), String(one.lat))).join('\n'),
  questions: questions.map((one) => ({ code: one.code, zh: one.name['zh'] ?? '', en: one.name['en'] ?? '', kind: one.kind })),
}));

/** What was typed, as the service takes it. @param {Typed[]} typed */
export const checklistsOf = (typed) => typed.map(({ code, zh, en, level, points, questions }) => ({
  code: code.trim(), name: { zh: orNull(zh), en: orNull(en) }, level: orNull(level),
  points: level ? [] : linesOf(points).map(([of = '', name = '', lon, lat]) => ({ code: of, name: name || of, lon: number(lon), lat: number(lat) })),
  questions: questions.map((one) => ({ code: one.code.trim(), name: { zh: orNull(one.zh), en: orNull(one.en) }, kind: one.kind })),
}));

/** A number, or null, at which the service finds fault. @param {string | undefined} text */
const number = (text) => (text && Number.isFinite(Number(text)) ? Number(text) : null);

/** @param {{territory: Territory, checklists: Typed[], put: (checklists: Typed[]) => void}} props */
export function ChecklistCards({ territory, checklists, put }) {
  return html`
    <h4>${t('campaign_checklists')}</h4>
    <ol class="rule-cards" id="checklists">${checklists.map((one, i) => html`
      <li key=${i} data-place=${i + 1}><${ChecklistCard} territory=${territory} id=${`checklist-${i}`} one=${one}
        put=${(/** @type {Partial<Typed>} */ said) => put(checklists.with(i, { ...one, ...said }))} out=${() => put(checklists.toSpliced(i, 1))} /></li>`)}</ol>
    ${checklists.length < MOST && html`<p class="doing"><button type="button" class="secondary" id="checklist-add" onClick=${() => put([...checklists, { code: '', zh: '', en: '', level: '', points: '', questions: [{ ...QUESTION }] }])}>${t('checklist_add')}</button></p>`}`;
}

/** @param {{territory: Territory, id: string, one: Typed, put: (said: Partial<Typed>) => void, out: () => void}} props */
function ChecklistCard({ territory, id, one, put, out }) {
  const where = [['', t('checklist_points')], ...territory.levels.map(({ key, name }) => [key, t('checklist_every', { level: named(name, key) })])];
  const questions = (/** @type {number} */ i, /** @type {Partial<Asked>} */ said) => put({ questions: one.questions.with(i, { .../** @type {Asked} */ (one.questions[i]), ...said }) });
  const name = one.zh || one.en || one.code;
  return html`<div class="rule-fields">
    ${Text(`${id}-code`, 'code', t('of_code'), one.code, (code) => put({ code }))}
    ${Text(`${id}-zh`, 'zh', t('name_zh'), one.zh, (zh) => put({ zh }))}${Text(`${id}-en`, 'en', t('optional', { what: t('name_en') }), one.en, (en) => put({ en }))}
    <div class="field"><label for=${`${id}-level`}>${t('checklist_where')}</label><select id=${`${id}-level`} data-part="level" value=${one.level} onChange=${(/** @type {any} */ { currentTarget }) => put({ level: currentTarget.value })}>${where.map(([key = '', label]) => html`<option key=${key} value=${key} selected=${key === one.level}>${label}</option>`)}</select></div>
    ${!one.level && html`<div class="field wide"><label for=${`${id}-points`}>${t('checklist_points')}</label><textarea id=${`${id}-points`} data-part="points" rows="4" value=${one.points} onInput=${(/** @type {any} */ { currentTarget }) => put({ points: currentTarget.value })} /><small>${t('checklist_points_hint')}</small></div>`}
    <ul class="question-rows wide" aria-label=${t('category_questions')}>${one.questions.map((asked, i) => html`
      <li key=${i} data-question=${i + 1}>
        ${Text(`${id}-question-${i}-code`, 'code', t('of_code'), asked.code, (code) => questions(i, { code }))}
        ${Text(`${id}-question-${i}-zh`, 'zh', t('name_zh'), asked.zh, (zh) => questions(i, { zh }))}${Text(`${id}-question-${i}-en`, 'en', t('optional', { what: t('name_en') }), asked.en, (en) => questions(i, { en }))}
        <div class="field"><label for=${`${id}-question-${i}-kind`}>${t('question_kind')}</label><select id=${`${id}-question-${i}-kind`} data-part="kind" value=${asked.kind} onChange=${(/** @type {any} */ { currentTarget }) => questions(i, { kind: currentTarget.value })}>${KINDS.map((kind) => html`<option key=${kind} value=${kind} selected=${kind === asked.kind}>${t(`question_${kind.replace('-', '_')}`)}</option>`)}</select></div>
        <button type="button" class="quiet" data-act="question-out" onClick=${() => put({ questions: one.questions.toSpliced(i, 1) })}>${t('take_out', { what: asked.zh || asked.en || asked.code || String(i + 1) })}</button>
      </li>`)}</ul>
    <p class="doing wide">${one.questions.length < MOST && html`<button type="button" class="secondary" data-act="question-add" onClick=${() => put({ questions: [...one.questions, { ...QUESTION }] })}>${t('question_add')}</button>`}<button type="button" class="secondary" data-act="out" onClick=${out}>${t('take_out', { what: name || t('campaign_checklists') })}</button></p>
  </div>`;
}

/** @param {string} id @param {string} part @param {string} label @param {string} value @param {(text: string) => void} put */
const Text = (id, part, label, value, put) => html`
  <div class="field"><label for=${id}>${label}</label><input id=${id} data-part=${part} maxlength="200" autocomplete="off" value=${value} onInput=${(/** @type {any} */ { currentTarget }) => put(currentTarget.value)} /></div>`;
