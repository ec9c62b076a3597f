// The masthead's chooser and, while no cell is chosen, the overview of the territory.
import { address, cells, of, wording } from './api.js';
import { announce, h, icon, put } from './dom.js';
import { count, day, languages, language, named, speak, t } from './i18n.js';

/** @import { Territory } from './api.js' */
/** @import { Cell } from './state.js' */
/** @import { CellRef } from 'service' */

const FIRST_ROWS = 24;

/** The switch between the languages. @param {HTMLElement} node */
export function drawLanguages(node) {
  node.setAttribute('aria-label', t('choose_language'));
  put(node, languages().map(({ code, name }) => h('button', {
    type: 'button', lang: code, title: new Intl.DisplayNames(code, { type: 'language' }).of(code), 'aria-pressed': String(code === language()), onclick: () => speak(code),
  }, name)));
}

/**
 * The name of the territory, a chooser when there are several, and the mark of synthetic lines.
 *
 * @param {HTMLElement} node
 * @param {Territory[]} territories
 * @param {Territory} current
 * @param {(code: string) => unknown} choose
 */
export function drawTerritory(node, territories, current, choose) {
  /** @type {HTMLSelectElement} */
  const select = h('select', { id: 'territory-select', 'aria-label': t('territory'), onchange: () => choose(select.value) },
    territories.map(({ code, name }) => h('option', { value: code, selected: code === current.code }, named(name, code))));
  put(node,
    h('div', { class: 'chooser' }, select),
    current.synthetic && h('span', { class: 'badge', 'data-synthetic': true, title: t('synthetic_long') }, t('synthetic')));
}

/** @param {CellRef} cell @param {(cell: CellRef) => unknown} choose */
function cellRow(cell, choose) {
  return h('li', {}, h('button', { type: 'button', onclick: () => choose(cell), 'data-code': cell.code },
    h('span', {}, cell.name || cell.code), cell.name && cell.name !== cell.code && h('small', {}, cell.code)));
}

/**
 * What a territory consists of, and its top cells to start from.
 *
 * @param {HTMLElement} body
 * @param {Territory} territory
 * @param {{report: () => unknown, choose: (cell: Cell) => unknown}} handlers
 * @param {{public: boolean, missing: string}} page whether the counts are those that were published; a territory that was asked for and is not here
 * @param {HTMLElement} more what else there is for staff
 */
export async function drawOverview(body, territory, handlers, { public: published, missing }, more) {
  const list = h('ul', { class: 'cells' });
  const top = territory.levels[0] ?? { key: '', name: {} };
  const facts = territory.levels.map(({ name, key, count: n }) => h('li', {}, h('strong', {}, count(n)), h('span', {}, named(name, key))));
  put(body,
    missing !== '' && h('p', { class: 'note', id: 'missing-territory', role: 'alert' }, t('unknown_territory', { code: missing })),
    h('ul', { class: 'tally' }, facts, h('li', {}, h('strong', { id: 'total-reports' }, count(territory.reports)), h('span', {}, published && territory.newest ? t('figures_until', { day: day(territory.newest) }) : t('figures')))),
    territory.synthetic && h('p', { class: 'note synthetic-note' }, t('synthetic_long')),
    h('div', { class: 'invite' }, h('h2', {}, t('welcome_title')), h('p', {}, t('welcome')),
      h('button', { type: 'button', class: 'primary', onclick: handlers.report }, icon('plus'), t('report'))),
    more,
    h('section', {}, h('h3', {}, t('browse', { level: named(top.name, top.key) })), list),
    h('p', { class: 'source' }, `${t('edition', { edition: territory.edition })} · ${territory.source} · ${territory.licence} · `, h('a', { href: 'docs' }, t('api')), ' · ', t('download_cells'), ' ', h('a', { href: address(of(territory.code, '/files/cells.geojson')), download: '' }, 'GeoJSON'), ' ', h('a', { href: address(of(territory.code, '/files/cells.gpkg')), download: '' }, 'GeoPackage')));
  try {
    const all = await cells(territory.code, top.key);
    if (!list.isConnected) return;
    const rows = [...all].sort((a, b) => a.code.localeCompare(b.code, undefined, { numeric: true }));
    put(list, rows.slice(0, FIRST_ROWS).map((cell) => cellRow(cell, handlers.choose)));
    if (rows.length > FIRST_ROWS) {
      const more = h('button', { type: 'button', class: 'more', onclick: () => put(list, rows.map((cell) => cellRow(cell, handlers.choose))) }, t('show_all', { n: count(rows.length) }));
      list.append(h('li', {}, more));
    }
  } catch (problem) {
    announce(wording(problem));
  }
}

/**
 * Where the middle of the map is: territory, then a cell per level.
 *
 * @param {HTMLElement} node
 * @param {Territory} territory
 * @param {CellRef[]} here
 * @param {{whole: () => unknown, choose: (cell: Cell) => unknown}} handlers
 */
export function drawBreadcrumb(node, territory, here, handlers) {
  node.setAttribute('aria-label', t('here'));
  const names = [named(territory.name, territory.code), ...here.map((cell) => cell.name || cell.code)];
  if (node.dataset.shown === names.join('›')) return;
  node.dataset.shown = names.join('›');
  const focused = [...node.querySelectorAll('button')].findIndex((button) => button === document.activeElement);
  const act = [handlers.whole, ...here.map((cell) => () => handlers.choose(cell))];
  put(node, h('ol', {}, names.map((name, index) => h('li', {}, h('button', { type: 'button', onclick: act[index], title: index ? undefined : t('whole') }, name)))));
  if (focused >= 0) node.querySelectorAll('button')[Math.min(focused, names.length - 1)]?.focus();
}

/**
 * The ladder of levels; the deepest one drawn is marked.
 *
 * @param {HTMLElement} node
 * @param {Territory} territory
 * @param {string | undefined} current
 * @param {(key: string) => unknown} zoomTo
 */
export function drawLevels(node, territory, current, zoomTo) {
  node.setAttribute('aria-label', t('levels'));
  const names = territory.levels.map(({ key, name }) => named(name, key));
  if (node.dataset.shown !== names.join('›')) {
    node.dataset.shown = names.join('›');
    put(node, territory.levels.map(({ key }, index) => h('button', {
      type: 'button', 'data-level': key, title: t('zoom_to_level', { level: names[index] ?? key }), onclick: () => zoomTo(key),
    }, names[index] ?? key)));
  }
  for (const button of node.querySelectorAll('button')) button.setAttribute('aria-pressed', String(button.dataset.level === current));
}
