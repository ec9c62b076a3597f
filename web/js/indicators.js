// The figures that a territory is judged by: of the chosen cell in the panel, and as the colours of the cells.
import * as api from './api.js';
import { h, put } from './dom.js';
import { count, decimal, named, t } from './i18n.js';
import { theme } from './theme.js';

/** @import { Figures, Indicator, Query, Territory } from './api.js' */
/** @import { Filter } from './state.js' */
/**
 * @typedef {object} Colours the cells of a level by an indicator
 * @property {Indicator} one
 * @property {[colour: string, codes: string[]][]} codes
 * @property {string} nothing colour of the cells without a figure
 * @property {number[]} cuts
 * @property {number} least
 * @property {number} most
 * @property {boolean} empty no cell has a figure
 * @property {boolean} missing some have none
 */

// From little to much, five classes that people who see no red or no green tell apart by their lightness.
const COLOURS = {
  light: ['#ffffcc', '#a1dab4', '#41b6c4', '#2c7fb8', '#253494'],
  dark: ['#2f3a6b', '#2f6f9f', '#2fa39c', '#7cc98a', '#f4f0a6'],
};
const NOTHING = { light: '#b9bdc4', dark: '#474e58' };

/** A figure as the reader writes it, in its unit; a dash where there is nothing to judge. @param {Indicator} indicator @param {number | null | undefined} value */
export function told({ unit }, value) {
  if (value === null || value === undefined) return '—';
  if (unit === 'cases') return count(value);
  return `${decimal(value)}${unit === 'percent' ? '%' : '‰'}`;
}

/** Bounds between at most five classes, each with about as many of the values; fewer where values repeat. @param {number[]} values */
export function bounds(values) {
  const classes = COLOURS.light.length;
  const sorted = [...values].sort((a, b) => a - b);
  const cuts = Array.from({ length: classes - 1 }, (_, at) => sorted[Math.floor(((at + 1) * sorted.length) / classes)] ?? 0);
  return [...new Set(cuts)].filter((cut) => cut > Math.min(...sorted));
}

/** Figures of one territory, for whoever may read them. */
export class Indicators {
  constructor() {
    /** @type {Territory | null} */
    this.territory = null;
    /** @type {Indicator[]} */
    this.list = [];
    /** @type {Map<string, Promise<Figures>>} */
    this.answers = new Map();
  }

  /** Whether the reader may read figures of a territory, and which there are; asked once on entering it. @param {Territory} territory */
  async enter(territory) {
    this.territory = territory;
    this.answers.clear();
    this.list = [];
    if (!await api.may('read-figures', territory.code)) return;
    const found = await this.ask({}).catch(() => null);
    if (this.territory === territory) this.list = found?.indicators ?? [];
  }

  /** @param {Query} query @param {AbortSignal} [signal] */
  async ask(query, signal) {
    return api.indicators(this.territory?.code ?? '', query, signal);
  }

  /** Figures of the cells of a level, for one indicator; an answer is kept while the filter stays. @param {string} level @param {string} key @param {Filter} filter */
  ofCells(level, key, filter) {
    const query = { by: 'cell', level, indicator: key, ...filter };
    const name = JSON.stringify(query);
    const answer = this.answers.get(name) ?? this.ask(query);
    answer.catch(() => this.answers.delete(name));
    this.answers.set(name, answer);
    return answer;
  }

  /** Colours of the cells of a level; null where there is no such indicator. @param {string} level @param {string} key @param {Filter} filter @returns {Promise<Colours | null>} */
  async colours(level, key, filter) {
    const { rows, indicators: [one] } = await this.ofCells(level, key, filter);
    if (!one) return null;
    const known = rows.flatMap(({ cell: { code }, figures }) => {
      const value = figures[one.key]?.value ?? null;
      return value === null ? [] : [{ code, value }];
    });
    const values = known.map(({ value }) => value);
    const cuts = values.length ? bounds(values) : [];
    const colours = spread(COLOURS[theme()], cuts.length + 1);
    /** @param {number} value */
    const classOf = (value) => cuts.filter((cut) => value >= cut).length;
    /** @type {[string, string[]][]} */
    const codes = colours.map((colour, at) => [colour, known.filter(({ value }) => classOf(value) === at).map(({ code }) => code)]);
    return { one, codes, nothing: NOTHING[theme()], cuts, least: Math.min(...values), most: Math.max(...values), empty: !values.length, missing: known.length < rows.length };
  }
}

/** Some of the colours, as far apart as may be; of one the middle. @param {string[]} colours @param {number} n */
const spread = (colours, n) => Array.from({ length: n }, (_, at) => colours[Math.round((n === 1 ? 0.5 : at / (n - 1)) * (colours.length - 1))] ?? '');

/** What the colours mean. @param {HTMLElement} node @param {Colours} colours */
export function drawLegend(node, { one, codes, nothing, cuts, least, most, empty, missing }) {
  const from = [least, ...cuts];
  /** @param {string} colour @param {string} text */
  const swatch = (colour, text) => h('li', {}, h('i', { style: { background: colour } }), h('span', {}, text));
  /** @param {number} at */
  const range = (at) => (at + 1 < from.length ? `${told(one, from[at])} – < ${told(one, from[at + 1])}` : from[at] === most ? told(one, most) : `${told(one, from[at])} – ${told(one, most)}`);
  put(node, h('ul', { class: 'classes', 'aria-label': named(one.name, one.key) },
    !empty && codes.map(([colour], at) => swatch(colour, range(at))),
    (missing || empty) && swatch(nothing, t('no_figure'))));
}

/** The rates of one cell, each with the cases it is made of. @param {Figures} figures */
export function drawRates({ indicators, total }) {
  const rows = indicators.flatMap((one) => {
    const figure = total.figures[one.key];
    return one.rate && figure && figure.denominator > 0 ? [{ one, figure }] : [];
  });
  return h('section', { class: 'rates', id: 'rates' }, h('h3', {}, t('rates')),
    rows.length === 0 && h('p', { class: 'empty' }, t('rates_none')),
    h('ul', {}, rows.map(({ one, figure: { value, numerator, denominator } }) => h('li', { 'data-indicator': one.key },
      h('span', {}, named(one.name, one.key)), h('strong', {}, told(one, value)), h('small', {}, t('of_cases', { n: count(numerator), of: count(denominator) }))))));
}
