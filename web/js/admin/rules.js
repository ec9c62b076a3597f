// Routing rules: those in force, their versions, and changed ones tried on past cases before they are put in force.
import { of } from '../api.js';
import { count, moment, named, t } from '../i18n.js';
import { html, useState } from '../preact.js';
import { may } from '../work/session.js';
import { caseLink } from './audit.js';
import { send, useAsked } from './calls.js';
import { Act, CODE, Form, asJson, orNull, parsed } from './form.js';
import { BESIDE, Head, Sheet, Way, at, shown } from './parts.js';

/** @import { RuleSet, RuleVersions, Trial, Way as Route } from 'service' */
/** @import { Field, Values } from './form.js' */
/** @import { Props } from './parts.js' */

/** What a part of a rule says, in one line. @param {unknown} value */
const inLine = (value) => (Array.isArray(value) ? value.map((one) => (typeof one === 'object' ? Object.values(one).filter((each) => typeof each !== 'boolean').join(' ') : String(one))).join(', ') : String(value ?? ''));

/** @param {Record<string, unknown>} rule */
function conditions(rule) {
  return Object.entries(rule).filter(([key, value]) => !['name', 'to'].includes(key) && (Array.isArray(value) ? value.length : value)).map(([key, value]) => `${t(`rule_${key}`)}: ${inLine(value)}`).join(' · ') || t('rule_always');
}

/** @param {Props} props */
export function Rules(props) {
  const { territory, route } = props;
  const asked = useAsked(of(territory.code, route.number && route.number !== BESIDE.change ? `/rules/versions/${encodeURIComponent(route.number)}` : '/rules'));
  const versions = useAsked(of(territory.code, '/rules/versions'));
  const edits = may(territory.code, 'edit-rules');
  return shown(asked, (/** @type {RuleSet} */ rules) => {
    if (route.number === BESIDE.change && edits) return html`<${Head} title=${t('rules_change')} back=${at(props)} lead=${t('rules_change_lead')} /><${Change} ...${props} rules=${rules} />`;
    return html`
      <${Head} title=${route.number ? t('rules_version', { n: rules.version }) : t('admin_rules')} back=${route.number && at(props)} lead=${t('admin_rules_lead')}>${edits && !route.number && html`<${Way} primary id="rules-change" href=${at(props, BESIDE.change)}>${t('rules_change')}</${Way}>`}</${Head}>
      <${Sheet} id="rules" label=${t('admin_rules')} heads=${['#', t('of_name'), t('rule_when'), t('rule_to')]} none=${t('rules_none')}
        rows=${rules.rules.map((rule, i) => ({ key: String(i), cells: [count(i + 1), named(/** @type {any} */ (rule['name']), '–'), conditions(rule), inLine(rule['to'])] }))} />
      <h3>${t('rules_versions')}</h3>
      ${shown(versions, (/** @type {RuleVersions} */ { versions: all }) => html`
        <${Sheet} id="versions" label=${t('rules_versions')} heads=${[t('of_version'), t('at_time'), t('by_whom'), t('of_rules'), t('of_note')]}
          rows=${all.map((one) => ({ key: String(one.version), cells: [html`<a href=${at(props, String(one.version))}>${one.version}</a>`, moment(one.made_at), one.actor, count(one.rules), one.note ?? '–'] }))} />`)}`;
  });
}

/** @param {Props & {rules: RuleSet}} props */
function Change({ rules, ...props }) {
  const { territory } = props;
  const [trial, tell] = useState(/** @type {Trial | null} */ (null));
  const [text, follow] = useState('');
  const start = { rules: asJson(rules.rules), note: '' };
  const fields = (/** @type {Values} */ values) => {
    if (values['rules'] !== text) queueMicrotask(() => follow(values['rules']));
    return /** @type {Field[]} */ ([
      { name: 'rules', label: t('admin_rules'), kind: 'long', attributes: CODE, hint: t('rules_hint') },
      { name: 'note', label: t('of_note'), required: false },
    ]);
  };
  const put = async (/** @type {Values} */ values) => send('PUT', of(territory.code, '/rules'), { rules: parsed(values['rules']), note: orNull(values['note']) }, rules.version);
  const attempt = async () => tell(await send('POST', of(territory.code, '/rules:try'), { rules: parsed(text) }));
  return html`
    <${Form} id="rules" title=${t('rules_change')} fields=${fields} start=${start} action=${t('rules_put')} send=${put} close=${at(props)}><p class="doing"><${Act} id="rules-try" label=${t('rules_try')} act=${attempt} /></p></${Form}>
    ${trial && html`<${Tried} ...${props} trial=${trial} />`}`;
}

/** @param {Route} way */
const partiesOf = ({ parties }) => parties.map(({ name, desk, organisation }) => named(name, String(desk ?? organisation ?? ''))).join(', ') || '–';

/** @param {Props & {trial: Trial}} props */
function Tried({ territory, trial }) {
  return html`
    <section class="past" id="tried"><h3>${t('rules_tried')}</h3>
      <p role="status">${t('rules_tried_told', { cases: count(trial.cases), elsewhere: count(trial.elsewhere) })}</p>
      <${Sheet} label=${t('rules_by_rule')} heads=${[t('rule'), t('cases')]} rows=${trial.by_rule.map((one) => ({ key: String(one.rule), cells: [one.rule === null ? t('rule_default') : count(one.rule), count(one.cases)] }))} />
      ${trial.examples.length > 0 && html`<${Sheet} label=${t('rules_elsewhere')} heads=${[t('case'), t('rules_now'), t('rules_then')]} rows=${trial.examples.map((one) => ({ key: one.number, cells: [caseLink(territory.code, one.number), partiesOf(one.now), partiesOf(one.then)] }))} />`}
    </section>`;
}
