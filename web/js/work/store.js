// What the service said, once: cases by number, filled by lists and cases; lists by their address.
import { useEffect, useReducer } from '../preact.js';
import { language } from '../i18n.js';

/** @import { Category, Territory } from '../api.js' */
/** @import { Case, Row, Summary } from './calls.js' */
/** @import { Entry } from '../phone/outbox.js' */
/** @import { StreamState } from '../events.js' */
/** @import { SessionAnswer } from 'service' */

/**
 * @typedef {object} Known a case as far as it is known
 * @property {Row} row
 * @property {Case | null} detail
 * @property {boolean} stale the service has a newer version
 * @property {unknown} problem why it could not be read
 * @property {string} [kept] since when it lies on this device, where there was no network to read it anew
 */
/**
 * @typedef {object} List
 * @property {string[]} numbers
 * @property {string} next address of the next page; empty after the last
 * @property {boolean} asking
 * @property {boolean} stale what it holds may have changed
 * @property {unknown} problem
 * @property {string} at when it was read
 * @property {string} kept the same, where there was no network to read it anew; else empty
 */
/** @typedef {{told: Summary | null, stale: boolean}} Counted `told` is null where the service gives none */
/**
 * @typedef {object} State
 * @property {Pick<SessionAnswer, 'account' | 'oidc'> | null} session null until it is known
 * @property {boolean} lost the session has ended while somebody worked
 * @property {unknown} problem why the page cannot begin
 * @property {Territory[]} territories
 * @property {Map<string, Category[]>} categories by territory
 * @property {Map<string, Known>} cases
 * @property {Map<string, number>} heard the latest version of a case that an event told
 * @property {Map<string, List>} lists
 * @property {Map<string, Counted>} summaries
 * @property {string} note what is to be told above the case
 * @property {boolean} away there is no network, or no service behind it; what is shown was kept
 * @property {Entry[]} outbox what the reader has done and is not with the service yet
 * @property {boolean} full this device takes nothing more
 * @property {ServiceWorker | null} newer a newer program that waits to be taken
 * @property {StreamState} live whether what is shown follows what happens
 */

/** @type {State} */
const state = {
  session: null,
  lost: false,
  problem: null,
  territories: [],
  categories: new Map(),
  cases: new Map(),
  heard: new Map(),
  lists: new Map(),
  summaries: new Map(),
  note: '',
  away: false,
  outbox: [],
  full: false,
  newer: null,
  live: 'catching-up',
};
/** @type {Set<() => void>} */
const watchers = new Set();

export const store = () => state;

/** Change what is known, and draw what hangs on it. @param {Partial<State>} [changes] */
export function change(changes = {}) {
  Object.assign(state, changes);
  for (const watch of watchers) watch();
}

/** What is known, in a component that is drawn again whenever it changes. */
export function useStore() {
  const [, again] = useReducer((/** @type {number} */ n) => n + 1, 0);
  useEffect(() => {
    const watch = () => again(undefined);
    watchers.add(watch);
    return () => { watchers.delete(watch); };
  }, []);
  return state;
}

/** Under which key something of a territory lies: words of the service belong to a language. @param {string} territory @param {string | URLSearchParams} rest */
export const keyOf = (territory, rest) => `${language()} ${territory} ${rest}`;

/** @param {string} territory @param {string} number */
export const known = (territory, number) => state.cases.get(keyOf(territory, number));

/** Take a row of a list; what is known already of the same version is kept. @param {string} territory @param {Row} row */
export function learn(territory, row) {
  const key = keyOf(territory, row.number);
  const before = state.cases.get(key);
  const detail = before?.detail ?? null;
  const newest = Math.max(row.version, state.heard.get(key) ?? 0);
  state.cases.set(key, { row, detail, stale: Boolean(detail && detail.version < newest), problem: null });
}

/** Take a case as it stands; it may have been overtaken while it was on its way. @param {string} territory @param {Case} detail */
export function learnCase(territory, detail) {
  const key = keyOf(territory, detail.number);
  state.cases.set(key, { row: detail, detail, stale: (state.heard.get(key) ?? 0) > detail.version, problem: null });
}

/** Everything of lists and counts may have changed: what is on the screen is asked anew, the rest when it is looked at. */
export function outdate() {
  for (const list of state.lists.values()) list.stale = true;
  for (const counted of state.summaries.values()) counted.stale = true;
}

/** All of it, and each case, may have changed. */
export function outdateAll() {
  outdate();
  for (const one of state.cases.values()) one.stale = true;
}

/** What a filter holds, counted, as far as it is known. @param {string} territory @param {string | URLSearchParams} query */
export const counted = (territory, query) => state.summaries.get(keyOf(territory, query.toString()))?.told ?? null;

/** Forget all that was read in somebody's name. */
export function forget() {
  state.cases.clear();
  state.heard.clear();
  state.lists.clear();
  state.summaries.clear();
  state.categories.clear();
}
