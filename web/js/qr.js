// QR codes: as a drawing on the page, and on a canvas to be saved. The one place that names the vendored version of lean-qr.
import { generate } from '../vendor/lean-qr/2.7.4/nano.mjs';
import { svg } from './dom.js';

/** Modules of quiet around a code, without which scanners do not find it. */
const QUIET = 4;

/** The dark modules of a text's code, as a path of unit squares, and how many modules a side has with the quiet around it. @param {string} text */
function drawn(text) {
  const code = generate(text);
  const squares = [];
  for (let y = 0; y < code.size; y += 1) {
    for (let x = 0; x < code.size; x += 1) if (code.get(x, y)) squares.push(`M${x + QUIET} ${y + QUIET}h1v1h-1z`);
  }
  return { path: squares.join(''), side: code.size + 2 * QUIET };
}

/** A code as a drawing; `label` says what it leads to. Dark on light whatever the theme: scanners ask for it. @param {string} text @param {string} label */
export function qrCode(text, label) {
  const { path, side } = drawn(text);
  return svg('svg', { class: 'qr', viewBox: `0 0 ${side} ${side}`, role: 'img', 'aria-label': label, 'shape-rendering': 'crispEdges' },
    svg('rect', { width: side, height: side, fill: '#fff' }), svg('path', { d: path, fill: '#000' }));
}

/** A picture to keep: some lines of text and the code under them. @param {string} text @param {string[]} lines @returns {Promise<Blob>} */
export function qrPicture(text, lines) {
  const { path, side } = drawn(text);
  const [scale, line, font] = [10, 44, '28px system-ui, sans-serif'];
  const canvas = document.createElement('canvas');
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  context.font = font;
  const widest = Math.max(...lines.map((one) => context.measureText(one).width));
  canvas.width = Math.max(side * scale, Math.ceil(widest) + 2 * line);
  canvas.height = side * scale + line * (lines.length + 1);
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = '#000';
  context.font = font;
  context.textAlign = 'center';
  lines.forEach((one, at) => context.fillText(one, canvas.width / 2, line * (at + 1)));
  context.translate((canvas.width - side * scale) / 2, line * (lines.length + 1));
  context.scale(scale, scale);
  context.fill(new Path2D(path));
  return new Promise((done, failed) => { canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error('no picture'))), 'image/png'); });
}
