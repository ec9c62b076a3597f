// Routing rules: those in force, their versions, and changed ones tried on past cases before they are put in force.
import { Problem, of } from '../api.js';
import { count, moment, named, t } from '../i18n.js';
import { html, useState } from '../preact.js';
import { may } from '../work/session.js';
import { caseLink } from './audit.js';
import { send, useAsked } from './calls.js';
import { Act, Form, orNull } from './form.js';
import { BESIDE, Head, Sheet, Way, at, shown } from './parts.js';
import { RuleCards } from './rulecards.js';
import { called, conditionsOf, partiesOf, titleOf, useNames } from './rulenames.js';

/** @import { FieldProblem, RuleBody, RuleSet, RuleVersions, Trial, Way as Route } from 'service' */
/** @import { Field, Values } from './form.js' */
/** @import { Props } from './parts.js' */
/** @import { Faults } from './rulecards.js' */
/** @import { Names } from './rulenames.js' */
/** @typedef {{from: number, list: RuleBody[]}} Draft rules, and the version that they were made from */

/** @param {Props} props */
export function Rules(props) {
  const { territory, route } = props;
  const asked = useAsked(of(territory.code, route.number && route.number !== BESIDE.change ? `/rules/versions/${encodeURIComponent(route.number)}` : '/rules'));
  const versions = useAsked(of(territory.code, '/rules/versions'));
  const names = useNames(territory);
  const edits = may(territory.code, 'edit-rules');
  return shown(asked, (/** @type {RuleSet} */ rules) => {
    const list = /** @type {RuleBody[]} */ (/** @type {unknown} */ (rules.rules));
    if (route.number === BESIDE.change && edits) return html`<${Head} title=${t('rules_change')} back=${at(props)} lead=${t('rules_change_lead')} /><${Change} ...${props} names=${names} now=${{ from: rules.version, list }} />`;
    return html`
      <${Head} title=${route.number ? t('rules_version', { n: rules.version }) : t('admin_rules')} back=${route.number && at(props)} lead=${t('admin_rules_lead')}>${edits && !route.number && html`<${Way} primary id="rules-change" href=${at(props, BESIDE.change)}>${t('rules_change')}</${Way}>`}</${Head}>
      <${Sheet} id="rules" label=${t('admin_rules')} heads=${['#', t('of_name'), t('rule_when'), t('rule_to')]} none=${t('rules_none')}
        rows=${list.map((rule, i) => ({ key: String(i), cells: [count(i + 1), titleOf(rule, names), conditionsOf(rule, names), partiesOf(rule, names)] }))} />
      <h3>${t('rules_versions')}</h3>
      ${shown(versions, (/** @type {RuleVersions} */ { versions: all }) => html`
        <${Sheet} id="versions" label=${t('rules_versions')} heads=${[t('of_version'), t('at_time'), t('by_whom'), t('of_rules'), t('of_note')]}
          rows=${all.map((one) => ({ key: String(one.version), cells: [html`<a href=${at(props, String(one.version))}>${one.version}</a>`, moment(one.made_at), one.actor, count(one.rules), one.note ?? '–'] }))} />`)}`;
  });
}

/** What a refusal says of each rule, by its place; it names the entry, or the place in what was sent. @param {Problem} problem @returns {Faults} */
function faultsOf(problem) {
  const faults = /** @type {Faults} */ (new Map());
  for (const one of /** @type {(FieldProblem & {record?: number})[]} */ (problem.fields)) {
    const [first, place, ...rest] = one.field.split('.');
    const sent = first === 'rules' && place !== undefined && /^\d+$/.test(place);
    const i = one.record ? one.record - 1 : sent ? Number(place) : -1;
    const part = (one.record ? first : rest[0]) ?? '';
    const label = ['categories', 'kinds', 'within', 'areas', 'days', 'hours', 'to'].includes(part) ? `${t(`rule_${part}`)}: ` : '';
    faults.set(i, [...faults.get(i) ?? [], label + one.message]);
  }
  return faults;
}

/** @param {Props & {names: Names, now: Draft}} props */
function Change({ names, now, ...props }) {
  const { territory } = props;
  const [trial, tell] = useState(/** @type {Trial | null} */ (null));
  const [faults, blame] = useState(/** @type {Faults} */ (new Map()));
  /** Send rules; what is wrong with them is said at each. @template T @param {() => Promise<T>} ask */
  const judged = async (ask) => {
    blame(new Map());
    try {
      return await ask();
    } catch (problem) {
      if (problem instanceof Problem && problem.fields.length) {
        const found = faultsOf(problem);
        blame(found);
        const places = [...found.keys()].filter((i) => i >= 0).sort((a, b) => a - b).map((i) => count(i + 1));
        if (places.length) problem.fields = [{ field: 'rules', kind: 'rules', message: t('rules_wrong', { places: places.join(', ') }) }];
      }
      throw problem;
    }
  };
  const draw = (/** @type {Draft} */ draft, /** @type {(draft: Draft) => void} */ put) => html`
    ${draft.from !== now.from && html`<div class="note" role="alert" id="rules-newer"><p>${t('rules_newer', { n: now.from })}</p><p class="doing"><a class="secondary" href=${at(props, String(now.from))}>${t('rules_version', { n: now.from })}</a><button type="button" class="secondary" id="rules-over" onClick=${() => put({ ...draft, from: now.from })}>${t('rules_over')}</button></p></div>`}
    <${RuleCards} rules=${draft.list} put=${(/** @type {RuleBody[]} */ list) => { blame(new Map()); put({ ...draft, list }); }} names=${names} faults=${faults} />`;
  const fields = /** @type {Field[]} */ ([
    { name: 'rules', label: t('rules_in_order'), draw },
    { name: 'note', label: t('of_note'), required: false },
  ]);
  const put = async (/** @type {Values} */ { rules, note }) => judged(() => send('PUT', of(territory.code, '/rules'), { rules: rules.list, note: orNull(note) }, rules.from));
  const attempt = (/** @type {Draft} */ draft) => async () => tell(await judged(() => send('POST', of(territory.code, '/rules:try'), { rules: draft.list })));
  return html`
    <${Form} id="rules" title=${t('rules_change')} fields=${fields} start=${{ rules: now, note: '' }} action=${t('rules_put')} send=${put} close=${at(props)}>${(/** @type {Values} */ values) => html`
      <p class="doing"><${Act} id="rules-try" label=${t('rules_try')} act=${attempt(values['rules'])} /></p>
      ${trial && html`<${Tried} ...${props} names=${names} trial=${trial} list=${values['rules'].list} />`}`}</${Form}>`;
}

/** @param {Route} way */
const goesTo = ({ parties }) => parties.map(({ name, desk, organisation }) => named(name, String(desk ?? organisation ?? ''))).join(', ') || '–';

/** @param {Props & {trial: Trial, names: Names, list: RuleBody[]}} props */
function Tried({ territory, trial, names, list }) {
  const nameOf = (/** @type {number} */ rule) => { const one = list[rule - 1]; return `${count(rule)}. ${one ? titleOf(one, names) : ''}`; };
  return html`
    <section class="past" id="tried"><h3>${t('rules_tried')}</h3>
      <p role="status">${t('rules_tried_told', { cases: count(trial.cases), elsewhere: count(trial.elsewhere) })}</p>
      <${Sheet} label=${t('rules_by_rule')} heads=${[t('rule'), t('cases')]} rows=${trial.by_rule.map((one) => ({ key: String(one.rule), cells: [one.rule === null ? t('rule_default') : nameOf(one.rule), count(one.cases)] }))} />
      ${trial.examples.length > 0 && html`<${Sheet} label=${t('rules_elsewhere')} heads=${[t('case'), t('category'), t('rules_now'), t('rules_then')]} rows=${trial.examples.map((one) => ({ key: one.number, cells: [caseLink(territory.code, one.number), called(names.categories, one.category), goesTo(one.now), goesTo(one.then)] }))} />`}
    </section>`;
}
