// By hour and weekday, and by category: what the filter takes, told in two figures.
import { columns, everyDay } from '../charts.js';
import { count, hours, named, t, weekday } from '../i18n.js';
import { html } from '../preact.js';
import { change } from './address.js';
import { Host } from '../work/parts.js';
import { Card } from './parts.js';
import { cases } from './question.js';

/** @import { Counts } from 'service' */
/** @import { Seen } from './app.js' */
/** @import { Answered } from '../answers.js' */

const MARKED = [0, 3, 6, 9, 12, 15, 18, 21];

/** @param {Seen & {counted: Answered<Counts>}} props */
export function WeekCard({ address, territory, span, counted: { answer, problem, fresh } }) {
  const week = answer?.hour ?? null;
  const most = Math.max(1, ...(week ?? []).flat());
  return html`<${Card} id="week" title=${t('by_hour')} problem=${problem} waiting=${!fresh}
    aside=${answer && html`<a class="total" id="total" href=${cases(address, territory.code, span)}>${t('reports_total', { n: count(answer.total) })}</a>`}>
    ${week && html`<table class="week"><thead><tr><td></td>${Array.from({ length: 24 }, (_, hour) => html`<th scope="col"><span class="visually-hidden">${hours(hour)}</span><span aria-hidden="true">${MARKED.includes(hour) ? hour : ''}</span></th>`)}</tr></thead>
      <tbody>${week.map((row, at) => html`<tr><th scope="row"><abbr title=${weekday(at, 'long')}>${weekday(at)}</abbr></th>
        ${row.map((n, hour) => html`<td class=${n > most / 2 ? 'much' : ''} title=${t('hour_count', { day: weekday(at, 'long'), hours: hours(hour), n: count(n) })} style=${{ '--share': n ? (0.12 + (0.88 * n) / most).toFixed(3) : '0' }}>${n > 0 && html`<a tabindex="-1" href=${cases(address, territory.code, span, address.cell, { weekday: String(at + 1), hour: String(hour) })} aria-label=${t('hour_count', { day: weekday(at, 'long'), hours: hours(hour), n: count(n) })}></a>`}<span>${n}</span></td>`)}</tr>`)}</tbody></table>
      ${answer?.day && html`<${Host} class="days" when=${[answer, span.from, span.to]} draw=${(/** @type {HTMLElement} */ node) => node.replaceChildren(...[columns(everyDay(answer.day ?? {}, span.from, span.to)) ?? []].flat())} />`}`}
  </${Card}>`;
}

/** @param {Seen & {counted: Answered<Counts>}} props counted without the filter's categories */
export function CategoryCard({ address, territory, categories, span, counted: { answer, problem, fresh } }) {
  const chosen = new Set(address.categories);
  const rows = categories.map((one) => ({ one, n: answer?.category?.[one.code] ?? 0 })).sort((a, b) => b.n - a.n || a.one.code.localeCompare(b.one.code));
  const most = Math.max(1, ...rows.map(({ n }) => n));
  /** @param {string} code */
  const toggle = (code) => change({ categories: categories.map((one) => one.code).filter((one) => (one === code ? !chosen.has(one) : chosen.has(one))) });
  return html`<${Card} id="categories" title=${t('category')} problem=${problem} waiting=${!fresh}
    aside=${chosen.size > 0 && html`<button type="button" class="link" id="all-categories" onClick=${() => change({ categories: [] })}>${t('all_categories')}</button>`}>
    ${answer && html`<ul class="set">${rows.map(({ one: { code, name }, n }) => html`<li class=${chosen.size && !chosen.has(code) ? 'out' : ''}>
      <label><input type="checkbox" checked=${chosen.has(code)} onChange=${() => toggle(code)} data-category=${code} /><span>${named(name, code)}</span></label>
      <a href=${cases(address, territory.code, span, address.cell, { category: code })} aria-label=${t('centre_cases_of', { what: named(name, code), n: count(n) })}>${count(n)}</a>
      <i style=${{ width: `${(100 * n) / most}%` }} aria-hidden="true"></i></li>`)}</ul>`}
  </${Card}>`;
}
