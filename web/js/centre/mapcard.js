// The map with what belongs to it: ways of looking, level, slider, area, legend, what can be taken away.
import { count, named, span as spanWords, t } from '../i18n.js';
import { html, useEffect, useMemo, useReducer, useRef, useState } from '../preact.js';
import { announce } from '../dom.js';
import { onPaper } from '../paper.js';
import { theme } from '../theme.js';
import { SHOWS, change } from './address.js';
import { rescale } from './colouring.js';
import { WINDOWS } from './dates.js';
import { words } from './header.js';
import { overGround } from './map.js';
import { MapView, lay } from './mapview.js';
import { Download } from '../work/download.js';
import { Icon } from '../work/parts.js';
import { Card } from './parts.js';
import { crosses, listed, polygon } from './question.js';
import { give, picture } from './saving.js';
import { Slider } from './slider.js';

/** @import { Corner, Show } from './address.js' */
/** @import { Seen } from './app.js' */
/** @import { Painting } from './colouring.js' */
/** @import { CentreMap } from './map.js' */
/** @typedef {ReturnType<typeof import('./colouring.js').useColouring>} Coloured */

const GROUND = { light: '#f7f6f2', dark: '#14181f' };

/** What stands in the map of corners that are being set. @param {Corner[]} corners @returns {GeoJSON.Geometry | null} */
function sketchOf(corners) {
  const [first] = corners;
  if (!first) return null;
  if (corners.length < 3) return corners.length === 2 ? { type: 'LineString', coordinates: corners } : { type: 'Point', coordinates: first };
  return polygon(corners);
}

/** Setting the corners of an area, by pointer or with the keyboard under the crosshair. @param {(corners: Corner[]) => unknown} done */
function useDrawing(done) {
  const [corners, set] = useState(/** @type {Corner[] | null} */ (null));
  const finish = () => {
    if (!corners || corners.length < 3) return;
    if (crosses(corners)) {
      announce(t('centre_area_crosses'));
      return;
    }
    set(null);
    done(corners);
  };
  const sketch = useMemo(() => (corners ? sketchOf(corners) : null), [corners]);
  return {
    corners, finish, sketch, crossed: corners !== null && corners.length > 3 && crosses(corners),
    begin: () => set([]), cancel: () => set(null), undo: () => set(corners?.slice(0, -1) ?? null),
    add: (/** @type {Corner} */ corner) => { set([...corners ?? [], corner]); announce(t('centre_corners', { n: count((corners?.length ?? 0) + 1) })); },
  };
}

/** @param {{drawing: ReturnType<typeof useDrawing>, map: CentreMap | null}} props */
function DrawingBar({ drawing: { corners, finish, cancel, undo, add, crossed }, map }) {
  const here = () => { const centre = map?.map.getCenter(); if (centre) add([centre.lng, centre.lat]); };
  return html`<div class="drawing" role="group" aria-label=${t('centre_area')} onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key === 'Escape' && cancel()}>
    <span>${t('centre_draw_how')}</span>
    <button type="button" class="secondary small" id="corner-here" onClick=${here}>${t('centre_corner_here')}</button>
    <button type="button" class="secondary small" disabled=${!corners?.length} onClick=${undo}>${t('centre_undo')}</button>
    <button type="button" class="primary small" id="area-done" disabled=${(corners?.length ?? 0) < 3 || crossed} onClick=${finish}>${t('centre_area_done')}</button>
    <button type="button" class="secondary small" id="area-cancel" onClick=${cancel}>${t('centre_cancel')}</button>
    ${crossed && html`<span class="failing" role="status">${t('centre_area_crosses')}</span>`}</div>`;
}

/** @param {{painting: Painting | null, map: CentreMap | null, again: () => unknown}} props */
function Legend({ painting, map, again }) {
  if (!painting) return null;
  const { legend, heat, scale, notes } = painting;
  const stops = heat ? overGround(map?.stops ?? [], GROUND[theme()]) : [];
  return html`<div class="map-legend" id="legend">
    ${heat && html`<div class="ramp-of"><span class="ramp" style=${{ background: `linear-gradient(to right, ${GROUND[theme()]} 0%, ${stops.map(([at, colour]) => `${colour} ${100 * at}%`).join(', ')})` }} role="img" aria-label=${t('legend')}></span>
      <span class="scale"><span>0</span><span>${count(heat.most / 2)}</span><span>≥ ${count(heat.most)}</span></span><small>${t('legend_density')}</small></div>`}
    ${legend.length > 0 && html`<ul class="classes">${legend.map(([colour, text]) => html`<li><i style=${{ background: colour }}></i><span>${text}</span></li>`)}</ul>`}
    ${map?.special && map.shown === map.territory?.levels.at(-1)?.key && html`<ul class="classes" id="special-legend"><li><i class="broken" style=${{ borderColor: map.special, color: map.special }}></i><span>${t('special_grid')}</span></li></ul>`}
    ${scale && html`<p class="kept">${t('centre_most_now', { n: count(Math.round(scale.now)) })} <button type="button" class="link" id="rescale" onClick=${() => { rescale(scale.key); again(); }}>${t('centre_rescale')}</button></p>`}
    ${notes.map((note) => html`<p class="caveat">${note}</p>`)}</div>`;
}

/** What may be chosen of how to look. @param {Seen} props */
function Ways({ territory, address, level, categories: _ }) {
  const { show, window } = address;
  /** @param {Event & {currentTarget: HTMLSelectElement}} event */
  const look = ({ currentTarget: { value } }) => change({ show: /** @type {Show} */ (value), ...(value === 'indicator' && !address.indicator && { indicator: 'closure' }) });
  const moving = show === 'heat' || show === 'count';
  return html`<div class="looks"><label class="inline"><span class="visually-hidden">${t('centre_show')}</span><select id="show" value=${show} onChange=${look}>
      ${SHOWS.map((one) => html`<option value=${one}>${t(`centre_show_${one}`)}</option>`)}</select></label>
    <div class="segments" role="group" aria-label=${t('levels')}>${territory.levels.map(({ key, name }) => html`<button type="button" data-level=${key} aria-pressed=${String(key === level)} disabled=${['emerging', 'gi', 'moran', 'rate'].includes(show) && key !== level} onClick=${() => change({ level: key })}>${named(name, key)}</button>`)}</div>
    ${moving && html`<div class="segments" role="group" aria-label=${t('centre_window')}>
      <button type="button" data-window="" aria-pressed=${String(!window)} onClick=${() => change({ window: '', at: '' })}>${t('centre_window_all')}</button>
      ${/** @type {(keyof typeof WINDOWS)[]} */ (Object.keys(WINDOWS)).map((one) => html`<button type="button" data-window=${one} aria-pressed=${String(one === window)} onClick=${() => change({ window: one })}>${t(`centre_window_${one}`)}</button>`)}</div>`}
  </div>`;
}

/** @param {Seen & {coloured: Coloured, found: GeoJSON.GeoJSON | null, source: string}} props */
export function MapCard(props) {
  const { territory, address, level, coloured, found } = props;
  const { show, window, area, cell } = address;
  const maps = useRef(/** @type {Record<string, CentreMap | null>} */ ({}));
  const [, again] = useReducer((/** @type {number} */ n) => n + 1, 0);
  const [moving, setMoving] = useState(/** @type {Painting | null} */ (null));
  const drawing = useDrawing((corners) => change({ area: corners }));
  const slides = window !== '' && (show === 'heat' || show === 'count');
  const painting = slides ? moving : coloured.painting;
  const outline = useMemo(() => polygon(area), [area]);
  const two = show === 'sides';

  useEffect(() => { if (!slides) setMoving(null); }, [slides]);
  // Two maps move as one.
  useEffect(() => {
    const [a, b] = [maps.current.map, maps.current['map-before']];
    if (!two || !a || !b) return undefined;
    let busy = false;
    const link = (/** @type {CentreMap} */ from, /** @type {CentreMap} */ to) => () => {
      if (busy) return;
      busy = true;
      to.map.jumpTo({ center: from.map.getCenter(), zoom: from.map.getZoom() });
      busy = false;
    };
    const [ab, ba] = [link(a, b), link(b, a)];
    a.map.on('move', ab);
    b.map.on('move', ba);
    ab();
    return () => { a.map.off('move', ab); b.map.off('move', ba); };
  }, [two, maps.current.map, maps.current['map-before']]);

  /** @param {{lng: number, lat: number}} at @param {import('../state.js').Cell | null} on @param {(corner: Corner) => boolean} near */
  const ask = (at, on, near) => {
    if (!drawing.corners) {
      change({ cell: on && cell?.code === on.code && cell.level === on.level ? null : on });
      return;
    }
    const [first] = drawing.corners;
    if (first && drawing.corners.length > 2 && near(first)) drawing.finish();
    else drawing.add([at.lng, at.lat]);
  };
  /** @param {Painting} next */
  const frame = (next) => {
    // Frames of one scale differ in the map alone: the rest of the card is left as it is.
    setMoving((/** @type {Painting | null} */ before) => (before?.scale && before.scale.most === next.scale?.most && before.scale.key === next.scale.key ? before : next));
    if (!maps.current.map) return;
    maps.current.map.pace.beat();
    lay(maps.current.map, next);
  };
  const png = async () => {
    const shown = [two && maps.current['map-before'], maps.current.map].filter(Boolean);
    const heat = painting?.heat;
    const stops = heat ? overGround(maps.current.map?.stops ?? [], GROUND[theme()]) : [];
    /** @type {[string, string][]} */
    const legend = heat ? stops.map(([at, colour]) => [colour, `${count(Math.round(at * heat.most))}`]) : painting?.legend ?? [];
    if (heat) legend.push([GROUND[theme()], t('legend_density')]);
    give(`${territory.code}-${show}.png`, await picture(shown.map((map) => /** @type {CentreMap} */ (map).snapshot()), {
      title: `${named(territory.name, territory.code)} · ${t(`centre_show_${show}`)}`, words: words(props).join(' · '), legend, source: props.source,
    }));
  };
  useEffect(() => onPaper(() => Object.entries(maps.current).flatMap(([id, map]) => {
    const holder = document.getElementById(id)?.parentElement;
    return holder && map ? [[holder, map]] : [];
  }), () => t('map_label')), []);

  const tools = html`<div class="tools">
    ${area.length > 0 ? html`<button type="button" class="secondary small" id="area-off" onClick=${() => change({ area: [] })}>${t('centre_area_off')}</button>`
    : !drawing.corners && html`<button type="button" class="secondary small" id="area-draw" onClick=${drawing.begin}>${t('centre_draw')}</button>`}
    <button type="button" class="secondary small" id="whole" aria-label=${t('whole')} title=${t('whole')} onClick=${() => { maps.current.map?.whole(); change({ view: null }, { replace: true }); }}><${Icon} name="frame" /></button>
    <button type="button" class="secondary small" id="png" onClick=${png}>PNG</button>
    <button type="button" class="secondary small" id="print" onClick=${() => print()}>${t('centre_print')}</button>
    ${props.exporting && html`<${Download} territory=${territory.code} query=${listed(address, props.span)} />`}</div>`;
  const common = { territory, level, cell, drawing: drawing.corners !== null, sketch: drawing.corners ? drawing.sketch : outline, ask, found };
  return html`<${Card} id="mapcard" title=${t('centre_map')} problem=${slides ? null : coloured.problem} waiting=${!slides && coloured.waiting} aside=${html`<${Ways} ...${props} />${tools}`}>
    ${drawing.corners && html`<${DrawingBar} drawing=${drawing} map=${maps.current.map ?? null} />`}
    <div class=${`maps ${two ? 'two' : ''}`}>
      ${two && html`<figure><figcaption>${spanWords(coloured.before.from, coloured.before.to)}</figcaption><${MapView} key="before" id="map-before" label=${spanWords(coloured.before.from, coloured.before.to)} ...${common} view=${null} painting=${coloured.left} moved=${() => {}} made=${(/** @type {CentreMap | null} */ map) => { maps.current['map-before'] = map; again(undefined); }} /></figure>`}
      <figure key="after">${two && html`<figcaption>${spanWords(coloured.after.from, coloured.after.to)}</figcaption>`}<${MapView} id="map" ...${common} view=${address.view} painting=${slides ? null : painting}
        moved=${(/** @type {import('../state.js').View} */ view) => change({ view }, { replace: true })} made=${(/** @type {CentreMap | null} */ map) => { maps.current.map = map; props.made(map); again(undefined); }} /></figure>
    </div>
    <div class="below"><${Legend} painting=${painting} map=${maps.current.map ?? null} again=${props.redraw} />
    ${slides && html`<${Slider} ...${props} lattice=${coloured.lattice} scale=${coloured.scale} show=${frame} />`}</div>
  </${Card}>`;
}
