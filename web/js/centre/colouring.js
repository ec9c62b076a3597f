// What colours the map: each way of looking at it asks its own question, and answers with colours, a legend in numbers, and caveats.
import { count, decimal, named, t } from '../i18n.js';
import { bounds, told } from '../indicators.js';
import { useMemo } from '../preact.js';
import { theme } from '../theme.js';
import { comparison, counts, emerging, statistics } from './calls.js';
import { plus } from './dates.js';
import { density, hottest, latticeOf } from './heat.js';
import { useAnswer } from '../answers.js';
import { compared, narrowing } from './question.js';
import { DIVERGING, NOTHING, RATIO_CUTS, SEQUENTIAL, Z_CUTS, colourOf, countCuts, round, spread } from './scales.js';

/** @import { Indicator } from '../api.js' */
/** @import { CellStatistics, Comparison, Counts, Emerging } from 'service' */
/** @import { Seen } from './app.js' */
/** @import { Span } from './dates.js' */
/** @import { Ranked } from './figures.js' */
/** @import { Lattice } from './heat.js' */

/**
 * @typedef {object} Painting
 * @property {{values: Float32Array, most: number, lattice: Lattice} | null} heat
 * @property {Map<string, string>} cells colours by code
 * @property {Map<string, string>} says what is told of a cell that is pointed at
 * @property {[colour: string, text: string][]} legend of classes; empty for heat, whose ramp is drawn
 * @property {string[]} notes
 * @property {{key: string, most: number, now: number} | null} scale that is kept, and what would be the end of a new one
 */

/** Scales that were begun with, by what they are of; kept while the filter changes. @type {Map<string, number>} */
const kept = new Map();
/** Forget a scale, so that the next drawing begins another. @param {string} key */
export const rescale = (key) => kept.delete(key);

/** @param {string} key @param {number} now */
function scaleOf(key, now) {
  const most = kept.get(key) ?? round(now);
  if (now > 0) kept.set(key, most);
  return { key, most, now };
}

const nothing = () => /** @type {Painting} */ ({ heat: null, cells: new Map(), says: new Map(), legend: [], notes: [], scale: null });

/** Heat of counts by square. @param {Counts} counted @param {Lattice} lattice @param {string} key @param {number} [now] the hottest of all frames, where there are several */
export function heatPainting({ bin }, lattice, key, now) {
  const values = density(bin ?? { zoom: lattice.zoom, x: [], y: [], reports: [] }, lattice);
  const scale = scaleOf(key, now ?? hottest(values));
  return { ...nothing(), heat: { values, most: scale.most, lattice }, scale };
}

/** Cells by their reports. @param {Record<string, number>} reports @param {string} key @param {number} [now] */
export function countPainting(reports, key, now) {
  const scale = scaleOf(key, now ?? Math.max(0, ...Object.values(reports)));
  const cuts = countCuts(scale.most, SEQUENTIAL.light.length);
  const colours = spread(SEQUENTIAL[theme()], cuts.length + 1);
  const cells = new Map(Object.entries(reports).map(([code, n]) => [code, colourOf({ cuts, colours }, n)]));
  const legend = colours.map((colour, at) => /** @type {[string, string]} */ ([colour, at === 0 ? `0 – ${count((cuts[0] ?? 1) - 1)}` : at === cuts.length ? `≥ ${count(cuts[at - 1] ?? 0)}` : `${count(cuts[at - 1] ?? 0)} – ${count((cuts[at] ?? 1) - 1)}`]));
  return { ...nothing(), cells, legend, scale, says: new Map(Object.entries(reports).map(([code, n]) => [code, t('reports_total', { n: count(n) })])) };
}

/** @param {Ranked[]} rows @param {Indicator} one @returns {Painting} */
function indicatorPainting(rows, one) {
  const known = rows.flatMap(({ cell, value }) => (value === null ? [] : [{ code: cell.code, value }]));
  const cuts = known.length ? bounds(known.map(({ value }) => value)) : [];
  const colours = spread(SEQUENTIAL[theme()], cuts.length + 1);
  const cells = new Map(rows.map(({ cell }) => [cell.code, NOTHING[theme()]]));
  for (const { code, value } of known) cells.set(code, colourOf({ cuts, colours }, value));
  const legend = colours.map((colour, at) => /** @type {[string, string]} */ ([colour, at === 0 ? `< ${told(one, cuts[0] ?? null)}` : at === cuts.length ? `≥ ${told(one, cuts[at - 1])}` : `${told(one, cuts[at - 1])} – < ${told(one, cuts[at])}`]));
  if (known.length < rows.length) legend.push([NOTHING[theme()], t('no_figure')]);
  return { ...nothing(), cells, legend: known.length > 0 ? legend : [], notes: known.length ? [] : [t('no_figure')], says: new Map(rows.map(({ cell, value }) => [cell.code, `${named(one.name, one.key)}: ${told(one, value)}`])) };
}

/** A ratio with its interval. @param {{ratio: number | null, low: number | null, high: number | null}} cell */
export const intervalWords = ({ low, high }) => `${low === null ? '0' : decimal2(low)} – ${high === null ? '∞' : decimal2(high)}`;
/** @param {number} value */
export const decimal2 = (value) => value.toLocaleString(undefined, { maximumSignificantDigits: value < 10 ? 2 : 3 });
export const FEW = 30;

/** @param {Comparison} found @returns {Painting} */
function comparisonPainting({ cells: rows }) {
  const colours = DIVERGING[theme()];
  const cells = new Map(rows.map(({ code, before, after, ratio }) => [code, before + after < FEW ? NOTHING[theme()] : colourOf({ cuts: RATIO_CUTS, colours }, ratio ?? Infinity)]));
  const words = ['< ⅓', '⅓ – ⅔', '0.67 – 0.9', '0.9 – 1.1', '1.1 – 1.5', '1.5 – 3', '≥ 3'];
  const legend = colours.map((colour, at) => /** @type {[string, string]} */ ([colour, words[at] ?? '']));
  legend.push([NOTHING[theme()], t('centre_interval_only')]);
  const says = new Map(rows.map((row) => [row.code, `${count(row.before)} → ${count(row.after)} · ${row.before + row.after < FEW || row.ratio === null ? '' : `× ${decimal2(row.ratio)} `}(${intervalWords(row)})`]));
  return { ...nothing(), cells, legend, says };
}

const HOT = ['new', 'consecutive', 'intensifying', 'persistent', 'diminishing', 'sporadic', 'oscillating', 'historical'];

/** @param {Emerging} found @param {string[]} categories @returns {Painting} */
function emergingPainting({ places, note }, categories) {
  const wanted = categories.length === 1 ? categories[0] : null;
  const shown = places.filter(({ category }) => category === wanted);
  const [hot, cold] = [spread([...SEQUENTIAL[theme()]].reverse().slice(0, 5), HOT.length), spread(DIVERGING[theme()].slice(0, 3), HOT.length)];
  const colour = (/** @type {string} */ pattern, /** @type {boolean} */ isCold) => (isCold ? cold : hot)[HOT.indexOf(pattern)] ?? NOTHING[theme()];
  const kinds = [...new Map(shown.map(({ pattern, cold: isCold }) => [`${isCold} ${pattern}`, { pattern, isCold }])).values()];
  const legend = kinds.map(({ pattern, isCold }) => /** @type {[string, string]} */ ([colour(pattern, isCold), t(`centre_pattern_${isCold ? 'cold' : 'hot'}`, { pattern: t(`centre_pattern_${pattern}`) })]));
  const notes = [...(note ? [named(note)] : []), ...(shown.length || note ? [] : [t('centre_emerging_none')]), ...(categories.length > 1 ? [t('centre_one_category')] : [])];
  return { ...nothing(), cells: new Map(shown.map(({ cell, pattern, cold: isCold }) => [cell.code, colour(pattern, isCold)])), says: new Map(shown.map(({ cell, sentence }) => [cell.code, named(sentence)])), legend, notes };
}

/** @param {CellStatistics} found @param {'gi' | 'moran' | 'rate'} which @param {string[]} categories @returns {Painting} */
function statisticsPainting({ cells: rows, note, misleading, per_cell: mean, misleading_below: least }, which, categories) {
  const key = /** @type {const} */ ({ gi: 'gi_star_z', moran: 'moran_z', rate: 'smoothed_rate' })[which];
  const known = rows.flatMap((row) => (row[key] === null ? [] : [{ code: row.code, value: row[key] ?? 0 }]));
  const cuts = which === 'rate' ? bounds(known.map(({ value }) => value)) : Z_CUTS;
  const colours = which === 'rate' ? spread(SEQUENTIAL[theme()], cuts.length + 1) : DIVERGING[theme()];
  const legend = colours.map((colour, at) => /** @type {[string, string]} */ ([colour, at === 0 ? `< ${decimal2(cuts[0] ?? 0)}` : at === cuts.length ? `≥ ${decimal2(cuts[at - 1] ?? 0)}` : `${decimal2(cuts[at - 1] ?? 0)} – ${decimal2(cuts[at] ?? 0)}`]));
  const notes = [...(misleading ? [named(note)] : []), t('centre_per_cell', { n: decimal(mean), least: count(least) }), ...(categories.length > 1 ? [t('centre_one_category')] : [])];
  return { ...nothing(), cells: new Map(known.map(({ code, value }) => [code, colourOf({ cuts, colours }, value)])), says: new Map(known.map(({ code, value }) => [code, `${t(`centre_show_${which}`)}: ${decimal2(value)}`])), legend, notes };
}

/** The two periods of a comparison, both over. @param {Seen} seen @returns {{before: Span, after: Span}} */
export function sides({ address, span, clock }) {
  const after = span.to >= clock.day && span.from < clock.day ? { from: span.from, to: plus(clock.day, -1) } : span;
  return { before: compared(address, after), after };
}

/** The answers that the way of looking needs; the others are not asked for. @param {Seen} seen @param {import('../answers.js').Answered<Ranked[]>} ranking @param {Indicator | null} one */
export function useColouring(seen, ranking, one) {
  const { territory, address, span, level, beat } = seen;
  const { code, bbox } = territory;
  const { show, categories } = address;
  const lattice = useMemo(() => latticeOf(bbox), [code]);
  const still = !address.window || !['heat', 'count'].includes(show);
  const filter = JSON.stringify([code, span, narrowing(address)]);
  const { before, after } = sides(seen);
  const bins = useAnswer(show === 'heat' && still ? `bins ${filter}` : '', (signal) => counts(code, address, span, ['bin'], signal, { zoom: lattice.zoom }), beat);
  const cells = useAnswer((show === 'count' && still) || show === 'sides' ? `cells ${level} ${filter} ${show === 'sides' && after.to}` : '', (signal) => counts(code, address, show === 'sides' ? after : span, ['cell'], signal, { level }), beat);
  const earlier = useAnswer(show === 'sides' ? `earlier ${level} ${filter} ${before.from} ${before.to}` : '', (signal) => counts(code, address, before, ['cell'], signal, { level }));
  const two = useAnswer(show === 'compare' || show === 'sides' ? `two ${level} ${filter} ${before.from} ${before.to} ${after.to}` : '', (signal) => comparison(code, address, { before, after }, level, signal));
  const emerged = useAnswer(show === 'emerging' ? `emerging ${code}` : '', (signal) => emerging(code, signal));
  const judged = useAnswer(['gi', 'moran', 'rate'].includes(show) ? `statistics ${filter}` : '', (signal) => statistics(code, address, span, signal));
  const asked = { heat: bins, count: cells, indicator: ranking, compare: two, sides: cells, emerging: emerged, gi: judged, moran: judged, rate: judged }[show];
  const scale = `${code} ${show} ${level} ${address.window}`;
  const painting = useMemo(() => {
    if (show === 'heat') return bins.answer ? heatPainting(bins.answer, lattice, scale) : null;
    if (show === 'count') return cells.answer ? countPainting(cells.answer.cell?.reports ?? {}, scale) : null;
    if (show === 'sides') return cells.answer && earlier.answer ? countPainting(cells.answer.cell?.reports ?? {}, scale, Math.max(...Object.values({ ...earlier.answer.cell?.reports, ...cells.answer.cell?.reports }), 0)) : null;
    if (show === 'indicator') return ranking.answer && one ? indicatorPainting(ranking.answer, one) : null;
    if (show === 'compare') return two.answer ? comparisonPainting(two.answer) : null;
    if (show === 'emerging') return emerged.answer ? emergingPainting(emerged.answer, categories) : null;
    return judged.answer ? statisticsPainting(judged.answer, show, categories) : null;
  }, [show, level, bins.answer, cells.answer, earlier.answer, two.answer, emerged.answer, judged.answer, show === 'indicator' && ranking.answer, one, seen.drawing, theme(), t('tag')]);
  const left = useMemo(() => (show === 'sides' && earlier.answer && painting ? countPainting(earlier.answer.cell?.reports ?? {}, scale) : null), [painting, earlier.answer]);
  return { painting, left, lattice, scale, problem: asked.problem ?? (show === 'sides' ? earlier.problem ?? two.problem : null), waiting: !asked.fresh, comparison: two, emerging: emerged, before, after };
}
