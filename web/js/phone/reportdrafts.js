// Reports that somebody is making on this device, by territory: kept beyond the tab, and the same in all tabs. What is on its way stays until
// it has arrived; what nobody went on with goes after a week.

/** @typedef {{photos?: {id: string}[], pending?: unknown}} Kept what of a draft is known here */

const STORE = 'wangge.report ';
const SPARE_MS = 7 * 86_400_000;
/** Where the device keeps nothing, a draft lives as long as the page. @type {Map<string, string>} */
const onPage = new Map();

/** @param {string} name @returns {Kept | null} */
function read(name) {
  try {
    const { at, draft } = JSON.parse(onPage.get(name) ?? localStorage.getItem(name) ?? 'null') ?? {};
    return draft && (draft.pending || at > Date.now() - SPARE_MS) ? draft : null;
  } catch {
    return null;
  }
}

function names() {
  try {
    return [...Object.keys(localStorage).filter((name) => name.startsWith(STORE)), ...onPage.keys()];
  } catch {
    return [...onPage.keys()];
  }
}

/** @param {string} territory @returns {Record<string, unknown>} */
export const reportDraft = (territory) => /** @type {Record<string, unknown>} */ (read(STORE + territory) ?? {});

/** @param {string} territory @param {Kept} draft */
export function keepReportDraft(territory, draft) {
  const text = JSON.stringify({ at: Date.now(), draft });
  try {
    localStorage.setItem(STORE + territory, text);
    onPage.delete(STORE + territory);
  } catch {
    onPage.set(STORE + territory, text);
  }
}

/** @param {string} territory */
export function dropReportDraft(territory) {
  onPage.delete(STORE + territory);
  try { localStorage.removeItem(STORE + territory); } catch { /* it was never there */ }
}

/** Hear what another tab makes of the draft. @param {string} territory @param {() => void} changed @returns {() => void} ends it */
export function onReportDraft(territory, changed) {
  const heard = (/** @type {StorageEvent} */ { key }) => { if (key === STORE + territory) changed(); };
  addEventListener('storage', heard);
  return () => removeEventListener('storage', heard);
}

/** Where a report is on its way. @returns {string[]} territories */
export const underWay = () => names().filter((name) => read(name)?.pending).map((name) => name.slice(STORE.length));

/** Photos of this device that drafts hold. @returns {string[]} */
export const draftedPhotos = () => names().flatMap((name) => read(name)?.photos ?? []).map(({ id }) => id);
