// What is shown, to take away: tables as CSV, the map as PNG.
import { h } from '../dom.js';

const BOM = '﻿';

/** A field of CSV; what a spreadsheet would take for a formula is kept as text. @param {string | number | null | undefined} value */
export function field(value) {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** @param {(string | number | null | undefined)[][]} rows */
export const csv = (rows) => BOM + rows.map((row) => row.map(field).join(',')).join('\r\n') + '\r\n';

/** Give a file to the reader. @param {string} name @param {Blob} blob */
export function give(name, blob) {
  const href = URL.createObjectURL(blob);
  h('a', { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}

/** @param {string} name @param {(string | number | null | undefined)[][]} rows */
export const save = (name, rows) => give(name, new Blob([csv(rows)], { type: 'text/csv;charset=utf-8' }));

/**
 * A picture of the map with what it shows written above and its legend and sources below.
 *
 * @param {string[]} pictures of one map, or of two beside each other
 * @param {{title: string, words: string, legend: [colour: string, text: string][], source: string}} told
 * @returns {Promise<Blob>}
 */
export async function picture(pictures, { title, words, legend, source }) {
  const images = await Promise.all(pictures.map(async (src) => { const image = new Image(); image.src = src; await image.decode(); return image; }));
  const width = images.reduce((sum, image) => sum + image.width, 0);
  const high = Math.max(...images.map(({ height }) => height));
  const unit = Math.max(13, Math.round(width / 75));
  const style = getComputedStyle(document.body);
  const [ink, paper] = [style.color, style.backgroundColor];
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width, height: high + unit * 8 });
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no canvas');
  context.fillStyle = paper;
  context.fillRect(0, 0, width, canvas.height);
  /** @param {string} text @param {number} x @param {number} y @param {string} font */
  const write = (text, x, y, font) => { context.font = `${font} ${style.fontFamily}`; context.fillStyle = ink; context.fillText(text, x, y, width - x - unit); };
  write(title, unit, unit * 1.8, `650 ${unit * 1.4}px`);
  write(words, unit, unit * 3.3, `${unit}px`);
  let left = 0;
  for (const image of images) {
    context.drawImage(image, left, unit * 4);
    left += image.width;
  }
  let x = unit;
  for (const [colour, text] of legend) {
    context.fillStyle = colour;
    context.fillRect(x, high + unit * 4.7, unit * 1.6, unit);
    write(text, x + unit * 1.9, high + unit * 5.6, `${unit}px`);
    x += unit * 3 + context.measureText(text).width;
  }
  write(source, unit, high + unit * 7.2, `${unit * 0.8}px`);
  return new Promise((done, failed) => { canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error('no picture'))), 'image/png'); });
}
