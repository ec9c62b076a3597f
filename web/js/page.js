// The page as a whole: one territory at a time, and the parts that stand around its map.
import * as api from './api.js';
import { Asking } from './asking.js';
import { announce, debounce, h, icon, part as id, put, within } from './dom.js';
import { draftOf, dropDraft, keepDraft } from './drafts.js';
import { keep, likely } from './early.js';
import { drawFilters, drawScale } from './filters.js';
import { named, t } from './i18n.js';
import { Indicators, drawLegend } from './indicators.js';
import { drawFailure } from './panel.js';
import { ReportForm } from './report.js';
import { drawSearch } from './search.js';
import { Sheet } from './sheet.js';
import { get, parse, remember, set } from './state.js';
import { drawBreadcrumb, drawLanguages, drawLevels, drawTerritory } from './territory.js';
import { caseColours, heatRamp, specialColour, theme } from './theme.js';
import { caseAddress, drawCasesHere } from './carried.js';

/** @import { Category, CategoryGroup, Release, Territory } from './api.js' */
/** @import { GridMap } from './map.js' */
/** @import { Early } from './early.js' */
/** @import { Draft } from './report.js' */
/** @import { Cell, Point, State, View } from './state.js' */
/** @import { NamedPlace } from 'service' */
/** @import { StyleSpecification } from 'maplibre-gl' */

/** Marks the entry of the history that an open form has. */
const FORM = { form: true };
/** The zoom from which each open case is a point of its own. */
const CASES_FROM = 15;
/** What a report's draft is kept by. */
const DRAFT = 'report';

/** The page, and what is entered, filled in and chosen on it. */
export class Page {
  /** @type {Territory[]} */
  territories = [];
  /** The one that is shown, null until the first is entered. @type {Territory | null} */
  entered = null;
  /** @type {Category[]} */
  categories = [];

  /** What may be reported: those, and the categories of campaigns that run. @type {Category[]} */
  reportable = [];
  /** @type {CategoryGroup[]} */
  groups = [];
  /** Whether the reader is shown what was published, and not the counts as they are. */
  public = false;
  /** What was published of the period that is shown. @type {Release | null} */
  release = null;
  /** Reports per km² where the heat's colours end, by zoom. @type {[zoom: number, hottest: number][]} */
  hottest = [];
  /** What was published of the cells that are not the reader's own, of which period. @type {Release | null} */
  rest = null;
  /** The colour of special grids, where there are any. @type {string | null} */
  special = null;
  /** Colours of open cases, for whoever may read them. @type {Record<string, string> | null} */
  cases = null;
  /** All that was published, the newest first. @type {Release[]} */
  releases = [];
  /** @type {string[]} */
  ramp = [];
  /** @type {ReportForm | null} */
  form = null;
  /** Whether a form was closed whose entry in the history is about to go. */
  leaving = false;
  /** A territory that an address asked for and that is not here. */
  missing = '';
  /** Whether a territory is being entered: what changes meanwhile is drawn with the rest. */
  entering = false;
  /** The colours that were wished for last. */
  wished = '';
  /** The level that was coloured last. @type {string | undefined} */
  coloured = undefined;
  heating = new AbortController();
  showFilter = () => {};

  /** @param {(page: Page) => GridMap} makeMap @param {Early | null} early */
  constructor(makeMap, early) {
    this.early = early;
    this.body = id('panel-body');
    this.sheet = new Sheet(id('grip'));
    this.asking = new Asking(this);
    this.indicators = new Indicators();
    this.hereSoon = debounce(60, () => this.drawHere());
    this.rememberSoon = debounce(250, () => remember());
    this.map = makeMap(this);
  }

  /** The territory that is shown. Before the first is entered there is nothing that could ask for it. */
  get territory() {
    if (!this.entered) throw new Error('no territory is entered yet');
    return this.entered;
  }

  /** Go to what an address asks for: territory, view, place or cell. @param {State} wanted */
  async go(wanted) {
    const known = this.territories.find(({ code }) => code === wanted.territory);
    const entered = known ?? likely(this.territories);
    this.closeForm();
    if (!entered) return;
    this.missing = known ? '' : wanted.territory ?? '';
    const { view, finding, point, cell } = this.missing ? parse('') : wanted; // those of another place lead nowhere here
    const changes = entered.code !== this.entered?.code;
    this.entering = changes;
    set({ heat: wanted.heat, indicator: wanted.indicator, cases: wanted.cases });
    this.map.casesOn = wanted.cases;
    if (changes) await this.enter(entered, view);
    else if (view) this.map.fly(view);
    if (finding) await this.asking.find(finding, { push: false, fly: !view });
    else if (point) await this.asking.ask(point, { push: false, chosen: cell });
    else if (cell) await this.asking.open(cell, { push: false, fly: !view });
    else {
      this.asking.forget();
      set({ cell: null, point: null, finding: '' });
      this.asking.overview();
    }
  }

  /** Enter a territory: style first, for it is what the map waits for; the rest follows. @param {Territory} territory @param {View | null} view */
  async enter(territory, view) {
    const later = api.categories(territory.code);
    const early = this.early?.code === territory.code ? this.early.style.catch(() => null) : null;
    this.early = null;
    this.public = !await api.may('read-figures', territory.code);
    this.entered = territory;
    const periods = this.public ? api.releases(territory.code) : Promise.resolve([]);
    const style = (await early) ?? (await this.askStyle());
    this.heed(style);
    keep(territory.code);
    this.asking.forget();
    this.ramp = heatRamp(style);
    set({ territory: territory.code, cell: null, point: null, finding: '' });
    await this.map.show(territory, style, view);
    const { categories, groups } = await later;
    this.categories = categories;
    this.reportable = categories;
    api.reportable(territory.code).then((all) => { if (this.entered === territory) this.reportable = all; }, () => { /* without them */ });
    this.groups = groups;
    this.releases = await periods;
    this.entering = false;
    this.drawAll();
    this.indicators.enter(territory).then(() => this.judged(territory));
  }

  /** What of the filter is good for whoever reads: staff ask for days, anybody else for a published period. */
  get filter() {
    const { category, group, period, from, to } = get().heat;
    return this.public ? { category, group, period } : { category, from, to };
  }

  /** The style for the filter; a period that was not published gives way to the newest. @param {AbortSignal} [signal] */
  async askStyle(signal) {
    try {
      return await api.style(this.territory.code, theme(), this.filter, signal);
    } catch (problem) {
      if (!(problem instanceof api.Problem) || problem.kind !== 'not-released' || !get().heat.period) throw problem;
      set({ heat: { ...get().heat, period: '' } });
      return api.style(this.territory.code, theme(), this.filter, signal);
    }
  }

  /** Take from a style which period is shown. @param {StyleSpecification} style */
  heed(style) {
    const { metadata } = /** @type {{metadata: Record<string, unknown>}} */ (style);
    this.release = /** @type {Release | null} */ (metadata['wangge:release']);
    this.rest = /** @type {Release | null} */ (metadata['wangge:rest'] ?? null);
    this.cases = caseColours(style);
    this.special = specialColour(style);
    this.hottest = /** @type {[number, number][] | undefined} */ (metadata['wangge:hottest']) ?? [];
  }

  /** Whoever may read the figures sees them where they were not to be had yet. @param {Territory} territory */
  judged(territory) {
    if (this.entered !== territory || !this.indicators.list.length) return;
    this.drawFilterCard();
    if (!this.form && this.asking.chosen) this.asking.again();
  }

  /** Go to another territory. @param {string} code */
  async switch(code) {
    const chosen = this.territories.find((one) => one.code === code);
    if (!chosen) return;
    this.closeForm();
    this.missing = '';
    this.entering = true;
    set({ heat: { ...get().heat, category: '', group: '', period: '', from: '', to: '' } });
    try {
      await this.enter(chosen, null);
      this.asking.overview();
      remember({ push: true });
      announce(named(chosen.name, code));
    } catch (problem) {
      drawFailure(this.body, problem, () => this.switch(code));
    }
  }

  /** Everything but the panel's body, in the present language. */
  drawAll() {
    const { territory } = this;
    document.title = `${named(territory.name, territory.code)} · ${t('title')}`;
    id('skip').textContent = t('skip');
    drawLanguages(id('languages'));
    drawTerritory(id('territory'), this.territories, territory, (code) => this.switch(code));
    /** @param {string} page @param {Parameters<typeof icon>[0]} drawn @param {string} title */
    const way = (page, drawn, title) => h('a', { class: 'quiet', id: `to-${page.slice(2)}`, href: `${page}#t=${encodeURIComponent(territory.code)}`, 'aria-label': title, title }, icon(drawn), h('span', {}, title));
    if (!this.public) id('territory').append(way('./centre', 'frame', t('centre_title')), way('./places', 'pin', t('places_title')));
    drawSearch(id('search'), territory, (cell) => this.find(cell), (place) => this.goTo(place));
    id('synthetic').hidden = !territory.synthetic;
    put(id('synthetic'), h('span', { title: t('synthetic_long') }, t('synthetic')));
    this.drawActions();
    this.drawFilterCard();
    this.drawHere();
    this.sheet.speak();
    this.map.speak(t('map_label'));
  }

  drawFilterCard() {
    const folded = within(id('filters'), '.fold');
    const open = folded ? folded.getAttribute('aria-expanded') === 'true' : !this.sheet.isPhone && innerHeight > 640;
    this.showFilter = drawFilters(id('filters'), {
      categories: this.categories,
      groups: this.groups,
      newest: this.territory.newest,
      ramp: this.ramp,
      open,
      indicators: this.indicators.list,
      published: this.public ? this.releases : null,
      shown: () => this.release,
      levels: this.territory.levels,
      cases: this.cases,
      special: this.special,
      rest: () => this.rest,
    });
    this.showFilter();
    drawScale(this.hottest, this.map.map.getZoom());
    this.colour();
  }

  /** Colour the cells of the level that is shown by the indicator that is chosen; of several wishes the last counts. */
  async colour() {
    const { indicator, heat } = get();
    const chosen = this.indicators.list.some(({ key }) => key === indicator);
    const level = this.map.level?.key;
    const { category, from, to } = heat;
    const wish = JSON.stringify([this.entered?.code, chosen && indicator, level, category, from, to, theme()]);
    this.wished = wish;
    this.map.heat(heat.on && !chosen);
    const classes = document.getElementById('classes');
    classes?.toggleAttribute('hidden', !chosen);
    this.drawLegends();
    if (!chosen || !level) {
      this.map.colour(null);
      return;
    }
    try {
      const colours = await this.indicators.colours(level, indicator, { category, from, to });
      if (this.wished !== wish || !colours) return;
      this.map.colour({ level, ...colours });
      if (classes) drawLegend(classes, colours);
    } catch (problem) {
      announce(api.wording(problem));
    }
  }

  /** Which legends stand in the card: those of what is drawn. */
  drawLegends() {
    const rated = this.indicators.list.some(({ key }) => key === get().indicator);
    const closeIn = this.map.map.getZoom() >= CASES_FROM;
    const filters = id('filters');
    within(filters, '.legend')?.toggleAttribute('hidden', rated || (closeIn && !this.public));
    within(filters, '#case-legend')?.toggleAttribute('hidden', !closeIn && !get().cases);
  }

  /** Open cases at every zoom, or close in alone. */
  showCases() {
    this.map.cases(get().cases);
    this.showFilter();
    this.drawLegends();
  }

  drawActions() {
    /** @param {Parameters<typeof icon>[0]} name @param {string} label @param {() => unknown} act */
    const button = (name, label, act) => h('button', { type: 'button', class: 'round', 'aria-label': label, title: label, onclick: act }, icon(name));
    put(id('actions'),
      h('div', { class: 'stack' },
        button('plus', t('zoom_in'), () => this.map.map.zoomIn()),
        button('minus', t('zoom_out'), () => this.map.map.zoomOut()),
        button('frame', t('whole'), () => this.map.whole())),
      h('button', { type: 'button', class: 'primary float', id: 'report-button', onclick: () => this.report() }, icon('plus'), h('span', { class: 'long' }, t('report')), h('span', { class: 'short' }, t('report_short'))));
  }

  /** What follows the middle of the map: breadcrumb and level. */
  drawHere() {
    if (!this.entered) return;
    drawScale(this.hottest, this.map.map.getZoom());
    this.drawLegends();
    const cells = this.map.cellsAt(this.map.crosshair).map(({ properties: { code, name }, sourceLayer: level = '' }) => ({ code, name, level }));
    drawBreadcrumb(id('breadcrumb'), this.territory, cells, { whole: () => this.map.whole(), choose: (cell) => this.find(cell, { fly: false }) });
    if (get().indicator && this.coloured !== this.map.level?.key) this.colour();
    this.coloured = this.map.level?.key;
    drawLevels(id('levels'), this.territory, this.map.level?.key, (key) => this.map.zoomTo(key));
  }

  /** @param {Cell} cell @param {{fly?: boolean}} [options] */
  find(cell, { fly = true } = {}) {
    this.closeForm();
    this.asking.open(cell, { fly });
  }

  /** A street or station that was looked for: seen whole, and asked about as if one had pointed at it. @param {NamedPlace} place */
  goTo(place) {
    this.map.fit(place.bbox, this.sheet.covered);
    this.pointAt({ lon: place.lon, lat: place.lat });
  }

  /** A click or Enter on the map: the place of the report while the form is open, else the question which grid it is. @param {Point} point */
  pointAt(point) {
    if (this.form) return void this.moveReport(point);
    const found = this.map.casesAt(point);
    if (!found) return void this.asking.ask(point);
    const [number = ''] = found.numbers;
    if (found.cases === 1) location.assign(caseAddress(this.territory.code, number));
    else if (this.map.map.getZoom() < CASES_FROM) this.map.fly({ ...found, zoom: Math.min(CASES_FROM, this.map.map.getZoom() + 2) });
    else this.listCases(found);
  }

  /** Cases that lie at one place. @param {{cases: number, numbers: string[], lon: number, lat: number}} found */
  listCases(found) {
    this.asking.forget();
    set({ cell: null, point: null, finding: '' });
    this.map.place(found);
    drawCasesHere(this.body, this.territory.code, found, () => this.asking.close());
    this.sheet.show();
    announce(t('cases_here', { n: found.cases }));
  }

  /** @param {Point} point */
  moveReport(point) {
    if (!this.form || this.form.busy) return;
    this.map.place(point, { draggable: true });
    this.form.place(point);
    this.map.reveal(point, this.sheet.covered);
  }

  /** Open the form at a place, or at the middle of the map, which is to be confirmed. @param {Point & {accuracy?: number} | null} [at] @param {boolean} [chosen] */
  report(at, chosen = Boolean(at)) {
    const centre = this.map.map.getCenter();
    const point = at ?? { lon: centre.lng, lat: centre.lat };
    this.asking.turn();
    if (this.form) this.form.close();
    else history.pushState(FORM, '', location.href); // Back closes the form, and leaves the page the next time
    this.form = new ReportForm(this.body, { territory: this.territory, categories: this.reportable, point, chosen, draft: /** @type {Partial<Draft>} */ (draftOf(DRAFT)) }, {
      closed: () => this.leaveForm(),
      moved: (place) => {
        this.map.place(place, { draggable: true });
        this.map.map.easeTo({ center: [place.lon, place.lat], zoom: Math.max(this.map.map.getZoom(), 15), offset: [0, -this.sheet.covered / 2] });
      },
      filed: () => this.filed(),
      again: () => this.report(),
    });
    this.map.place(point, { draggable: true });
    this.sheet.show();
    this.map.reveal(point, this.sheet.covered);
  }

  /** A report was taken: the draft is done with, and the heat is fetched anew. */
  filed() {
    dropDraft(DRAFT);
    this.form = null;
    this.map.place(get().point);
    if (this.territory.reports !== null && !this.public) this.territory.reports += 1;
    this.reheat();
  }

  /** What is filled in outlives the form, and the page. */
  keepDraft() {
    if (this.form && !this.form.busy) keepDraft(DRAFT, this.form.filled);
  }

  /** Close the form as Back does, so that no step of Back leads to where it was open. */
  leaveForm() {
    this.closeForm();
    this.asking.again();
    if (!history.state?.form) return;
    this.leaving = true;
    history.back();
  }

  /** Whether a step back is the one that closing a form has made: the map stays where it is. */
  hasLeft() {
    const { leaving } = this;
    this.leaving = false;
    if (leaving) this.rememberSoon();
    return leaving;
  }

  closeForm() {
    if (!this.form) return;
    this.keepDraft();
    this.form.close();
    this.form = null;
    this.map.place(get().point);
  }

  /** Words changed: draw everything again, the form with what is in it. */
  speak() {
    if (!this.entered) return;
    this.drawAll();
    if (!this.form) this.asking.again();
    else if (!this.form.busy) {
      this.keepDraft();
      this.report(this.form.point, this.form.chosen);
    }
  }

  /** Colours changed with the reader's light or dark. */
  async repaint() {
    if (!this.entered) return;
    const style = await this.askStyle();
    this.heed(style);
    this.ramp = heatRamp(style);
    await this.map.wear(style);
    this.drawFilterCard();
  }

  /** The heat for the filter as it is now; of several changes in a row the last one counts. */
  async reheat() {
    this.colour();
    this.heating.abort();
    this.heating = new AbortController();
    try {
      const style = await this.askStyle(this.heating.signal);
      this.heed(style);
      this.map.reheat(style);
      drawScale(this.hottest, this.map.map.getZoom());
      this.showFilter();
    } catch (problem) {
      if (!api.givenUp(problem)) announce(api.wording(problem));
    }
  }

  escape() {
    if (this.form) this.leaveForm();
    else if (get().cell || get().point || get().finding || within(this.body, '#cases-here')) this.asking.close();
  }
}
