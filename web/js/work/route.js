// The address of the work screens: `#/xinhua/cases/202601-000123-7/dispatch?mine=true&sort=due`. Everything that is shown stands in it.

/**
 * @typedef {object} Route
 * @property {string} territory its code; empty when the address names none
 * @property {string} view
 * @property {string} number of the case that is open; empty when none is
 * @property {string} move whose form is open; empty when none is
 * @property {URLSearchParams} query of the list
 */

/** @type {Set<() => void>} */
const watchers = new Set();

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param {string} hash @returns {Route} */
export function parse(hash) {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?');
  const [territory = '', view = '', number = '', move = ''] = path.split('/').map(decoded);
  return { territory, view: view || 'cases', number, move, query: new URLSearchParams(search) };
}

/** @param {Partial<Route> & {territory: string}} route */
export function format({ territory, view = 'cases', number = '', move = '', query }) {
  const path = [territory, view, number, number && move].filter(Boolean).map(encodeURIComponent).join('/');
  return `#/${path}${query?.size ? `?${query}` : ''}`;
}

export const current = () => parse(location.hash);

/** Go to an address: a new entry for the back button, or in place of the present one. @param {string} address @param {{replace?: boolean}} [options] */
export function go(address, { replace = false } = {}) {
  if (address === location.hash) return;
  if (replace) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
  tell();
}

const tell = () => watchers.forEach((watch) => watch());
// A link, Back, and what is typed into the address bar; one of them alone is told by each browser.
addEventListener('popstate', tell);
addEventListener('hashchange', tell);

/** Call `watch` after each change of the address. @param {() => void} watch @returns {() => void} ends it */
export function onRoute(watch) {
  watchers.add(watch);
  return () => watchers.delete(watch);
}
