// Households of an overlay by file: counted where they are, so that a share of the ground has that of the households beside it.
import { Problem, wording } from '../api.js';
import { count, t } from '../i18n.js';
import { html, useState } from '../preact.js';
import { DATUMS, useChosenFile } from '../chosenfile.js';
import { Card } from '../centre/parts.js';
import { sendHouseholds } from './calls.js';
import { Faults } from './upload.js';

/** @import { RowProblem } from './upload.js' */

/** @param {{territory: string, overlay: string, on: string, done: () => void}} props */
export function Households({ territory, overlay, on, done }) {
  const [field, write] = useState('');
  const [layer, name] = useState('');
  const [datum, choose] = useState('wgs84');
  const { ready, taken: counted, problem, submit, chooser } = useChosenFile(
    (file, trial) => sendHouseholds(territory, overlay, file, { on, field: field.trim() || undefined, layer: layer.trim() || undefined, datum, dry_run: trial ? 'true' : undefined }),
    t('households_done'), done);
  const rows = /** @type {RowProblem[]} */ (problem instanceof Problem ? problem.fields : []);
  return html`
    <${Card} id="households" title=${t('households_title')}>
      <details><summary>${t('households_by_file')}</summary>
      <p class="lead">${t('households_lead')}</p>
      <form class="sheet-form" aria-label=${t('households_title')} onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); void submit(); }}>
        <div class="field"><label for="households-file">${t('households_file')}</label><input id="households-file" accept=".geojson,.json,.gpkg,.parquet,.geoparquet" ...${chooser} /></div>
        <div class="field"><label for="households-field">${t('optional', { what: t('households_field') })}</label><input id="households-field" maxlength="200" autocomplete="off" value=${field} onInput=${(/** @type {any} */ event) => write(event.currentTarget.value)} /><small>${t('households_field_hint')}</small></div>
        <div class="field"><label for="households-layer">${t('optional', { what: t('file_layer') })}</label><input id="households-layer" maxlength="200" autocomplete="off" value=${layer} onInput=${(/** @type {any} */ event) => name(event.currentTarget.value)} /></div>
        <div class="field"><label for="households-datum">${t('assets_file_datum')}</label><select id="households-datum" value=${datum} onChange=${(/** @type {any} */ event) => choose(event.currentTarget.value)}>${DATUMS.map((one) => html`<option value=${one} selected=${one === datum}>${one.toUpperCase()}</option>`)}</select></div>
        <div class="doing"><button type="button" class="secondary" id="households-try" disabled=${!ready} onClick=${() => submit(true)}>${t('assets_file_try')}</button><button class="primary" id="households-send" disabled=${!ready}>${t('households_send')}</button></div>
      </form>
      ${counted && html`<p class="note" id="households-counted" role="status">${t(counted.stored ? 'households_counted' : 'households_would', { n: count(counted.total), inside: count(counted.inside) })}</p>`}
      ${Boolean(problem) && html`<div class="note failed" role="alert"><p>${wording(problem)}</p></div>`}
      <${Faults} rows=${rows} /></details>
    </${Card}>`;
}
