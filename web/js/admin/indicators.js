// Indicators: how each figure is counted, and those that the territory declares itself.
import { Problem, of } from '../api.js';
import { named, t } from '../i18n.js';
import { html } from '../preact.js';
import { may } from '../work/session.js';
import { send, useAsked } from './calls.js';
import { History } from './changes.js';
import { Act, CODE, Form, parsed, unlike } from './form.js';
import { BESIDE, Head, Sheet, Way, at, facts, shown } from './parts.js';

/** @import { Definition, DefinitionBody, IndicatorDefinitions } from 'service' */
/** @import { Field, Values } from './form.js' */
/** @import { Props } from './parts.js' */

const TESTS = /** @type {const} */ (['denominator', 'numerator', 'exclude']);
const UNITS = ['percent', 'per_thousand', 'cases'];
const SMALL = { ...CODE, rows: 3 };

/** A condition as it is written down: a fact by its name, several as JSON. @param {unknown} value */
const written = (value) => (typeof value === 'string' ? value : JSON.stringify(value));

/** A condition as it was typed. @param {string} field @param {string} text @returns {unknown} */
function test(field, text) {
  if (/^[a-z_]+$/.test(text)) return text;
  try {
    return parsed(text);
  } catch {
    throw new Problem({ errors: [{ field, kind: 'json', message: t('no_json') }] }, 422);
  }
}

/** @returns {Field[]} */
const fieldsOf = () => [
  { name: 'zh', label: t('name_zh') }, { name: 'en', label: t('name_en'), required: false },
  { name: 'unit', label: t('indicator_unit'), kind: 'choice', options: UNITS.map((value) => ({ value, label: t(`unit_${value}`) })) },
  { name: 'better', label: t('indicator_better'), kind: 'choice', options: ['higher', 'lower'].map((value) => ({ value, label: t(`better_${value}`) })) },
  ...TESTS.map((name) => /** @type {Field} */ ({ name, label: t(`indicator_${name}`), kind: 'long', required: name === 'denominator', attributes: SMALL, ...(name === 'denominator' && { hint: t('indicator_test_hint') }) })),
  { name: 'each_level', label: t('indicator_each_level'), kind: 'tick' },
  { name: 'hidden', label: t('indicator_hidden'), kind: 'tick' },
];

/** @param {Definition} one @returns {Values} */
const valuesOf = ({ name, unit, better, each_level, hidden, ...tests }) => ({
  zh: name['zh'], en: name['en'], unit, better, each_level, hidden,
  ...Object.fromEntries(TESTS.filter((key) => tests[key] !== null && tests[key] !== undefined).map((key) => [key, written(tests[key])])),
});

/** @param {Values} values @returns {DefinitionBody} */
const bodyOf = ({ zh, en, unit, better, each_level, hidden, ...tests }) => ({
  name: { ...(zh && { zh }), ...(en && { en }) }, unit, better, each_level: Boolean(each_level), hidden: Boolean(hidden),
  ...Object.fromEntries(TESTS.filter((key) => tests[key]).map((key) => [key, test(key, tests[key])])),
});

/** @param {Props} props */
export function Indicators(props) {
  const { territory, route } = props;
  const asked = useAsked(of(territory.code, '/indicators/definitions'));
  const edits = may(territory.code, 'edit-rules');
  const path = (/** @type {string} */ key) => of(territory.code, `/indicators/definitions/${encodeURIComponent(key)}`);
  const keep = async (/** @type {string} */ key, /** @type {Values} */ values) => {
    const body = bodyOf(values);
    if (!Object.keys(body.name).length) throw new Problem({ errors: [{ field: 'zh', kind: 'missing', message: t('indicator_nameless') }] }, 422);
    return send('PUT', path(key), body);
  };
  return shown(asked, (/** @type {IndicatorDefinitions} */ { indicators }) => {
    if (route.number === BESIDE.new && edits) {
      return html`<${Head} title=${t('indicator_new')} back=${at(props)} />
        <${Form} id="indicator" title=${t('indicator_new')} action=${t('admin_keep')} close=${at(props)} start=${{ unit: UNITS[0], better: 'higher' }} fields=${[{ name: 'key', label: t('of_code'), hint: t('indicator_key_hint') }, ...fieldsOf()]}
          send=${async (/** @type {Values} */ { key, ...values }) => keep(unlike(key, indicators.map((one) => ({ code: one.key }))), values)} />`;
    }
    const one = indicators.find(({ key }) => key === route.number);
    if (one) {
      const page = at(props, one.key);
      return html`
        <${Head} title=${named(one.name, one.key)} back=${at(props)} lead=${one.key}>
          ${edits && !route.move && html`<${Way} primary id="indicator-change" href=${at(props, one.key, 'change')}>${t('admin_change')}</${Way}>${one.own && html`<${Act} final id="indicator-remove" label=${t('indicator_take_back')} act=${() => send('DELETE', path(one.key))} />`}`}
        </${Head}>
        ${edits && route.move === 'change' && html`<${Form} id="indicator" title=${t('admin_change')} action=${t('admin_keep')} close=${page} fields=${fieldsOf()} start=${valuesOf(one)} send=${(/** @type {Values} */ values) => keep(one.key, values)} />`}
        ${facts([
    [t('indicator_unit'), t(`unit_${one.unit}`)], [t('indicator_better'), t(`better_${one.better}`)],
    ...TESTS.map((key) => /** @type {[string, unknown]} */ ([t(`indicator_${key}`), one[key] && html`<code>${written(one[key])}</code>`])),
    [t('indicator_each_level'), one.each_level && t('yes')], [t('indicator_hidden'), one.hidden && t('yes')], [t('indicator_own'), one.own && t('yes')],
  ])}
        <${History} ...${props} kind="indicator" item=${one.key} />`;
    }
    return html`
      <${Head} title=${t('admin_indicators')} lead=${t('admin_indicators_lead')}>${edits && html`<${Way} primary id="indicator-new" href=${at(props, BESIDE.new)}>${t('indicator_new')}</${Way}>`}</${Head}>
      ${route.number && html`<p class="note" role="alert">${t('admin_gone')}</p>`}
      <${Sheet} id="indicators" label=${t('admin_indicators')} heads=${[t('of_code'), t('of_name'), t('indicator_own')]}
        rows=${indicators.map((each) => ({ key: each.key, off: each.hidden, cells: [html`<a href=${at(props, each.key)} data-indicator=${each.key}>${each.key}</a>`, named(each.name, each.key), each.own ? t('yes') : '–'] }))} />`;
  });
}
