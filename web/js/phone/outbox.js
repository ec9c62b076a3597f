// What is to be sent: kept on the device until the service has it, sent once and in order, in the name of who did it only.
import { Problem, isAway, session, wording } from '../api.js';
import { fileReport } from '../filing.js';
import { answerPlace, moveCase } from '../work/calls.js';
import { happened } from '../work/loading.js';
import { change, store } from '../work/store.js';
import { isFull, readAll, remove, write } from './database.js';
import { happenedAt } from './lateness.js';
import { dropPhotos, withPhotos } from './pictures.js';
import { tidy } from './tidying.js';
import { inTurn } from './turns.js';

/** @import { Report } from '../api.js' */
/** @import { Move } from '../work/calls.js' */
/** @import { Moved, ReportBody } from 'service' */

/**
 * @typedef {object} Entry
 * @property {number} [id] in the order in which they were made
 * @property {number} account whose it is; of no other it is ever sent or shown
 * @property {string} territory
 * @property {'move' | 'find' | 'check'} kind
 * @property {string} number of the case; empty for a find
 * @property {number} version of the case as it was seen
 * @property {string} title
 * @property {Record<string, unknown>} body as it is sent, but for its photos
 * @property {Record<string, unknown>} draft of the form, to go on with
 * @property {string[]} photos ids on this device
 * @property {number} [shown] so many of the photos, the last, show what the finder did
 * @property {string} key under which it is sent, each time
 * @property {number} at when it was made, by this device's clock
 * @property {boolean} tried
 * @property {'waiting' | 'conflict' | 'refused'} state
 * @property {string} said why it is not sent, in the service's words
 */
/** @typedef {Moved | Report | {number: string, version: number}} Answer */

const AGAIN_MS = 20_000;

/** @type {Promise<unknown>} */
let last = Promise.resolve();

/** One after the other, also over the tabs of a browser. @template T @param {() => Promise<T>} act @returns {Promise<T>} */
function exclusively(act) {
  const next = last.then(() => inTurn('wangge.outbox', act)); // and where that cannot be, two tabs send the same under one key
  last = next.catch(() => { /* told to who asked */ });
  return /** @type {Promise<T>} */ (next);
}

const whose = () => store().session?.account?.id ?? 0;

/** @returns {Promise<Entry[]>} those of who is signed in, in order */
export async function entries() {
  const all = /** @type {Entry[]} */ (await readAll('outbox').catch(() => []));
  return all.filter(({ account }) => account === whose());
}

/** Those whose form is still before somebody, who is told there. @type {Set<number>} */
const inForm = new Set();

/** Show what waits. */
export async function refreshOutbox() {
  change({ outbox: (await entries()).filter(({ id = 0 }) => !inForm.has(id)) });
}

/** What has to arrive in order. @param {Entry} entry */
const laneOf = ({ id, territory, number }) => (number ? `${territory} ${number}` : `find ${id}`);

/** Whether it may well succeed later, without anybody doing anything about it. @param {unknown} problem */
const passes = (problem) => problem instanceof Problem && (problem.passing || ['bad-credentials', 'not-signed-in'].includes(problem.kind ?? ''));

/**
 * Keep something and send it, after what waits before it: the answer, or null when it stays on the device for want of a network.
 *
 * Throws what the service says against it; then it is no longer kept, since whoever sent it has it before them.
 *
 * @param {Omit<Entry, 'id' | 'account' | 'tried' | 'state' | 'said' | 'at'>} wanted
 * @returns {Promise<Answer | null>}
 */
export async function deliver(wanted) {
  /** @type {Entry} */
  const entry = { ...wanted, account: whose(), at: Date.now(), tried: false, state: 'waiting', said: '' };
  let id = 0;
  try {
    entry.id = id = await write('outbox', entry);
    inForm.add(id);
  } catch (problem) {
    // Nothing more goes onto this device: it is sent now or not at all, and stays in its form.
    if (isFull(problem)) change({ full: true });
    return exclusively(() => send(entry));
  }
  return exclusively(() => sendAll(id)).finally(() => {
    inForm.delete(id);
    return refreshOutbox();
  });
}

/** Send what waits. */
export async function drain() {
  if (!whose() || !(await entries()).some(({ state }) => state === 'waiting')) return;
  await exclusively(() => sendAll()).catch((problem) => console.warn(problem));
  await refreshOutbox();
}

/** Send what waits; of the one that somebody is looking at, the answer. @param {number} [watched] @returns {Promise<Answer | null>} */
async function sendAll(watched) {
  const all = await entries();
  // Whoever has signed in meanwhile, here or in another tab: nothing of somebody else is sent.
  if (all.some(({ id }) => id !== watched) && (await session().catch(() => null))?.account?.id !== whose()) return null;
  let answer = null;
  const blocked = new Set();
  for (const entry of all) {
    const another = entry.id !== watched && inForm.has(entry.id ?? 0); // its form sends it
    if (blocked.has(laneOf(entry)) || another || entry.state !== 'waiting') {
      blocked.add(laneOf(entry));
      continue;
    }
    try {
      const told = await send(entry);
      follow(entry, told, all);
      await remove('outbox', /** @type {number} */ (entry.id));
      await dropPhotos(entry.photos);
      if (entry.id === watched) answer = told;
      else if (told.number) await happened(entry.territory, [told.number]);
    } catch (problem) {
      blocked.add(laneOf(entry));
      if (isAway(problem)) change({ away: true });
      if (entry.id && entry.id === watched && !(problem instanceof Problem && problem.passing)) {
        await remove('outbox', entry.id);
        throw problem;
      }
      if (passes(problem)) break;
      await stop(entry, problem);
    }
  }
  return answer;
}

/** Leave an entry until somebody decides about it. @param {Entry} entry @param {unknown} problem */
async function stop(entry, problem) {
  const overtaken = problem instanceof Problem && ['stale', 'move-refused'].includes(problem.kind ?? '');
  Object.assign(entry, { state: overtaken ? 'conflict' : 'refused', said: wording(problem) });
  await write('outbox', entry);
}

/** What was made after a move, on the case as it was before it, is for the case as it is after it; unless somebody else was between. @param {Entry} sent @param {Answer} told @param {Entry[]} all */
function follow(sent, { version }, all) {
  if (version !== sent.version + 1) return;
  for (const entry of all) if (entry !== sent && laneOf(entry) === laneOf(sent) && entry.version === sent.version) entry.version = version;
}

/** @param {Entry} entry @returns {Promise<Answer>} */
async function send(entry) {
  if (!entry.tried) await begin(entry);
  return withPhotos(entry.territory, entry.photos, async (ids) => {
    try {
      return await post(entry, ids, entry.version);
    } catch (problem) {
      // What is noted is as true of the case as it is now.
      if (problem instanceof Problem && problem.kind === 'stale' && entry.body.move === 'note') return post(entry, ids, '*');
      throw problem;
    }
  });
}

/** From now on an entry is sent as it is, however often; a find, or a place that was looked at, of some time ago says when it was. @param {Entry} entry */
async function begin(entry) {
  if (entry.kind !== 'move') {
    await session(); // tells the service's time; without a network it is still to be begun
    entry.body = { ...entry.body, ...happenedAt(entry.at, entry.kind === 'check' ? 'seen_at' : 'occurred_at') };
  }
  entry.tried = true;
  if (entry.id) await write('outbox', entry);
}

/** @param {Entry} entry @param {string[]} ids of its photos at the service @param {number | '*'} version @returns {Promise<Answer>} */
async function post({ territory, kind, number, body, shown = 0, key }, ids, version) {
  const done = shown ? ids.slice(-shown) : [];
  const before = ids.slice(0, ids.length - done.length);
  const whole = { ...body, ...(before.length && { photos: before }), ...(done.length && { handled: { .../** @type {object} */ (body.handled), photos: done } }) };
  if (kind === 'check') return answerPlace(territory, body);
  if (kind === 'find') return fileReport(territory, /** @type {ReportBody} */ (/** @type {unknown} */ (whole)), key);
  return moveCase(territory, number, /** @type {Move} */ (whole), version, key);
}

/** Try an entry again, as it is or on the case as it is now. @param {Entry} entry @param {Partial<Entry>} [changes] */
export async function sendAgain(entry, changes = {}) {
  await write('outbox', { ...entry, ...changes, state: 'waiting', said: '' });
  await drain();
  await refreshOutbox();
}

/** Give an entry up. @param {Entry} entry @param {{photos?: boolean}} [options] */
export async function giveUp(entry, { photos = true } = {}) {
  await remove('outbox', /** @type {number} */ (entry.id));
  if (photos) await dropPhotos(entry.photos);
  await refreshOutbox();
}

/** Send whenever there may be a network again. */
export function watchOutbox() {
  const looked = () => { if (document.visibilityState === 'visible') drain(); };
  addEventListener('online', drain);
  document.addEventListener('visibilitychange', looked);
  setInterval(() => { if (!store().away) drain(); }, AGAIN_MS);
  tidy().catch((problem) => console.warn(problem));
}
