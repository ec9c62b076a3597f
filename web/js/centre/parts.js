// Small parts that the cards of the command centre are made of.
import * as api from '../api.js';
import { count, decimal, t } from '../i18n.js';
import { html } from '../preact.js';

/** A card with its heading. @param {{id: string, title: string, aside?: unknown, problem?: unknown, waiting?: boolean, children?: unknown}} props */
export function Card({ id, title, aside, problem, waiting = false, children }) {
  return html`<section class="card" id=${id} aria-labelledby=${`${id}-title`} aria-busy=${String(waiting)}>
    <header><h2 id=${`${id}-title`}>${title}</h2>${aside}</header>
    ${Boolean(problem) && html`<${Failing} problem=${problem} />`}
    ${children}
  </section>`;
}

/** That something could not be had. @param {{problem: unknown}} props */
export function Failing({ problem }) {
  const again = !(problem instanceof api.Problem) || problem.passing;
  return html`<p class="failing" role="status">${api.wording(problem)}${again ? ` ${t('centre_again')}` : ''}</p>`;
}

/** How a number stands beside another. @param {{ratio: number | null, than: string}} props */
export function Beside({ ratio, than }) {
  if (ratio === null) return html`<span class="beside">${t('centre_nothing_then', { than })}</span>`;
  const more = Math.round(100 * (ratio - 1));
  return html`<span class=${`beside ${more > 0 ? 'more' : more < 0 ? 'fewer' : ''}`}>${more > 0 ? '▲' : more < 0 ? '▼' : '＝'} ${t('centre_than', { n: count(Math.abs(more)), than })}</span>`;
}

/** A mean as people write it. @param {number} value */
export const mean = (value) => (value < 10 ? decimal(value) : count(Math.round(value)));
