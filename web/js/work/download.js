// A whole list of cases as a file, wherever one is looked at: the work screens, the command centre, the map.
import { wording } from '../api.js';
import { t } from '../i18n.js';
import { html, render, useState } from '../preact.js';
import { createExport, fileOf, summary } from './calls.js';
import { format } from './route.js';

const FORMS = [['xlsx', 'Excel'], ['csv', 'CSV'], ['geojson', 'GeoJSON'], ['gpkg', 'GeoPackage']];
const MOST_AT_ONCE = 50_000;

const exportsIn = (/** @type {string} */ territory) => `work${format({ territory, view: 'exports' })}`;

/**
 * At once, or made while one does something else where it has many rows.
 *
 * @param {{territory: string, query: URLSearchParams, rows?: number}} props how many rows it has; when left out, it is asked once somebody wants it
 */
export function Download({ territory, query, rows }) {
  const [problem, tell] = useState('');
  const [told, put] = useState({ of: '', total: 0 });
  const asked = String(query);
  const total = rows ?? (told.of === asked ? told.total : null);
  const failed = (/** @type {unknown} */ error) => tell(wording(error));
  const look = (/** @type {{currentTarget: HTMLDetailsElement}} */ { currentTarget: { open } }) => {
    if (open && total === null) summary(territory, query).then((answer) => { tell(''); put({ of: asked, total: answer.total }); }, failed);
  };
  const make = (/** @type {string} */ form) => createExport(territory, form, query).then(() => location.assign(exportsIn(territory)), failed);
  const way = (/** @type {string} */ form, /** @type {string} */ name) => ((total ?? 0) > MOST_AT_ONCE
    ? html`<button type="button" class="quiet" key=${form} data-form=${form} onClick=${() => make(form)}>${name}</button>`
    : html`<a key=${form} data-form=${form} href=${fileOf(territory, `reports.${form}`, query)} download>${name}</a>`);
  const without = !['campaign', 'category', 'counted'].some((name) => query.has(name));
  return html`<details class="download" id="download-list" key=${asked} onToggle=${look}><summary class="quiet">${t('download')}</summary>
    <p>${total !== null && FORMS.map(([form, name]) => way(form ?? '', name ?? ''))} <a id="to-exports" href=${exportsIn(territory)}>${t('exports')}</a></p>
    ${without && html`<small id="no-campaigns">${t('download_counted')}</small>`}
    ${problem && html`<p class="field-error" role="alert">${problem}</p>`}</details>`;
}

/** The same in a page that is not drawn by components. @param {HTMLElement} place @param {string} territory @param {URLSearchParams} query */
export const drawDownload = (place, territory, query) => render(html`<${Download} territory=${territory} query=${query} />`, place);
