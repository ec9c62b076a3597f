// Start of a page without a form of its own: who is signed in and which territories there are, asked until known, drawn by its App.
import { Account } from './account.js';
import * as api from './api.js';
import { part } from './dom.js';
import { onLanguage } from './i18n.js';
import { html, render } from './preact.js';
import { shownMap } from './centre/map.js';

/** @import { Territory } from './api.js' */
/** @import { SessionAnswer } from 'service' */

const RETRY_MS = 5000;

/** @param {any} App what draws the page @param {() => unknown} state what its address says, for people who look under the bonnet */
export function start(App, state) {
  /** @type {{session: SessionAnswer | null, territories: Territory[] | null, problem: unknown}} */
  let known = { session: null, territories: null, problem: null };
  const account = new Account(document.createElement('div'), { territories: () => known.territories ?? [], entered: begin, over: begin });

  const draw = () => render(html`<${App} account=${account} ...${known} />`, part('app'));

  /** Who is signed in, and what there is; asked again until it is known. @returns {Promise<void>} */
  async function begin() {
    try {
      const session = await api.session();
      account.told = session;
      account.speak();
      known = { session, territories: await api.territories(), problem: null };
    } catch (problem) {
      known = { ...known, problem };
      setTimeout(begin, RETRY_MS);
    }
    draw();
  }

  onLanguage(() => account.speak());
  draw();
  begin();
  // For people who look under the bonnet, and for tests.
  // eslint-disable-next-line no-restricted-syntax -- nothing of ours reads it
  globalThis.wangge = Object.freeze({ get map() { return shownMap(); }, state });
}
