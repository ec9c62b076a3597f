// Overlays: the areas of other departments on the map, and the base grids that their borders cut.
import * as api from '../api.js';
import { useAnswer } from '../answers.js';
import { MapView } from '../centre/mapview.js';
import { Card } from '../centre/parts.js';
import { NOTHING, SEQUENTIAL, colourOf, countCuts, spread } from '../centre/scales.js';
import { count, day, distance, named, percent, t } from '../i18n.js';
import { html, useEffect, useMemo, useRef, useState } from '../preact.js';
import { theme } from '../theme.js';
import { change } from './address.js';
import { areas, cuts, overlays } from './calls.js';
import { Households } from './households.js';

/** @import { CellShares, Cuts } from 'service' */
/** @import { Painting } from '../centre/colouring.js' */
/** @import { CentreMap } from '../centre/map.js' */
/** @import { Seen } from './app.js' */

/** The base grids that are cut, by the metres of border in them. @param {Cuts} found @returns {Painting} */
function painting({ cells, cuts: cut }) {
  const most = Math.max(1, ...cut.map(({ border_m: metres }) => metres));
  const bounds = countCuts(most, SEQUENTIAL.light.length - 1);
  const colours = spread(SEQUENTIAL[theme()].slice(1), bounds.length + 1);
  const coloured = new Map(cut.map(({ code, border_m: metres }) => [code, colourOf({ cuts: bounds, colours }, metres)]));
  /** @type {[string, string][]} */
  const legend = cut.length ? colours.map((colour, at) => [colour, at === 0 ? `< ${distance(bounds[0] ?? 0)}` : at === bounds.length ? `≥ ${distance(bounds[at - 1] ?? 0)}` : `${distance(bounds[at - 1] ?? 0)} – < ${distance(bounds[at] ?? 0)}`]) : [];
  legend.push([NOTHING[theme()], t('overlay_whole')]);
  return { heat: null, cells: new Map(cells.map(({ code }) => [code, coloured.get(code) ?? NOTHING[theme()]])), says: new Map(cut.map(({ code, border_m: metres }) => [code, t('overlay_border', { m: distance(metres) })])), legend, notes: [], scale: null };
}

/** In which areas a base grid lies, and how much of it in each that counts. @param {CellShares | undefined} cell @param {Map<string, string>} names @param {number} least @param {boolean} counted whether households were */
function partsOf(cell, names, least, counted) {
  if (!cell) return '';
  const both = (/** @type {number} */ share, /** @type {number | null} */ lived) => (counted && lived !== null ? t('overlay_both', { area: percent(share), households: percent(lived) }) : percent(share));
  const parts = cell.parts.filter(({ share }) => share >= least).map(({ area, share, household_share: lived }) => `${names.get(area) || area} ${both(share, lived)}`);
  return [...parts, ...(cell.none >= least ? [`${t('overlay_none')} ${both(cell.none, cell.households ? (cell.none_households ?? 0) / cell.households : null)}`] : [])].join(' · ');
}

/** Around a cell, with some of what lies beside it. @param {GeoJSON.Polygon | GeoJSON.MultiPolygon} geometry @returns {[number, number, number, number]} */
function boxOf(geometry) {
  const points = geometry.type === 'MultiPolygon' ? geometry.coordinates.flat(2) : geometry.coordinates.flat();
  const [lons, lats] = [points.map(([lon = 0]) => lon), points.map(([, lat = 0]) => lat)];
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}

/** @param {Seen & {edits: boolean}} seen */
export function Overlays({ territory, address, on, edits }) {
  const { code } = territory;
  const base = territory.levels.at(-1)?.key ?? '';
  const [map, made] = useState(/** @type {CentreMap | null} */ (null));
  const [times, again] = useState(0); // that households were counted here
  const pressed = useRef(''); // on the map, which is not moved under the finger
  const listed = useAnswer(`overlays ${code}`, () => overlays(code));
  const holding = (listed.answer?.overlays ?? []).filter(({ valid_from: from, valid_to: to }) => from <= on && (!to || on < to));
  const one = holding.find(({ key }) => key === address.overlay) ?? holding[0];
  const drawn = useAnswer(one ? `areas ${code} ${one.key} ${on}` : '', (signal) => areas(code, one?.key ?? '', on, signal));
  const found = useAnswer(one ? `cuts ${code} ${one.key} ${on}` : '', (signal) => cuts(code, one?.key ?? '', on, signal), times);
  const names = useMemo(() => new Map((drawn.answer?.features ?? []).map(({ properties }) => [String(properties?.code), String(properties?.name || properties?.code)])), [drawn.answer]);
  const shares = useMemo(() => new Map((found.answer?.cells ?? []).map((cell) => [cell.code, cell])), [found.answer]);
  const painted = useMemo(() => (found.answer ? painting(found.answer) : null), [found.answer, theme(), t('tag')]);
  const cell = address.cell?.level === base ? address.cell : null;
  useEffect(() => {
    if (!map || !cell || pressed.current === cell.code) return;
    api.cell(code, cell, {}).then(({ geometry }) => map.fit(boxOf(geometry)), () => {});
  }, [map, cell?.code]);
  if (listed.answer && !one) return html`<p class="empty board-empty">${t('overlay_nothing')}</p>`;
  const rows = found.answer?.cuts ?? [];
  return html`<div class="filterbar" role="group" aria-label=${t('places_what')}>
      <label class="what"><span>${t('overlay')}</span><select id="overlay" value=${one?.key} onChange=${(/** @type {any} */ event) => change({ overlay: event.currentTarget.value, cell: null })}>${holding.map(({ key, name }) => html`<option value=${key} selected=${key === one?.key}>${named(name, key)}</option>`)}</select></label>
      ${one && html`<p class="said">${t('overlay_since', { n: count(one.areas), day: day(one.valid_from) })}${one.source && ` · ${one.source}`}${one.licence && ` · ${one.licence}`}</p>`}
    </div>
    <div class="cards of-overlays">
      <${Card} id="cuts" title=${found.answer ? t('overlay_cuts', { n: count(rows.length) }) : t('overlay_cuts_of')} problem=${listed.problem ?? found.problem} waiting=${!found.fresh}>
        ${found.answer && html`<p class="lead">${t('overlay_moves', { n: count(found.answer.moves.length) })}</p>`}
        <div class="scrolling" tabindex="0" role="group" aria-label=${t('overlay_cuts_of')}><table class="values">
          <thead><tr><th scope="col">${t('overlay_cell')}</th><th scope="col" class="value">${t('overlay_metres')}</th><th scope="col">${t('overlay_parts')}</th></tr></thead>
          <tbody>${rows.map((cut) => html`<tr key=${cut.code} data-code=${cut.code} class=${cut.code === cell?.code ? 'chosen' : null}>
            <th scope="row"><button type="button" aria-pressed=${String(cut.code === cell?.code)} onClick=${() => change({ cell: cut.code === cell?.code ? null : { level: base, code: cut.code } })}>${cut.name || cut.code}</button></th>
            <td class="value">${distance(cut.border_m)}</td><td>${partsOf(shares.get(cut.code), names, found.answer?.least ?? 0, found.answer?.counted ?? false)}</td></tr>`)}</tbody></table></div></${Card}>
      <${Card} id="mapcard" title=${t('centre_map')} problem=${drawn.problem}><div class="maps"><${MapView} id="map" territory=${territory} level=${base} view=${address.view} painting=${painted} cell=${cell} found=${drawn.answer} sketch=${null} drawing=${false}
        ask=${(/** @type {unknown} */ _, /** @type {{level: string, code: string} | null} */ at) => { pressed.current = at?.code ?? ''; change({ cell: at && at.code !== cell?.code ? at : null }); }} moved=${(/** @type {import('../state.js').View} */ view) => change({ view }, { replace: true })} made=${made} /></div>
        <ul class="map-legend classes" id="legend">${painted?.legend.map(([colour, text]) => html`<li><i style=${{ background: colour }}></i><span>${text}</span></li>`)}<li><i class="rim"></i><span>${t('overlay_rim')}</span></li></ul></${Card}>
      ${one && edits && html`<${Households} key=${one.key} territory=${code} overlay=${one.key} on=${on} done=${() => again((n) => n + 1)} />`}
    </div>`;
}
