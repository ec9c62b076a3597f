// What a category asks besides, as a form: each question with its kind, its names and the options of a choice.
import { t } from '../i18n.js';
import { html } from '../preact.js';

/** @import { Question, QuestionBody } from 'service' */
/** @typedef {{code: string, kind: string, zh: string, en: string, options: string}} Typed a question as it is typed; options one a line: code, Chinese / English */

const KINDS = ['text', 'number', 'choice'];
const MOST = 10;
const PARTED = /(?:^|\s)\/\s/;

/** @param {Question} question @returns {Typed} */
const typed = ({ code, kind, name, options }) => ({
  code, kind, zh: name['zh'] ?? '', en: name['en'] ?? '', options: options.map((one) => [one.code, one.name['zh'], one.name['en'] && `/ ${one.name['en']}`].filter(Boolean).join(' ')).join('\n'),
});

/** @param {Question[]} questions */
export const typedOf = (questions) => questions.map(typed);

/** @param {string} line */
function optionOf(line) {
  const [code = '', ...words] = line.trim().split(/\s+/);
  const [zh = '', ...en] = words.join(' ').split(PARTED);
  const name = nameOf(zh, en.join(' / '));
  return { code, name: Object.keys(name).length ? name : nameOf(code, '') };
}

/** @param {string} zh @param {string} en */
const nameOf = (zh, en) => ({ ...(zh.trim() && { zh: zh.trim() }), ...(en.trim() && { en: en.trim() }) });

/** @param {Typed} typed @returns {QuestionBody} */
const bodyOf = ({ code, kind, zh, en, options }) => ({
  code: code.trim(), kind: /** @type {QuestionBody['kind']} */ (kind), name: nameOf(zh, en), ...(kind === 'choice' && { options: options.split('\n').filter((line) => line.trim()).map(optionOf) }),
});

/** What was typed, as the service takes it; a question that nobody touched as it was. @param {Typed[]} all @param {Question[]} before @returns {QuestionBody[]} */
export function questionsOf(all, before) {
  const untouched = new Map(before.map(({ code, kind, name, options }) => [JSON.stringify(typed({ code, kind, name, options })), { code, kind, name, ...(kind === 'choice' && { options }) }]));
  return all.map(({ code, kind, zh, en, options }) => untouched.get(JSON.stringify({ code, kind, zh, en, options })) ?? bodyOf({ code, kind, zh, en, options }));
}

/** @param {{questions: Typed[], put: (questions: Typed[]) => void}} props */
export function QuestionCards({ questions, put }) {
  const change = (/** @type {number} */ i, /** @type {Partial<Typed>} */ said) => put(questions.with(i, { .../** @type {Typed} */ (questions[i]), ...said }));
  const text = (/** @type {number} */ i, /** @type {'code' | 'zh' | 'en'} */ part, /** @type {string} */ label) => html`
    <div class="field"><label for=${`question-${i}-${part}`}>${label}</label><input id=${`question-${i}-${part}`} data-part=${part} maxlength="200" autocomplete="off" value=${questions[i]?.[part] ?? ''} onInput=${(/** @type {any} */ { currentTarget }) => change(i, { [part]: currentTarget.value })} /></div>`;
  return html`
    <h4>${t('category_questions')}</h4>
    <ol class="rule-cards" id="questions">${questions.map((one, i) => html`
      <li key=${i} data-place=${i + 1}><div class="rule-fields">
        ${text(i, 'code', t('of_code'))}
        <div class="field"><label for=${`question-${i}-kind`}>${t('question_kind')}</label><select id=${`question-${i}-kind`} data-part="kind" value=${one.kind} onChange=${(/** @type {any} */ { currentTarget }) => change(i, { kind: currentTarget.value })}>${KINDS.map((kind) => html`<option key=${kind} value=${kind} selected=${kind === one.kind}>${t(`question_${kind}`)}</option>`)}</select></div>
        ${text(i, 'zh', t('name_zh'))}${text(i, 'en', t('optional', { what: t('name_en') }))}
        ${one.kind === 'choice' && html`<div class="field"><label for=${`question-${i}-options`}>${t('question_options')}</label><textarea id=${`question-${i}-options`} data-part="options" rows="4" value=${one.options} onInput=${(/** @type {any} */ { currentTarget }) => change(i, { options: currentTarget.value })} /><small>${t('question_options_hint')}</small></div>`}
        <p class="doing"><button type="button" class="secondary" data-act="out" onClick=${() => put(questions.toSpliced(i, 1))}>${t('take_out', { what: one.zh || one.code || String(i + 1) })}</button></p>
      </div></li>`)}</ol>
    ${questions.length < MOST && html`<p class="doing"><button type="button" class="secondary" id="question-add" onClick=${() => put([...questions, { code: '', kind: 'text', zh: '', en: '', options: '' }])}>${t('question_add')}</button></p>`}
    <small>${t('category_questions_hint')}</small>`;
}
