// Who works here: asked at the start, asked to sign in again when the session ends, without losing what is on the screen.
import { Account } from '../account.js';
import * as api from '../api.js';
import { t } from '../i18n.js';
import { dropDrafts } from '../drafts.js';
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
    if (worker && id && id !== worker) {
      forget();
      dropDrafts();
    }
    worker = id || worker;
    if (store().lost) outdateAll(); // nobody told what happened meanwhile
    signing().told = session;
    signing().speak();
    change({ session, territories: all, lost: false, problem: null });
  } catch (problem) {
    change({ problem });
  }
}

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
