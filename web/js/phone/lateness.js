// When something was that is sent later, as the service's clock would have told it.
import { serverNow } from '../api.js';

const FRESH_MS = 60_000;
const LONG_MS = 30 * 86_400_000;

/**
 * What a report of some time ago says about it, counted back from the service's clock by what has passed on this one: a clock
 * that is wrong is wrong by the same at both ends. The service must have been heard.
 *
 * @param {number} at by this device's clock
 * @returns {{occurred_at?: string}}
 */
export function happenedAt(at) {
  const age = Date.now() - at;
  return age > FRESH_MS && age < LONG_MS ? { occurred_at: new Date(serverNow() - age).toISOString() } : {};
}
