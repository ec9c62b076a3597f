// From a place or a cell to the panel: asks the service, draws the answer, keeps map and address in step.
import * as api from './api.js';
import { drawCasesAsFile, drawCasesOfFinding, drawWay } from './carried.js';
import { announce, h, within } from './dom.js';
import { drawDuty } from './duty.js';
import { drawFinding, drawFindings, drawNoFinding } from './findings.js';
import { count, t } from './i18n.js';
import { drawBulletin } from './bulletin.js';
import { drawRates } from './indicators.js';
import { drawCell, drawFailure, drawOutside } from './panel.js';
import { drawRhythm } from './rhythm.js';
import { get, remember, set } from './state.js';
import { drawOverview } from './territory.js';

/** @import { CellFeature, CellName } from './api.js' */
/** @import { Page } from './page.js' */
/** @import { Cell, Point } from './state.js' */
/** @import { LocateAnswer } from 'service' */

/** West, south, east, north of an area. @param {CellFeature['geometry']} geometry @returns {[number, number, number, number]} */
export function extent(geometry) {
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [lon = 0, lat = 0] of polygons.flat(2)) {
    [west, south] = [Math.min(west, lon), Math.min(south, lat)];
    [east, north] = [Math.max(east, lon), Math.max(north, lat)];
  }
  return [west, south, east, north];
}

/** @param {Partial<Cell> | null | undefined} a @param {Partial<Cell> | null | undefined} b */
const same = (a, b) => a?.level === b?.level && a?.code === b?.code;

/** What is asked and answered; `page` holds map, territory, categories, body and sheet. */
export class Asking {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    /** @type {LocateAnswer | null} */
    this.answer = null;
    /** @type {CellName[]} */
    this.cells = [];
    /** @type {CellName | null} */
    this.chosen = null;
    this.request = new AbortController();
    this.counting = new AbortController();
    /** What was asked for last, to be asked for again. @type {() => unknown} */
    this.wish = () => this.overview();
  }

  /** Begin something else; what is still under way is given up. */
  turn() {
    this.request.abort();
    this.counting.abort();
    this.request = new AbortController();
    return this.request.signal;
  }

  /** Which grid is this? `level` is the one whose figures are shown first. @param {Point} point @param {{push?: boolean, level?: string, chosen?: Cell | null}} [options] */
  async ask({ lon, lat }, { push = true, level = this.page.map.level?.key, chosen = null } = {}) {
    const { page } = this;
    const signal = this.turn();
    this.wish = () => this.ask({ lon, lat }, { push, level, chosen });
    page.map.place({ lon, lat });
    let answer;
    try {
      answer = await api.locate(page.territory.code, lon, lat, undefined, signal);
    } catch (problem) {
      this.fail(problem);
      return;
    }
    this.answer = answer;
    if (!answer.cell) {
      this.cells = [];
      this.wish = () => this.ask({ lon, lat }, { push: false });
      page.map.choose(null);
      set({ cell: null, point: { lon, lat }, finding: '' });
      drawOutside(page.body, answer, { close: () => this.close(), nearest: (cell) => this.open({ level: page.territory.levels.at(-1)?.key ?? '', code: cell.code }, { fly: true }) });
      announce(t('outside_title'));
    } else {
      this.cells = [...answer.ancestors, answer.cell];
      const first = this.cells.find((cell) => same(cell, chosen)) ?? this.cells.find((cell) => cell.level === level) ?? answer.cell;
      announce(`${t('answer')}: ${answer.cell.name || answer.cell.code}`);
      this.draw(first, signal);
      set({ cell: { level: first.level, code: first.code }, point: { lon, lat }, finding: '' });
    }
    remember({ push });
    page.sheet.show();
    page.map.reveal({ lon, lat }, page.sheet.covered);
  }

  /** Open the panel of a cell that was found by name or address; `fly` brings the map there. @param {Cell} which @param {{push?: boolean, fly?: boolean}} [options] */
  async open({ level, code }, { push = true, fly = false } = {}) {
    const { page } = this;
    const signal = this.turn();
    this.wish = () => this.open({ level, code }, { push, fly });
    let feature;
    try {
      feature = await api.cell(page.territory.code, { level, code }, this.filter, signal);
    } catch (problem) {
      this.fail(problem);
      return;
    }
    const { ancestors, name } = feature.properties;
    this.answer = null;
    this.cells = [...ancestors, { level, code, name }];
    page.map.place(null);
    this.draw({ level, code, name }, signal, feature);
    set({ cell: { level, code }, point: null, finding: '' });
    remember({ push });
    page.sheet.show();
    if (fly) page.map.fit(extent(feature.geometry), page.sheet.covered);
    announce(`${name || code}: ${t('reports_total', { n: count(feature.properties.figures.reports) })}`);
  }

  /** Open what the nightly look found, under its number. @param {string} id @param {{push?: boolean, fly?: boolean}} [options] */
  async find(id, { push = true, fly = false } = {}) {
    const { page } = this;
    this.forget();
    const signal = this.turn();
    this.wish = () => this.find(id, { push, fly });
    set({ cell: null, point: null, finding: id });
    remember({ push });
    page.sheet.show();
    if (!await api.may('read-figures', page.territory.code)) {
      if (!signal.aborted) drawNoFinding(page.body, () => this.close());
      return;
    }
    let feature;
    try {
      feature = await api.finding(page.territory.code, id, signal);
    } catch (problem) {
      this.fail(problem);
      return;
    }
    this.wish = () => this.find(id, { push: false });
    const { properties: one } = feature;
    const show = () => page.map.fit(extent(feature.geometry), page.sheet.covered);
    drawFinding(page.body, feature, page.categories, {
      close: () => this.close(), show, filter: () => set({ heat: { ...get().heat, on: true, category: one.category, from: one.first_day, to: one.last_day } }),
    });
    page.map.outline(feature.geometry);
    if (fly) show();
    announce(within(page.body, '#finding-sentence')?.textContent ?? '');
    await this.carryFinding(id, one.reports, signal);
  }

  /** For whoever may read them: the cases of a finding. @param {string} id @param {number} reports @param {AbortSignal} signal */
  async carryFinding(id, reports, signal) {
    const { page } = this;
    if (!await api.may('read', page.territory.code) || signal.aborted) return;
    const place = within(page.body, '#carried');
    if (place) drawCasesOfFinding(place, page.territory.code, page.categories, id, reports);
  }

  get filter() {
    return this.page.filter;
  }

  /** The panel for one of the cells of the answer, its figures fetched unless they are at hand. @param {CellName} chosen @param {AbortSignal} signal @param {CellFeature | null} [feature] */
  async draw(chosen, signal, feature = null) {
    const { page } = this;
    this.chosen = chosen;
    this.wish = () => this.draw(chosen, this.turn());
    page.map.choose(chosen);
    const subject = { answer: this.answer, cells: this.cells, chosen, territory: page.territory, categories: page.categories, groups: page.groups };
    const fillIn = drawCell(page.body, subject, {
      choose: (cell) => this.choose(cell),
      close: () => this.close(),
      report: () => page.report(this.answer),
      show: ({ geometry }) => page.map.fit(extent(geometry), page.sheet.covered),
    });
    this.carry(chosen);
    const answering = api.desk(page.territory.code, chosen, signal);
    answering.catch(() => { /* told below */ });
    try {
      const told = feature ?? await api.cell(page.territory.code, chosen, this.filter, signal);
      signal.throwIfAborted();
      fillIn(told);
      this.rhythm();
      const desk = await answering;
      signal.throwIfAborted();
      if (desk) page.body.querySelector('#carried')?.before(drawDuty(desk, page.territory.levels.at(-1)?.key ?? ''));
      if (page.indicators.list.length) {
        const rates = await page.indicators.ask({ cell: chosen.code, cell_level: chosen.level, ...this.filter }, signal);
        page.body.querySelector('.figures')?.prepend(drawRates(rates));
        page.body.querySelector('.figures')?.append(drawBulletin(page.territory));
      }
    } catch (problem) {
      this.fail(problem);
    }
  }

  /** For whoever may read them: the way to the cases that are open in the cell. @param {CellName} chosen */
  async carry(chosen) {
    const { page } = this;
    if (!await api.may('read', page.territory.code) || this.chosen !== chosen) return;
    const place = within(page.body, '#carried');
    if (!place) return;
    drawWay(place, page.territory.code, chosen, this.filter);
    if (await api.may('export', page.territory.code) && this.chosen === chosen) drawCasesAsFile(place, page.territory.code, chosen, this.filter);
  }

  /** Another of the levels of the answer. @param {CellName} cell */
  choose(cell) {
    set({ cell: { level: cell.level, code: cell.code } });
    remember({ push: true });
    this.draw(cell, this.turn()).then(() => within(this.page.body, `[data-level="${CSS.escape(cell.level)}"]`)?.focus({ preventScroll: true }));
  }

  /** Once more, after another filter, another language, a new report: what is still being asked for is not lost by it. */
  again() {
    this.wish();
  }

  /** @param {unknown} problem */
  fail(problem) {
    if (api.givenUp(problem)) return;
    drawFailure(this.page.body, problem, this.wish);
    this.page.sheet.show();
  }

  overview() {
    const { page } = this;
    const findings = h('div', {});
    const more = h('div', {}, findings, h('div', { id: 'rhythm' }));
    const drawn = drawOverview(page.body, page.territory, {
      choose: (cell) => this.open(cell, { fly: true }),
      report: () => page.report(),
    }, page, more);
    drawFindings(findings, page.territory, page.categories, (id) => this.find(id, { fly: true }));
    this.rhythm();
    return drawn;
  }

  /** When the reports of the chosen cell, or of the territory, come: as the filter is now; of several changes the last counts. */
  rhythm() {
    const { page } = this;
    const place = within(page.body, '#rhythm');
    this.counting.abort();
    this.counting = new AbortController();
    if (place && !page.public) drawRhythm(place, page.territory.code, page.filter, this.chosen && { level: this.chosen.level, code: this.chosen.code }, this.counting.signal);
  }

  /** The filter changed: what hangs on it is drawn again. */
  refilter() {
    if (this.chosen) this.again();
    else this.rhythm();
  }

  /** Forget the answer; the overview comes back. */
  forget() {
    this.turn();
    this.answer = null;
    this.chosen = null;
    this.cells = [];
    this.wish = () => this.overview();
    this.page.map.place(null);
    this.page.map.choose(null);
  }

  close() {
    this.forget();
    set({ cell: null, point: null, finding: '' });
    remember({ push: true });
    this.overview();
    this.page.body.focus({ preventScroll: true });
    if (this.page.sheet.isPhone) this.page.sheet.pull('peek');
  }
}
