// Lets the public see a photo, with faces and plates covered: marked with a brush, or with the arrow keys and the space bar.
import { address, call, of } from '../api.js';
import { announce } from '../dom.js';
import { moment, t } from '../i18n.js';
import { html, useEffect, useRef, useState } from '../preact.js';
import { happened } from './loading.js';
import { refusalOf } from './refusals.js';
import { grantsIn } from './session.js';

/** @import { CasePhoto } from 'service' */

const COLUMNS = 32;
const LONGEST = 1280;
/** @type {Record<string, [number, number]>} */
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Whether somebody covers photos of cases in a territory: who moves cases and answers their reporters. @param {string} territory */
export const covers = (territory) => grantsIn(territory).some(({ rights }) => rights.includes('move') && rights.includes('read-contact'));

/** Squares down a picture, as the service counts them. @param {CasePhoto} photo */
const rowsOf = ({ width, height }) => Math.max(1, Math.floor((COLUMNS * height) / width + 0.5));

/** @param {{territory: string, number: string, photo: CasePhoto, n: number}} props */
export function Cover({ territory, number, photo, n }) {
  const [open, show] = useState(false);
  return html`
    <button type="button" class="secondary small" data-cover=${photo.id} aria-label=${`${t(photo.covered_at ? 'cover_again' : 'cover')} (${n})`} onClick=${() => show(true)}>${t(photo.covered_at ? 'cover_again' : 'cover')}</button>
    ${photo.covered_at && html`<small class="covered">${t('cover_since', { at: moment(photo.covered_at) })}</small>`}
    ${open && html`<${Brush} territory=${territory} number=${number} photo=${photo} close=${() => show(false)} />`}`;
}

/** @param {{territory: string, number: string, photo: CasePhoto, close: () => void}} props */
function Brush({ territory, number, photo, close }) {
  const box = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const picture = useRef(/** @type {HTMLImageElement | null} */ (null));
  const [marked, mark] = useState(/** @type {ReadonlySet<string>} */ (new Set()));
  const [cursor, move] = useState(/** @type {[number, number]} */ ([COLUMNS / 2, Math.floor(rowsOf(photo) / 2)]));
  const [busy, be] = useState(true);
  const [said, say] = useState('');
  const rows = rowsOf(photo);
  const scale = Math.min(1, LONGEST / Math.max(photo.width, photo.height));
  const [width, height] = [Math.round(photo.width * scale), Math.round(photo.height * scale)];

  useEffect(() => {
    box.current?.showModal();
    const image = new Image();
    image.src = photo.large;
    image.decode().then(() => { picture.current = image; be(false); }, () => say(t('photo_gone_now')));
  }, []);
  useEffect(() => {
    const pen = canvas.current?.getContext('2d');
    if (!pen || !picture.current) return;
    pen.drawImage(picture.current, 0, 0, width, height);
    const [across, down] = [width / COLUMNS, height / rows];
    pen.fillStyle = '#444';
    for (const key of marked) {
      const [column = 0, row = 0] = key.split(' ').map(Number);
      pen.fillRect(column * across, row * down, across + 1, down + 1);
    }
    pen.lineWidth = 3;
    for (const [colour, out] of /** @type {[string, number][]} */ ([['#000', 0], ['#fff', 3]])) {
      pen.strokeStyle = colour;
      pen.strokeRect((cursor[0] - 1) * across - out, (cursor[1] - 1) * down - out, 3 * across + 2 * out, 3 * down + 2 * out);
    }
  }, [marked, cursor, busy]);

  /** Mark the square and those around it, or with `off` take their marks away. @param {[number, number]} at @param {boolean} [off] */
  const paint = ([column, row], off = false) => mark((before) => {
    const next = new Set(before);
    for (let east = -1; east <= 1; east += 1) {
      for (let south = -1; south <= 1; south += 1) {
        const [x, y] = [column + east, row + south];
        if (x < 0 || x >= COLUMNS || y < 0 || y >= rows) continue;
        if (off) next.delete(`${x} ${y}`);
        else next.add(`${x} ${y}`);
      }
    }
    return next;
  });
  const drawn = (/** @type {PointerEvent} */ event) => {
    if (!event.buttons || busy || !canvas.current) return;
    const { left, top, width: wide, height: high } = canvas.current.getBoundingClientRect();
    const at = /** @type {[number, number]} */ ([Math.floor((COLUMNS * (event.clientX - left)) / wide), Math.floor((rows * (event.clientY - top)) / high)]);
    move(at);
    paint(at);
  };
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    const step = STEPS[event.key];
    if (step) move(([x, y]) => [Math.min(COLUMNS - 1, Math.max(0, x + step[0])), Math.min(rows - 1, Math.max(0, y + step[1]))]);
    else if (event.key === ' ') paint(cursor, marked.has(cursor.join(' ')));
    else return;
    event.preventDefault();
  };
  const send = async () => {
    be(true);
    say('');
    try {
      const cells = [...marked].map((key) => key.split(' ').map(Number));
      await call(address(of(territory, `/photos/${photo.id}/public`)), { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ cells }) });
      announce(t('cover_done'));
      close();
      await happened(territory, [number]);
    } catch (problem) {
      say(refusalOf(problem, []).rest);
      be(false);
    }
  };
  return html`
    <dialog class="cover" ref=${box} aria-labelledby="cover-title" onClose=${close}>
      <h2 id="cover-title">${t('cover')}</h2>
      <p id="cover-how">${t('cover_how')}</p>
      <canvas id="cover-canvas" ref=${canvas} width=${width} height=${height} tabindex="0" role="application" aria-label=${t('cover_picture')} aria-describedby="cover-how" onPointerDown=${drawn} onPointerMove=${drawn} onKeyDown=${pressed}></canvas>
      <p role="status">${t('cover_count', { n: marked.size })}</p>
      ${said && html`<p class="note failed" role="alert">${said}</p>`}
      <div class="doing">
        <button type="button" class="primary" id="cover-send" disabled=${busy} onClick=${send}>${t(marked.size ? 'cover_send' : 'cover_nothing')}</button>
        <button type="button" class="secondary" id="cover-clear" disabled=${busy || !marked.size} onClick=${() => mark(new Set())}>${t('cover_clear')}</button>
        <button type="button" class="secondary" id="cover-cancel" onClick=${close}>${t('report_cancel')}</button>
      </div>
    </dialog>`;
}
