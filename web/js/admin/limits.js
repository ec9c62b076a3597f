// The limits of steps, as forms: those of all categories with the hours that are worked, and those of one category.
import { Problem, of } from '../api.js';
import { duration, named, t, weekday } from '../i18n.js';
import { html } from '../preact.js';
import { send } from './calls.js';
import { History } from './changes.js';
import { Form } from './form.js';
import { at } from './parts.js';

/** @import { FieldProblem, LimitEntry, PolicyDocument, StoredPolicy } from 'service' */
/** @import { Field, Values } from './form.js' */
/** @import { Props } from './parts.js' */

const STEPS = /** @type {const} */ (['register', 'dispatch', 'handle', 'verify', 'close']);
const DAYS = /** @type {const} */ (['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);
const PERCENT = 100;

/** What a limit is called in a form. @param {Pick<LimitEntry, 'step' | 'urgency'>} limit */
const fieldName = ({ step, urgency }) => (urgency ? `${step}_${urgency}` : step);

/** What a limit is for, in words. @param {Pick<LimitEntry, 'step' | 'urgency'>} limit */
const limitFor = ({ step, urgency }) => `${t(`step_${step}`)}${urgency ? ` (${t(`urgency_${urgency}`)})` : ''}`;

/** How long a step may take, in words. @param {LimitEntry} limit */
export const limitOf = (limit) => `${limitFor(limit)}: ${spanOf(limit.within)}`;

const SPAN = /^(\d+)\s*(working )?(m|h|d)[a-z]*$/;
const UNITS = /** @type {const} */ ({ m: 'minute', h: 'hour', d: 'day' });
/** A span of time as a limit has it, such as 5 working days, in the reader's language. @param {string} within */
export function spanOf(within) {
  const [, n, working, unit] = SPAN.exec(within) ?? [];
  if (!n || !unit) return within;
  const span = duration(Number(n), UNITS[/** @type {'d'} */ (unit)]);
  return working ? t('working_span', { span }) : span;
}

/** The limits of a category: its own, and those of all for what it says nothing of. @param {LimitEntry[]} limits @param {string} code */
export function limitsOf(limits, code) {
  const own = limits.filter(({ categories }) => categories?.includes(code));
  const said = new Set(own.map(fieldName));
  return [...own, ...limits.filter((limit) => !limit.categories && !said.has(fieldName(limit)))];
}

/** What may be said of a category, or of all: each step, as a rule and when it is urgent; and what is said besides. @param {LimitEntry[]} said */
function placesOf(said) {
  const usual = STEPS.flatMap((step) => [{ step }, { step, urgency: /** @type {const} */ ('urgent') }]);
  return /** @type {Pick<LimitEntry, 'step' | 'urgency'>[]} */ ([...usual, ...said.filter((limit) => !usual.some((one) => fieldName(one) === fieldName(limit)))]);
}

/** @param {LimitEntry[]} said @param {LimitEntry[]} others that hold where nothing is said @returns {Field[]} */
const stepFields = (said, others) => placesOf(said).map((place) => {
  const other = others.find((one) => fieldName(one) === fieldName(place));
  return { name: fieldName(place), label: limitFor(place), required: false, ...(other && { hint: t('limit_else', { within: spanOf(other.within) }) }) };
});

/** The limits as they stand in a form. @param {LimitEntry[]} said @returns {Values} */
const valuesOf = (said) => Object.fromEntries(said.map((limit) => [fieldName(limit), limit.within]));

/** The limits that a form says. @param {LimitEntry[]} said before @param {Values} values @param {string} [category] @returns {LimitEntry[]} */
const entriesOf = (said, values, category) => placesOf(said).filter((place) => values[fieldName(place)])
  .map(({ step, urgency }) => ({ step, within: values[fieldName({ step, urgency })], ...(urgency && { urgency }), ...(category && { categories: [category] }) }));

/** All limits but those of a category, or, without one, but those of all. @param {LimitEntry[]} limits @param {string} [category] */
const besides = (limits, category) => (category
  ? limits.map((limit) => (limit.categories?.includes(category) ? { ...limit, categories: limit.categories.filter((code) => code !== category) } : limit)).filter(({ categories }) => categories?.length !== 0)
  : limits.filter(({ categories }) => categories));

/** Put a policy in force; what the service says of a part of it is said of the field that it came from. @param {string} territory @param {PolicyDocument} policy @param {number} revision @param {LimitEntry[]} kept those that the form did not say */
async function put(territory, policy, revision, kept) {
  const path = /** @type {Record<string, (rest: string[]) => string>} */ ({
    limits: ([index]) => { const limit = policy.limits?.[Number(index)]; return limit && !kept.includes(limit) ? fieldName(limit) : 'limits'; },
    levels: ([key]) => `level_${key}`,
    working: ([key = '']) => (key === 'rest' ? `rest_${DAYS[0]}` : key),
  });
  try {
    return await send('PUT', of(territory, '/policy'), policy, revision);
  } catch (problem) {
    if (problem instanceof Problem) {
      problem.fields = problem.fields.map((/** @type {FieldProblem} */ one) => {
        const [first = '', ...rest] = one.field.split('.');
        return { ...one, field: path[first]?.(rest) ?? first };
      });
    }
    throw problem;
  }
}

/** The limits of one category. @param {Props & {code: string, stored: StoredPolicy}} props */
export function CategoryLimits({ code, stored, ...props }) {
  const limits = stored.policy.limits ?? [];
  const own = limits.filter(({ categories }) => categories?.includes(code));
  const general = limits.filter(({ categories }) => !categories);
  const kept = besides(limits, code);
  return html`<${Form} id="limits" title=${t('limits_change')} action=${t('rules_put')} close=${at(props, code)} fields=${stepFields(own, general)} start=${valuesOf(own)}
    send=${(/** @type {Values} */ values) => put(props.territory.code, { ...stored.policy, limits: [...kept, ...entriesOf(own, values, code)] }, stored.revision, kept)}><p class="hint">${t('limit_hint')}</p></${Form}>`;
}

/** The limits of all categories, of levels, and the hours that are worked. @param {Props & {stored: StoredPolicy}} props */
export function GeneralLimits({ stored, ...props }) {
  const { territory } = props;
  const { limits = [], levels = {}, working = {}, warn, reopen_days: reopen } = stored.policy;
  const general = limits.filter(({ categories }) => !categories);
  const kept = besides(limits);
  const fields = /** @type {Field[]} */ ([
    { name: 'hours', label: t('limit_hours'), required: false, hint: t('limit_hours_hint') },
    ...DAYS.map((day, i) => ({ name: `rest_${day}`, label: t('limit_rest', { day: weekday(i) }), kind: 'tick' })),
    { name: 'holidays', label: t('limit_holidays'), required: false, hint: t('limit_holidays_hint') },
    ...stepFields(general, []),
    ...territory.levels.map(({ key, name }) => ({ name: `level_${key}`, label: t('limit_level', { level: named(name, key) }), required: false })),
    { name: 'warn', label: t('limit_warn'), kind: 'number', required: false, attributes: { min: 1, max: 99 } },
    { name: 'reopen_days', label: t('limit_reopen'), kind: 'number', required: false, attributes: { min: 0, max: 3650 } },
  ]);
  const start = {
    ...valuesOf(general),
    hours: working.hours?.join(', '),
    holidays: working.holidays,
    ...Object.fromEntries((working.rest ?? ['sat', 'sun']).map((day) => [`rest_${day}`, true])),
    ...Object.fromEntries(Object.entries(levels).map(([key, within]) => [`level_${key}`, within])),
    warn: warn === undefined ? '' : String(Math.round(warn * PERCENT)),
    reopen_days: reopen === undefined ? '' : String(reopen),
  };
  /** @param {Values} values */
  const documentOf = (values) => /** @type {PolicyDocument} */ ({
    ...(values['warn'] && { warn: Number(values['warn']) / PERCENT }),
    ...(values['reopen_days'] && { reopen_days: Number(values['reopen_days']) }),
    working: {
      ...(values['hours'] && { hours: values['hours'].split(/[,，、;；]/).map((/** @type {string} */ one) => one.trim()).filter(Boolean) }),
      rest: DAYS.filter((day) => values[`rest_${day}`]),
      ...(values['holidays'] && { holidays: values['holidays'] }),
    },
    levels: Object.fromEntries(territory.levels.map(({ key }) => [key, values[`level_${key}`]]).filter(([, within]) => within)),
    limits: [...entriesOf(general, values), ...kept],
  });
  return html`
    <${Form} id="limits" title=${t('limits_change')} action=${t('rules_put')} close=${at(props)} fields=${fields} start=${start} send=${(/** @type {Values} */ values) => put(territory.code, documentOf(values), stored.revision, kept)}><p class="hint">${t('limit_hint')}</p></${Form}>
    <${History} ...${props} kind="policy" />`;
}
