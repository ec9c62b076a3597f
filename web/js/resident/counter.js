// The queue at a counter: what its account has filed for others today, by number, so that staff find it again. Without secrets: a link goes with whose
// it is. It lies in this tab alone, for the account alone.
import { address } from '../api.js';
import { lately, named, t } from '../i18n.js';
import { html } from '../preact.js';

/** @import { Category, Report } from '../api.js' */
/** @typedef {{number: string, category: string, place: string, at: string}} Filed */

/** @param {string} territory @param {number} account */
const nameOf = (territory, account) => `wangge.counter ${territory} ${account}`;

/** The last one first. @param {string} territory @param {number} account @returns {Filed[]} */
export function filedToday(territory, account) {
  const today = new Date().toDateString();
  try {
    const kept = /** @type {Filed[]} */ (JSON.parse(sessionStorage.getItem(nameOf(territory, account)) ?? '[]'));
    return kept.filter((one) => new Date(one.at).toDateString() === today);
  } catch {
    return [];
  }
}

/** @param {number} account @param {Report} filed */
export function noteFiled(account, { territory, number, category, cell, received_at: at }) {
  const all = filedToday(territory, account).filter((one) => one.number !== number); // an answer that was lost comes again
  try { sessionStorage.setItem(nameOf(territory, account), JSON.stringify([{ number, category, place: cell.name || cell.code, at }, ...all])); } catch { /* the receipts are all there is then */ }
}

/** @param {{territory: string, account: number, categories: Category[]}} props */
export function FiledToday({ territory, account, categories }) {
  const all = filedToday(territory, account);
  if (!all.length) return null;
  return html`
    <section class="filed-today" id="filed-today"><h3>${t('r_filed_today', { n: all.length })}</h3>
      <ol reversed>${all.map(({ number, category, place, at }) => html`
        <li key=${number}><a href=${address('work') + `#/${[territory, 'cases', number].map(encodeURIComponent).join('/')}`}>${number}</a>
          <span>${named(categories.find(({ code }) => code === category)?.name, category)} · ${place}</span><small>${lately(at)}</small></li>`)}</ol>
    </section>`;
}
