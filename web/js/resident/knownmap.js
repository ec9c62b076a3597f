// The map of what is known publicly: a dot a case, and the area that somebody may subscribe to. Fetched when it is looked at.
import { t } from '../i18n.js';
import { GeoJSONSource } from '../maplibre.js';
import { accent, circle, feature, smallMap, wear } from '../work/casemap.js';

/** @import { ExpressionSpecification } from 'maplibre-gl' */
/** @import { Territory } from '../api.js' */
/** @import { KnownCase } from './known.js' */
/** @typedef {{lon: number, lat: number}} Point */
/** @typedef {{choose: (index: number) => void, moved: (bounds: [number, number, number, number], middle: Point) => void}} Heard */

const CASES = 'known';
const AREA = 'subscribed';
const NEAR = 14;
const CLOSE = 16;

/** The dots by how far each is; the list says it in words. @type {ExpressionSpecification} */
const COLOURS = ['match', ['get', 'stage'], 'closed', '#3b8f67', 'fixed', '#3b8f67', 'working', '#b97400', '#c0362c'];

export class KnownMap {
  /** @param {HTMLElement} node @param {Territory} territory @param {Heard} heard @param {Point | null} at a place to begin at, otherwise all of the territory */
  constructor(node, territory, heard, at) {
    const [west, south, east, north] = territory.bbox;
    this.map = smallMap(node, at ?? { lon: (west + east) / 2, lat: (south + north) / 2 }, at ? CLOSE : 11, t('r_public_map'));
    if (!at) this.map.fitBounds([west, south, east, north], { padding: 12, animate: false });
    /** @type {readonly KnownCase[]} */
    this.cases = [];
    /** @type {GeoJSON.Geometry | null} */
    this.area = null;
    this.chosen = -1;
    const told = () => {
      const { lng, lat } = this.map.getCenter();
      const [[w, s], [e, n]] = this.map.getBounds().toArray();
      heard.moved([Math.max(w ?? 0, -180), Math.max(s ?? 0, -90), Math.min(e ?? 0, 180), Math.min(n ?? 0, 90)], { lon: lng, lat });
    };
    this.map.on('moveend', told);
    this.map.on('click', ({ point }) => {
      if (!this.map.getLayer(CASES)) return;
      const around = /** @type {[[number, number], [number, number]]} */ ([[point.x - NEAR, point.y - NEAR], [point.x + NEAR, point.y + NEAR]]);
      const found = this.map.queryRenderedFeatures(around, { layers: [CASES] });
      const index = found[0]?.properties.index;
      if (typeof index === 'number') heard.choose(index);
    });
    this.dress(territory);
    told();
  }

  /** @param {Territory} territory */
  async dress(territory) {
    const mark = accent();
    await wear(this.map, territory, { [CASES]: { type: 'geojson', data: this.dots() }, [AREA]: { type: 'geojson', data: feature(this.area) } }, [
      { id: AREA, type: 'fill', source: AREA, paint: { 'fill-color': mark, 'fill-opacity': 0.14, 'fill-outline-color': mark } },
      {
        id: CASES, type: 'circle', source: CASES, paint: {
          'circle-color': COLOURS, 'circle-radius': ['interpolate', ['linear'], ['zoom'], 10, 4, 16, 9],
          'circle-stroke-width': ['case', ['get', 'chosen'], 4, 1.5], 'circle-stroke-color': ['case', ['get', 'chosen'], mark, '#ffffff'],
        },
      },
    ]);
  }

  /** @returns {GeoJSON.FeatureCollection} */
  dots() {
    return {
      type: 'FeatureCollection',
      features: this.cases.map(({ lon, lat, stage }, index) => ({ type: 'Feature', geometry: { type: 'Point', coordinates: [lon, lat] }, properties: { stage, index, chosen: index === this.chosen } })),
    };
  }

  /** @param {readonly KnownCase[]} cases @param {number} chosen */
  show(cases, chosen) {
    this.cases = cases;
    this.chosen = chosen;
    this.write(CASES, this.dots());
  }

  /** The area that is subscribed to: the circle around a place, or nothing of it. @param {Point | null} at @param {number} metres */
  encircle(at, metres) {
    this.area = at && metres ? circle(at, metres) : null;
    this.write(AREA, feature(this.area));
  }

  /** @param {Point} point */
  go({ lon, lat }) {
    if (!this.map.getBounds().contains([lon, lat])) this.map.easeTo({ center: [lon, lat] });
  }

  /** @param {string} id @param {GeoJSON.GeoJSON} data */
  write(id, data) {
    const source = this.map.getSource(id);
    if (source instanceof GeoJSONSource) source.setData(data);
    else this.map.once('style.load', () => { const late = this.map.getSource(id); if (late instanceof GeoJSONSource) late.setData(id === CASES ? this.dots() : feature(this.area)); });
  }

  end() {
    this.map.remove();
  }
}
