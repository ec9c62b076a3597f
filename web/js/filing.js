// What is sent without an account: where the service wants work to be proven first, the challenge is fetched and solved when it is sent; by the
// browser's own means, or in plain JavaScript where a page without https has none.
import { Problem, address, call, of, pathOf, posted } from './api.js';

/** @import { Options, Report } from './api.js' */
/** @import { ReportBody } from 'service' */
/** @typedef {{parameters: {algorithm: string, nonce: string, salt: string, cost: number, keyLength: number, keyPrefix: string}, signature: string}} Challenge of ALTCHA, version 2 */

const KDF = 'PBKDF2';

/** @param {Uint8Array} bytes */
const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
/** @param {string} hex */
const bytesOf = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/** Find what gives a key that begins as the challenge says; the browser derives keys beside the page. @param {Challenge} challenge */
async function solve({ parameters: { algorithm, nonce, salt, cost, keyLength, keyPrefix } }) {
  const start = bytesOf(nonce);
  const password = new Uint8Array([...start, 0, 0, 0, 0]);
  const derivation = { name: KDF, hash: algorithm.split('/')[1] ?? '', salt: bytesOf(salt), iterations: cost };
  for (let counter = 0; ; counter += 1) {
    new DataView(password.buffer).setUint32(start.length, counter);
    const secret = await crypto.subtle.importKey('raw', password, KDF, false, ['deriveBits']);
    const derived = hexOf(new Uint8Array(await crypto.subtle.deriveBits(derivation, secret, keyLength * 8)));
    if (derived.startsWith(keyPrefix)) return { counter, derivedKey: derived };
  }
}

/** @param {string} url where it is sent @param {Options} options of what is sent */
async function proofOf(url, { body, headers }) {
  const text = `${pathOf(url)}\n${headers?.['Idempotency-Key'] ?? ''}\n${body}`;
  const plain = isSecureContext ? null : await import('./plainproof.js');
  const digest = plain ? plain.digestOf(text) : hexOf(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));
  const challenge = /** @type {Challenge} */ (await call(address('api/v1/challenge', { sent: digest })));
  return btoa(JSON.stringify({ challenge, solution: plain ? await plain.solvePlainly(challenge.parameters, setTimeout) : await solve(challenge) }));
}

/** Send something, with a proof of work where one is wanted. @template T @param {string} url @param {Options} options @returns {Promise<T>} */
export async function send(url, options) {
  try {
    return await call(url, options);
  } catch (problem) {
    if (!(problem instanceof Problem && problem.kind === 'proof-wanted')) throw problem;
    return call(url, { ...options, headers: { ...options.headers, 'Proof-Of-Work': await proofOf(url, options) } });
  }
}

/** @param {string} territory @param {ReportBody} report @param {string} key @returns {Promise<Report>} */
export async function fileReport(territory, report, key) {
  const options = posted(report);
  return send(address(of(territory, '/reports')), { ...options, headers: { ...options.headers, 'Idempotency-Key': key } });
}
