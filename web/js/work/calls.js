// What the work screens ask of the service: lists of cases, what they count, one case, moves.
import { address, call, of, posted } from '../api.js';

/** @import { Problem } from '../api.js' */
/** @import * as Service from 'service' */
/** @typedef {Service.CaseDetail} Case */
/** @typedef {Omit<Service.FiledReport, 'secret'> & {state_title: string, parked_at: string | null, holder: Service.HolderRef | Service.Holder | null, returned?: boolean}} Row a case as it stands in a list */
/** @typedef {{reports: Row[], links: Service.Link[]}} Page */
/** @typedef {Record<string, unknown> & {move: string}} Move */
/** @typedef {Service.ListSummary} Summary */
/** @typedef {Service.BulkMoved} Result what became of one of many moves */

/** @param {string} path @param {URLSearchParams} query */
function withQuery(path, query) {
  const url = new URL(address(path));
  for (const [key, value] of query) url.searchParams.append(key, value);
  return url.href;
}

/** @param {string} territory @param {URLSearchParams} query @param {number} limit @returns {Promise<Page>} */
export function listCases(territory, query, limit) {
  const wanted = new URLSearchParams(query);
  wanted.set('limit', String(limit));
  return call(withQuery(of(territory, '/reports'), wanted));
}

/** Where a collection is as a file. @param {string} territory @param {string} file name and form @param {URLSearchParams} query */
export const fileOf = (territory, file, query) => withQuery(of(territory, `/files/${file}`), query);

/** Have a file made of a list, which nobody waits for. @param {string} territory @param {string} form @param {URLSearchParams} query @returns {Promise<Service.ExportAnswer>} */
export const createExport = (territory, form, query) => call(withQuery(of(territory, '/exports'), new URLSearchParams([...query, ['form', form]])), { method: 'POST' });

/** The files that were made so, or are to be. @param {string} territory @returns {Promise<Service.ExportAnswers>} */
export const exportsOf = (territory) => call(address(of(territory, '/exports')));

/** @param {string} territory @param {string} id */
export const removeExport = (territory, id) => call(address(of(territory, `/exports/${id}`)), { method: 'DELETE' });

/** The page that a `next` link leads to. @param {string} href @returns {Promise<Page>} */
export const follow = (href) => call(href);

/** What a filter holds, counted. @param {string} territory @param {URLSearchParams} query @returns {Promise<Summary>} */
export const summary = (territory, query) => call(withQuery(of(territory, '/reports/summary'), query));

/** What came to one's own cells this week. @param {string} territory @returns {Promise<Service.MyWeek>} */
export const myWeek = (territory) => call(address(of(territory, '/my-week')));

/** @param {string} territory @param {string} number @param {string} [rest] */
const caseAddress = (territory, number, rest = '') => address(of(territory, `/reports/${encodeURIComponent(number)}${rest}`));

/** Open cases that may be the same matter as one, the likeliest first. @param {string} territory @param {string} number @returns {Promise<Service.Doubles>} */
export const doublesOf = (territory, number) => call(caseAddress(territory, number, '/doubles'));

/** A case with its history, its tasks and the moves that are open to the reader. @param {string} territory @param {string} number @returns {Promise<Case>} */
export const caseOf = (territory, number) => call(caseAddress(territory, number));

const MOVE_MS = 30_000;

/** Tell what was seen at a place of a campaign's checklist; sent again under its id, it is kept once. @param {string} territory @param {Record<string, unknown>} seen @returns {Promise<{number: string, version: number}>} of no case */
export async function answerPlace(territory, { campaign, ...seen }) {
  await call(address(of(territory, `/campaigns/${encodeURIComponent(String(campaign))}/answers`)), posted(seen));
  return { number: '', version: 0 };
}

/**
 * Make a move of a case as it was read in a version; somebody who was quicker is told by a Problem (`stale`).
 *
 * @param {string} territory
 * @param {string} number
 * @param {Move} move
 * @param {number | '*'} version `*` for whichever is there
 * @param {string} key under which it may be sent again, and is made once
 * @returns {Promise<Service.Moved>}
 */
export function moveCase(territory, number, move, version, key) {
  const options = posted(move);
  const headers = { ...options.headers, 'If-Match': version === '*' ? '*' : `"${version}"`, 'Idempotency-Key': key };
  return call(caseAddress(territory, number, '/moves'), { ...options, headers, signal: AbortSignal.timeout(MOVE_MS) });
}

/** Texts that a move may be made with, filled in for a case. @param {string} territory @param {string} number @param {string} move @returns {Promise<Service.FilledTemplates>} */
export const textsFor = (territory, number, move) => call(`${caseAddress(territory, number, '/templates')}?${new URLSearchParams({ move })}`);

/** The same move for many cases, each answered by itself. @param {string} territory @param {(Move & {number: string, version: number})[]} moves @returns {Promise<Service.BulkMovesAnswer>} */
export const moveMany = (territory, moves) => call(address(of(territory, '/reports/moves')), posted({ moves }));

/** How to answer the reporter; that it was read, and why, is kept. @param {string} territory @param {string} number @param {string} reason @returns {Promise<Service.ContactAnswer>} */
export const contactOf = (territory, number, reason) => call(`${caseAddress(territory, number, '/contact')}?${new URLSearchParams({ reason })}`);

/** The outline of a cell. @param {string} territory @param {Service.CellRef} cell @returns {Promise<GeoJSON.Feature>} */
export const outlineOf = (territory, { level, code }) => call(address(of(territory, `/cells/${encodeURIComponent(level)}/${encodeURIComponent(code)}`)));

/** The lists that the reader keeps under a name. @param {string} territory @returns {Promise<Service.SavedLists>} */
export const savedLists = (territory) => call(address(of(territory, '/saved-lists')));

/** @param {string} territory @param {Service.SavedListBody} list @returns {Promise<Service.SavedList>} */
export const saveList = (territory, list) => call(address(of(territory, '/saved-lists')), posted(list));

/** @param {string} territory @param {number} id */
export const forgetList = (territory, id) => call(address(of(territory, `/saved-lists/${id}`)), { method: 'DELETE' });
