// On a phone the panel is a sheet that is pulled up: peek, half, full. On a desk it just stands there.
import { t } from './i18n.js';

const STATES = ['peek', 'half', 'full'];
const phone = matchMedia('(max-width: 760px)');
const DRAG_PX = 40;

/** The panel's sheet; `pull(state)` sets how far it is up. */
export class Sheet {
  /** @param {HTMLElement} grip */
  constructor(grip) {
    this.grip = grip;
    this.state = 'peek';
    /** Where a drag began. @type {number | null} */
    this.from = null;
    grip.addEventListener('click', () => this.turn((STATES.indexOf(this.state) + 1) % STATES.length));
    grip.addEventListener('pointerdown', (event) => {
      this.from = event.clientY;
      grip.setPointerCapture(event.pointerId);
    });
    grip.addEventListener('pointerup', (event) => this.drop(event));
    grip.addEventListener('pointercancel', () => { this.from = null; });
    this.pull('peek');
    this.speak();
  }

  /** @param {PointerEvent} event */
  drop(event) {
    const moved = this.from === null ? 0 : this.from - event.clientY;
    this.from = null;
    if (Math.abs(moved) < DRAG_PX) return;
    const step = STATES.indexOf(this.state) + Math.sign(moved) * (Math.abs(moved) > innerHeight / 2 ? 2 : 1);
    // The click that follows the drag would turn the sheet once more.
    this.grip.addEventListener('click', (click) => click.stopImmediatePropagation(), { once: true, capture: true });
    this.turn(step);
  }

  /** Pull it to a step between the lowest and the highest. @param {number} step */
  turn(step) {
    this.pull(STATES[Math.max(0, Math.min(STATES.length - 1, step))] ?? 'peek');
  }

  /** @param {string} state */
  pull(state) {
    this.state = state;
    document.body.dataset.sheet = state;
    this.grip.setAttribute('aria-expanded', String(state !== 'peek'));
  }

  /** Make room for something to read, unless the reader has pulled it up further already. */
  show() {
    if (phone.matches && this.state === 'peek') this.pull('half');
  }

  speak() {
    this.grip.setAttribute('aria-label', t('sheet'));
  }

  /** Pixels of the map that the sheet hides at its resting height, beyond the peek that the map leaves free. */
  get covered() {
    return phone.matches && this.state !== 'peek' ? Math.round(innerHeight * 0.52) - 120 : 0;
  }

  get isPhone() {
    return phone.matches;
  }
}
