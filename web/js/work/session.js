// Who works here: asked at the start, asked to sign in again when the session ends, without losing what is on the screen.
import { Account } from '../account.js';
import * as api from '../api.js';
import { t } from '../i18n.js';
import { keepSession, recallSession } from '../phone/keeping.js';
import { change, forget, outdateAll, store } from './store.js';

/** @type {Account | null} */
let account = null;
/** The account whose work is on the screen, kept while nobody is signed in. */
let worker = 0;

/** The button and its dialog, made once. @returns {Account} */
export function signing() {
  account ??= new Account(document.createElement('div'), { territories: () => store().territories, entered: begin, over: lose });
  return account;
}

/** Ask who is signed in. Another person than before begins with nothing of the other's. */
export async function begin() {
  try {
    const { territories } = store();
    const [session, all] = await Promise.all([api.session(), territories.length ? territories : api.territories()]);
    const id = session.account?.id ?? 0;
    if (worker && id && id !== worker) forget();
    worker = id || worker;
    if (store().lost || store().away) outdateAll(); // nobody told what happened meanwhile
    enter(session, all);
    change({ lost: false, away: false, problem: null });
    await keepSession(session, all).catch((problem) => console.warn(problem)); // the screens go on without
    watcher?.();
  } catch (problem) {
    if (!api.isAway(problem) || !await goOnWithout()) change({ problem });
  }
}

/** @param {Pick<import('service').SessionAnswer, 'account' | 'oidc'>} session @param {api.Territory[]} territories */
function enter(session, territories) {
  signing().told = session;
  signing().speak();
  change({ session, territories });
}

/** Without a network, whoever was signed in last goes on with what was kept. Whether there was somebody. */
async function goOnWithout() {
  const kept = await recallSession();
  if (!kept || (worker && worker !== kept.account.id)) return Boolean(store().session?.account);
  worker = kept.account.id;
  enter({ account: kept.account, oidc: null }, kept.territories);
  change({ away: true, problem: null });
  watcher?.();
  return true;
}

/** @type {(() => void) | null} */
let watcher = null;
/** Call `watch` each time that the service has said who is signed in. @param {() => void} watch */
export const onSession = (watch) => { watcher = watch; };

/** The session has ended. What is on the screen stays there; signing in again goes on with it. */
function lose() {
  if (!worker) {
    change({ session: { account: null, oidc: store().session?.oidc ?? null } });
    return;
  }
  if (store().lost) return;
  change({ lost: true });
  askAgain();
}

export const askAgain = () => signing().open(t('session_again'));

/** The territories in which the reader has cases to read. */
export function mine() {
  const { session, territories } = store();
  const grants = session?.account?.grants.filter(({ rights }) => rights.includes('read')) ?? [];
  return territories.filter(({ code }) => grants.some(({ territory }) => territory === null || territory === code));
}

/** The grants of the reader in a territory. @param {string} code */
export function grantsIn(code) {
  return store().session?.account?.grants.filter(({ territory }) => territory === null || territory === code) ?? [];
}

/** @param {string} code @param {import('service').Right} right */
export const may = (code, right) => grantsIn(code).some(({ rights }) => rights.includes(right));
