// Where problems cluster: what the nightly look found, for staff. A list in the overview; one of them with its figures.
import * as api from './api.js';
import { announce, h, icon, put } from './dom.js';
import { count, day, decimal, language, named, span, t } from './i18n.js';

/** @import { Category, FindingFeature, Territory } from './api.js' */
/** @import { Finding, Unseen } from 'service' */

const FIRST = 4;

/** What lately rose comes before what always lies there, the surest first. @param {Finding} a @param {Finding} b */
const pressing = (a, b) => a.kind.localeCompare(b.kind) || a.p - b.p || a.id - b.id;

/** @param {string} code @param {Category[]} categories */
const called = (code, categories) => named(categories.find((one) => one.code === code)?.name, code);

/** @param {Finding} finding @param {Category[]} categories @param {(id: string) => unknown} choose */
function row({ id, kind, source, category, first_day: first, last_day: last, what, sure }, categories, choose) {
  return h('li', {}, h('button', { type: 'button', 'data-finding': id, onclick: () => choose(String(id)) },
    h('strong', {}, called(category, categories)),
    h('small', { class: kind }, `${t(`finding_${kind}`)} · ${t(`finding_${source}`)} · ${span(first, last)}`),
    h('span', {}, named(what)), h('small', { class: 'sure' }, named(sure))));
}

/** What of each category could not have been seen, with its number. @param {Unseen[]} unseen */
function drawUnseen(unseen) {
  if (!unseen.length) return false;
  const few = unseen.filter(({ least }) => least === null).length;
  const heading = few ? t('findings_too_few', { n: count(few) }) : t('findings_unseen');
  return h('details', { class: 'unseen', id: 'findings-unseen' }, h('summary', {}, heading),
    h('ul', {}, unseen.map(({ sentence }) => h('li', {}, named(sentence)))));
}

/**
 * The list of what the last look found; nothing for whoever may not read it.
 *
 * @param {HTMLElement} place
 * @param {Territory} territory
 * @param {Category[]} categories
 * @param {(id: string) => unknown} choose
 */
export async function drawFindings(place, territory, categories, choose) {
  if (!await api.may('read-figures', territory.code)) return;
  try {
    const { run, findings, more: cut } = await api.findings(territory.code);
    if (!place.isConnected) return;
    const rows = [...findings].sort(pressing).map((one) => row(one, categories, choose));
    const list = h('ul', { class: 'found' }, rows.slice(0, FIRST));
    const more = h('button', { type: 'button', class: 'more', onclick: () => { put(list, rows); more.remove(); } }, t('show_all', { n: count(rows.length) }));
    put(place, h('section', { class: 'findings', id: 'findings' }, h('h3', {}, t('findings')),
      h('p', { class: 'filtered' }, run ? t(rows.length ? 'findings_until' : 'findings_none', { day: day(run.day) }) : t('findings_never')),
      cut && h('p', { class: 'filtered' }, t('findings_cut', { n: count(rows.length) })),
      rows.length > 0 && list, rows.length > FIRST && more, run !== null && drawUnseen(run.unseen)));
  } catch (problem) {
    announce(api.wording(problem));
  }
}

/** @param {number | null} seconds */
const gap = (seconds) => (seconds === null ? '—' : t(seconds < 7200 ? 'minutes' : 'hours', { n: count(Math.round(seconds / (seconds < 7200 ? 60 : 3600))) }));

/** What a finding is made of, by name. @param {FindingFeature['properties']} one @returns {[string, string][]} */
function facts(one) {
  return [
    ['window', span(one.first_day, one.last_day)],
    ['observed', count(one.observed)],
    ['expected', `${decimal(one.expected)} ${t(`finding_by_${one.against}`)}`],
    ['cells', count(one.cells.split(',').length)],
    ['reports', count(one.reports)],
    ['reporters', t('finding_of_reporters', { n: count(one.reporters), unknown: count(one.unknown_reporters) })],
    ['gap', gap(one.median_gap_s)],
    ['chance', one.recurrence_days === null ? t('finding_share', { n: decimal(Math.max(0.1, 100 * one.p)) }) : chance(one.recurrence_days)],
    ['method', t(`finding_method_${one.kind}`)],
    ['found_on', one.found_on === one.seen_on ? day(one.found_on) : t('finding_seen', { found: day(one.found_on), seen: day(one.seen_on) })],
  ];
}

/** How often chance alone shows as much. @param {number} nights */
const chance = (nights) => (nights >= 730 ? t('finding_years', { n: count(Math.round(nights / 365)) }) : t('finding_nights', { n: count(Math.round(nights)) }));

/**
 * One finding: its sentence, its figures, a place for its cases.
 *
 * @param {HTMLElement} body
 * @param {FindingFeature} feature
 * @param {Category[]} categories
 * @param {{close: () => unknown, show: () => unknown, filter: () => unknown}} handlers
 */
export function drawFinding(body, { properties: one }, categories, handlers) {
  const told = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (one));
  put(body,
    h('div', { class: 'subject' },
      h('button', { type: 'button', class: 'close', 'aria-label': t('close'), onclick: handlers.close }, icon('close')),
      h('p', { class: 'eyebrow' }, `${t('findings')} · ${t(`finding_${one.kind}`)} · ${t(`finding_${one.source}`)}`),
      h('h2', { id: 'finding-title' }, called(one.category, categories)),
      h('p', { class: 'lead', id: 'finding-sentence' }, String(told[`sentence_${language()}`] ?? ''))),
    h('div', { class: 'doing' }, h('button', { type: 'button', class: 'secondary', id: 'show-finding', onclick: handlers.show }, icon('frame'), t('finding_show')),
      h('button', { type: 'button', class: 'secondary', id: 'filter-finding', onclick: handlers.filter }, icon('layers'), t('finding_filter'))),
    h('dl', { class: 'facts', id: 'finding-facts' }, facts(one).flatMap(([key, value]) => [h('dt', {}, t(`finding_${key}`)), h('dd', { 'data-fact': key }, value)])),
    h('div', { class: 'carried', id: 'carried' }));
}

/** Instead of a finding, for whoever may not read any. @param {HTMLElement} body @param {() => unknown} close */
export function drawNoFinding(body, close) {
  put(body, h('div', { class: 'subject', role: 'alert' },
    h('button', { type: 'button', class: 'close', 'aria-label': t('close'), onclick: close }, icon('close')),
    h('p', { class: 'eyebrow' }, t('findings')), h('p', {}, t('finding_sign_in'))));
}
