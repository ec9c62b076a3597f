// The figures that a territory is judged by: of the chosen cell in the panel, and as the colours of the cells.
import * as api from './api.js';
import { h, put } from './dom.js';
import { count, language, named, t } from './i18n.js';
import { theme } from './theme.js';

// Roles that may read figures; what they see of them the service decides.
const READERS = new Set(['officer', 'community-desk', 'street-desk', 'centre', 'planner', 'administrator', 'auditor']);

// From little to much, five classes that people who see no red or no green tell apart by their lightness.
const COLOURS = {
  light: ['#ffffcc', '#a1dab4', '#41b6c4', '#2c7fb8', '#253494'],
  dark: ['#2f3a6b', '#2f6f9f', '#2fa39c', '#7cc98a', '#f4f0a6'],
};
const NOTHING = { light: '#b9bdc4', dark: '#474e58' };

const locale = () => (language() === 'zh' ? 'zh-CN' : 'en-GB');

/** A figure as the reader writes it, in its unit; a dash where there is nothing to judge. */
export function told({ unit }, value) {
  if (value === null || value === undefined) return '—';
  if (unit === 'cases') return count(value);
  const number = new Intl.NumberFormat(locale(), { maximumFractionDigits: 1 }).format(value);
  return `${number}${unit === 'percent' ? '%' : '‰'}`;
}

/** Bounds between at most five classes, each with about as many of the values; fewer where values repeat. */
export function bounds(values, classes = COLOURS.light.length) {
  const sorted = [...values].sort((a, b) => a - b);
  const cuts = Array.from({ length: classes - 1 }, (_, at) => sorted[Math.floor(((at + 1) * sorted.length) / classes)]);
  return [...new Set(cuts)].filter((cut) => cut > sorted[0]);
}

/** Figures of one territory, for whoever may read them. */
export class Indicators {
  constructor() {
    Object.assign(this, { territory: null, list: [], answers: new Map(), shown: null });
  }

  /** Whether the reader may read figures of a territory, and which there are; asked once on entering it. */
  async enter(territory) {
    this.territory = territory;
    this.answers.clear();
    this.list = [];
    const grants = await api.grants().catch(() => []);
    if (!grants.some((grant) => READERS.has(grant.role) && (!grant.territory || grant.territory === territory.code))) return;
    const { indicators } = await this.ask({}).catch(() => ({ indicators: [] }));
    if (this.territory === territory) this.list = indicators;
  }

  ask(query, signal) {
    return api.indicators(this.territory.code, query, signal);
  }

  /** Figures of the cells of a level, for one indicator; an answer is kept while the filter stays. */
  ofCells(level, key, filter) {
    const query = { by: 'cell', level, indicator: key, ...filter };
    const name = JSON.stringify(query);
    if (!this.answers.has(name)) {
      const answer = this.ask(query);
      answer.catch(() => this.answers.delete(name));
      this.answers.set(name, answer);
    }
    return this.answers.get(name);
  }

  /** Colours of the cells of a level: `{codes: [[colour, [code…]]…], nothing, legend}`. */
  async colours(level, key, filter) {
    const { rows, indicators: [one] } = await this.ofCells(level, key, filter);
    const known = rows.map(({ cell, figures }) => [cell.code, figures[one.key].value]).filter(([, value]) => value !== null);
    const values = known.map(([, value]) => value);
    const cuts = values.length ? bounds(values) : [];
    const colours = spread(COLOURS[theme()], cuts.length + 1);
    const classOf = (value) => cuts.filter((cut) => value >= cut).length;
    const codes = colours.map((colour, at) => [colour, known.filter(([, value]) => classOf(value) === at).map(([code]) => code)]);
    return { one, codes, nothing: NOTHING[theme()], cuts, least: Math.min(...values), most: Math.max(...values), empty: !values.length, missing: known.length < rows.length };
  }
}

const spread = (colours, n) => (n === 1 ? [colours[2]] : Array.from({ length: n }, (_, at) => colours[Math.round((at * (colours.length - 1)) / (n - 1))]));

/** What the colours mean. */
export function drawLegend(node, { one, codes, nothing, cuts, least, most, empty, missing }) {
  const from = [least, ...cuts];
  const swatch = (colour, text) => h('li', {}, h('i', { style: { background: colour } }), h('span', {}, text));
  const range = (at) => (at + 1 < from.length ? `${told(one, from[at])} – < ${told(one, from[at + 1])}` : from[at] === most ? told(one, most) : `${told(one, from[at])} – ${told(one, most)}`);
  put(node, h('ul', { class: 'classes', 'aria-label': named(one.name, one.key) },
    !empty && codes.map(([colour], at) => swatch(colour, range(at))),
    (missing || empty) && swatch(nothing, t('no_figure'))));
}

/** The rates of one cell, each with the cases it is made of. */
export function drawRates({ indicators, total }) {
  const rows = indicators.filter(({ rate, key }) => rate && total.figures[key].denominator > 0);
  return h('section', { class: 'rates', id: 'rates' }, h('h3', {}, t('rates')),
    rows.length === 0 && h('p', { class: 'empty' }, t('rates_none')),
    h('ul', {}, rows.map((one) => {
      const { value, numerator, denominator } = total.figures[one.key];
      return h('li', { 'data-indicator': one.key }, h('span', {}, named(one.name, one.key)), h('strong', {}, told(one, value)),
        h('small', {}, t('of_cases', { n: count(numerator), of: count(denominator) })));
    })));
}
