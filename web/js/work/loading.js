// Asks the service and puts its answers into the store; each thing once, however many parts of the page want it.
import * as api from '../api.js';
import { keepCase, keepCategories, keepMine, recallCase, recallCategories, recallList, recallSession } from '../phone/keeping.js';
import { language } from '../i18n.js';
import * as calls from './calls.js';
import { asQuestion, beginning } from './filters.js';
import { grantsIn } from './session.js';
import { change, keyOf, known, learn, learnCase, outdate, store } from './store.js';

/** @import { List } from './store.js' */

const PAGE = 50;
const MOST = 500;
/** @type {Map<string, Promise<unknown>>} */
const asked = new Map();
/** How many moves of each case were made here: an answer that was on its way during one is of before it. @type {Map<string, number>} */
const moves = new Map();

/** @template T @param {string} key @param {() => Promise<T>} ask @returns {Promise<T>} */
function once(key, ask) {
  const under = asked.get(key);
  if (under) return /** @type {Promise<T>} */ (under);
  const asking = ask().finally(() => asked.delete(key));
  asked.set(key, asking);
  return asking;
}

/** @param {string} territory */
export async function askCategories(territory) {
  if (store().categories.has(territory)) return;
  await once(`categories ${territory}`, async () => {
    try {
      const categories = await api.nameable(territory);
      store().categories.set(territory, categories);
      whenKept(() => keepCategories(territory, categories));
    } catch (problem) {
      const kept = await recallCategories(territory);
      if (!kept) throw problem;
      store().categories.set(territory, kept);
    }
  });
  change();
}

/** Keep something on the device of who works in the street; where that fails, the screens go on without. @param {() => Promise<unknown>} keep */
async function whenKept(keep) {
  try {
    if (await recallSession()) await keep();
  } catch (problem) {
    console.warn(problem);
  }
}

/** Whether a question is that of the list with which somebody begins. @param {string} territory @param {URLSearchParams} query */
function isFirst(territory, query) {
  const it = store().territories.find(({ code }) => code === territory);
  return Boolean(it) && asQuestion(beginning(grantsIn(territory), /** @type {api.Territory} */ (it))).toString() === query.toString();
}

/** @param {string} territory @param {URLSearchParams} query @param {List} list */
function keepList(territory, query, { numbers }) {
  const it = store().territories.find(({ code }) => code === territory);
  if (!it || !isFirst(territory, query)) return;
  const rows = numbers.flatMap((number) => known(territory, number)?.row ?? []);
  whenKept(() => keepMine(it, rows, { language: language(), grants: grantsIn(territory) }));
}

/** Without a network: what is on the screen stays, and where nothing is, what was kept comes. @param {string} territory @param {URLSearchParams} query @param {List} list @param {unknown} problem */
async function goWithout(territory, query, list, problem) {
  const kept = api.isAway(problem) && !list.numbers.length && isFirst(territory, query) ? await recallList(territory) : undefined;
  if (kept) take(territory, list, { reports: kept.rows, links: [] }, []);
  if (kept || (api.isAway(problem) && list.numbers.length)) {
    list.kept = kept?.at ?? list.at;
    change({ away: true });
  } else list.problem = problem;
}

/** @returns {List} */
const none = () => ({ numbers: [], next: '', asking: false, stale: true, problem: null, at: '', kept: '' });

/** The list of an address; what it holds stays on the screen until the answer is there. @param {string} territory @param {URLSearchParams} query @param {number} [least] cases that were on the screen before */
export async function askList(territory, query, least = 0) {
  const key = keyOf(territory, query.toString());
  const list = store().lists.get(key) ?? none();
  store().lists.set(key, list);
  if (!list.stale || list.asking) return;
  Object.assign(list, { asking: true, stale: false, problem: null });
  change();
  try {
    const page = await calls.listCases(territory, query, Math.min(MOST, Math.max(PAGE, list.numbers.length, least)));
    take(territory, list, page, []);
    Object.assign(list, { at: new Date().toISOString(), kept: '' });
    keepList(territory, query, list);
  } catch (problem) {
    await goWithout(territory, query, list, problem);
  }
  list.asking = false;
  change();
}

/** The next page of a list. @param {string} territory @param {URLSearchParams} query */
export async function askMore(territory, query) {
  const list = store().lists.get(keyOf(territory, query.toString()));
  if (!list?.next || list.asking) return;
  list.asking = true;
  change();
  try {
    take(territory, list, await calls.follow(list.next), list.numbers);
  } catch (problem) {
    list.problem = problem;
  }
  list.asking = false;
  change();
}

/** @param {string} territory @param {List} list @param {calls.Page} page @param {string[]} before */
function take(territory, list, { reports, links }, before) {
  for (const row of reports) learn(territory, row);
  list.numbers = [...new Set([...before, ...reports.map(({ number }) => number)])];
  list.next = links.find(({ rel }) => rel === 'next')?.href ?? '';
}

/** What a filter holds, counted; kept until something happens. @param {string} territory @param {URLSearchParams} query */
export async function askSummary(territory, query) {
  const key = keyOf(territory, query.toString());
  if (store().summaries.get(key)?.stale === false) return;
  await once(`summary ${key}`, async () => {
    try {
      store().summaries.set(key, { told: await calls.summary(territory, query), stale: false });
    } catch {
      store().summaries.set(key, { told: null, stale: false }); // the list itself tells what is wrong
    }
  });
  change();
}

/** One case; asked anew when it is stale. @param {string} territory @param {string} number @param {{anew?: boolean}} [options] */
export async function askCase(territory, number, { anew = false } = {}) {
  const before = known(territory, number);
  if (before && (before.detail || before.problem) && !before.stale && !anew) return;
  const key = keyOf(territory, number);
  await once(`case ${key}`, async () => {
    const made = moves.get(key);
    try {
      const detail = await calls.caseOf(territory, number);
      learnCase(territory, detail);
      if (moves.get(key) !== made) /** @type {{stale: boolean}} */ (known(territory, number)).stale = true;
      whenKept(async () => { if (await recallCase(territory, number)) await keepCase(territory, detail, language()); });
    } catch (problem) {
      const { row, detail } = known(territory, number) ?? {};
      const kept = api.isAway(problem) ? await recallCase(territory, number) : undefined;
      const shown = detail ?? kept?.detail ?? null;
      if (api.isAway(problem)) change({ away: true });
      store().cases.set(key, { row: row ?? shown ?? /** @type {any} */ (null), detail: shown, stale: false, problem: shown && api.isAway(problem) ? null : problem, kept: kept?.at ?? '' });
    }
  });
  change();
}

/** A move was made: its case is read anew, and lists and counts are no longer what they were. @param {string} territory @param {string[]} numbers */
export async function happened(territory, numbers) {
  for (const number of numbers) {
    const key = keyOf(territory, number);
    moves.set(key, (moves.get(key) ?? 0) + 1);
    const before = known(territory, number);
    if (before) before.stale = true;
  }
  outdate();
  change();
}
