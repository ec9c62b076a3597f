// The pulse: a number that grows when something happened to a case, so that what is on the screen is asked anew.
import { followEvents } from '../events.js';
import { clock } from './dates.js';

/** @typedef {'live' | 'asking' | 'away'} Standing how it is known that something happened: told at once; asked for in turns; neither for now */
/** @typedef {{beat: number, at: Date, standing: Standing}} Pulse */

/** Many things that happen together are one beat. */
const TOGETHER_MS = 1000;
const ASKING_MS = 15_000;
/** Hours and days go by while nothing happens. */
const QUIET_MS = 60_000;

/** @type {Pulse} */
let pulse = { beat: 0, at: new Date(), standing: 'asking' };
/** @type {Set<() => void>} */
const watchers = new Set();

export const now = () => pulse;

/** @param {() => void} watch @returns {() => void} ends it */
export function watchPulse(watch) {
  watchers.add(watch);
  return () => watchers.delete(watch);
}

/** @param {Partial<Pulse>} changes */
function tell(changes) {
  pulse = { ...pulse, ...changes };
  for (const watch of watchers) watch();
}

/** Beat for a territory until it is ended. What nobody looks at asks for nothing. @param {string} territory @returns {() => void} */
export function follow(territory) {
  let last = Date.now();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let soon;
  const beat = () => {
    clearTimeout(soon);
    soon = undefined;
    last = Date.now();
    tell({ beat: pulse.beat + 1, at: new Date() });
  };
  const stream = followEvents(territory, {
    onEvent: () => { soon ??= setTimeout(beat, TOGETHER_MS); },
    onState: (state) => {
      const standing = state === 'live' ? 'live' : state === 'ended' ? 'asking' : state === 'broken' ? 'away' : pulse.standing;
      if (standing === pulse.standing) return;
      tell({ standing });
      if (standing === 'live') beat(); // what came while nothing was told
    },
  });
  const timer = setInterval(() => {
    if (!document.hidden && Date.now() - last >= (pulse.standing === 'live' ? QUIET_MS : ASKING_MS)) beat();
  }, 1000);
  const seen = () => !document.hidden && beat();
  document.addEventListener('visibilitychange', seen);
  return () => {
    stream.close();
    clearTimeout(soon);
    clearInterval(timer);
    document.removeEventListener('visibilitychange', seen);
  };
}

/** The day and hour of a territory at the last beat. @param {string} zone */
export const today = (zone) => clock(zone, pulse.at);
