// Whether closed means fixed: closed cases are drawn by chance and judged one after the other; the rate stands beside the closure rate.
import { of } from '../api.js';
import { count, moment, named, t } from '../i18n.js';
import { html, useEffect } from '../preact.js';
import { askCategories } from '../work/loading.js';
import { may } from '../work/session.js';
import { useStore } from '../work/store.js';
import { send, useAsked } from './calls.js';
import { Form } from './form.js';
import { Judging } from './judging.js';
import { Head, Sheet, Way, at, shown } from './parts.js';

/** @import { AuditCases, AuditFigures, AuditInfo, AuditLine, AuditResult, Audits as Found, FigureValue, TrulySolved } from 'service' */
/** @import { Field, Values } from './form.js' */
/** @import { Props } from './parts.js' */

const STRATA = /** @type {const} */ (['cell', 'category', 'organisation']);

/** @param {number | null} value */
const percent = (value) => (value === null ? '–' : `${value.toFixed(1)} %`);

/** @param {Props} props */
export function Audits(props) {
  const { territory, route } = props;
  const { categories } = useStore();
  useEffect(() => { askCategories(territory.code); }, [territory.code]);
  const known = new Map((categories.get(territory.code) ?? []).map(({ code, name }) => [code, named(name, code)]));
  if (route.number === 'new' && may(territory.code, 'audit')) return html`<${Drawing} ...${props} />`;
  if (route.number && route.move) return html`<${Judging} key=${route.move} ...${props} known=${known} />`;
  return route.number ? html`<${Result} ...${props} known=${known} />` : html`<${List} ...${props} />`;
}

/** @param {Props} props */
function List(props) {
  const asked = useAsked(of(props.territory.code, '/audits'));
  return html`
    <${Head} title=${t('admin_audits')} lead=${t('admin_audits_lead')}>${may(props.territory.code, 'audit') && html`<${Way} primary id="audit-new" href=${at(props, 'new')}>${t('audit_draw')}</${Way}>`}</${Head}>
    ${shown(asked, (/** @type {Found} */ { audits }) => html`
      <${Sheet} id="audits" label=${t('admin_audits')} none=${t('audit_none')} heads=${[t('audit_as_of'), t('by_whom'), t('audit_closed'), t('audit_drawn'), t('audit_judged')]}
        rows=${audits.map((one) => ({ key: String(one.id), cells: [html`<a href=${at(props, String(one.id))} data-audit=${one.id}>${moment(one.as_of)}</a>`, one.actor, count(one.cases), count(one.drawn), count(one.judged)] }))} />`)}`;
}

/** @param {Props} props */
function Drawing(props) {
  const { territory } = props;
  const fields = /** @type {Field[]} */ ([
    { name: 'from', label: t('received_from'), kind: 'date', required: false },
    { name: 'to', label: t('received_to'), kind: 'date', required: false },
    { name: 'size', label: t('audit_size'), kind: 'number', attributes: { min: 1, max: 5000 }, hint: t('audit_size_hint') },
    ...STRATA.map((by) => ({ name: by, label: t('audit_by', { what: strataName(props, by) }), kind: 'tick' })),
    { name: 'seed', label: t('audit_seed'), kind: 'number', required: false, attributes: { min: 0 }, hint: t('audit_seed_hint') },
  ]);
  const draw = (/** @type {Values} */ { from, to, size, seed, ...by }) => send('POST', of(territory.code, '/audits'), {
    ...(from && { from: startOf(from, 0) }), ...(to && { to: startOf(to, 1) }), size: Number(size), by: STRATA.filter((one) => by[one]), ...(seed && { seed: Number(seed) }),
  });
  return html`
    <${Head} title=${t('audit_draw')} back=${at(props)} lead=${t('audit_draw_lead')} />
    <${Form} id="audit" title=${t('audit_draw')} fields=${fields} start=${{ size: 300, cell: true, category: true, organisation: true }} action=${t('audit_draw')} close=${at(props)} send=${draw} />`;
}

/** The start of a day so many days later, as a moment. @param {string} day @param {number} later */
function startOf(day, later) {
  const start = new Date(`${day}T00:00`);
  start.setDate(start.getDate() + later);
  return start.toISOString();
}

/** @param {Props} props @param {typeof STRATA[number]} by @param {string} [level] */
function strataName({ territory }, by, level) {
  if (by !== 'cell') return t(by === 'category' ? 'category' : 'party_organisation');
  const found = territory.levels.find(({ key }) => key === level) ?? territory.levels[0];
  return named(found?.name, found?.key ?? '');
}

/** @param {Props & {known: Map<string, string>}} props */
function Result({ known, ...props }) {
  const { territory, route } = props;
  const judges = may(territory.code, 'audit');
  const result = useAsked(of(territory.code, `/audits/${encodeURIComponent(route.number)}`));
  const cases = /** @type {import('../answers.js').Answered<AuditCases>} */ (useAsked(judges ? of(territory.code, `/audits/${encodeURIComponent(route.number)}/cases`) : ''));
  const left = (cases.answer?.cases ?? []).filter(({ judged }) => !judged);
  return shown(result, (/** @type {AuditResult} */ answer) => {
    const { audit, total } = answer;
    return html`
      <${Head} title=${t('audit_of', { at: moment(audit.as_of) })} back=${at(props)} lead=${lead(audit)}>
        ${left[0] && html`<${Way} primary id="audit-judge" href=${at(props, route.number, left[0].number)}>${t('audit_judge', { n: count(left.length) })}</${Way}>`}
      </${Head}>
      <${Total} total=${total} audit=${audit} />
      ${STRATA.map((by) => answer[by].length > 0 && html`
        <h3>${strataName(props, by, audit.level)}</h3>
        <${Lines} id=${`audit-${by}`} label=${strataName(props, by, audit.level)} lines=${answer[by]} known=${known} />`)}
      ${judges && html`
        <h3>${t('audit_own')}</h3>
        <${Sheet} id="audit-own" label=${t('audit_own')} none=${t('audit_own_none')} heads=${[t('case'), t('category'), t('audit_verdict')]}
          rows=${(cases.answer?.cases ?? []).filter(({ own }) => own).map((one) => ({ key: one.number, cells: [html`<a href=${at(props, route.number, one.number)} data-number=${one.number}><code>${one.number}</code></a>`, known.get(one.category) ?? one.category, one.own && t(`verdict_${one.own.verdict.replaceAll('-', '_')}`)] }))} />`}`;
  });
}

/** @param {AuditInfo} audit */
function lead({ cases, drawn, judged, unclear, strata, seed }) {
  const numbers = Object.entries({ cases, drawn, judged, unclear, strata }).map(([name, value]) => [name, count(value)]);
  return `${t('audit_standing', Object.fromEntries(numbers))} ${t('audit_with_seed', { seed })}`;
}

/** @param {{total: AuditFigures, audit: AuditInfo}} props */
function Total({ total, audit }) {
  const { solved, closure, not_fixed: unfixed } = total;
  return html`
    <dl class="rates" id="audit-total">
      <div class="rate"><dt>${t('audit_solved')}</dt><dd><strong>${percent(solved.value)}</strong>${solved.value !== null && html`<small>${t('audit_interval', { low: percent(solved.low), high: percent(solved.high) })}</small><${Interval} rate=${solved} />`}${audit.judged < audit.drawn && html`<small>${t('audit_interim')}</small>`}</dd></div>
      <div class="rate"><dt>${t('audit_closure')}</dt><dd><strong>${percent(closure.value)}</strong><small>${figureOf(closure)}</small></dd></div>
      <div class="rate"><dt>${t('audit_unfixed')}</dt><dd><strong>${percent(unfixed.value)}</strong><small>${figureOf(unfixed)}</small></dd></div>
    </dl>`;
}

/** @param {FigureValue} figure */
const figureOf = ({ numerator, denominator }) => t('of_cases', { n: count(numerator), of: count(denominator) });

/** The interval between nothing and all. @param {{rate: TrulySolved}} props */
function Interval({ rate: { value, low, high } }) {
  if (value === null || low === null || high === null) return null;
  return html`<svg class="interval" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="all" width="100" y="3" height="2" /><rect class="between" x=${low} width=${Math.max(high - low, 0.5)} y="1" height="6" /><rect class="point" x=${Math.min(value, 99) - 0.5} width="1.5" height="8" /></svg>`;
}

/** @param {{id: string, label: string, lines: AuditLine[], known: Map<string, string>}} props */
function Lines({ id, label, lines, known }) {
  const name = (/** @type {AuditLine} */ { name: given, code }) => known.get(code) ?? (typeof given === 'string' ? given || code : named(given, code));
  return html`<${Sheet} id=${id} label=${label} heads=${[label, t('audit_solved'), t('audit_95'), t('audit_judged'), t('audit_closure'), t('audit_unfixed')]}
    rows=${lines.map((one) => ({ key: one.code, cells: [
    name(one), html`<strong>${percent(one.solved.value)}</strong>`,
    one.solved.value === null ? '–' : html`<span class="figure">${percent(one.solved.low)} – ${percent(one.solved.high)}</span><${Interval} rate=${one.solved} />`,
    count(one.solved.judged), percent(one.closure.value), percent(one.not_fixed.value),
  ] }))} />`;
}
