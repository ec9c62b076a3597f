// Attributes of cells: what is kept of places, and by which rule each is rolled up.
import { Problem, of, wording } from '../api.js';
import { named, t } from '../i18n.js';
import { told } from '../places/painting.js';
import { html, useState } from '../preact.js';
import { may } from '../work/session.js';
import { send, useAsked } from './calls.js';
import { History } from './changes.js';
import { Form, unlike } from './form.js';
import { BESIDE, Head, Sheet, Way, at, facts, shown } from './parts.js';

/** @import { AttributeBody, AttributeInfo, AttributeTrial, Attributes as Kept } from 'service' */
/** @import { Field, Values } from './form.js' */
/** @import { Props } from './parts.js' */

const RULES = /** @type {const} */ (['sum', 'share', 'mean', 'class', 'yes-no']);
/** @param {string} rule */
const ruleName = (rule) => t(/** @type {'attribute_rule_sum'} */ (`attribute_rule_${rule.replace('-', '_')}`));

/** The words of a class, a line each. @param {Record<string, Record<string, string>> | null | undefined} classes */
const written = (classes) => Object.entries(classes ?? {}).map(([word, name]) => `${word} = ${name['zh'] ?? ''} | ${name['en'] ?? ''}`).join('\n');

/** The words of a class as they were typed. @param {string} text @returns {Record<string, Record<string, string>>} */
function classesOf(text) {
  const lines = text.split('\n').map((line) => line.trim()).filter(Boolean);
  return Object.fromEntries(lines.map((line) => {
    const [word = '', names = ''] = line.split('=').map((part) => part.trim());
    const [zh = '', en = ''] = names.split('|').map((part) => part.trim());
    if (!word || !(zh || en)) throw new Problem({ errors: [{ field: 'classes', kind: 'class', message: t('attribute_class_wrong', { line }) }] }, 422);
    return [word, { ...(zh && { zh }), ...(en && { en }) }];
  }));
}

/** @param {AttributeInfo[]} kept @param {string} own @returns {(values: Values) => Field[]} */
const fieldsOf = (kept, own) => ({ rule }) => {
  const sums = kept.filter((one) => one.rule === 'sum' && one.key !== own).map(({ key, name }) => ({ value: key, label: named(name, key) }));
  return [
    { name: 'zh', label: t('name_zh') }, { name: 'en', label: t('name_en'), required: false },
    { name: 'rule', label: t('attribute_rule'), kind: 'choice', options: RULES.map((value) => ({ value, label: ruleName(value) })) },
    ...(['sum', 'mean'].includes(rule) ? [/** @type {Field} */ ({ name: 'unit', label: t('attribute_unit'), required: false })] : []),
    ...(['share', 'mean'].includes(rule) ? [/** @type {Field} */ ({ name: 'weight', label: t('attribute_weight'), kind: 'choice', empty: true, required: false, options: sums, hint: t('attribute_weight_hint') })] : []),
    ...(rule === 'class' ? [/** @type {Field} */ ({ name: 'classes', label: t('attribute_classes'), kind: 'long', hint: t('attribute_classes_hint') })] : []),
  ];
};

/** @param {Values} values @returns {AttributeBody} */
function bodyOf({ zh, en, rule, unit, weight, classes }) {
  if (!zh && !en) throw new Problem({ errors: [{ field: 'zh', kind: 'missing', message: t('indicator_nameless') }] }, 422);
  return {
    name: { ...(zh && { zh }), ...(en && { en }) }, rule,
    ...(['sum', 'mean'].includes(rule) && unit && { unit }),
    ...(['share', 'mean'].includes(rule) && weight && { weight }),
    ...(rule === 'class' && { classes: classesOf(classes ?? '') }),
  };
}

/** What a declaration would make of the values there are, before it holds. @param {{path: string, values: Values, now: AttributeInfo | undefined}} props */
function Trial({ path, values, now }) {
  const [tried, take] = useState(/** @type {{trial: AttributeTrial, of: string, after: AttributeInfo} | null} */ (null));
  const [wrong, say] = useState('');
  const of = JSON.stringify(values);
  const act = async () => {
    say('');
    take(null);
    try {
      const body = bodyOf(values);
      const trial = await /** @type {Promise<AttributeTrial>} */ (send('PUT', `${path}?dry_run=true`, body));
      take({ trial, of, after: /** @type {AttributeInfo} */ ({ key: '', unit: '', ...body }) });
    } catch (problem) {
      const first = problem instanceof Problem ? problem.fields[0] : null;
      say(first?.message ?? wording(problem));
    }
  };
  const current = tried?.of === of ? tried : null;
  return html`<div class="trial">
    <button type="button" class="secondary" id="attribute-try" onClick=${act}>${t('attribute_try')}</button>
    <small>${t('attribute_try_hint')}</small>
    ${wrong && html`<p class="field-error" role="alert">${wrong}</p>`}
    ${current && html`<${Sheet} id="attribute-tried" label=${t('attribute_try')} heads=${[t('places_cell'), t('attribute_before'), t('attribute_after')]}
      rows=${current.trial.cells.map(({ code, name, before, after }) => ({ key: code, cells: [name || code, now ? told(now, before) : '–', told(current.after, after)] }))} />`}</div>`;
}

/** @param {Props} props */
export function Attributes(props) {
  const { territory, route } = props;
  const asked = useAsked(of(territory.code, '/attributes'));
  const edits = may(territory.code, 'edit-rules');
  const path = (/** @type {string} */ key) => of(territory.code, `/attributes/${encodeURIComponent(key)}`);
  return shown(asked, (/** @type {Kept} */ { attributes }) => {
    if (route.number === BESIDE.new && edits) {
      return html`<${Head} title=${t('attribute_new')} back=${at(props)} />
        <${Form} id="attribute" title=${t('attribute_new')} action=${t('admin_keep')} close=${at(props)} start=${{ rule: RULES[0] }} fields=${(/** @type {Values} */ values) => [{ name: 'key', label: t('of_code'), hint: t('indicator_key_hint') }, ...fieldsOf(attributes, '')(values)]}
          send=${async (/** @type {Values} */ { key, ...values }) => send('PUT', path(unlike(key, attributes.map((one) => ({ code: one.key })))), bodyOf(values))} />`;
    }
    const one = attributes.find(({ key }) => key === route.number);
    if (one) {
      const start = { zh: one.name['zh'], en: one.name['en'], rule: one.rule, unit: one.unit ?? '', weight: one.weight ?? '', classes: written(one.classes) };
      return html`
        <${Head} title=${named(one.name, one.key)} back=${at(props)} lead=${one.key}>
          ${edits && !route.move && html`<${Way} primary id="attribute-change" href=${at(props, one.key, 'change')}>${t('admin_change')}</${Way}>`}
          <${Way} id="attribute-board" href=${`places#t=${encodeURIComponent(territory.code)}&attribute=${encodeURIComponent(one.key)}`}>${t('places_title')}</${Way}>
        </${Head}>
        ${edits && route.move === 'change' && html`<${Form} id="attribute" title=${t('admin_change')} action=${t('admin_keep')} close=${at(props, one.key)} fields=${fieldsOf(attributes, one.key)} start=${start}
          send=${async (/** @type {Values} */ values) => send('PUT', path(one.key), bodyOf(values))}>${(/** @type {Values} */ values) => html`<${Trial} path=${path(one.key)} values=${values} now=${one} />`}</${Form}>`}
        ${facts([[t('attribute_rule'), ruleName(one.rule)], [t('attribute_unit'), one.unit], [t('attribute_weight'), one.weight], [t('attribute_classes'), one.classes && html`<ul class="plain">${Object.entries(one.classes).map(([word, name]) => html`<li>${word}: ${named(name, word)}</li>`)}</ul>`]])}
        <${History} ...${props} kind="attribute" item=${one.key} />`;
    }
    return html`
      <${Head} title=${t('admin_attributes')} lead=${t('admin_attributes_lead')}>${edits && html`<${Way} primary id="attribute-new" href=${at(props, BESIDE.new)}>${t('attribute_new')}</${Way}>`}</${Head}>
      ${route.number && html`<p class="note" role="alert">${t('admin_gone')}</p>`}
      <${Sheet} id="attributes" label=${t('admin_attributes')} heads=${[t('of_code'), t('of_name'), t('attribute_rule'), t('attribute_unit')]}
        rows=${attributes.map((each) => ({ key: each.key, cells: [html`<a href=${at(props, each.key)} data-attribute=${each.key}>${each.key}</a>`, named(each.name, each.key), ruleName(each.rule), each.unit || '–'] }))} />`;
  });
}
