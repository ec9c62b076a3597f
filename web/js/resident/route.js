// The address of the residents' page: `#/xinhua` to report there, `#/xinhua/202601-000123-7/SECRET` to follow a case, `#mine` for all
// of this device, `#/xinhua/public?category=lamp` for what anybody may know, `#/xinhua/notices/TOKEN` to refuse messages,
// `#/xinhua/area/TOKEN` to confirm or end those of an area. What stands after the # is sent to no server.

/** @typedef {{view: 'report' | 'follow' | 'mine' | 'notices' | 'area' | 'public', territory: string, number: string, secret: string, query: URLSearchParams}} Route */

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
  const [territory = '', number = '', secret = ''] = path.split('/').map(decoded);
  const query = new URLSearchParams(search);
  if (hash === MINE) return { view: 'mine', territory: '', number: '', secret: '', query };
  if (number === PUBLIC) return { view: PUBLIC, territory, number: '', secret: '', query };
  const view = number === 'notices' || number === 'area' ? number : 'follow';
  return { view: number && secret ? view : 'report', territory, number, secret, query };
}

const PUBLIC = 'public';
export const MINE = '#mine';
/** @param {string} territory */
export const reporting = (territory) => `#/${encodeURIComponent(territory)}`;
/** @param {string} territory @param {URLSearchParams} [query] */
export const knowing = (territory, query) => `${reporting(territory)}/${PUBLIC}${query?.size ? `?${query}` : ''}`;
