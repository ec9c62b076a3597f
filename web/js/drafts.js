// What was typed and not sent, by form; kept over a lost session, a reload and another case. Sent or given up, or signed out, it is gone.

/** @typedef {Record<string, unknown>} Draft */

const STORE = 'wangge.drafts';

/** @returns {{account: number, drafts: Record<string, Draft>}} */
function kept() {
  try {
    const { account = 0, drafts = {} } = JSON.parse(sessionStorage.getItem(STORE) ?? '{}');
    return { account, drafts };
  } catch {
    return { account: 0, drafts: {} };
  }
}

const before = kept();
/** Whose they are; 0 while nobody has signed in. */
let { account } = before;
/** @type {Map<string, Draft>} */
const drafts = new Map(Object.entries(before.drafts));
/** Whether they have signed out: what a page keeps while it is left is nobody's. */
let over = false;

function keep() {
  try {
    sessionStorage.setItem(STORE, JSON.stringify({ account, drafts: Object.fromEntries(drafts) }));
  } catch { /* kept on the page alone */ }
}

/** @param {string} form @returns {Draft} */
export const draftOf = (form) => drafts.get(form) ?? {};

/** Whether something stands in a form that was not sent. @param {string} form */
export const isWritten = (form) => Object.values(draftOf(form)).some((value) => (Array.isArray(value) ? value.length > 0 : value !== '' && value !== null && value !== undefined));

/** @param {string} form @param {Draft} draft */
export function keepDraft(form, draft) {
  if (over) return;
  drafts.set(form, draft);
  keep();
}

/** @param {string} form */
export function dropDraft(form) {
  drafts.delete(form);
  keep();
}

/** Who signs out leaves nothing for whoever is next in this tab. */
export function dropDrafts() {
  over = true;
  account = 0;
  drafts.clear();
  keep();
}

/** From now on they are an account's: to it another's are not shown, not even after a reload. @param {number} id */
export function draftsAre(id) {
  over = false;
  if (account === id) return;
  if (account) drafts.clear();
  account = id;
  keep();
}
