// The board: one attribute of all cells as a table and as a map, beside their cases; of a chosen cell all that is kept, and its course.
import * as api from '../api.js';
import { useAnswer } from '../answers.js';
import { plus } from '../centre/dates.js';
import { MapView } from '../centre/mapview.js';
import { Card } from '../centre/parts.js';
import { count, day, named, t } from '../i18n.js';
import { told as figureTold } from '../indicators.js';
import { html, useMemo } from '../preact.js';
import { theme } from '../theme.js';
import { SORTS, change } from './address.js';
import { trend, values } from './calls.js';
import { called, ofHowMany, painting, rankOf, told } from './painting.js';

/** @import { AttributeInfo, AttributeTrend, AttributeValues, CellValues } from 'service' */
/** @import { Figures } from '../api.js' */
/** @import { Sort } from './address.js' */
/** @import { Seen } from './app.js' */

const YEAR = 365;

/** @typedef {CellValues & {reports: number | null, closure: number | null}} Row */

/** The rows with the figures of their cases, in order; what is missing comes last. @param {AttributeInfo} one @param {AttributeValues} table @param {Figures | null} figures @param {Sort} sort @returns {Row[]} */
function rowsOf(one, table, figures, sort) {
  const of = new Map((figures?.rows ?? []).map(({ cell, figures: all }) => [cell.code, all]));
  const rows = table.cells.map((cell) => ({ ...cell, reports: of.get(cell.code)?.received?.value ?? (figures ? 0 : null), closure: of.get(cell.code)?.closure?.value ?? null }));
  const rank = (/** @type {Row} */ row) => ({ value: rankOf(one, row.values[one.key]), reports: row.reports, closure: row.closure, name: null })[sort];
  return rows.sort((a, b) => (sort === 'name' ? 0 : (rank(b) ?? -Infinity) - (rank(a) ?? -Infinity) || 0) || a.code.localeCompare(b.code));
}

/** @param {Seen} seen */
export function Board({ territory, address, kept, level, on }) {
  const { code } = territory;
  const one = kept.find(({ key }) => key === address.attribute) ?? kept[0];
  const table = useAnswer(one ? `values ${code} ${level} ${on}` : '', (signal) => values(code, level, on, signal));
  const span = { from: plus(on, 1 - YEAR), to: on };
  const figures = useAnswer(one ? `figures ${code} ${level} ${on}` : '', (signal) => api.indicators(code, { by: 'cell', level, ...span }, signal));
  const rows = useMemo(() => (one && table.answer ? rowsOf(one, table.answer, figures.answer, address.sort) : []), [one, table.answer, figures.answer, address.sort]);
  const painted = useMemo(() => (one && table.answer ? painting(one, table.answer.cells) : null), [one, table.answer, t('tag'), theme()]);
  const cell = address.cell?.level === level ? address.cell : null;
  const chosen = rows.find((row) => row.code === cell?.code);
  if (!one) return html`<p class="empty board-empty" id="nothing-kept">${t('places_nothing_kept')}</p>`;
  const pick = (/** @type {string | undefined} */ picked) => change({ cell: picked && picked !== cell?.code ? { level, code: picked } : null });
  return html`<div class="filterbar" role="group" aria-label=${t('places_what')}>
      <label class="what"><span>${t('places_attribute')}</span><select id="attribute" value=${one.key} onChange=${(/** @type {any} */ event) => change({ attribute: event.currentTarget.value })}>${kept.map((each) => html`<option value=${each.key} selected=${each === one}>${called(each)}</option>`)}</select></label>
      <div class="segments" role="group" aria-label=${t('levels')}>${territory.levels.map(({ key, name }) => html`<button type="button" data-level=${key} aria-pressed=${String(key === level)} onClick=${() => change({ level: key, cell: null })}>${named(name, key)}</button>`)}</div>
    </div>
    <div class="cards">
      <${Card} id="table" title=${called(one)} problem=${table.problem ?? figures.problem} waiting=${!table.fresh}><div class="scrolling" tabindex="0" role="group" aria-label=${called(one)}><${Table} one=${one} rows=${rows} chosen=${cell?.code} pick=${pick} territory=${code} level=${level} span=${span} sort=${address.sort} /></div></${Card}>
      <${Card} id="mapcard" title=${t('centre_map')}><div class="maps"><${MapView} id="map" territory=${territory} level=${level} view=${address.view} painting=${painted} cell=${cell} found=${null} sketch=${null} drawing=${false}
        ask=${(/** @type {unknown} */ _, /** @type {{level: string, code: string} | null} */ at) => pick(at?.level === level ? at.code : undefined)} moved=${(/** @type {import('../state.js').View} */ view) => change({ view }, { replace: true })} made=${() => {}} /></div>
        <ul class="map-legend classes" id="legend">${painted?.legend.map(([colour, text]) => html`<li><i style=${{ background: colour }}></i><span>${text}</span></li>`)}</ul></${Card}>
      <div class="side">${chosen ? html`<${Course} territory=${code} one=${one} row=${chosen} level=${level} /><${AllOf} kept=${kept} row=${chosen} />`
        : html`<${Card} id="course" title=${t('places_course')}><p class="empty">${t('places_choose')}</p></${Card}>`}</div>
    </div>`;
}

/** @param {{one: AttributeInfo, rows: Row[], chosen: string | undefined, pick: (code: string) => unknown, territory: string, level: string, span: {from: string, to: string}, sort: Sort}} props */
function Table({ one, rows, chosen, pick, territory, level, span, sort }) {
  const heads = { name: t('places_cell'), value: called(one), reports: t('places_reports'), closure: t('places_closure') };
  /** @param {string} code */
  const cases = (code) => `work#/${encodeURIComponent(territory)}/cases?${new URLSearchParams({ cell: code, level, ...span })}`;
  return html`<table class="values">
    <caption class="visually-hidden">${t('places_table', { what: called(one), from: day(span.from), to: day(span.to) })}</caption>
    <thead><tr>${SORTS.map((key) => html`<th scope="col" class=${key} aria-sort=${key === sort ? (key === 'name' ? 'ascending' : 'descending') : 'none'}><button type="button" data-sort=${key} onClick=${() => change({ sort: key }, { replace: true })}>${heads[key]}</button></th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr key=${row.code} data-code=${row.code} class=${row.code === chosen ? 'chosen' : null}>
      <th scope="row"><button type="button" aria-pressed=${String(row.code === chosen)} onClick=${() => pick(row.code)}>${row.name || row.code}</button></th>
      <td class="value">${told(one, row.values[one.key])}<small>${ofHowMany(row.values[one.key])}</small></td>
      <td class="reports">${row.reports ? html`<a href=${cases(row.code)} aria-label=${t('places_cases_of', { what: row.name, n: count(row.reports) })}>${count(row.reports)}</a>` : row.reports === null ? '–' : '0'}</td>
      <td class="closure">${row.closure === null ? '–' : figureTold(/** @type {any} */ ({ unit: 'percent' }), row.closure)}</td></tr>`)}</tbody></table>`;
}

const [WIDE, HIGH] = [300, 90];

/** How a number went: it stands until the next one begins. @param {{days: AttributeTrend['days'], label: string}} props */
function Steps({ days, label }) {
  const points = days.flatMap(({ on, value }) => (typeof value?.value === 'number' ? [{ at: Date.parse(on), value: value.value }] : []));
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || points.length < 2) return null;
  const low = Math.min(0, ...points.map(({ value }) => value));
  const high = Math.max(0, ...points.map(({ value }) => value));
  const x = (/** @type {number} */ at) => (WIDE * (at - first.at)) / (last.at - first.at || 1);
  const y = (/** @type {number} */ value) => HIGH - (HIGH * (value - low)) / (high - low || 1);
  const path = points.map(({ at, value }, i) => (i ? `H${x(at).toFixed(1)}V${y(value).toFixed(1)}` : `M0,${y(value).toFixed(1)}`)).join('');
  return html`<svg class="steps" viewBox=${`-4 -4 ${WIDE + 8} ${HIGH + 8}`} role="img" aria-label=${label}>
    <line x1="0" x2=${WIDE} y1=${y(0)} y2=${y(0)} /><path d=${path} />${points.map(({ at, value }) => html`<circle cx=${x(at)} cy=${y(value)} r="3" />`)}</svg>`;
}

/** @param {{territory: string, one: AttributeInfo, row: Row, level: string}} props */
function Course({ territory, one, row, level }) {
  const asked = useAnswer(`trend ${territory} ${level} ${row.code} ${one.key}`, (signal) => trend(territory, one.key, { level, code: row.code }, signal));
  const days = (asked.answer?.days ?? []).filter(({ value }) => value);
  const label = days.map(({ on, value }) => `${day(on)}: ${told(one, value)}`).join('; ');
  return html`<${Card} id="course" title=${t('places_course_of', { what: called(one), cell: row.name })} problem=${asked.problem} waiting=${!asked.fresh}>
    ${days.length ? html`<${Steps} days=${days} label=${label} />
    <table class="days"><tbody>${days.slice().reverse().map(({ on, value }) => html`<tr><th scope="row">${day(on)}</th><td>${told(one, value)}</td></tr>`)}</tbody></table>` : html`<p class="empty">${t('places_missing')}</p>`}</${Card}>`;
}

/** Everything that is kept of one cell. @param {{kept: AttributeInfo[], row: Row}} props */
function AllOf({ kept, row }) {
  return html`<${Card} id="all-of" title=${t('places_all_of', { cell: row.name })}><table class="days"><tbody>
    ${kept.map((one) => html`<tr key=${one.key}><th scope="row"><button type="button" onClick=${() => change({ attribute: one.key })}>${called(one)}</button></th><td>${told(one, row.values[one.key])}<small>${ofHowMany(row.values[one.key])}</small></td></tr>`)}
  </tbody></table></${Card}>`;
}
