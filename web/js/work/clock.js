// The clock of a case: by when the present step is due, what remains, and when it stood still.
import { lasting, moment, t } from '../i18n.js';
import { html, useEffect, useReducer } from '../preact.js';
import { dueKind } from './parts.js';

/** @import { Case } from './calls.js' */
/** @typedef {{from: string, to: string | null, reason: string}} Pause */

/** When a case was parked, from its history. @param {Case} report @returns {Pause[]} */
export function pausesOf({ events }) {
  /** @type {Pause[]} */
  const pauses = [];
  for (const { move, at, facts, state } of events) {
    const last = pauses.at(-1);
    if (move === 'park') pauses.push({ from: at, to: null, reason: typeof facts.reason === 'string' ? facts.reason : '' });
    else if (last && !last.to && state !== 'parked') last.to = at;
  }
  return pauses;
}

const TICK_MS = 30_000;

/** @param {{report: Case}} props */
export function Clock({ report }) {
  const [, tick] = useReducer((/** @type {number} */ n) => n + 1, 0);
  useEffect(() => {
    const timer = setInterval(() => tick(undefined), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  const kind = dueKind(report);
  const pauses = pausesOf(report);
  if (!kind && !pauses.length) return null;
  const left = report.due_at ? new Date(report.due_at).getTime() - Date.now() : 0;
  return html`
    <section class=${`clock ${kind}`} id="case-clock">
      <h3>${t('clock')}</h3>
      ${kind && report.due_at && html`<p><strong>${t(left < 0 ? 'clock_over' : 'clock_left', { time: lasting(Math.abs(left)) })}</strong> <span class="due">${report.step && `${t(`step_${report.step}`)} · `}${moment(report.due_at)}</span></p>`}
      ${pauses.map(({ from, to, reason }) => html`<p class="pause">${t(to ? 'clock_paused' : 'clock_pausing', { from: moment(from), to: to ? moment(to) : '' })}${reason && html` <q>${reason}</q>`}</p>`)}
    </section>`;
}
