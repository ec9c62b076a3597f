// The answer to "which grid is this?": the base grid, its ancestors, and the figures of the level chosen.
import * as api from './api.js';
import { bars, columns, everyMonth } from './charts.js';
import { copyButton } from './copying.js';
import { h, icon, put } from './dom.js';
import { area, count, day, distance, named, percent, period, t } from './i18n.js';
import { kindWords } from './filters.js';
import { get } from './state.js';

/** @import { Category, CategoryGroup, CellFeature, CellName, Counts, Territory } from './api.js' */
/** @import { Cell, Heat } from './state.js' */
/** @import { LevelInfo, LocateAnswer, Nearest } from 'service' */

/** @param {CellName[]} cells @param {Cell} chosen @param {LevelInfo[]} levels @param {(cell: CellName) => unknown} choose */
function lineage(cells, chosen, levels, choose) {
  const rows = cells.map((cell) => {
    const active = cell.level === chosen.level && cell.code === chosen.code;
    const level = levels.find(({ key }) => key === cell.level);
    return h('li', {}, h('button', { type: 'button', 'aria-pressed': String(active), onclick: () => choose(cell), 'data-level': cell.level },
      h('small', {}, named(level?.name, cell.level)), h('span', {}, cell.name || cell.code)));
  });
  return h('ol', { class: 'lineage', 'aria-label': t('lineage') }, rows);
}

/** @param {LocateAnswer | null} answer */
function notes(answer) {
  const lines = [];
  if (answer?.on_edge) lines.push(h('p', { class: 'note' }, t('on_edge')));
  if (answer?.ambiguous) {
    lines.push(h('div', { class: 'note' }, h('p', {}, t('ambiguous')),
      h('ul', {}, answer.candidates.map((one) => h('li', {}, t('share', { name: one.name || one.code, share: percent(one.share) }))))));
  }
  return lines;
}

/** @param {Heat} heat @param {Category[]} categories */
function filterWords(heat, categories) {
  const words = [];
  if (heat.category) words.push(named(categories.find(({ code }) => code === heat.category)?.name, heat.category));
  if (heat.from || heat.to) words.push(`${heat.from ? day(heat.from) : '…'} – ${heat.to ? day(heat.to) : '…'}`);
  return words.join(' · ');
}

/** A count as it is told: what was published is rounded, and its 0 stands for too few as well. @param {Counts} numbers */
function total({ reports, release }) {
  if (!release || reports === null) return count(reports);
  return reports ? t('about', { n: count(reports) }) : t('fewer_than', { n: release.step });
}

/** What the counts are of and how exact they are; why there are none. @param {Counts} numbers @param {Category[]} categories @param {CategoryGroup[]} groups */
function toldOf({ reports, release }, categories, groups) {
  if (!release) return reports === null && h('p', { class: 'empty', id: 'figure-release' }, t('release_none'));
  const { heat } = get();
  const kind = heat.category || heat.group ? `${kindWords(heat, categories, groups)} · ` : '';
  const facts = { period: period(release), n: release.step };
  return [
    h('p', { class: 'filtered', id: 'figure-release' }, kind + t('release_of', facts)),
    reports === null && h('p', { class: 'empty' }, t('release_too_fine')),
  ];
}

/** Numbers of one cell under the present filter. @param {CellFeature} feature @param {Category[]} categories @param {CategoryGroup[]} groups */
function figures(feature, categories, groups) {
  const { figures: numbers, name, code } = feature.properties;
  const filtered = numbers.release || numbers.reports === null ? '' : filterWords(get().heat, categories);
  /** @param {{count: number | null}[]} rows @param {'category' | 'group'} key @param {(Category | CategoryGroup)[]} names */
  const ranked = (rows, key, names) => rows.map((row) => {
    const value = /** @type {Record<string, string>} */ (/** @type {unknown} */ (row))[key] ?? '';
    return { label: named(names.find((one) => one.code === value)?.name, value), value: row.count ?? 0 };
  }).filter(({ value }) => value).sort((a, b) => b.value - a.value);
  const [rows, grouped] = [ranked(numbers.by_category, 'category', categories), numbers.release ? ranked(numbers.by_group, 'group', groups) : []];
  return [
    h('div', { class: 'total' }, h('strong', { id: 'figure-reports' }, total(numbers)), h('span', {}, t('figures'), h('small', {}, name || code))),
    filtered && h('p', { class: 'filtered' }, t('figures_filtered', { what: filtered })),
    numbers.reports === 0 && !numbers.release && h('p', { class: 'empty' }, t(filtered ? 'figures_none_filtered' : 'figures_none')),
    toldOf(numbers, categories, groups),
    numbers.by_month.length > 1 && h('section', {}, h('h3', {}, t('by_month')), columns(everyMonth(numbers.by_month))),
    grouped.length > 0 && h('section', {}, h('h3', {}, t('by_group')), bars(grouped)),
    rows.length > 0 && h('section', {}, h('h3', {}, t('by_category')), bars(rows)),
  ];
}

/** Facts below the figures, with the attributes the territory keeps with its cells. @param {CellFeature} feature @param {LocateAnswer | null} answer @param {string} edition */
function facts(feature, answer, edition) {
  const { area_m2: size, code, purpose } = feature.properties;
  /** @param {string} key @param {string} value */
  const row = (key, value) => [h('dt', {}, key), h('dd', {}, value)];
  const point = answer && `${answer.lat.toFixed(5)}, ${answer.lon.toFixed(5)}`;
  return h('dl', { class: 'facts' },
    row(t('code'), code), purpose && row(t('special_grid'), t(`purpose_${purpose}`)), size > 0 && row(t('size'), area(size)), row(t('edition_short'), edition), point && row(t('place'), point));
}

/**
 * Draw the panel of a cell.
 *
 * @param {HTMLElement} body where to draw
 * @param {object} subject
 * @param {LocateAnswer | null} subject.answer what `locate` said, if a place was asked for
 * @param {CellName[]} subject.cells the cell with its ancestors, top first
 * @param {CellName} subject.chosen the one whose figures are wanted
 * @param {Territory} subject.territory
 * @param {Category[]} subject.categories
 * @param {CategoryGroup[]} subject.groups
 * @param {{choose: (cell: CellName) => unknown, close: () => unknown, report: () => unknown, show: (feature: CellFeature) => unknown}} handlers
 * @returns {(feature: CellFeature) => void} fills in the figures
 */
export function drawCell(body, { answer, cells, chosen, territory, categories, groups }, handlers) {
  const subject = answer?.cell ?? cells.at(-1) ?? chosen;
  const level = territory.levels.find(({ key }) => key === subject.level);
  const numbers = h('div', { class: 'figures', 'aria-busy': 'true' }, h('p', { class: 'loading' }, t('loading')));
  const show = h('button', { type: 'button', class: 'secondary', id: 'show-cell', disabled: true }, icon('frame'), t('show_on_map'));
  put(body,
    h('div', { class: 'subject' },
      h('button', { type: 'button', class: 'close', 'aria-label': t('close'), onclick: handlers.close }, icon('close')),
      h('p', { class: 'eyebrow' }, answer ? t('answer') : named(level?.name, subject.level)),
      h('h2', { id: 'answer-name' }, subject.name || subject.code),
      h('p', { class: 'code' }, h('code', { id: 'answer-code' }, subject.code), copyButton(subject.code)),
      notes(answer)),
    lineage(cells, chosen, territory.levels, handlers.choose),
    h('div', { class: 'doing' },
      h('button', { type: 'button', class: 'primary', onclick: handlers.report }, icon('plus'), t('report_here')),
      show),
    h('div', { class: 'carried', id: 'carried' }),
    numbers);
  return (feature) => {
    numbers.setAttribute('aria-busy', 'false');
    put(numbers, figures(feature, categories, groups), h('div', { id: 'rhythm' }), facts(feature, answer, territory.edition));
    show.disabled = false;
    show.onclick = () => handlers.show(feature);
  };
}

/** The answer when no grid lies there: how far the nearest is. @param {HTMLElement} body @param {LocateAnswer} answer @param {{close: () => unknown, nearest: (cell: Nearest) => unknown}} handlers */
export function drawOutside(body, { nearest }, handlers) {
  put(body, h('div', { class: 'subject outside', role: 'alert' },
    h('button', { type: 'button', class: 'close', 'aria-label': t('close'), onclick: handlers.close }, icon('close')),
    h('p', { class: 'eyebrow' }, t('answer')),
    h('h2', { id: 'answer-name' }, t('outside_title')),
    nearest && h('p', {}, t('outside', { name: nearest.name || nearest.code, code: nearest.code, distance: distance(nearest.distance_m) })),
    nearest && h('button', { type: 'button', class: 'secondary', onclick: () => handlers.nearest(nearest) }, icon('pin'), t('nearest'))));
}

/** A failure of the service, with a way to ask again. @param {HTMLElement} body @param {unknown} problem @param {() => unknown} again */
export function drawFailure(body, problem, again) {
  // A defect of ours is not the service's refusal: it must show in the console.
  if (!(problem instanceof api.Problem)) reportError(problem);
  const text = problem instanceof api.Problem && problem.status !== 0 ? problem.message : t('unreachable');
  put(body, h('div', { class: 'subject failed', role: 'alert' },
    h('h2', {}, t('failed')), h('p', {}, text),
    h('button', { type: 'button', class: 'secondary', onclick: again }, t('retry'))));
}
