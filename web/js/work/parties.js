// Who has a case and who works on it.
import { moment, named, t } from '../i18n.js';
import { html } from '../preact.js';

/** @import { Case } from './calls.js' */
/** @import { Party, PartyInfo } from 'service' */

/** @param {Pick<Party | PartyInfo, 'level' | 'code' | 'name'>} party */
export function partyName({ level, code, name }) {
  return level === null && code === '' ? t('centre') : named(name, code);
}

/** The desk that holds a case, in words. @param {Case} report */
export function holderName({ holder, ancestors, cell, parties }) {
  if (!holder?.level) return t('centre');
  /** @param {{level: string | null, code: string}} one */
  const is = (one) => one.level === holder.level && one.code === holder.code;
  return [...ancestors, cell].find(is)?.name || named(parties.find(is)?.name, holder.code);
}

/** @param {{report: Case}} props */
export function Tasks({ report }) {
  const live = report.tasks.filter(({ state }) => state !== 'cancelled');
  if (!live.length) return null;
  return html`
    <section><h3>${t('tasks')}</h3>
      <ul class="tasks">${live.map((task) => html`
        <li key=${task.id} data-task=${task.id}>
          <strong>${partyName(task.party)}</strong>
          <small>${t(`task_${task.state}`)}${task.reported_at && ` · ${moment(task.reported_at)}`}</small>
          ${task.state !== 'reported' && task.due_at && html`<span class=${`due ${task.overdue ? 'overdue' : ''}`}>${t(task.overdue ? 'case_overdue' : 'case_due', { at: moment(task.due_at) })}</span>`}
          ${task.asked_until && html`<span class="due">${t('task_asked', { at: moment(task.asked_until) })}</span>`}
          ${task.note && html`<p>${task.note}</p>`}
          ${task.evidence.length > 0 && html`<ul class="evidence">${task.evidence.map((one) => html`<li>${one}</li>`)}</ul>`}
        </li>`)}</ul>
    </section>`;
}
