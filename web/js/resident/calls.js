// What a reporter asks of the service about one case: by the secret, in a header, so that no address has it.
import { address, call, known, newKey, of, posted } from '../api.js';
import { send } from '../filing.js';
import { device } from '../followed.js';

/** @import { FollowedCase, NewSecret, ReporterMoveBody, SimilarCases, Support } from 'service' */
/** @typedef {{territory: string, number: string, secret: string}} Which */

/** @param {Which} which @param {string} [rest] */
const at = ({ territory, number }, rest = '') => address(of(territory, `/reports/${encodeURIComponent(number)}/followed${rest}`));

/** @param {Which} which @returns {Promise<FollowedCase>} */
export const caseOf = (which) => call(at(which), { headers: { 'Case-Secret': which.secret } });

/** @param {Which} which @param {ReporterMoveBody} body @param {number} version of the case as it was read @returns {Promise<FollowedCase>} */
export function does(which, body, version) {
  const options = posted(body);
  return call(at(which, '/moves'), { ...options, headers: { ...options.headers, 'Case-Secret': which.secret, 'If-Match': `"${version}"` } });
}

/** @param {Which} which @returns {Promise<NewSecret>} */
export const replaceSecret = (which) => call(at(which, '/secret'), { method: 'POST', headers: { 'Case-Secret': which.secret } });

/** Open public cases of a category around a place, those of an asset first. @param {string} territory @param {{lon: number, lat: number}} point @param {string} category @param {string} asset @param {AbortSignal} signal @returns {Promise<SimilarCases>} */
export const similar = (territory, { lon, lat }, category, asset, signal) => call(address(of(territory, '/similar'), { lon, lat, category, asset: asset || undefined }), { signal });

/** Support a case, once from this device. @param {string} territory @param {string} number @returns {Promise<Support>} */
export async function support(territory, number) {
  await known(); // what a change of somebody who is signed in must carry comes with it
  const options = posted({ device: device() });
  return send(address(of(territory, `/reports/${encodeURIComponent(number)}/supports`)), { ...options, headers: { ...options.headers, 'Idempotency-Key': newKey() } });
}
