// Values by sheet: all of them are taken, or nothing, and what is wrong stands beside its row and column.
import { Problem, wording } from '../api.js';
import { count, day, named, t } from '../i18n.js';
import { html, useState } from '../preact.js';
import { useChosenFile } from '../chosenfile.js';
import { Card } from '../centre/parts.js';
import { change } from './address.js';
import { sendValues } from './calls.js';
import { called } from './painting.js';

/** @import { FieldProblem } from 'service' */
/** @import { Seen } from './app.js' */
/** @typedef {FieldProblem & {record?: number, got?: unknown}} RowProblem */

/** What is wrong with a file, by row and column. @param {{rows: RowProblem[]}} props */
export function Faults({ rows }) {
  if (!rows.length) return null;
  return html`<div class="scrolling" tabindex="0" role="group" aria-label=${t('upload_faults')}><table class="values faults" id="sheet-faults">
    <caption class="visually-hidden">${t('upload_faults')}</caption>
    <thead><tr><th scope="col">${t('row')}</th><th scope="col">${t('column')}</th><th scope="col">${t('value')}</th><th scope="col">${t('roster_file_wrong')}</th></tr></thead>
    <tbody>${rows.map((one) => html`<tr><td>${one.record ? count(one.record) : '–'}</td><td>${one.field}</td><td>${one.got === null || one.got === undefined ? '–' : String(one.got)}</td><td>${one.message}</td></tr>`)}</tbody></table></div>`;
}

/** @param {Seen} seen */
export function Upload({ territory, kept, level, on }) {
  const [part, be] = useState(false);
  const { ready, taken, problem, submit, chooser } = useChosenFile((file) => sendValues(territory.code, file, { level, on, part }), t('upload_done'));
  const rows = /** @type {RowProblem[]} */ (problem instanceof Problem ? problem.fields : []);
  return html`<div class="cards of-upload">
    <${Card} id="upload" title=${t('places_upload')}>
      <p class="lead">${t('upload_lead')}</p>
      <form class="sheet-form" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); void submit(); }} aria-label=${t('places_upload')}>
        <div class="field"><label for="sheet-level">${t('upload_level')}</label><select id="sheet-level" value=${level} onChange=${(/** @type {any} */ event) => change({ level: event.currentTarget.value }, { replace: true })}>${territory.levels.map(({ key, name }) => html`<option value=${key} selected=${key === level}>${named(name, key)}</option>`)}</select></div>
        <div class="field"><label for="sheet-file">${t('upload_file')}</label><input id="sheet-file" accept=".csv,.xlsx,.ods" ...${chooser} /><small>${t('upload_since', { day: day(on) })}</small></div>
        <label class="tick-line" for="sheet-part"><input type="checkbox" id="sheet-part" checked=${part} onChange=${(/** @type {any} */ event) => be(event.currentTarget.checked)} /><span>${t('upload_part')}</span></label>
        <div class="doing"><button class="primary" id="sheet-send" disabled=${!ready}>${t('upload_send')}</button></div>
      </form>
      ${taken && html`<p class="note" id="sheet-taken" role="status">${t('upload_taken', { n: count(taken.stored), day: day(taken.on) })}${taken.ignored.length > 0 && ` ${t('upload_ignored', { heads: taken.ignored.join(', ') })}`}</p>`}
      ${Boolean(problem) && html`<div class="note failed" role="alert"><p>${wording(problem)}</p></div>`}
      <${Faults} rows=${rows} />
    </${Card}>
    <${Card} id="heads" title=${t('upload_heads')}><p class="lead">${t('upload_heads_lead')}</p>
      <table class="days"><tbody>${kept.map((one) => html`<tr key=${one.key}><th scope="row">${called(one)}</th><td><code>${one.key}</code></td></tr>`)}</tbody></table></${Card}>
  </div>`;
}
