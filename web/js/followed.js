// The cases that somebody has reported from this device: kept here alone, without an account, until they are forgotten.
import { address, newKey } from './api.js';
import { casesIn, withFirst, without } from './reporting.js';

/** @import { Followed } from './reporting.js' */

const STORE = 'wangge.followed';

/** The last one first. @returns {Followed[]} */
export function followed() {
  try {
    return casesIn(JSON.parse(localStorage.getItem(STORE) ?? '[]'));
  } catch {
    return [];
  }
}

/** @param {Followed[]} all */
function keep(all) {
  try { localStorage.setItem(STORE, JSON.stringify(all)); } catch { /* the link itself is all there is then */ }
}

/** Put a case first, or its newest secret. @param {Followed} one */
export const remember = (one) => keep(withFirst(followed(), one));

/** @param {Pick<Followed, 'territory' | 'number'>} one */
export const forget = (one) => keep(without(followed(), one));

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
