// Colours for numbers: classes for cells, a ramp for the heat, two sides for a comparison. One scale is kept until another is asked for.

/** @typedef {{cuts: number[], colours: string[]}} Classes a value at or over `cuts[i]` has `colours[i + 1]` */

/** From little to much; told apart by lightness too. */
export const SEQUENTIAL = {
  light: ['#fff3d6', '#fdd08a', '#f59b4b', '#d9553f', '#a5245f', '#5f1065'],
  dark: ['#2b2f3d', '#5c4a2f', '#9a6a26', '#d98332', '#ee6a62', '#f3a6e6'],
};
/** From fewer to more, around what is no different. */
export const DIVERGING = {
  light: ['#2166ac', '#67a9cf', '#d1e5f0', '#f1efe9', '#fddbc7', '#ef8a62', '#b2182b'],
  dark: ['#5aa9f0', '#3f78ac', '#2c4a66', '#3a3f47', '#6b4338', '#b5593d', '#ff8a5c'],
};
export const NOTHING = { light: '#c3c8cf', dark: '#454c56' };

/** A number at or above another that is easily said: 1, 2, 3, 5 times a power of ten. @param {number} value */
export function round(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value * (1 - 1e-9)) ?? 10) * power;
}

/** Bounds of counts between as many classes as there are colours, wider towards the top; whole numbers, none twice. @param {number} most @param {number} colours */
export function countCuts(most, colours) {
  const top = Math.max(1, round(most));
  const cuts = Array.from({ length: colours - 1 }, (_, at) => Math.max(1, Math.round(top * ((at + 0.5) / colours) ** 1.5)));
  return [...new Set(cuts)];
}

/** Of some colours as many as classes need, as far apart as may be. @param {readonly string[]} colours @param {number} n */
export const spread = (colours, n) => Array.from({ length: n }, (_, at) => colours[Math.round((n === 1 ? 1 : at / (n - 1)) * (colours.length - 1))] ?? '');

/** @param {Classes} classes @param {number} value */
export const colourOf = ({ cuts, colours }, value) => colours[cuts.filter((cut) => value >= cut).length] ?? '';

/** Bounds of ratios, the same on both sides of 1. */
export const RATIO_CUTS = [1 / 3, 1 / 1.5, 1 / 1.1, 1.1, 1.5, 3];
/** Bounds of z-scores: 1 %, 5 %, and 10 % on both sides. */
export const Z_CUTS = [-2.58, -1.96, -1.65, 1.65, 1.96, 2.58];

/** A colour as four bytes: `#rrggbb`, `rgb(…)` or `rgba(…)`. @param {string} text @returns {[number, number, number, number]} */
export function bytes(text) {
  if (text.startsWith('#')) {
    const value = Number.parseInt(text.slice(1), 16);
    return [value >> 16, (value >> 8) & 255, value & 255, 255];
  }
  const [r = 0, g = 0, b = 0, a = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
  return [r, g, b, Math.round(a * 255)];
}

/** 256 colours between stops, four bytes each, as image data takes them. @param {[at: number, colour: string][]} stops rising from 0 to 1 */
export function ramp(stops) {
  const table = new Uint8ClampedArray(1024);
  const known = stops.map(([at, colour]) => /** @type {const} */ ([at, bytes(colour)]));
  for (let i = 1; i < 256; i += 1) {
    const value = i / 255;
    const after = known.findIndex(([at]) => at >= value);
    const [high, low] = [known[after < 0 ? known.length - 1 : after], known[after < 0 ? known.length - 1 : Math.max(0, after - 1)]];
    if (!high || !low || (after === 0 && value < high[0])) continue;
    const part = high[0] > low[0] ? (value - low[0]) / (high[0] - low[0]) : 1;
    for (let channel = 0; channel < 4; channel += 1) table[i * 4 + channel] = (low[1][channel] ?? 0) + part * ((high[1][channel] ?? 0) - (low[1][channel] ?? 0));
  }
  return table;
}
