// What may be done with a case: the one thing that is next for whoever looks, and the rest behind it.
import { t } from '../i18n.js';
import { html } from '../preact.js';
import { grantsIn } from './session.js';

/** @import { Territory } from '../api.js' */
/** @import { Case } from './calls.js' */
/** @import { OpenMove, TaskInfo } from 'service' */

/** What is usually next in a state, the first that is open counts. @type {Record<string, string[]>} */
export const NEXT = {
  assigned: ['register'],
  registered: ['dispatch'],
  dispatched: ['grant-extension', 'urge'],
  accepted: ['grant-extension', 'urge'],
  handling: ['grant-extension', 'urge'],
  reported: ['verify'],
  verified: ['close'],
  closed: ['answer'],
  parked: ['resume'],
};
/** What is next for the party that a task was given to. @type {Record<string, string[]>} */
export const NEXT_OF_TASK = { dispatched: ['accept'], accepted: ['start', 'report-back'], handling: ['report-back'] };

/** Whether a task is of a desk at which the reader acts, or of the reader's organisation. @param {TaskInfo} task @param {string} territory */
export function isMine(task, territory) {
  return grantsIn(territory).some(({ organisation, level, code }) => (organisation
    ? organisation === task.organisation
    : task.desk !== null && (task.party.level ?? '') === (level ?? '') && task.party.code === (code ?? '')));
}

/** The move that is next for the reader; undefined when none stands out. @param {Case} report @param {string} territory */
export function primaryOf({ state, moves, tasks, overdue, nearly_due: nearly }, territory) {
  const open = new Set(moves.map(({ move }) => move));
  const own = tasks.filter((task) => isMine(task, territory)).flatMap((task) => NEXT_OF_TASK[task.state] ?? []);
  const asked = tasks.some(({ asked_until: until }) => until !== null);
  const called = { 'grant-extension': asked, urge: overdue || nearly };
  const usual = (NEXT[state] ?? []).filter((move) => called[/** @type {keyof typeof called} */ (move)] ?? true);
  const next = [...own, ...usual].find((move) => open.has(move));
  return moves.find(({ move }) => move === next);
}

/** @param {{report: Case, territory: Territory, next?: OpenMove | undefined, choose: (move: string) => void}} props `next` goes before what is usual */
export function Actions({ report, territory, next, choose }) {
  if (!report.moves.length) return null;
  const primary = next ?? primaryOf(report, territory.code);
  const rest = report.moves.filter((one) => one !== primary);
  return html`
    <div class="acts">
      ${primary && html`<button type="button" class="primary" id="next-move" data-move=${primary.move} onClick=${() => choose(primary.move)}>${primary.title}</button>`}
      ${rest.length > 0 && html`
        <details class="others" id="other-moves" open=${!primary && rest.length < 4}>
          <summary class="secondary">${t('moves_other')} <span class="count">${rest.length}</span></summary>
          <div class="moves" role="group" aria-label=${t('moves_open')}>${rest.map(({ move, title }) => html`<button type="button" class="secondary" key=${move} data-move=${move} onClick=${() => choose(move)}>${title}</button>`)}</div>
        </details>`}
    </div>`;
}
