// What a category asks besides. Nobody must know it: what is left empty is not sent.
import { named, t } from './i18n.js';
import { html } from './preact.js';

/** @import { Category } from './api.js' */
/** @typedef {Record<string, string>} Answers as they were typed, by question */

const LONGEST = 200;

/** What a report carries of what was answered; undefined where that is nothing. @param {Category | undefined} category @param {Answers | undefined} answers @returns {Record<string, string | number> | undefined} */
export function answersOf(category, answers = {}) {
  const filled = (category?.questions ?? []).flatMap(({ code, kind }) => {
    const said = (answers[code] ?? '').trim();
    if (!said) return [];
    if (kind !== 'number') return [[code, said]];
    return Number.isFinite(Number(said)) ? [[code, Number(said)]] : [];
  });
  return filled.length ? Object.fromEntries(filled) : undefined;
}

/** @param {{category: Category | undefined, answers: Answers | undefined, put: (answers: Answers) => void}} props */
export function Questions({ category, answers = {}, put }) {
  return (category?.questions ?? []).map(({ code, kind, name, options }) => {
    const id = `question-${code}`;
    const change = (/** @type {{currentTarget: HTMLInputElement | HTMLSelectElement}} */ { currentTarget }) => put({ ...answers, [code]: currentTarget.value });
    const value = answers[code] ?? '';
    return html`<div class="field" key=${id}><label for=${id}>${t('optional', { what: named(name, code) })}</label>
      ${kind === 'choice'
        ? html`<select id=${id} value=${value} onChange=${change}><option value="">${t('choose_one')}</option>${options.map((one) => html`<option key=${one.code} value=${one.code} selected=${one.code === value}>${named(one.name, one.code)}</option>`)}</select>`
        : html`<input id=${id} inputmode=${kind === 'number' ? 'decimal' : 'text'} autocomplete="off" maxlength=${LONGEST} value=${value} onInput=${change} />`}</div>`;
  });
}
