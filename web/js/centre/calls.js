// What the command centre asks of the service, beside what the other pages ask.
import * as api from '../api.js';
import { written } from './address.js';
import { lastDay, narrowing } from './question.js';
import { plus, weekdayOf } from './dates.js';
import { dayHours } from './figures.js';

/** @import * as Service from 'service' */
/** @import { Figures, Query, Territory } from '../api.js' */
/** @import { Address } from './address.js' */
/** @import { Span } from './dates.js' */

const MOST_ASKED_BY_CATEGORY = 8;

/** @template T @param {string} territory @param {string} rest @param {AbortSignal} signal @param {unknown} [body] posted when there is one @returns {Promise<T>} */
const ask = (territory, rest, signal, body) => api.call(api.address(api.of(territory, rest)), { ...(body !== undefined && api.posted(body)), signal });

/** How the cases stand that the filter takes, whenever they came. @param {string} territory @param {Address} address @param {AbortSignal} signal @returns {Promise<Service.ListSummary>} */
export function summary(territory, { categories, cell, area }, signal) {
  const query = new URLSearchParams([['counted', 'true'], ...categories.map((code) => ['category', code])]);
  if (cell) {
    query.set('cell', cell.code);
    query.set('level', cell.level);
  }
  if (area.length) query.set('area', written(area));
  return ask(territory, `/reports/summary?${query}`, signal);
}

/** @typedef {{day: string, today: number[], yesterday: number[], mean: number[]}} Inflow reports by hour: of a day, of the day before, and of the same weekday in the four weeks before */

/** @param {string} territory @param {Address} address @param {string} day @param {AbortSignal} signal @returns {Promise<Inflow>} */
export async function inflow(territory, address, day, signal) {
  const asked = { by: ['hour'], ...narrowing(address) };
  const [today, yesterday, weeks] = await Promise.all([
    api.counts(territory, { ...asked, from: day, to: day }, signal),
    api.counts(territory, { ...asked, from: plus(day, -1), to: plus(day, -1) }, signal),
    api.counts(territory, { ...asked, from: plus(day, -28), to: plus(day, -7), weekdays: [weekdayOf(day)] }, signal),
  ]);
  return { day, today: dayHours(today.hour), yesterday: dayHours(yesterday.hour), mean: dayHours(weeks.hour).map((n) => n / 4) };
}

/** Reports of some days by any measures. @param {string} territory @param {Address} address @param {Span} span @param {string[]} by @param {AbortSignal} signal @param {Record<string, unknown>} [more] */
export const counts = (territory, address, span, by, signal, more = {}) => api.counts(territory, { ...narrowing(address), ...span, by, ...more }, signal);

/**
 * An indicator by what is asked for: one answer for each category that is chosen, as cases of several are put together here.
 *
 * @param {string} territory @param {Address} address @param {Span} span @param {string} indicator @param {string[]} by @param {string} level @param {AbortSignal} signal
 * @returns {Promise<Figures[]>}
 */
export function indicators(territory, { categories, cell }, { from, to }, indicator, by, level, signal) {
  /** @type {[string, string][]} */
  const asked = [...by.map((one) => /** @type {[string, string]} */ (['by', one])), ['level', level], ['indicator', indicator], ['from', from], ['to', to]];
  if (cell) asked.push(['cell', cell.code], ['cell_level', cell.level]);
  const each = categories.length ? categories.slice(0, MOST_ASKED_BY_CATEGORY) : [''];
  return Promise.all(each.map((category) => ask(territory, `/indicators?${new URLSearchParams([...asked, ...(category ? [['category', category]] : [])])}`, signal)));
}

/** Whether a ranking by an indicator follows the whole filter: an area is no cell, and only so many categories are asked for one by one. @param {Address} address */
export const followed = ({ area, categories }) => !area.length && categories.length <= MOST_ASKED_BY_CATEGORY;

/** Where a table of indicators is written by the service. @param {string} territory @param {Address} address @param {Span} span @param {string} level @param {'xlsx' | 'csv'} f */
export function sheet(territory, { categories, cell }, { from, to }, level, f) {
  const [category] = categories.length === 1 ? categories : [''];
  /** @type {Query} */
  const query = { by: 'cell', level, from, to, category, cell: cell?.code, cell_level: cell?.level, f };
  return api.address(api.of(territory, '/indicators'), query);
}

/** Where the cells of a level with all their figures are, as a map that planners open. @param {string} territory @param {Address} address @param {Span} span @param {string} level */
export function layer(territory, { categories, cell }, { from, to }, level) {
  const [category] = categories.length === 1 ? categories : [''];
  return api.address(api.of(territory, '/files/figures.gpkg'), { level, from, to, category, cell: cell?.code, cell_level: cell?.level });
}

/** Two periods beside each other. The later one ends yesterday at the latest, for a day that runs is no whole one. @param {string} territory @param {Address} address @param {{before: Span, after: Span}} spans @param {string} level @param {AbortSignal} signal @returns {Promise<Service.Comparison>} */
export function comparison(territory, address, { before, after }, level, signal) {
  const { categories, ...rest } = narrowing(address);
  const side = (/** @type {Span} */ span) => ({ ...span, ...(categories && { categories }) });
  return ask(territory, '/comparison', signal, { before: side(before), after: side(after), level, ...rest });
}

/** @param {string} territory @param {AbortSignal} signal @returns {Promise<Service.Emerging>} */
export const emerging = (territory, signal) => ask(territory, '/emerging', signal);

/** @param {string} territory @param {Address} address @param {Span} span @param {AbortSignal} signal @returns {Promise<Service.CellStatistics>} */
export function statistics(territory, { categories }, { from, to }, signal) {
  const query = new URLSearchParams({ from, to, ...(categories.length === 1 && { category: categories[0] ?? '' }) });
  return ask(territory, `/cell-statistics?${query}`, signal);
}

/** What the last look found, with its areas. @param {string} territory @param {AbortSignal} signal @returns {Promise<{features: import('../api.js').FindingFeature[]}>} */
export const foundAreas = (territory, signal) => ask(territory, '/findings?f=geojson', signal);

/** The day whose hours are shown. @param {Address} address @param {Territory} territory @param {string} today */
export const inflowDay = ({ day }, territory, today) => day || lastDay(territory, today);
