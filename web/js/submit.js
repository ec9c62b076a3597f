// Sending one report: once, whatever the network does. The same key goes with every try, so the service stores one case.
import { fileReport, newKey, Problem } from './api.js';

const FIRST_WAIT_S = 4;
const LONGEST_WAIT_S = 60;

/** One report on its way. `on` is told `sending()`, `waiting(seconds, problem)`, `done(receipt)` or `refused(problem)`. */
export class Submission {
  constructor(territory, report, on, key = newKey()) {
    Object.assign(this, { territory, report, on, key, tries: 0, timer: 0, running: false, over: false });
    this.online = () => this.send();
    addEventListener('online', this.online);
  }

  async send() {
    if (this.running || this.over) return;
    clearTimeout(this.timer);
    this.running = true;
    this.on.sending();
    try {
      const receipt = await fileReport(this.territory, this.report, this.key);
      this.finish(() => this.on.done(receipt));
    } catch (error) {
      this.running = false;
      if (this.over) return;
      if (error instanceof Problem && error.passing) this.wait(error);
      else this.finish(() => this.on.refused(error));
    }
  }

  wait(problem) {
    let left = problem.retryAfter ?? Math.min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** this.tries);
    this.tries += 1;
    const tick = () => {
      if (left <= 0) return this.send();
      this.on.waiting(left, problem);
      left -= 1;
      this.timer = setTimeout(tick, 1000);
      return undefined;
    };
    tick();
  }

  finish(tell) {
    const was = this.over;
    this.stop();
    if (!was) tell();
  }

  /** No more tries. */
  stop() {
    this.over = true;
    this.running = false;
    clearTimeout(this.timer);
    removeEventListener('online', this.online);
  }
}
