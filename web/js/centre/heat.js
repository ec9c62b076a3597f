// Heat as a picture: reports by Mercator square, smoothed, coloured by one scale, laid over the map by its corners.

/** @import { BinCounts } from 'service' */
/** @typedef {{zoom: number, x: number, y: number, width: number, height: number}} Lattice squares of a zoom, with a rim that smoothing may flow into */
/** @typedef {[west: number, south: number, east: number, north: number]} Box */

const RIM = 6;
const WIDE = 128;
const SMOOTH = 2;
const EARTH_M = 40_075_016.686;

/** @param {number} lon */
const across = (lon) => lon / 360 + 0.5;
/** @param {number} lat */
const down = (lat) => 0.5 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / (2 * Math.PI);

/** The lattice for a territory: its finest squares of which at most 128 lie side by side, 30 metres at the least. @param {Box} box @returns {Lattice} */
export function latticeOf([west, south, east, north]) {
  const size = Math.max(across(east) - across(west), down(south) - down(north), 1e-9);
  const zoom = Math.max(0, Math.min(20, Math.floor(Math.log2(WIDE / size))));
  const n = 2 ** zoom;
  const [left, top] = [Math.floor(across(west) * n) - RIM, Math.floor(down(north) * n) - RIM];
  return { zoom, x: left, y: top, width: Math.floor(across(east) * n) + 1 + RIM - left, height: Math.floor(down(south) * n) + 1 + RIM - top };
}

/** Its corners as an image source takes them, from the top left clockwise. @param {Lattice} lattice @returns {[[number, number], [number, number], [number, number], [number, number]]} */
export function cornersOf({ zoom, x, y, width, height }) {
  const n = 2 ** zoom;
  const lon = (/** @type {number} */ at) => (at / n - 0.5) * 360;
  const lat = (/** @type {number} */ at) => (Math.atan(Math.sinh((0.5 - at / n) * 2 * Math.PI)) * 180) / Math.PI;
  return [[lon(x), lat(y)], [lon(x + width), lat(y)], [lon(x + width), lat(y + height)], [lon(x), lat(y + height)]];
}

/** Square kilometres of a square in the middle of a lattice. @param {Lattice} lattice */
export function squareKm({ zoom, y, height }) {
  const n = 2 ** zoom;
  const lat = Math.atan(Math.sinh((0.5 - (y + height / 2) / n) * 2 * Math.PI));
  return ((EARTH_M * Math.cos(lat)) / n / 1000) ** 2;
}

/** The weights of a Gauss curve, which add up to 1. @param {number} sigma @returns {number[]} */
function kernel(sigma) {
  const reach = Math.ceil(2.5 * sigma);
  const raw = Array.from({ length: 2 * reach + 1 }, (_, at) => Math.exp(-((at - reach) ** 2) / (2 * sigma * sigma)));
  const sum = raw.reduce((a, b) => a + b, 0);
  return raw.map((weight) => weight / sum);
}
const WEIGHTS = kernel(SMOOTH);
const REACH = (WEIGHTS.length - 1) / 2;

/** Each line of a lattice smoothed along itself and written as a column. @param {Float32Array} values @param {number} width @param {number} height */
function smoothed(values, width, height) {
  const out = new Float32Array(values.length);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const value = values[y * width + x] ?? 0;
      if (!value) continue;
      for (let step = Math.max(-REACH, -x); step <= Math.min(REACH, width - 1 - x); step += 1) {
        const to = (x + step) * height + y;
        out[to] = (out[to] ?? 0) + value * (WEIGHTS[step + REACH] ?? 0);
      }
    }
  }
  return out;
}

/** Reports per km² on each square of a lattice, smoothed over about two squares. @param {BinCounts} bins @param {Lattice} lattice @returns {Float32Array} */
export function density({ x, y, reports }, lattice) {
  const raw = new Float32Array(lattice.width * lattice.height);
  const area = squareKm(lattice);
  for (let at = 0; at < reports.length; at += 1) {
    const [column, line] = [(x[at] ?? 0) - lattice.x, (y[at] ?? 0) - lattice.y];
    if (column < 0 || line < 0 || column >= lattice.width || line >= lattice.height) continue;
    raw[line * lattice.width + column] = (reports[at] ?? 0) / area;
  }
  return smoothed(smoothed(raw, lattice.width, lattice.height), lattice.height, lattice.width);
}

/** @param {Float32Array} values */
export const hottest = (values) => values.reduce((most, value) => Math.max(most, value), 0);

/** Colour densities: `most` and above is the end of the ramp. @param {Float32Array} values @param {number} most @param {Uint8ClampedArray} ramp @param {Uint8ClampedArray} pixels */
export function paint(values, most, ramp, pixels) {
  const scale = 255 / most;
  for (let at = 0; at < values.length; at += 1) {
    const from = 4 * Math.min(255, Math.round((values[at] ?? 0) * scale));
    pixels[4 * at] = ramp[from] ?? 0;
    pixels[4 * at + 1] = ramp[from + 1] ?? 0;
    pixels[4 * at + 2] = ramp[from + 2] ?? 0;
    pixels[4 * at + 3] = ramp[from + 3] ?? 0;
  }
}
