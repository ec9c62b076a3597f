// The small map of a case: its cell, its pin, and how far off the pin may be. Fetched only when a case is looked at.
import { style } from '../api.js';
import { prepareBasemap } from '../basemap.js';
import { h, icon } from '../dom.js';
import { t } from '../i18n.js';
import { AttributionControl, GeoJSONSource, Map, Marker, NavigationControl } from '../maplibre.js';
import { COUNTED, dress, isCounted, theme } from '../theme.js';
import { outlineOf } from './calls.js';

/** @import { LayerSpecification, StyleSpecification } from 'maplibre-gl' */
/** @import { Territory } from '../api.js' */
/** @import { Case } from './calls.js' */
/** @typedef {{lon: number, lat: number}} Point */

const SHEET = new URL('../../vendor/maplibre-gl/6.17.0/maplibre-gl.css', import.meta.url).href;
const ZOOM = 16;
const CORNERS = 48;

/** The circle of an accuracy as a polygon. @param {Point} at @param {number} metres @returns {GeoJSON.Polygon} */
export function circle({ lon, lat }, metres) {
  const [east, north] = [metres / (111_320 * Math.cos(lat * Math.PI / 180)), metres / 110_574];
  const ring = Array.from({ length: CORNERS + 1 }, (_, i) => {
    const angle = 2 * Math.PI * (i % CORNERS) / CORNERS;
    return [lon + east * Math.cos(angle), lat + north * Math.sin(angle)];
  });
  return { type: 'Polygon', coordinates: [ring] };
}

/** @param {GeoJSON.Geometry | null} geometry @returns {GeoJSON.GeoJSON} */
export const feature = (geometry) => (geometry ? { type: 'Feature', properties: {}, geometry } : { type: 'FeatureCollection', features: [] });

/** MapLibre's style sheet, fetched with the first map. */
function wearSheet() {
  if (document.querySelector(`link[href="${SHEET}"]`)) return;
  document.head.append(h('link', { rel: 'stylesheet', href: SHEET }));
}

/** Quiet ways of a small map: flat, north up, the page scrolls over it. @param {HTMLElement} container @param {Point} at @param {number} zoom @param {string} label */
export function smallMap(container, { lon, lat }, zoom, label) {
  wearSheet();
  const map = new Map({
    container, center: [lon, lat], zoom, attributionControl: false, dragRotate: false, pitchWithRotate: false, maxPitch: 0,
    fadeDuration: 0, renderWorldCopies: false, cooperativeGestures: false, locale: { 'Map.Title': label },
  });
  map.scrollZoom.disable();
  map.touchZoomRotate.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), 'top-right');
  map.addControl(new AttributionControl({ compact: true }), 'bottom-right');
  return map;
}

/** The territory's style without what is counted, with sources and layers of one's own above it. @param {Map} map @param {Territory} territory @param {StyleSpecification['sources']} sources @param {LayerSpecification[]} added */
export async function wear(map, territory, sources, added) {
  const given = await style(territory.code, theme(), {});
  const worn = dress(await prepareBasemap(given), territory.levels);
  const layers = worn.layers.filter((layer) => !isCounted(layer));
  map.setStyle({
    ...worn,
    sources: { ...Object.fromEntries(Object.entries(worn.sources).filter(([id]) => !COUNTED.includes(id))), ...sources },
    layers: [...layers, ...added],
  }, { diff: false });
  if (layers.some(({ type }) => type === 'raster')) return; // a base map asks for its name in the open
  const names = map.getContainer().querySelector('.maplibregl-ctrl-attrib');
  names?.classList.remove('maplibregl-compact-show');
  names?.removeAttribute('open');
}

/** The colour of what is marked on a small map. */
export const accent = () => (theme() === 'dark' ? '#6cb6ff' : '#0b6bcb');

/** A map of one case. */
export class CaseMap {
  /** @param {HTMLElement} node @param {Territory} territory @param {Pick<Case, 'cell' | 'accuracy'> | null} report null where there is none yet @param {{at: Point, zoom?: number, moved?: ((at: Point) => void) | undefined}} options */
  constructor(node, territory, report, { at, zoom = ZOOM, moved }) {
    this.report = report;
    this.moved = moved;
    this.map = smallMap(node, at, zoom, t('case_map'));
    const pin = new Marker({ element: h('div', { class: moved ? 'pin movable' : 'pin', 'aria-hidden': 'true' }, icon('pin')), anchor: 'bottom', draggable: Boolean(moved) });
    this.pin = pin.setLngLat([at.lon, at.lat]).addTo(this.map);
    if (moved) {
      const told = () => moved(this.pinned());
      this.pin.on('dragend', told);
      this.map.on('click', ({ lngLat }) => { this.pin.setLngLat(lngLat); told(); });
    }
    this.dress(territory);
  }

  /** @param {Territory} territory */
  async dress(territory) {
    const mark = accent();
    await wear(this.map, territory, { circle: { type: 'geojson', data: feature(null) } }, [{ id: 'accuracy', type: 'fill', source: 'circle', paint: { 'fill-color': mark, 'fill-opacity': 0.18, 'fill-outline-color': mark } }]);
    this.map.once('style.load', () => this.outline(territory));
  }

  /** @param {Territory} territory */
  async outline(territory) {
    if (!this.report) return;
    this.encircle(this.pinned());
    try {
      const { geometry } = await outlineOf(territory.code, this.report.cell);
      const area = this.map.getSource('area');
      if (area instanceof GeoJSONSource) area.setData(feature(geometry));
    } catch { /* the place stands in words as well */ }
  }

  /** @param {Point} at */
  encircle(at) {
    const source = this.map.getSource('circle');
    if (source instanceof GeoJSONSource) source.setData(feature(this.report?.accuracy && !this.moved ? circle(at, this.report.accuracy) : null));
  }

  /** Where the pin is. @returns {Point} */
  pinned() {
    const { lng, lat } = this.pin.getLngLat();
    return { lon: lng, lat };
  }

  /** Put the pin somewhere else. @param {Point} at */
  put({ lon, lat }) {
    this.pin.setLngLat([lon, lat]);
    if (!this.map.getBounds().contains([lon, lat])) this.map.easeTo({ center: [lon, lat] });
  }

  end() {
    this.map.remove();
  }
}
