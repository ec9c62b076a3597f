// The cases that somebody has reported from this device: kept here alone, without an account, until they are forgotten.
import { address, newKey } from './api.js';

/** @typedef {{territory: string, number: string, secret: string, category: string, at: string}} Followed */

const STORE = 'wangge.followed';
/** The oldest go. */
const MOST = 100;

/** The last one first. @returns {Followed[]} */
export function followed() {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE) ?? '[]');
    return Array.isArray(kept) ? kept.filter((one) => one && [one.territory, one.number, one.secret].every((part) => typeof part === 'string')) : [];
  } catch {
    return [];
  }
}

/** @param {Followed[]} all */
function keep(all) {
  try { localStorage.setItem(STORE, JSON.stringify(all.slice(0, MOST))); } catch { /* the link itself is all there is then */ }
}

/** @param {Pick<Followed, 'territory' | 'number'>} one @returns {(other: Followed) => boolean} */
const other = ({ territory, number }) => (kept) => kept.number !== number || kept.territory !== territory;

/** Put a case first, or its newest secret. @param {Followed} one */
export const remember = (one) => keep([one, ...followed().filter(other(one))]);

/** @param {Pick<Followed, 'territory' | 'number'>} one */
export const forget = (one) => keep(followed().filter(other(one)));

export const forgetAll = () => keep([]);

const DEVICE = 'wangge.device';

/** A random name that the device keeps to itself, by which it supports a case once; another each time where nothing is kept. */
export function device() {
  try {
    const kept = localStorage.getItem(DEVICE) ?? newKey();
    localStorage.setItem(DEVICE, kept);
    return kept;
  } catch {
    return newKey();
  }
}

/** The part of the link that no server is sent. @param {Pick<Followed, 'territory' | 'number' | 'secret'>} one */
export const fragment = ({ territory, number, secret }) => `#/${[territory, number, secret].map(encodeURIComponent).join('/')}`;

/** The whole link. @param {Pick<Followed, 'territory' | 'number' | 'secret'>} one */
export const linkTo = (one) => new URL(fragment(one), address('r')).href;
