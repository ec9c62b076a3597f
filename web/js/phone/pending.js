// What was done to a case and is not with the service yet, and what may be done after it.
import { language, lately, t } from '../i18n.js';
import { html, useEffect, useState } from '../preact.js';
import { NEXT_OF_TASK } from '../work/actions.js';
import { useStore } from '../work/store.js';
import { leastPhotos } from './asked.js';
import { recallMove } from './keeping.js';

/** @import { Case } from '../work/calls.js' */
/** @import { Entry } from './outbox.js' */
/** @import { OpenMove } from 'service' */

/** Where a task stands after a move of who has it. @type {Record<string, string>} */
const BECOMES = { accept: 'accepted', start: 'handling' };
/** What changes nothing of where a case stands. */
const SAYS = new Set(['note', 'answer']);

/** A move as it was of another case, with the photos that this one's category asks for. @param {OpenMove} offer @param {number} least @returns {OpenMove} */
const asking = (offer, least) => (offer.move === 'report-back' ? { ...offer, needs: offer.needs.map((need) => (need.kind === 'photos' ? { ...need, least, required: least > 0 } : need)) } : offer);

/** @param {Entry} entry */
const moveOf = ({ body }) => String(body.move);

/**
 * A case with the moves that will be open once what waits has arrived, as far as they can be told, and the next of them.
 *
 * @param {string} territory
 * @param {Case} report
 * @param {Entry[]} pending
 * @returns {{report: Case, next: OpenMove | undefined}}
 */
export function useForeseen(territory, report, pending) {
  const [coming, put] = useState(/** @type {OpenMove[]} */ ([]));
  const { categories } = useStore();
  const made = pending.map(moveOf).filter((move) => !SAYS.has(move));
  const last = made.at(-1) ?? '';
  useEffect(() => {
    const next = NEXT_OF_TASK[BECOMES[last] ?? ''] ?? [];
    Promise.all(next.map((move) => recallMove(territory, language(), move))).then((found) => put(found.filter((one) => one !== undefined)));
  }, [territory, last, language()]);
  if (!made.length) return { report, next: undefined };
  const asked = leastPhotos(categories.get(territory)?.find(({ code }) => code === report.category)?.photos, report.photos.length);
  const known = new Map([...coming.map((offer) => asking(offer, asked)), ...report.moves].map((offer) => [offer.move, offer]));
  const open = [...known.values()].filter(({ move }) => SAYS.has(move) || (last in BECOMES && !made.includes(move)));
  const next = (NEXT_OF_TASK[BECOMES[last] ?? ''] ?? []).find((move) => open.some((offer) => offer.move === move));
  return { report: { ...report, moves: open }, next: open.find(({ move }) => move === next) };
}

/** @param {{pending: Entry[], outbox: string}} props */
export function Pending({ pending, outbox }) {
  if (!pending.length) return null;
  return html`
    <ul class="pending" id="case-pending" aria-label=${t('outbox')}>${pending.map((entry) => html`
      <li key=${entry.id} class=${entry.state}><a href=${outbox}>${t(`outbox_${entry.state}`)}</a> <span>${entry.title} · ${lately(new Date(entry.at).toISOString())}</span></li>`)}</ul>`;
}
