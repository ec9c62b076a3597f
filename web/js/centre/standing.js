// How the work stands: open, overdue, nearly due, parked. Each number opens into its cases.
import { count, t } from '../i18n.js';
import { html } from '../preact.js';
import { summary } from './calls.js';
import { useAnswer } from '../answers.js';
import { Card } from './parts.js';
import { cases } from './question.js';

/** @import { Seen } from './app.js' */

const WHICH = /** @type {const} */ ([['open', 'open'], ['overdue', 'overdue'], ['nearly_due', 'nearly_due'], ['parked', 'parked']]);

/** @param {Seen} props */
export function StandingCard({ territory, address, beat }) {
  const { categories, cell, area } = address;
  const { answer, problem, fresh } = useAnswer(JSON.stringify([territory.code, categories, cell, area]), (signal) => summary(territory.code, address, signal), beat);
  return html`<${Card} id="standing" title=${t('centre_standing')} problem=${problem} waiting=${!fresh}>
    ${answer && html`<ul class="numbers">${WHICH.map(([key, query]) => html`<li class=${key}>
      <a href=${cases(address, territory.code, null, cell, { [query]: 'true', sort: 'due' })} data-standing=${key}><strong>${count(answer[key])}</strong><span>${t(`centre_${key}`)}</span></a></li>`)}</ul>`}
  </${Card}>`;
}
