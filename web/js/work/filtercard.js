// The finer filters of a list.
import { cells } from '../api.js';
import { hours, language, named, t, weekday } from '../i18n.js';
import { html, useEffect, useState } from '../preact.js';
import { drawSearch } from '../search.js';
import { changed, looking } from './filters.js';
import { Host } from './parts.js';
import { Saved } from './savedlists.js';
import { counted, useStore } from './store.js';

/** @import { Territory } from '../api.js' */

const FINER = ['state', 'category', 'urgency', 'from', 'to', 'weekday', 'hour', 'cell', 'kind', 'area', 'campaign', 'counted'];
/** @typedef {{territory: Territory, query: URLSearchParams, here: (next: URLSearchParams) => void}} Props */

/** @param {Props} props */
export function FilterCard({ territory, query, here }) {
  const set = FINER.filter((key) => query.has(key)).length;
  return html`
    <details class="finer" id="finer">
      <summary>${t('finer')}${set > 0 && html` <span class="count">${set}</span>`}</summary>
      <div class="finer-body">
        <${Choices} territory=${territory} query=${query} here=${here} />
        <${CellFilter} territory=${territory} query=${query} here=${here} />
        <${Saved} territory=${territory} query=${query} here=${here} />
      </div>
    </details>`;
}

/** @param {Props} props */
function Choices({ territory, query, here }) {
  const { categories } = useStore();
  const counts = counted(territory.code, looking(query, 'all'));
  /** @param {string} key @param {string} label @param {{value: string, label: string}[]} options */
  const select = (key, label, options) => html`
    <label><span>${label}</span><select id=${`finer-${key}`} value=${query.get(key) ?? ''} onChange=${(/** @type {any} */ event) => here(changed(query, { [key]: event.currentTarget.value }))}>
      <option value="">${t('any')}</option>${options.map(({ value, label: name }) => html`<option value=${value} selected=${value === query.get(key)}>${name}</option>`)}
    </select></label>`;
  /** @param {'from' | 'to'} key */
  const day = (key) => html`
    <label><span>${t(`received_${key}`)}</span><input type="date" id=${`finer-${key}`} value=${query.get(key) ?? ''} onChange=${(/** @type {any} */ event) => here(changed(query, { [key]: event.currentTarget.value }))} /></label>`;
  const states = counts?.by_state.map(({ state, title }) => ({ value: state, label: title })) ?? [];
  return html`
    ${select('category', t('category'), (categories.get(territory.code) ?? []).map(({ code, name }) => ({ value: code, label: named(name, code) })))}
    ${select('urgency', t('need_urgency'), ['normal', 'urgent'].map((value) => ({ value, label: t(`urgency_${value}`) })))}
    ${states.length > 0 && select('state', t('state'), states)}
    ${day('from')}${day('to')}
    ${select('weekday', t('weekday'), Array.from({ length: 7 }, (_, at) => ({ value: String(at + 1), label: weekday(at, 'long') })))}
    ${select('hour', t('received_hour'), Array.from({ length: 24 }, (_, at) => ({ value: String(at), label: hours(at) })))}
    ${territory.special.length > 0 && select('kind', t('grid_kind'), [{ value: 'ordinary', label: t('grid_ordinary') }, { value: 'special', label: t('grid_special') }, ...territory.special.map((value) => ({ value, label: t(`purpose_${value}`) }))])}
    ${query.has('campaign') && html`<p class="chosen-cell" id="of-campaign"><span>${t('in_campaign', { code: query.get('campaign') ?? '' })}</span><button type="button" class="quiet" onClick=${() => here(changed(query, { campaign: '' }))}>${t('take_away')}</button></p>`}
    ${query.has('counted') && html`<p class="chosen-cell" id="counted"><span>${t('in_no_campaign')}</span><button type="button" class="quiet" onClick=${() => here(changed(query, { counted: '' }))}>${t('take_away')}</button></p>`}
    ${query.has('area') && html`<p class="chosen-cell" id="in-area"><span>${t('in_area')}</span><button type="button" class="quiet" onClick=${() => here(changed(query, { area: '' }))}>${t('take_away')}</button></p>`}`;
}

/** @param {Props} props */
function CellFilter({ territory, query, here }) {
  const [name, rename] = useState('');
  const [code, level] = [query.get('cell') ?? '', query.get('level') ?? ''];
  useEffect(() => {
    rename(code);
    if (code && level) cells(territory.code, level).then((all) => rename(all.find((one) => one.code === code)?.name || code), () => { /* its code stands there */ });
  }, [code, level]);
  if (code) return html`<p class="chosen-cell"><span>${t('in_cell', { name })}</span><button type="button" class="quiet" onClick=${() => here(changed(query, { cell: '', level: '' }))}>${t('take_away')}</button></p>`;
  const draw = (/** @type {HTMLElement} */ node) => drawSearch(node, territory, (cell) => here(changed(query, { cell: cell.code, level: cell.level })));
  return html`<${Host} class="search" when=${[territory.code, language(), query.toString()]} draw=${draw} />`;
}
