// What administration asks of the service, and what it changes; after a change all that is shown is asked anew.
import { address, call, of } from '../api.js';
import { useAnswer } from '../answers.js';
import { language } from '../i18n.js';
import { useEffect, useReducer } from '../preact.js';

/** @import { Query } from '../api.js' */

let pulse = 0;
/** @type {Set<() => void>} */
const watchers = new Set();

/** Something was changed, here or elsewhere: what is shown is asked anew. */
export function happened() {
  pulse += 1;
  for (const watch of watchers) watch();
}

/**
 * What the service says at an address; asked again when something was changed. Nothing is asked with an empty address.
 *
 * @template T
 * @param {string} path below the service, such as `api/v1/accounts`
 * @param {Query} [query]
 * @returns {import('../answers.js').Answered<T>}
 */
export function useAsked(path, query = {}) {
  const [, again] = useReducer((/** @type {number} */ n) => n + 1, 0);
  useEffect(() => {
    const watch = () => again(undefined);
    watchers.add(watch);
    return () => { watchers.delete(watch); };
  }, []);
  const url = path && address(path, query);
  return useAnswer(url && `${language()} ${url}`, (signal) => call(url, { signal }), pulse);
}

/** Change something. @template T @param {string} method @param {string} path @param {unknown} [body] @param {number} [version] of what is changed @returns {Promise<T>} */
export function send(method, path, body, version) {
  return call(address(path), {
    method,
    headers: { ...(body !== undefined && { 'Content-Type': 'application/json' }), ...(version !== undefined && { 'If-Match': `"${version}"` }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

/** The roster, or leave, by file. @param {string} territory @param {Blob} file @param {Query} query @returns {Promise<import('service').RosterTaken>} */
export const sendRoster = (territory, file, query) => call(address(of(territory, '/officers:import'), query), { method: 'POST', headers: { 'Content-Type': 'text/csv' }, body: file });

/** Assets of a kind, by file. @param {string} territory @param {string} kind @param {Blob} file @param {URLSearchParams} query @returns {Promise<import('service').AssetsTaken>} */
export const sendAssets = (territory, kind, file, query) => call(address(of(territory, `/asset-kinds/${encodeURIComponent(kind)}/assets:import?${query}`)), { method: 'POST', headers: { 'Content-Type': file.type || 'application/octet-stream' }, body: file });

/** Of a page of a log, the query of the next; null after the last. @param {import('service').Link[]} links @param {string} name of the parameter that goes on */
export function nextOf(links, name) {
  const href = links.find(({ rel }) => rel === 'next')?.href;
  return href ? new URL(href, document.baseURI).searchParams.get(name) : null;
}
