// When something was that is sent later, as the service's clock would have told it.
import { serverNow } from '../api.js';

const FRESH_MS = 60_000;
const LONG_MS = 30 * 86_400_000;

/**
 * When something was that is told some time later, as a field of what is sent; counted back from the service's clock by what has passed on this one: a clock
 * that is wrong is wrong by the same at both ends. The service must have been heard.
 *
 * @param {number} at by this device's clock
 * @param {'occurred_at' | 'seen_at'} [field]
 * @returns {Record<string, string>} nothing of what was just now
 */
export function happenedAt(at, field = 'occurred_at') {
  const age = Date.now() - at;
  return age > FRESH_MS && age < LONG_MS ? { [field]: new Date(serverNow() - age).toISOString() } : {};
}
