// What happens to cases while somebody looks: the store hears of it, and what is on the screen is asked anew.
import { followEvents } from '../events.js';
import { change, keyOf, known, outdate, outdateAll, store } from './store.js';

/** @import { StreamEvent, StreamState } from '../events.js' */

/** Several things at once are one reason to ask. */
const GATHER_MS = 400;
/** Counts take longer to make than a list, and nobody reads them as fast. */
const SPARE_MS = 2_000;

/** Follow a territory until the function that is given back is called. @param {string} territory @returns {() => void} */
export function followTerritory(territory) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let gathering;
  let asked = 0;
  const gathered = () => {
    gathering = undefined;
    asked = Date.now();
    outdate();
    change();
  };
  const soon = () => {
    gathering ??= setTimeout(gathered, Math.max(GATHER_MS, asked + SPARE_MS - Date.now()));
  };
  /** @param {StreamEvent} event */
  const take = (event) => {
    if (event.name === 'reset') outdateAll();
    else if (event.name === 'gone') store().cases.delete(keyOf(territory, event.number));
    else {
      const before = known(territory, event.number);
      store().heard.set(keyOf(territory, event.number), event.version);
      // What one has oneself just done is known already.
      if (before?.detail && before.detail.version >= event.version) return;
      if (before?.detail) before.stale = true;
      if (before?.row && before.row.version >= event.version) return;
    }
    change();
    soon();
  };
  let first = true;
  /** @param {StreamState} state */
  const stand = (state) => {
    // What was read before the stream began may be a moment older than it.
    if (state === 'live' && first && store().lists.size) soon();
    first &&= state !== 'live';
    change({ live: state });
  };
  const stream = followEvents(territory, { onEvent: take, onState: stand });
  return () => {
    clearTimeout(gathering);
    stream.close();
    change({ live: 'catching-up' });
  };
}
