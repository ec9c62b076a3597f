// What somebody has filled in of a report, kept for the tab until the report is taken: over Back, a reload, a new form.

/** @import { Draft } from './report.js' */

const KEY = 'report-draft';

/** @returns {Draft | null} */
export function draftKept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
  } catch { // no storage, or something else's words in it
    return null;
  }
}

/** @param {Draft | null} draft */
export function keepDraft(draft) {
  try {
    if (draft) sessionStorage.setItem(KEY, JSON.stringify(draft));
    else sessionStorage.removeItem(KEY);
  } catch { /* then it lives as long as the form */ }
}
