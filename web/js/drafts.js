// What was typed and not sent, by form; kept over a lost session, a reload and another case. Sent or given up, it is gone.

/** @typedef {Record<string, unknown>} Draft */

const STORE = 'wangge.drafts';

/** @returns {Record<string, Draft>} */
function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(STORE) ?? '{}');
  } catch {
    return {};
  }
}

/** @type {Map<string, Draft>} */
const drafts = new Map(Object.entries(kept()));

function keep() {
  try {
    sessionStorage.setItem(STORE, JSON.stringify(Object.fromEntries(drafts)));
  } catch { /* kept on the page alone */ }
}

/** @param {string} form @returns {Draft} */
export const draftOf = (form) => drafts.get(form) ?? {};

/** @param {string} form @param {Draft} draft */
export function keepDraft(form, draft) {
  drafts.set(form, draft);
  keep();
}

/** @param {string} form */
export function dropDraft(form) {
  drafts.delete(form);
  keep();
}

/** Of another person nothing is shown. */
export function dropDrafts() {
  drafts.clear();
  keep();
}
