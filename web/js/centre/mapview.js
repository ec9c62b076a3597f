// One map in the page, made once and released with its card.
import * as api from '../api.js';
import { h, put } from '../dom.js';
import { t } from '../i18n.js';
import { html, useEffect, useRef, useState } from '../preact.js';
import { theme } from '../theme.js';
import { outlined } from '../theme.js';
import { useAnswer } from '../answers.js';
import { CentreMap } from './map.js';

/** @import { Territory } from '../api.js' */
/** @import { Cell, View } from '../state.js' */
/** @import { Painting } from './colouring.js' */

/**
 * @typedef {object} Props
 * @property {string} id
 * @property {string} [label] which of several maps it is
 * @property {Territory} territory
 * @property {string} level
 * @property {View | null} view
 * @property {Painting | null} painting
 * @property {Cell | null} cell
 * @property {GeoJSON.GeoJSON | null} found
 * @property {GeoJSON.Geometry | null} sketch
 * @property {boolean} drawing whether corners of an area are being set
 * @property {(at: {lng: number, lat: number}, cell: Cell | null, near: (corner: [number, number]) => boolean) => unknown} ask
 * @property {(view: View) => unknown} moved
 * @property {(map: CentreMap | null) => unknown} made
 */

/** A small card that follows the pointer with the name of the cell under it and its figure. @param {HTMLElement} holder @param {{current: Props}} props */
function hoverTip(holder, props) {
  const tip = h('div', { class: 'tip', 'aria-hidden': 'true', hidden: true });
  holder.append(tip);
  /** @param {Record<string, string> | null} cell @param {{x: number, y: number} | null} at */
  return (cell, at) => {
    tip.hidden = !cell || !at || props.current.drawing;
    if (!cell || !at) return;
    const figure = cell.level === props.current.level ? props.current.painting?.says.get(cell.code ?? '') : undefined;
    put(tip, h('strong', {}, cell.name || cell.code), figure && h('small', {}, figure));
    tip.style.transform = `translate(${Math.round(Math.min(at.x + 16, holder.clientWidth - tip.offsetWidth - 8))}px, ${Math.round(at.y + 18)}px)`;
  };
}

/** Lay a painting over a map. @param {CentreMap} map @param {Painting | null} painting */
export function lay(map, painting) {
  map.heatWith(painting?.heat ?? null);
  map.colourCells(painting?.cells ?? new Map());
}

/** @param {Props} props */
export function MapView(props) {
  const { id, territory, level, view, painting, cell, found, sketch, made } = props;
  const last = useRef(props);
  last.current = props;
  const [map, hold] = useState(/** @type {CentreMap | null} */ (null));
  const [failing, fail] = useState(false);
  const [impossible, refuse] = useState(false);
  const style = useAnswer(`${territory.code} ${theme()}`, (signal) => api.style(territory.code, theme(), {}, signal));

  useEffect(() => {
    const holder = document.getElementById(id);
    if (!holder) return undefined;
    const tip = hoverTip(holder, last);
    let mine = /** @type {CentreMap | null} */ (null);
    try {
      mine = new CentreMap(id, {
        ask: (at) => {
          const [found] = mine?.cellsAt(mine.map.project(at)).slice(-1) ?? [];
          const near = (/** @type {[number, number]} */ corner) => Boolean(mine) && Math.hypot(...difference(mine, corner, at)) < 14;
          last.current.ask(at, found ? { level: String(found.sourceLayer), code: String(found.properties.code) } : null, near);
        },
        hover: tip,
        moved: () => mine && last.current.moved({ lon: mine.map.getCenter().lng, lat: mine.map.getCenter().lat, zoom: mine.map.getZoom() }),
        failing: fail,
      }, t('centre_map_label'));
    } catch (error) {
      console.error(error);
      refuse(true);
      return undefined;
    }
    hold(mine);
    made(mine);
    return () => {
      made(null);
      mine?.end();
    };
  }, []);

  useEffect(() => { if (map && style.answer && style.fresh) map.showLevel(territory, level, style.answer, view); }, [map, style.answer, style.fresh, level, territory.code]);
  useEffect(() => { if (map && painting) lay(map, painting); }, [map, painting]);
  useEffect(() => map?.choose(cell), [map, cell?.level, cell?.code]);
  useEffect(() => map?.outlineFound(found ?? outlined(null)), [map, found]);
  useEffect(() => map?.sketch(sketch), [map, sketch]);
  useEffect(() => map?.speak(props.label ? `${props.label} · ${t('centre_map_label')}` : t('centre_map_label')), [map, t('tag'), props.label]);

  const problem = style.problem ? api.wording(style.problem) : failing ? t('tiles_failing') : '';
  return html`<div class="mapview"><div class="map" id=${id}></div><div class=${`cross ${props.drawing ? 'drawing' : ''}`} aria-hidden="true"></div>
    ${impossible && html`<p class="failing over" role="alert">${t('no_webgl')}</p>`}
    ${problem !== '' && html`<p class="failing over" role="status">${problem} ${style.problem ? t('centre_again') : ''}</p>`}</div>`;
}

/** Pixels between two places. @param {CentreMap | null} map @param {[number, number]} corner @param {{lng: number, lat: number}} at */
function difference(map, corner, at) {
  const [a, b] = [map?.map.project(corner), map?.map.project([at.lng, at.lat])];
  return [(a?.x ?? 0) - (b?.x ?? 0), (a?.y ?? 0) - (b?.y ?? 0)];
}
