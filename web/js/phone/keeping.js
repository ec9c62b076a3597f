// My cases on the phone: what was read last, for when there is no network. Of those who work in the street only, and only
// what is theirs; gone when they sign out or somebody else signs in. No contact and no photo of a case is ever kept.
import { caseOf, outlineOf } from '../work/calls.js';
import { beginning, forgetKept, keysOf, read, readAll, remove, write } from './database.js';

/** @import { Category, Territory } from '../api.js' */
/** @import { Case, Row } from '../work/calls.js' */
/** @import { Campaign, CampaignPlaces, CellRef, HeldGrant, OpenMove, SessionAnswer, SignedAccount } from 'service' */

/** @typedef {{account: SignedAccount, territories: Territory[], at: string}} KeptSession */
/** @typedef {{rows: Row[], at: string}} KeptList */
/** @typedef {{detail: Case, language: string, at: string}} KeptCase */
/** @typedef {{level: string, code: string, name: string, geometry: GeoJSON.Polygon | GeoJSON.MultiPolygon}} Outline */

const MOST_CASES = 50;
const AT_ONCE = 3;

const now = () => new Date().toISOString();

/** Whether somebody works in the street: for base grids, or for an organisation, and for nothing larger. @param {HeldGrant[]} grants @param {Territory} territory */
export function inTheStreet(grants, territory) {
  const base = territory.levels.at(-1)?.key;
  return grants.length > 0 && grants.every(({ level, organisation }) => Boolean(organisation) || level === base);
}

/** Who is signed in, and where. Of another than before nothing stays. @param {Pick<SessionAnswer, 'account'>} session @param {Territory[]} territories */
export async function keepSession({ account }, territories) {
  const before = /** @type {KeptSession | undefined} */ (await read('kept', 'session'));
  if (before && before.account.id !== account?.id) await forgetKept();
  const theirs = territories.filter(({ code }) => account?.grants.some(({ territory }) => territory === null || territory === code));
  const street = theirs.length > 0 && theirs.every((one) => inTheStreet(account?.grants.filter(({ territory }) => territory === null || territory === one.code) ?? [], one));
  if (account && street) await write('kept', { account, territories: theirs, at: now() }, 'session');
  else if (before) await forgetKept();
}

/** @returns {Promise<KeptSession | undefined>} */
export const recallSession = () => read('kept', 'session').catch(() => undefined);

/** @param {string} territory @param {Category[]} categories */
export const keepCategories = (territory, categories) => write('kept', categories, `categories ${territory}`);
/** @param {string} territory @returns {Promise<Category[] | undefined>} */
export const recallCategories = (territory) => read('kept', `categories ${territory}`).catch(() => undefined);

/** @typedef {Record<string, {one: Campaign, places: CampaignPlaces['places']}>} Checks by the code of a campaign: with its checklists, and its places */

/** Of whoever works in the street, as everything here. @param {string} territory @param {Checks} checks */
export async function keepChecks(territory, checks) {
  if (await recallSession()) await write('kept', checks, `checks ${territory}`);
}
/** @param {string} territory @returns {Promise<Checks>} */
export const recallChecks = async (territory) => (await read('kept', `checks ${territory}`).catch(() => undefined)) ?? {};

/** Of whoever reports, who need not be known. @param {Territory[]} territories */
export const keepTerritories = (territories) => write('kept', territories, 'territories');
/** @returns {Promise<Territory[] | undefined>} */
export const recallTerritories = () => read('kept', 'territories').catch(() => undefined);

/** @param {string} territory @returns {Promise<KeptList | undefined>} */
export const recallList = (territory) => read('kept', `list ${territory}`).catch(() => undefined);
/** @param {string} territory @param {string} number @returns {Promise<KeptCase | undefined>} */
export const recallCase = (territory, number) => read('kept', `case ${territory} ${number}`).catch(() => undefined);
/** A case as it stands now, if it is one of those that are kept. @param {string} territory @param {Case} detail @param {string} language */
export async function keepCase(territory, detail, language) {
  for (const offer of detail.moves) await write('kept', { ...offer, tasks: [] }, `move ${territory} ${language} ${offer.move}`);
  await write('kept', { detail: { ...detail, photos: [] }, language, at: now() }, `case ${territory} ${detail.number}`);
}

/** What a move needs, where it was open in some case that was kept. @param {string} territory @param {string} language @param {string} move @returns {Promise<OpenMove | undefined>} */
export const recallMove = (territory, language, move) => read('kept', `move ${territory} ${language} ${move}`).catch(() => undefined);

/** @param {string} territory @returns {Promise<Outline[]>} */
export const recallOutlines = (territory) => readAll('kept', beginning(`cell ${territory} `)).catch(() => []);

/**
 * Keep somebody's list, its cases and the outlines of their cells; what is no longer in it goes. Only what changed is asked for.
 *
 * @param {Territory} territory
 * @param {Row[]} rows
 * @param {{language: string, grants: HeldGrant[]}} whose
 */
export async function keepMine(territory, rows, { language, grants }) {
  const { code } = territory;
  const mine = rows.slice(0, MOST_CASES);
  await write('kept', { rows, at: now() }, `list ${code}`);
  const stay = new Set(mine.map(({ number }) => `case ${code} ${number}`));
  for (const key of await keysOf('kept', beginning(`case ${code} `))) if (!stay.has(String(key))) await remove('kept', key);
  const base = territory.levels.at(-1)?.key ?? '';
  const own = grants.flatMap(({ level, code: cell }) => (level === base && cell ? [{ level, code: cell }] : []));
  const cells = new Map([...own, ...mine.map(({ cell }) => cell)].map((cell) => [`cell ${code} ${territory.edition} ${cell.level} ${cell.code}`, cell]));
  for (const key of await keysOf('kept', beginning(`cell ${code} `))) if (!cells.has(String(key))) await remove('kept', key);
  await byFew([
    ...mine.map((row) => () => fetchCase(code, row, language)),
    ...[...cells].map(([key, cell]) => () => fetchOutline(code, key, cell)),
  ]);
}

/** @param {string} territory @param {Row} row @param {string} language */
async function fetchCase(territory, row, language) {
  const before = await recallCase(territory, row.number);
  if (before?.detail.version === row.version && before.language === language) return;
  await keepCase(territory, await caseOf(territory, row.number), language);
}

/** @param {string} territory @param {string} key @param {Pick<CellRef, 'level' | 'code'>} cell */
async function fetchOutline(territory, key, { level, code }) {
  if (await read('kept', key)) return;
  const { geometry, properties } = await outlineOf(territory, { level, code, name: '' });
  await write('kept', { level, code, name: properties?.name ?? '', geometry }, key);
}

/** A few at a time; the first that fails ends it. @param {(() => Promise<unknown>)[]} jobs */
async function byFew(jobs) {
  const waiting = jobs.values();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => { for (const job of waiting) await job(); }));
}
