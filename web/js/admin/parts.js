// What the screens of administration are made of: a page, a table, an answer that is waited for, a filter in the address.
import { count, t } from '../i18n.js';
import { html, useState } from '../preact.js';
import { Failure } from '../work/parts.js';
import { format, go } from '../work/route.js';
import { happened } from './calls.js';

/** @import { VNode } from 'preact' */
/** @import { Territory } from '../api.js' */
/** @import { Answered } from '../answers.js' */
/** @import { Route } from '../work/route.js' */
/** @typedef {{territory: Territory, route: Route}} Props what each screen is given */

/** An address within administration. @param {Props} props @param {string} [number] @param {string} [move] @param {string} [view] */
export const at = ({ territory, route }, number = '', move = '', view = route.view) => format({ territory: territory.code, view, number, move });

/** What an address has in the place of an entry's code where it leads beside the entries. Codes have no blanks, so that each entry has its own address. */
export const BESIDE = { new: 'new entry', file: 'by file', types: 'all types', parties: 'for all cells', limits: 'limits of all', change: 'all at once', classes: 'national classes' };

/** The same screen with another filter. @param {Props} props @param {Record<string, string>} changes */
export function filtered({ territory, route }, changes) {
  const query = new URLSearchParams(route.query);
  for (const [key, value] of Object.entries(changes)) {
    if (value) query.set(key, value);
    else query.delete(key);
  }
  return format({ territory: territory.code, view: route.view, number: route.number, move: route.move, query });
}

/** The head of a screen, with what can be done there. @param {{title: string, back?: string, lead?: unknown, children?: unknown}} props */
export function Head({ title, back, lead, children }) {
  return html`
    <header class="section-head">
      ${back && html`<a class="back" href=${back}>‹ ${t('to_list')}</a>`}
      <div class="section-title"><h2 id="section-title" tabindex="-1">${title}</h2><div class="section-tools">${children}</div></div>
      ${lead && html`<p class="lead">${lead}</p>`}
    </header>`;
}

/** @param {{href: string, id?: string, primary?: boolean, children?: unknown}} props */
export const Way = ({ href, id, primary, children }) => html`<a class=${primary ? 'primary' : 'secondary'} id=${id} href=${href}>${children}</a>`;

/** An answer as it is drawn, or why it is not there. @template T @param {Answered<T>} asked @param {(answer: T) => VNode<any>} draw @returns {VNode<any>} */
export function shown({ answer, problem }, draw) {
  if (problem) return html`<${Failure} problem=${problem} again=${happened} />`;
  return answer ? draw(answer) : html`<p class="loading">${t('admin_loading')}</p>`;
}

/**
 * A table; on a phone each row is a card whose values have the heads beside them, or, where they are numbers, a table still.
 *
 * @param {{label: string, id?: string, heads: string[], rows: {key: string, cells: unknown[], off?: boolean}[], none?: string, numbers?: boolean}} props
 */
export function Sheet({ label, id, heads, rows, none, numbers }) {
  if (!rows.length) return html`<p class="empty" id=${id}>${none ?? t('admin_nothing')}</p>`;
  return html`
    <table class=${numbers ? 'sheet numbers' : 'sheet cards'} id=${id} aria-label=${label}>
      <thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
      <tbody>${rows.map(({ key, cells, off }) => html`<tr key=${key} data-row=${key} class=${off ? 'off' : null}>${cells.map((cell, i) => html`<td data-head=${heads[i]}><div>${cell}</div></td>`)}</tr>`)}</tbody>
    </table>`;
}

/** A table of numbers of which the first rows are shown, and the others when they are asked for. @param {Parameters<typeof Sheet>[0] & {first: number}} props */
export function Beginning({ first, rows, ...props }) {
  const [all, showAll] = useState(false);
  return html`<${Sheet} ...${props} numbers rows=${all ? rows : rows.slice(0, first)} />
    ${!all && rows.length > first && html`<p class="further"><button type="button" class="secondary" id=${`${props.id}-all`} onClick=${() => showAll(true)}>${t('show_all', { n: count(rows.length) })}</button></p>`}`;
}

/** Words by which a list is narrowed; they stand in the address. @param {Props & {label: string}} props */
export function Words({ territory, route, label }) {
  return html`<input type="search" class="words" id="words" aria-label=${label} placeholder=${label} value=${route.query.get('q') ?? ''} onInput=${(/** @type {any} */ event) => go(filtered({ territory, route }, { q: event.currentTarget.value }), { replace: true })} />`;
}

/** Whether all words of a filter stand in some texts. @param {Route} route @param {(string | null | undefined)[]} texts */
export function fits({ query }, texts) {
  const text = texts.join(' ').toLowerCase();
  return (query.get('q') ?? '').toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

/** A choice that stands in the address. @param {Props & {name: string, label: string, options: {value: string, label: string}[], any?: string}} props */
export function Filter({ territory, route, name, label, options, any }) {
  const value = route.query.get(name) ?? '';
  return html`<label class="filter"><span>${label}</span><select id=${`filter-${name}`} value=${value} onChange=${(/** @type {any} */ event) => go(filtered({ territory, route }, { [name]: event.currentTarget.value, before: '' }))}>
    <option value="">${any ?? t('any')}</option>${options.map((one) => html`<option key=${one.value} value=${one.value} selected=${one.value === value}>${one.label}</option>`)}</select></label>`;
}

/** A day that stands in the address. @param {Props & {name: string, label: string}} props */
export function DayFilter({ territory, route, name, label }) {
  return html`<label class="filter"><span>${label}</span><input type="date" id=${`filter-${name}`} value=${route.query.get(name) ?? ''} onChange=${(/** @type {any} */ event) => go(filtered({ territory, route }, { [name]: event.currentTarget.value }))} /></label>`;
}

/** Names of a thing by their terms. @param {[string, unknown][]} facts those that are empty are left out */
export function facts(facts) {
  return html`<dl class="facts">${facts.filter(([, value]) => value !== null && value !== '' && value !== undefined && value !== false).map(([term, value]) => html`<div key=${term}><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** Today by the clock of whoever looks, as fields of dates have it. */
export const today = () => new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
