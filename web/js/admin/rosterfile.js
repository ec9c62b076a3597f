// The roster by file: all of it is taken, or nothing, and what is wrong stands beside its row.
import { Problem, wording } from '../api.js';
import { count, t } from '../i18n.js';
import { html, useState } from '../preact.js';
import { useChosenFile } from '../chosenfile.js';
import { happened, sendRoster } from './calls.js';
import { Head, Sheet, at } from './parts.js';

/** @import { FieldProblem } from 'service' */
/** @import { Props } from './parts.js' */

/** @typedef {FieldProblem & {record?: number, got?: unknown}} RowProblem */

/** @param {Props} props */
export function RosterFile(props) {
  const { territory } = props;
  const [kind, choose] = useState('roster');
  const [over, take] = useState(false);
  const { ready, taken, problem, submit, chooser } = useChosenFile(
    (file) => sendRoster(territory.code, file, { leave: kind === 'leave' || undefined, hand_over: over || undefined }),
    t('admin_done', { what: t('roster_file') }), happened);
  const rows = /** @type {RowProblem[]} */ (problem instanceof Problem ? problem.fields : []);
  return html`
    <${Head} title=${t('roster_file')} back=${at(props)} lead=${t('roster_file_lead')} />
    <form class="move-form" id="form-file" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); void submit(); }} aria-label=${t('roster_file')}>
      <div class="field"><label for="file-kind">${t('roster_file_what')}</label><select id="file-kind" value=${kind} onChange=${(/** @type {any} */ event) => choose(event.currentTarget.value)}><option value="roster">${t('roster_file_roster')}</option><option value="leave">${t('roster_file_leave')}</option></select><small>${t(`roster_file_${kind}_hint`)}</small></div>
      <div class="field"><label for="file-file">${t('roster_file_file')}</label><input id="file-file" accept=".csv,text/csv" ...${chooser} /></div>
      ${kind === 'roster' && html`<div class="field"><label class="tick-line" for="file-over"><input type="checkbox" id="file-over" checked=${over} onChange=${(/** @type {any} */ event) => take(event.currentTarget.checked)} /><span>${t('roster_file_over')}</span></label></div>`}
      <div class="doing"><button class="primary" id="file-send" disabled=${!ready}>${t('roster_file_send')}</button></div>
    </form>
    ${taken && html`<p class="note" id="file-taken" role="status">${t('roster_file_taken', { n: count(taken.officers), changed: count(taken.changed) })}</p>`}
    ${Boolean(problem) && html`<div class="note failed" role="alert"><p>${wording(problem)}</p></div>`}
    ${rows.length > 0 && html`<${Sheet} id="file-rows" label=${t('roster_file_rows')} heads=${[t('row'), t('column'), t('value'), t('roster_file_wrong')]}
      rows=${rows.map((one, i) => ({ key: String(i), cells: [one.record ? count(one.record) : '–', one.field, one.got === null || one.got === undefined ? '–' : String(one.got), one.message] }))} />`}`;
}
