// Sending one report: once, whatever the network does. The same goes with every try under one key, so the service stores one case.
import { known, Problem } from './api.js';
import { remember } from './followed.js';

/** @import { Report } from './api.js' */

/**
 * @typedef {object} Told how a report fares
 * @property {() => void} sending
 * @property {(seconds: number, problem: Problem) => void} waiting
 * @property {(receipt: Report) => void} done
 * @property {(error: unknown) => void} refused
 */

const FIRST_WAIT_S = 4;
const LONGEST_WAIT_S = 60;

/** What a resident filed is kept on the device, to be followed; what staff filed for others is not. @param {Report} receipt */
export async function keepFollowed({ territory, number, secret, category, received_at: at }) {
  if (secret && !await known()) remember({ territory, number, secret, category, at });
}

/** One report on its way. */
export class Submission {
  /** @param {() => Promise<Report>} file one try @param {Told} on */
  constructor(file, on) {
    this.file = file;
    this.on = on;
    this.tries = 0;
    this.timer = 0;
    this.running = false;
    this.over = false;
    this.online = () => this.send();
    addEventListener('online', this.online);
  }

  async send() {
    if (this.running || this.over) return;
    clearTimeout(this.timer);
    this.running = true;
    this.on.sending();
    try {
      const receipt = await this.file();
      this.finish(() => this.on.done(receipt));
    } catch (error) {
      this.running = false;
      if (this.over) return;
      if (error instanceof Problem && error.passing) this.wait(error);
      else this.finish(() => this.on.refused(error));
    }
  }

  /** @param {Problem} problem */
  wait(problem) {
    let left = problem.retryAfter ?? Math.min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** this.tries);
    this.tries += 1;
    const tick = () => {
      if (left <= 0) {
        this.send();
        return;
      }
      this.on.waiting(left, problem);
      left -= 1;
      this.timer = setTimeout(tick, 1000);
    };
    tick();
  }

  /** @param {() => void} tell */
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
