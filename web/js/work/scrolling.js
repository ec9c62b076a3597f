// Where in each list the reader was, for Back and for a reload.

const STORE = 'wangge.work.places';
const KEPT = 20;

/** @typedef {{number: string, above: number, count: number}} Place the first row that is seen, how far its top lies above the list's, and how many rows there are */

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
export const placeIn = (list) => places.get(list) ?? { number: '', above: 0, count: 0 };

/** The row of a case. @param {HTMLElement} scroller @param {string} number @returns {HTMLElement | null | undefined} */
const rowOf = (scroller, number) => (number ? scroller.querySelector(`[data-number="${CSS.escape(number)}"]`)?.closest('li') : null);

/** Note where in a list somebody is: by row, since rows are as high as the list is wide. @param {string} list @param {HTMLElement} scroller */
export function keepPlace(list, scroller) {
  const { top } = scroller.getBoundingClientRect();
  const rows = [...scroller.querySelectorAll('li.row')];
  const first = scroller.scrollTop > 0 ? rows.find((row) => row.getBoundingClientRect().bottom > top) : undefined;
  const number = first?.querySelector('a')?.dataset.number ?? '';
  places.delete(list);
  places.set(list, { number, above: first ? Math.round(top - first.getBoundingClientRect().top) : 0, count: rows.length });
  for (const old of [...places.keys()].slice(0, -KEPT)) places.delete(old);
}

/** Bring a list back to where somebody was, with the open case in sight. @param {string} list @param {HTMLElement} scroller @param {string} open */
export function findPlace(list, scroller, open) {
  const { number, above } = placeIn(list);
  const row = rowOf(scroller, number);
  if (row) scroller.scrollTop += row.getBoundingClientRect().top - scroller.getBoundingClientRect().top + above;
  else scroller.scrollTop = 0;
  rowOf(scroller, open)?.scrollIntoView({ block: 'nearest' });
}

// Written when the page goes, not at each pixel.
addEventListener('pagehide', () => {
  try { sessionStorage.setItem(STORE, JSON.stringify([...places])); } catch { /* not kept then */ }
});
