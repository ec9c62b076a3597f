// Keeping up: what moves on a map is drawn coarser while the machine cannot draw it as often as it moves.

const SLOW_MS = 45;
const SLOW_OF = /** @type {const} */ ([3, 8]);
const STILL_MS = 400;
const STEPS = [1, 0.7, 0.5, 0.35];

/** Watches how often the page is drawn while something moves, and asks for fewer pixels when that is too seldom. */
export class Pace {
  /** @param {(share: number) => unknown} draw of the screen's pixels along each side, 1 when all stands still */
  constructor(draw) {
    this.draw = draw;
    this.moved = -Infinity;
    this.turn = 0;
    this.step = 0;
    /** @type {number[]} */
    this.spans = [];
  }

  /** Something moved just now. */
  beat() {
    this.moved = performance.now();
    if (!this.turn) this.watch(this.moved);
  }

  /** @param {number} last */
  watch(last) {
    this.turn = requestAnimationFrame((now) => {
      this.spans = [...this.spans, now - last].slice(-SLOW_OF[1]);
      if (performance.now() - this.moved > STILL_MS) this.end();
      else {
        if (this.step < STEPS.length - 1 && this.spans.filter((span) => span > SLOW_MS).length >= SLOW_OF[0]) this.take(this.step + 1);
        this.watch(now);
      }
    });
  }

  /** @param {number} step */
  take(step) {
    this.spans = [];
    if (this.step === step) return;
    this.step = step;
    this.draw(STEPS[step] ?? 1);
  }

  /** Nothing moves any more: every pixel again. */
  end() {
    cancelAnimationFrame(this.turn);
    this.turn = 0;
    this.take(0);
  }
}
