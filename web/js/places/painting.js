// Values of cells in words and in colours.
import { count, decimal, named, t } from '../i18n.js';
import { bounds } from '../indicators.js';
import { theme } from '../theme.js';
import { NOTHING, SEQUENTIAL, colourOf, spread } from '../centre/scales.js';

/** @import { AttributeInfo, AttributeValue, CellValues } from 'service' */
/** @import { Painting } from '../centre/colouring.js' */

const WORDS = ['yes', 'no'];

/** The words of an attribute, each with its name. @param {AttributeInfo} one @returns {[word: string, name: string][]} */
export function wordsOf({ rule, classes }) {
  if (rule === 'yes-no') return WORDS.map((word) => [word, t(`places_${word}`)]);
  return Object.entries(classes ?? {}).map(([word, name]) => [word, named(name, word)]);
}

/** A number in the unit of its attribute. @param {AttributeInfo} one @param {number} value */
export const number = ({ rule }, value) => decimal(value) + (rule === 'share' ? '%' : '');

/** A value in words; a dash where nobody said any. @param {AttributeInfo} one @param {AttributeValue | null | undefined} value @returns {string} */
export function told(one, value) {
  if (!value) return '–';
  if (typeof value.value === 'number') return number(one, value.value);
  if (value.value !== null) return wordsOf(one).find(([word]) => word === value.value)?.[1] ?? value.value;
  return wordsOf(one).flatMap(([word, name]) => (value.counts[word] ? [`${name} ${count(value.counts[word])}`] : [])).join(' · ') || '–';
}

/** Of how many cells a value is, where it is not of all. @param {AttributeValue | null | undefined} value */
export const ofHowMany = (value) => (value && value.known < value.cells ? t('places_of', { known: count(value.known), cells: count(value.cells) }) : '');

/** By what cells are put in order and coloured: a number, or the share of the first word. @param {AttributeInfo} one @param {AttributeValue | null | undefined} value @returns {number | null} */
export function rankOf(one, value) {
  if (!value) return null;
  if (typeof value.value === 'number') return value.value;
  const words = wordsOf(one).map(([word]) => word);
  if (value.value !== null) return words.length - words.indexOf(value.value);
  return value.known ? (value.counts[words[0] ?? ''] ?? 0) / value.known : null;
}

/** What an attribute is called, with its unit. @param {AttributeInfo} one */
export const called = (one) => named(one.name, one.key) + (one.unit && one.rule !== 'share' ? ` (${one.unit})` : '');

/** Cells by their value of an attribute; the largest have the strongest colour. @param {AttributeInfo} one @param {CellValues[]} rows @returns {Painting} */
export function painting(one, rows) {
  const values = rows.map(({ code, values: of }) => ({ code, value: of[one.key] ?? null }));
  const cells = new Map(rows.map(({ code }) => [code, NOTHING[theme()]]));
  const own = values.some(({ value }) => typeof value?.value === 'string');
  const known = values.flatMap(({ code, value }) => { const rank = rankOf(one, value); return rank === null ? [] : [{ code, rank }]; });
  /** @type {[string, string][]} */
  let legend = [];
  if (own) {
    const words = wordsOf(one);
    const colours = spread(SEQUENTIAL[theme()], words.length).reverse();
    legend = words.map(([, name], at) => [colours[at] ?? '', name]);
    for (const { code, value } of values) if (value) cells.set(code, colours[words.findIndex(([word]) => word === value.value)] ?? NOTHING[theme()]);
  } else if (known.length) {
    const cuts = bounds(known.map(({ rank }) => rank));
    const colours = spread(SEQUENTIAL[theme()], cuts.length + 1);
    const counted = values.some(({ value }) => value && value.value === null);
    const say = (/** @type {number | undefined} */ at) => (counted ? `${Math.round(100 * (at ?? 0))}%` : number(one, at ?? 0));
    legend = colours.map((colour, at) => [colour, at === 0 ? (cuts.length ? `< ${say(cuts[0])}` : say(known[0]?.rank)) : at === cuts.length ? `≥ ${say(cuts[at - 1])}` : `${say(cuts[at - 1])} – < ${say(cuts[at])}`]);
    for (const { code, rank } of known) cells.set(code, colourOf({ cuts, colours }, rank));
  }
  if (known.length < rows.length) legend.push([NOTHING[theme()], t('places_missing')]);
  const says = new Map(values.map(({ code, value }) => [code, [`${called(one)}: ${told(one, value)}`, ofHowMany(value)].filter(Boolean).join(' · ')]));
  return { heat: null, cells, says, legend, notes: [], scale: null };
}
