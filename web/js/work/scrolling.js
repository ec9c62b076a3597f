// Where in each list the reader was, for Back and for a reload.

const STORE = 'wangge.work.places';
const KEPT = 20;

/** @typedef {{top: number, count: number}} Place how far down, and how many rows were there */

/** @returns {[string, Place][]} */
function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(STORE) ?? '[]');
  } catch {
    return [];
  }
}

const places = new Map(kept());

/** @param {string} list @returns {Place} */
export const placeIn = (list) => places.get(list) ?? { top: 0, count: 0 };

/** @param {string} list @param {number} top pixels @param {number} count */
export function keepPlace(list, top, count) {
  places.delete(list);
  places.set(list, { top: Math.round(top), count });
  for (const old of [...places.keys()].slice(0, -KEPT)) places.delete(old);
}

// Written when the page goes, not at each pixel.
addEventListener('pagehide', () => {
  try { sessionStorage.setItem(STORE, JSON.stringify([...places])); } catch { /* not kept then */ }
});
