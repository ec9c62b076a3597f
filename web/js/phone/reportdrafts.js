// Reports that somebody is making on this device, by territory: kept beyond the tab, and the same in all tabs. Those of an account are shown to it
// alone; nobody's are for whoever comes. What is on its way stays until it has arrived; what nobody went on with goes after a week.

/** @typedef {{photos?: {id: string}[], pending?: unknown}} Kept what of a draft is known here */

const STORE = 'wangge.report ';
const SPARE_MS = 7 * 86_400_000;
/** Where the device keeps nothing, a draft lives as long as the page. @type {Map<string, string>} */
const onPage = new Map();

/** @param {string} territory @param {number} account 0 for nobody's */
const nameOf = (territory, account) => `${STORE}${territory}${account ? ` ${account}` : ''}`;

/** @param {string} name */
function placeOf(name) {
  const [territory = '', account = '0'] = name.slice(STORE.length).split(' ');
  return { territory, account: Number(account) };
}

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

/** @param {string} name */
function drop(name) {
  onPage.delete(name);
  try { localStorage.removeItem(name); } catch { /* it was never there */ }
}

/** Whose draft an account goes on with: its own, or nobody's where it has none. @param {string} territory @param {number} account */
export const ownerOf = (territory, account) => (!read(nameOf(territory, account)) && read(nameOf(territory, 0)) ? 0 : account);

/** @param {string} territory @param {number} account @returns {Record<string, unknown>} */
export const reportDraft = (territory, account) => /** @type {Record<string, unknown>} */ (read(nameOf(territory, account)) ?? {});

/** @param {string} territory @param {number} account @param {Kept} draft */
export function keepReportDraft(territory, account, draft) {
  const name = nameOf(territory, account);
  const text = JSON.stringify({ at: Date.now(), draft });
  try {
    localStorage.setItem(name, text);
    onPage.delete(name);
  } catch {
    onPage.set(name, text);
  }
}

/** @param {string} territory @param {number} account */
export const dropReportDraft = (territory, account) => drop(nameOf(territory, account));

/** Hear what another tab makes of the draft that an account goes on with. @param {string} territory @param {number} account @param {() => void} changed @returns {() => void} ends it */
export function onReportDraft(territory, account, changed) {
  const heard = (/** @type {StorageEvent} */ { key }) => { if (key === nameOf(territory, account) || key === nameOf(territory, 0)) changed(); };
  addEventListener('storage', heard);
  return () => removeEventListener('storage', heard);
}

/** Where a report is on its way that an account may send. @param {number} account @returns {string[]} territories */
export const underWay = (account) => names().filter((name) => read(name)?.pending).map(placeOf).filter((one) => !one.account || one.account === account).map(({ territory }) => territory);

/** Photos of this device that drafts hold. @returns {string[]} */
export const draftedPhotos = () => names().flatMap((name) => read(name)?.photos ?? []).map(({ id }) => id);

/** Drop what nobody went on with. */
export const dropOldDrafts = () => names().filter((name) => !read(name)).forEach(drop);

/** Drop an account's drafts, but for what is on its way. @param {number} account @returns {string[]} their photos */
export function dropDraftsOf(account) {
  const theirs = names().filter((name) => placeOf(name).account === account && !read(name)?.pending);
  const photos = theirs.flatMap((name) => read(name)?.photos ?? []).map(({ id }) => id);
  theirs.forEach(drop);
  return photos;
}
