// Small parts that several work screens are made of.
import { icon } from '../dom.js';
import { moment, t } from '../i18n.js';
import { html, useLayoutEffect, useRef } from '../preact.js';

/** @import { Row } from './calls.js' */

/** A place that other code draws into: what has been written for the map serves here too. @param {{draw: (node: HTMLElement) => unknown, when: unknown[], tag?: string, [name: string]: unknown}} props */
export function Host({ draw, when, tag = 'div', ...rest }) {
  const node = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => { if (node.current) draw(node.current); }, when);
  return html`<${tag} ref=${node} ...${rest} />`;
}

/** @param {{name: Parameters<typeof icon>[0]}} props */
export function Icon({ name }) {
  return html`<${Host} tag="span" class="of-icon" when=${[name]} draw=${(/** @type {HTMLElement} */ node) => node.replaceChildren(icon(name))} />`;
}

/** @param {{problem: unknown, again: () => unknown}} props */
export function Failure({ problem, again }) {
  const text = problem instanceof Error && problem.message ? problem.message : t('unreachable');
  return html`<div class="note failed" role="alert"><p>${text}</p><button type="button" class="secondary small" onClick=${again}>${t('retry')}</button></div>`;
}

/** How a deadline stands; a stopped clock shows none. @param {Pick<Row, 'due_at' | 'state' | 'overdue' | 'nearly_due'>} report */
export function dueKind({ due_at: due, state, overdue, nearly_due: nearly }) {
  if (!due || state === 'parked') return '';
  return overdue ? 'overdue' : nearly ? 'nearly' : 'due';
}

/** @param {{report: Row}} props */
export function Due({ report }) {
  const kind = dueKind(report);
  if (!kind || !report.due_at) return null;
  return html`<span class=${`due ${kind}`}>${t(`case_${kind}`, { at: moment(report.due_at) })}</span>`;
}

/** The place of a case in words, from the street down. @param {Pick<Row, 'ancestors' | 'cell'>} report */
export const placeOf = ({ ancestors, cell }) => [...ancestors, cell].map(({ name, code }) => name || code);
