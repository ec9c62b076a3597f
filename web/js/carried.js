// From the map to the cases: links into the work screens, for whoever may read cases.
import * as api from './api.js';
import { h, icon, put } from './dom.js';
import { count, moment, named, t } from './i18n.js';
import { format } from './work/route.js';

/** @import { Category } from './api.js' */
/** @import { Cell, Filter } from './state.js' */

const LIST_OF_FINDING = 100;
const WORK = 'work';

/** The address of what is open in a cell, under the filter of the map. @param {string} territory @param {Cell} cell @param {Filter} filter */
function openIn(territory, { level, code }, { category, from, to }) {
  const wanted = Object.entries({ open: 'true', category, from, to, level, cell: code }).flatMap(([key, value]) => (value ? [[key, value]] : []));
  return `${WORK}${format({ territory, query: new URLSearchParams(wanted) })}`;
}

/** The way to the open cases of a cell. @param {HTMLElement} place @param {string} territory @param {Cell} cell @param {Filter} filter */
export function drawWay(place, territory, cell, filter) {
  put(place, h('a', { class: 'secondary', id: 'cases-of-cell', href: openIn(territory, cell, filter) }, icon('check'), t('cases_of_cell')));
}

/** All cases of a cell as a file, under the filter of the map, for whoever may take them out. @param {HTMLElement} place @param {string} territory @param {Cell} cell @param {Filter} filter */
export async function drawCasesAsFile(place, territory, { level, code }, { category, from, to }) {
  const query = new URLSearchParams(Object.entries({ counted: 'true', category, from, to, level, cell: code }).flatMap(([key, value]) => (value ? [[key, value]] : [])));
  const { drawDownload } = await import('./work/download.js'); // only staff needs it
  const line = h('div', {});
  drawDownload(line, territory, query);
  place.append(line);
}

/** Where a case is shown. @param {string} territory @param {string} number */
export const caseAddress = (territory, number) => `${WORK}${format({ territory, number })}`;

/** Open cases that lie at one place of the map, each a link. @param {HTMLElement} body @param {string} territory @param {{cases: number, numbers: string[]}} found @param {() => unknown} close */
export function drawCasesHere(body, territory, { cases, numbers }, close) {
  put(body,
    h('div', { class: 'subject' }, h('button', { type: 'button', class: 'close', 'aria-label': t('close'), onclick: close }, icon('close')),
      h('h2', { id: 'cases-here' }, t('cases_here', { n: count(cases) }))),
    h('ul', { class: 'cases' }, numbers.map((number) => h('li', {}, h('a', { 'data-number': number, href: caseAddress(territory, number) }, h('code', {}, number))))),
    cases > numbers.length && h('p', { class: 'empty' }, t('cases_here_some', { n: count(numbers.length) })));
}

/** What a finding is of, the newest first, each a link. @param {HTMLElement} place @param {string} territory @param {Category[]} categories @param {string} id @param {number} reports */
export async function drawCasesOfFinding(place, territory, categories, id, reports) {
  try {
    const { cases } = await api.findingCases(territory, id, LIST_OF_FINDING);
    put(place, h('h3', {}, t('finding_cases')),
      cases.length === 0 && h('p', { class: 'empty' }, t('finding_cases_none')),
      h('ul', { class: 'cases' }, cases.map((one) => h('li', {}, h('a', { 'data-number': one.number, href: caseAddress(territory, one.number) },
        h('strong', {}, named(categories.find(({ code }) => code === one.category)?.name, one.category)), h('code', {}, one.number),
        h('span', { class: 'said' }, `${one.state_title} · ${moment(one.received_at)}`))))),
      cases.length > 0 && cases.length < reports && h('p', { class: 'empty' }, t('finding_cases_some', { n: count(cases.length), of: count(reports) })));
  } catch (problem) {
    if (api.givenUp(problem)) return;
    const again = () => drawCasesOfFinding(place, territory, categories, id, reports);
    put(place, h('p', { class: 'note', role: 'alert' }, api.wording(problem)), h('button', { type: 'button', class: 'secondary', onclick: again }, t('retry')));
  }
}
