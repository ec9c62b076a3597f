// A form of administration: its fields, what was typed and not sent, and what the service says to it, at each field.
import { Problem } from '../api.js';
import { announce, within } from '../dom.js';
import { draftOf, dropDraft, keepDraft } from '../drafts.js';
import { t } from '../i18n.js';
import { html, useEffect, useRef, useState } from '../preact.js';
import { refusalOf } from '../work/refusals.js';
import { go, onRoute } from '../work/route.js';
import { askAgain } from '../work/session.js';
import { store } from '../work/store.js';
import { happened } from './calls.js';

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} label
 * @property {'text' | 'long' | 'choice' | 'list' | 'date' | 'secret' | 'tick' | 'email' | 'number'} [kind] a list takes any text and offers some
 * @property {{value: string, label: string}[]} [options] of a choice or a list
 * @property {boolean} [empty] whether nothing may be chosen
 * @property {boolean} [required]
 * @property {string} [hint]
 * @property {Record<string, unknown>} [attributes]
 * @property {(value: any, put: (value: unknown) => void) => unknown} [draw] in the place of one control: several, which say together what the value is
 */
/** @typedef {Record<string, any>} Values */

let here = location.hash;
let before = '';
onRoute(() => { if (location.hash !== here) [before, here] = [here, location.hash]; });

/** Leave a form for where it was opened from: one step back where that is so, so that Back does not lead there twice. @param {string} address */
function leaveFor(address) {
  if (before === address) history.back();
  else go(address, { replace: true });
}

/** @param {any} event */
const valueOf = ({ currentTarget: node }) => (node.type === 'checkbox' ? node.checked : node.value);

/** @param {Field & {id: string, value: any, put: (value: unknown) => void, invalid: boolean}} props */
function Control({ id, kind = 'text', options = [], empty = false, value, put, invalid, attributes = {} }) {
  const shared = { id, 'aria-invalid': invalid ? 'true' : null, ...attributes };
  const typed = { ...shared, value: value ?? '', onInput: (/** @type {any} */ event) => put(valueOf(event)) };
  switch (kind) {
    case 'long': return html`<textarea rows="4" ...${typed} />`;
    case 'choice': return html`<select ...${shared} value=${value ?? ''} onChange=${(/** @type {any} */ event) => put(valueOf(event))}>${empty && html`<option value="">${t('choose_one')}</option>`}${options.map((one) => html`<option key=${one.value} value=${one.value} selected=${one.value === value}>${one.label}</option>`)}</select>`;
    case 'list': return html`<input autocomplete="off" list=${`${id}-list`} ...${typed} /><datalist id=${`${id}-list`}>${options.map((one) => html`<option key=${one.value} value=${one.value}>${one.label}</option>`)}</datalist>`;
    case 'secret': return html`<input type="password" autocomplete="new-password" ...${typed} />`;
    case 'date': case 'email': case 'number': return html`<input type=${kind} ...${typed} />`;
    default: return html`<input maxlength="200" autocomplete="off" ...${typed} />`;
  }
}

/** @param {{id: string, field: Field, value: any, put: (value: unknown) => void, message: string | undefined}} props */
function Line({ id, field, value, put, message }) {
  const control = { ...field, id, value, put, invalid: Boolean(message) };
  if (field.draw) return html`<div class="field" data-field=${field.name} id=${id} role="group" aria-label=${field.label}>${field.draw(value, put)}${message && html`<p class="field-error" role="alert">${message}</p>`}</div>`;
  const label = field.required ?? true ? field.label : t('optional', { what: field.label });
  return html`
    <div class="field" data-field=${field.name}>
      ${field.kind === 'tick'
    ? html`<label class="tick-line" for=${id}><input type="checkbox" id=${id} checked=${Boolean(value)} onChange=${(/** @type {any} */ event) => put(valueOf(event))} /><span>${field.label}</span></label>`
    : html`<label for=${id}>${label}</label><${Control} ...${control} />`}
      ${field.hint && html`<small>${field.hint}</small>`}
      ${message && html`<p class="field-error" role="alert">${message}</p>`}
    </div>`;
}

/**
 * @param {object} props
 * @param {string} props.id what the form is for, in its address and in its fields' ids
 * @param {string} props.title
 * @param {Field[] | ((values: Values) => Field[])} props.fields
 * @param {Values} [props.start] what stands in the fields at first
 * @param {string} props.action the name of the button
 * @param {(values: Values) => Promise<any>} props.send
 * @param {string} props.close where one goes after it, or without it
 * @param {(answer: any) => boolean | void} [props.done] true when the form is to stay
 * @param {unknown | ((values: Values) => unknown)} [props.children] below the fields
 */
export function Form({ id, title, fields, start = {}, action, send, close, done, children }) {
  const key = `admin ${location.hash.split('?')[0]}`;
  const [draft, write] = useState(() => draftOf(key));
  const [refusal, refuse] = useState({ fields: /** @type {Record<string, string>} */ ({}), rest: '' });
  const [busy, be] = useState(false);
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const values = { ...start, ...draft };
  const asked = typeof fields === 'function' ? fields(values) : fields;
  const put = (/** @type {Field} */ field, /** @type {unknown} */ value) => write((/** @type {Values} */ before) => {
    const next = { ...before, [field.name]: value };
    const secrets = asked.filter(({ kind }) => kind === 'secret').map(({ name }) => name);
    keepDraft(key, Object.fromEntries(Object.entries(next).filter(([name]) => !secrets.includes(name))));
    return next;
  });
  useEffect(() => { if (form.current) within(form.current, 'input, select, textarea')?.focus(); }, []);
  useEffect(() => { if (form.current) within(form.current, '.field:has(.field-error) :is(input, textarea, select)')?.focus(); }, [refusal]);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    be(true);
    refuse({ fields: {}, rest: '' });
    try {
      const answer = await send(Object.fromEntries(asked.map(({ name }) => [name, typeof values[name] === 'string' ? values[name].trim() : values[name]])));
      dropDraft(key);
      write({});
      announce(t('admin_done', { what: title }));
      happened();
      if (!done?.(answer)) leaveFor(close);
    } catch (problem) {
      explain(problem);
    }
    be(false);
  };
  const explain = (/** @type {unknown} */ problem) => {
    if (store().lost) {
      refuse({ fields: {}, rest: t('session_again') });
      askAgain();
    } else if (problem instanceof Problem && problem.kind === 'stale') {
      happened(); // what was typed stays, over the entry as it stands now
      refuse({ fields: {}, rest: t('admin_stale') });
    } else refuse(refusalOf(problem, asked, id.split('-').at(-1)));
  };
  const leave = () => {
    dropDraft(key);
    leaveFor(close);
  };
  return html`
    <form class="move-form" id=${`form-${id}`} ref=${form} novalidate aria-label=${title} onSubmit=${submit}>
      <h3>${title}</h3>
      ${asked.map((field) => html`<${Line} key=${field.name} id=${`${id}-${field.name}`} field=${field} value=${values[field.name]} put=${(/** @type {unknown} */ value) => put(field, value)} message=${refusal.fields[field.name]} />`)}
      ${typeof children === 'function' ? children(values) : children}
      ${refusal.rest && html`<p class="note failed" role="alert">${refusal.rest}</p>`}
      <div class="doing"><button class="primary" id=${`${id}-send`} disabled=${busy}>${action}</button><button type="button" class="secondary" id=${`${id}-cancel`} onClick=${leave}>${t('report_cancel')}</button></div>
    </form>`;
}

/**
 * A button that does something at once; what the service says to it stands beside it. What cannot be taken back is pressed twice.
 *
 * @param {{id: string, label: string, act: () => Promise<any>, after?: (answer: any) => void, final?: boolean}} props
 */
export function Act({ id, label, act, after, final = false }) {
  const [said, say] = useState('');
  const [busy, be] = useState(false);
  const [armed, arm] = useState(false);
  const go = async () => {
    if (final && !armed) {
      arm(true);
      return;
    }
    arm(false);
    be(true);
    say('');
    try {
      const answer = await act();
      announce(t('admin_done', { what: label }));
      happened();
      after?.(answer);
    } catch (problem) {
      if (store().lost) askAgain();
      if (problem instanceof Problem && problem.kind === 'stale') happened();
      say(refusalOf(problem, []).rest);
    }
    be(false);
  };
  return html`<button type="button" class="secondary" id=${id} disabled=${busy} onClick=${go} onBlur=${() => arm(false)}>${armed ? t('admin_sure', { what: label }) : label}</button>${said && html`<span class="field-error" role="alert">${said}</span>`}`;
}

/** A code that none of the entries has: what is made does not replace another. @param {string} code @param {{code: string}[]} entries */
export function unlike(code, entries) {
  if (entries.some((one) => one.code === code)) throw new Error(t('admin_code_taken', { code }));
  return code;
}

/** What was left empty is null. @param {string | undefined} text */
export const orNull = (text) => text || null;

/** A line of what stands between bars. @param {(string | undefined)[]} parts */
export const barred = (...parts) => parts.map((part) => part ?? '').join(' | ');

/** @param {string | undefined} text @returns {string[][]} of each line, what stands between its bars, or in the columns of a sheet */
export const linesOf = (text) => (text ?? '').split('\n').map((line) => line.split(/[|\t]/).map((part) => part.trim())).filter(([first]) => first);

/** What a field of JSON is like. */
export const CODE = { rows: 18, class: 'code', spellcheck: 'false' };
/** @param {unknown} value */
export const asJson = (value) => JSON.stringify(value, null, 2);

/** JSON as it was typed. @param {string} text @returns {unknown} */
export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(t('no_json'));
  }
}
