// Assets of a kind by file: what is sound is taken, and what is wrong stands beside its row and column.
import { wording } from '../api.js';
import { count, named, t } from '../i18n.js';
import { html, useState } from '../preact.js';
import { DATUMS, useChosenFile } from '../chosenfile.js';
import { happened, sendAssets } from './calls.js';
import { Head, Sheet, at } from './parts.js';

/** @import { AssetKindInfo, AssetsTaken } from 'service' */
/** @import { Props } from './parts.js' */

const FIELDS = 'number, name, lon, lat, datum';

/** @param {string} text */
const linesOf = (text) => text.split('\n').map((line) => line.trim()).filter(Boolean);

/** @param {AssetsTaken} taken */
const counts = (taken) => t('assets_file_counts', Object.fromEntries((/** @type {const} */ (['read', 'new', 'changed', 'same', 'gone', 'refused'])).map((name) => [name, count(taken[name])])));

/** @param {Props & {kind: AssetKindInfo}} props */
export function AssetFile({ kind, ...props }) {
  const { territory } = props;
  const [map, write] = useState('');
  const [kept, keep] = useState('');
  const [datum, choose] = useState('wgs84');
  const [layer, name] = useState('');
  const [part, be] = useState(false);
  const { ready, taken, problem, submit, chooser } = useChosenFile((file, trial) => {
    const query = new URLSearchParams([...linesOf(map).map((line) => ['map', line]), ...linesOf(kept).map((line) => ['attribute', line]), ['datum', datum], ['part', String(part)], ['dry_run', String(trial)]]);
    if (layer.trim()) query.append('layer', layer.trim());
    return sendAssets(territory.code, kind.code, file, query);
  }, t('admin_done', { what: t('assets_file') }), happened);
  return html`
    <${Head} title=${t('assets_file')} back=${at(props, kind.code)} lead=${`${named(kind.name, kind.code)}: ${t('assets_file_lead')}`} />
    <form class="move-form" id="form-assets" aria-label=${t('assets_file')} onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); void submit(); }}>
      <div class="field"><label for="assets-file">${t('assets_file_file')}</label><input id="assets-file" accept=".csv,.json,.geojson,.gpkg,.parquet,.geoparquet" ...${chooser} /></div>
      <div class="field"><label for="assets-map">${t('optional', { what: t('assets_file_map') })}</label><textarea id="assets-map" rows="3" class="code" spellcheck="false" value=${map} onInput=${(/** @type {any} */ event) => write(event.currentTarget.value)} /><small>${t('assets_file_map_hint', { fields: FIELDS })}</small></div>
      <div class="field"><label for="assets-kept">${t('optional', { what: t('assets_file_kept') })}</label><textarea id="assets-kept" rows="2" class="code" spellcheck="false" value=${kept} onInput=${(/** @type {any} */ event) => keep(event.currentTarget.value)} /><small>${t('assets_file_kept_hint')}</small></div>
      <div class="field"><label for="assets-layer">${t('optional', { what: t('file_layer') })}</label><input id="assets-layer" maxlength="200" autocomplete="off" value=${layer} onInput=${(/** @type {any} */ event) => name(event.currentTarget.value)} /></div>
      <div class="field"><label for="assets-datum">${t('assets_file_datum')}</label><select id="assets-datum" value=${datum} onChange=${(/** @type {any} */ event) => choose(event.currentTarget.value)}>${DATUMS.map((one) => html`<option value=${one} selected=${one === datum}>${one.toUpperCase()}</option>`)}</select></div>
      <div class="field"><label class="tick-line" for="assets-part"><input type="checkbox" id="assets-part" checked=${part} onChange=${(/** @type {any} */ event) => be(event.currentTarget.checked)} /><span>${t('assets_file_part')}</span></label></div>
      <div class="doing"><button type="button" class="secondary" id="assets-try" disabled=${!ready} onClick=${() => submit(true)}>${t('assets_file_try')}</button><button class="primary" id="assets-send" disabled=${!ready}>${t('assets_file_send')}</button></div>
    </form>
    ${taken && html`<p class="note" id="assets-taken" role="status">${t(taken.stored ? 'assets_file_taken' : 'assets_file_would', { counts: counts(taken) })}${taken.ignored.length > 0 && ` ${t('upload_ignored', { heads: taken.ignored.join(', ') })}`}</p>`}
    ${Boolean(problem) && html`<div class="note failed" role="alert"><p>${wording(problem)}</p></div>`}
    ${taken && taken.errors.length > 0 && html`
      ${taken.errors.length < taken.refused && html`<p class="lead">${t('assets_file_first', { n: count(taken.errors.length), all: count(taken.refused) })}</p>`}
      <${Sheet} id="assets-rows" label=${t('assets_file_wrong')} heads=${[t('assets_file_record'), t('column'), t('value'), t('roster_file_wrong')]}
        rows=${taken.errors.map((one, i) => ({ key: String(i), cells: [count(one.record), one.field || '–', one.got || '–', one.message] }))} />`}`;
}
