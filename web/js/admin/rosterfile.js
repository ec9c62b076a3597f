// The roster by file: all of it is taken, or nothing, and what is wrong stands beside its row.
import { Problem, wording } from '../api.js';
import { announce } from '../dom.js';
import { count, t } from '../i18n.js';
import { html, useRef, useState } from '../preact.js';
import { happened, sendRoster } from './calls.js';
import { Head, Sheet, at } from './parts.js';

/** @import { FieldProblem, RosterTaken } from 'service' */
/** @import { Props } from './parts.js' */

/** @typedef {FieldProblem & {record?: number, got?: unknown}} RowProblem */

/** @param {Props} props */
export function RosterFile(props) {
  const { territory } = props;
  const [kind, choose] = useState('roster');
  const [over, take] = useState(false);
  const [file, pick] = useState(/** @type {File | null} */ (null));
  const [taken, tell] = useState(/** @type {RosterTaken | null} */ (null));
  const [problem, refuse] = useState(/** @type {unknown} */ (null));
  const [busy, be] = useState(false);
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!file) return;
    be(true);
    tell(null);
    refuse(null);
    try {
      tell(await sendRoster(territory.code, file, { leave: kind === 'leave' || undefined, hand_over: over || undefined }));
      announce(t('admin_done', { what: t('roster_file') }));
      happened();
    } catch (error) {
      refuse(error);
    }
    // A file that is put right meanwhile is another one for the browser: it is chosen anew.
    pick(null);
    if (input.current) input.current.value = '';
    be(false);
  };
  const rows = /** @type {RowProblem[]} */ (problem instanceof Problem ? problem.fields : []);
  return html`
    <${Head} title=${t('roster_file')} back=${at(props)} lead=${t('roster_file_lead')} />
    <form class="move-form" id="form-file" onSubmit=${submit} aria-label=${t('roster_file')}>
      <div class="field"><label for="file-kind">${t('roster_file_what')}</label><select id="file-kind" value=${kind} onChange=${(/** @type {any} */ event) => choose(event.currentTarget.value)}><option value="roster">${t('roster_file_roster')}</option><option value="leave">${t('roster_file_leave')}</option></select><small>${t(`roster_file_${kind}_hint`)}</small></div>
      <div class="field"><label for="file-file">${t('roster_file_file')}</label><input id="file-file" ref=${input} type="file" accept=".csv,text/csv" onChange=${(/** @type {any} */ event) => pick(event.currentTarget.files[0] ?? null)} /></div>
      ${kind === 'roster' && html`<div class="field"><label class="tick-line" for="file-over"><input type="checkbox" id="file-over" checked=${over} onChange=${(/** @type {any} */ event) => take(event.currentTarget.checked)} /><span>${t('roster_file_over')}</span></label></div>`}
      <div class="doing"><button class="primary" id="file-send" disabled=${busy || !file}>${t('roster_file_send')}</button></div>
    </form>
    ${taken && html`<p class="note" id="file-taken" role="status">${t('roster_file_taken', { n: count(taken.officers), changed: count(taken.changed) })}</p>`}
    ${problem && html`<div class="note failed" role="alert"><p>${wording(problem)}</p></div>`}
    ${rows.length > 0 && html`<${Sheet} id="file-rows" label=${t('roster_file_rows')} heads=${[t('row'), t('column'), t('value'), t('roster_file_wrong')]}
      rows=${rows.map((one, i) => ({ key: String(i), cells: [one.record ? count(one.record) : '–', one.field, one.got === null || one.got === undefined ? '–' : String(one.got), one.message] }))} />`}`;
}
