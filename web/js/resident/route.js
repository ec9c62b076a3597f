// The address of the residents' page: `#/xinhua` to report there, `#/xinhua/202601-000123-7/SECRET` to follow a case, `#mine` for all
// of this device, `#/xinhua/notices/TOKEN` to refuse messages. What stands after the # is sent to no server.

/** @typedef {{view: 'report' | 'follow' | 'mine' | 'notices', territory: string, number: string, secret: string}} Route */

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
  const [territory = '', number = '', secret = ''] = hash.replace(/^#\/?/, '').split('/').map(decoded);
  if (hash === MINE) return { view: 'mine', territory: '', number: '', secret: '' };
  const view = number === 'notices' ? 'notices' : 'follow';
  return { view: number && secret ? view : 'report', territory, number, secret };
}

export const MINE = '#mine';
/** @param {string} territory */
export const reporting = (territory) => `#/${encodeURIComponent(territory)}`;
