// What a category asks besides. Nobody must know it: what is left empty is not sent.
import { named, t } from './i18n.js';
import { html } from './preact.js';

/** @import { Category } from './api.js' */
/** @import { Answers } from './reporting.js' */

const LONGEST = 200;

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
