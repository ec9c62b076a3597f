// The map: one territory's cells and heat, what the pointer is over, the chosen cell, the pin.
import { AttributionControl, GeoJSONSource, LngLat, Map, Marker, ScaleControl, VectorTileSource, prewarm } from './maplibre.js';
import { COUNTED, cellLayers, choosing, chosenLayerIds, dress, levelZooms, outlined, ratedLayerId } from './theme.js';
import { prepareBasemap } from './basemap.js';
import { h, icon } from './dom.js';
import { heedTiles } from './tilefailure.js';

/** @import { ExpressionSpecification, MapGeoJSONFeature, PointLike, StyleSpecification } from 'maplibre-gl' */
/** @import { Territory } from './api.js' */
/** @import { Colours } from './indicators.js' */
/** @import { Cell, Point, View } from './state.js' */

/**
 * @typedef {object} Handlers what people do on the map
 * @property {(at: LngLat) => void} ask
 * @property {() => void} report
 * @property {(at: LngLat) => void} pinned
 * @property {(cell: Record<string, string> | null, at: {x: number, y: number} | null) => void} hover
 * @property {() => void} moving
 * @property {() => void} moved
 * @property {() => void} drawn
 * @property {(failing: boolean) => void} failing tiles cannot be fetched, or come again
 */
/** @typedef {[west: number, south: number, east: number, north: number]} Box */

// The workers load their code while the page still asks for its territories.
prewarm();

const MAX_FIT_ZOOM = 17.5;
/** How much larger everything is than on an ordinary screen. */
export const enlarged = () => Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;

const CLUSTERS = ['cases-clusters', 'cases-clusters-number'];
/** How many pixels beside a point somebody may tap. */
const NEAR = 8;

/** Pixels at the edges that the cards over the map take. @param {number} width */
function margins(width) {
  if (width <= 760) return { top: 116, right: 22, bottom: 62, left: 22 };
  return { top: 70, right: width > 900 ? 340 : 32, bottom: 82, left: 32 };
}

/** Pixels of a picture for each of the screen's, so that lines and names are sharp on paper; and how many at most, which every graphics card can draw. */
const PAPER_RATIO = 3;
const PAPER_MOST = 4096;
/** As the style for paper turns the colours of legends. */
const TURNED = 'invert(1) hue-rotate(180deg)';
const LONG_PRESS_FREE = { clickTolerance: 6 };

/** A picture with light for dark, in the same hues. @param {HTMLCanvasElement} picture */
function turnedOf(picture) {
  const { width, height } = picture;
  const turned = Object.assign(document.createElement('canvas'), { width, height });
  const context = turned.getContext('2d');
  if (!context) return picture;
  context.filter = TURNED;
  context.drawImage(picture, 0, 0);
  return turned;
}

/** The viewer's map. */
export class GridMap {
  /** @param {string} container @param {Handlers} handlers @param {string} label */
  constructor(container, handlers, label) {
    this.handlers = handlers;
    /** @type {Territory['levels']} */
    this.levels = [];
    /** @type {number[]} */
    this.zooms = [];
    /** @type {(string | undefined)[]} */
    this.layers = [];
    /** @type {string[]} */
    this.heatLayers = [];
    this.heatOn = true;
    /** Whether open cases are shown at every zoom, as clusters farther out. */
    this.casesOn = false;
    /** @type {MapGeoJSONFeature | null} */
    this.hovered = null;
    /** @type {Cell | null} */
    this.chosen = null;
    /** The area that is outlined. @type {GeoJSON.Geometry | null} */
    this.area = null;
    /** @type {(Colours & {level: string}) | null} */
    this.colours = null;
    /** @type {Marker | null} */
    this.pin = null;
    this.painted = false;
    /** @type {Box} */
    this.bounds = [-180, -85, 180, 85];
    this.map = new Map({
      container, ...LONG_PRESS_FREE, attributionControl: false, dragRotate: false, pitchWithRotate: false, touchPitch: false,
      maxPitch: 0, maxZoom: 19, fadeDuration: 120, renderWorldCopies: false, locale: { 'Map.Title': label },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new ScaleControl({ maxWidth: 110 * enlarged() }), 'bottom-left');
    this.map.addControl(new AttributionControl({ compact: true }), 'bottom-right');
    this.unheed = heedTiles(this.map, handlers.failing);
    this.listen();
  }

  listen() {
    const { map, handlers } = this;
    map.on('click', (event) => handlers.ask(event.lngLat));
    map.on('mousemove', (event) => this.point(event.point));
    map.on('mouseout', () => this.point(null));
    map.on('move', () => handlers.moving());
    map.on('moveend', () => handlers.moved());
    map.on('idle', () => handlers.drawn());
    map.on('render', () => this.markFirstPaint());
    const canvas = map.getCanvas();
    canvas.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === 'Enter') handlers.ask(map.getCenter());
      else if (event.key.toLowerCase() === 'r') handlers.report();
    });
  }

  /** Note when the cells were first on the screen, for whoever measures. */
  markFirstPaint() {
    if (this.painted || !this.layers.length || !this.map.getSource('cells') || !this.map.isSourceLoaded('cells')) return;
    this.painted = true;
    performance.mark('map-painted');
  }

  /** Show a territory: its style, its levels, and either a given view or all of it. @param {Territory} territory @param {StyleSpecification} style @param {View | null} view */
  async show(territory, style, view) {
    this.levels = territory.levels;
    await this.wear(style);
    this.bounds = territory.bbox;
    this.hovered = null;
    this.chosen = null;
    this.area = null;
    if (view) this.map.jumpTo({ center: [view.lon, view.lat], zoom: view.zoom });
    else this.map.fitBounds(this.bounds, { ...this.fitting(), animate: false });
  }

  /** Draw the territory in another style: another one, or the same in dark. @param {StyleSpecification} given */
  async wear(given) {
    const style = dress(await prepareBasemap(given), this.levels);
    this.zooms = levelZooms(style, this.levels);
    this.layers = cellLayers(style, this.levels);
    this.heatLayers = style.layers.filter((layer) => layer.type === 'heatmap').map(({ id }) => id);
    this.hovered = null;
    this.map.setStyle(style, { diff: false });
    // A base map asks for its name in the open; our own sources stand in the panel as well.
    const attribution = this.map.getContainer().querySelector('.maplibregl-ctrl-attrib');
    const open = style.layers.some(({ type }) => type === 'raster');
    attribution?.classList.toggle('maplibregl-compact-show', open);
    attribution?.toggleAttribute('open', open);
    this.map.once('style.load', () => {
      this.heat(this.heatOn);
      this.cases(this.casesOn);
      const { area } = this;
      this.choose(this.chosen);
      this.outline(area);
      this.colour(this.colours);
    });
  }

  /** The deepest level drawn at this zoom. */
  get level() {
    const zoom = this.map.getZoom() + 1e-6;
    const drawn = this.zooms.map((from, index) => (zoom >= from ? index : -1));
    return this.levels[Math.max(0, ...drawn)];
  }

  /** Zoom just far enough for a level to be the deepest one drawn. @param {string} key */
  zoomTo(key) {
    const index = this.levels.findIndex((level) => level.key === key);
    const from = this.zooms[index] ?? 0;
    const next = this.zooms[index + 1] ?? from + 2;
    const zoom = index === 0 ? Math.min(next - 0.4, this.fitted()?.zoom ?? next) : Math.min(from + 0.35, (from + next) / 2);
    this.map.easeTo({ zoom });
  }

  fitting(more = 0, covered = 0) {
    const { top, right, bottom, left } = margins(this.map.getContainer().clientWidth);
    return { padding: { top: top + more, right: right + more, bottom: Math.max(bottom, covered) + more, left: left + more }, maxZoom: MAX_FIT_ZOOM };
  }

  fitted() {
    return this.map.cameraForBounds(this.bounds, this.fitting());
  }

  whole() {
    this.map.fitBounds(this.bounds, this.fitting());
  }

  /** Show a box of coordinates, above the `covered` pixels that a sheet hides. @param {Box} bbox @param {number} [covered] */
  fit(bbox, covered = 0) {
    this.map.fitBounds(bbox, this.fitting(24, covered));
  }

  /** @param {View} view */
  fly({ lon, lat, zoom }) {
    this.map.easeTo({ center: [lon, lat], zoom });
  }

  /** @param {string} label */
  speak(label) {
    this.map.getCanvas().setAttribute('aria-label', label);
  }

  /** The cells under a point of the screen, from the top level down to the deepest one drawn. @param {PointLike} point @returns {MapGeoJSONFeature[]} */
  cellsAt(point) {
    const { level } = this;
    const shown = this.levels.slice(0, level ? this.levels.indexOf(level) + 1 : 0);
    const layers = this.layers.slice(0, shown.length).flatMap((id) => (id && this.map.getLayer(id) ? [id] : []));
    if (!layers.length) return [];
    const found = this.map.queryRenderedFeatures(point, { layers });
    return shown.flatMap(({ key }) => found.find((feature) => feature.sourceLayer === key) ?? []);
  }

  get crosshair() {
    return this.map.project(this.map.getCenter());
  }

  /** @param {{x: number, y: number} | null} at */
  point(at) {
    const feature = at ? this.cellsAt([at.x, at.y]).at(-1) : null;
    const same = feature?.id === this.hovered?.id && feature?.sourceLayer === this.hovered?.sourceLayer;
    if (!same) {
      /** @param {MapGeoJSONFeature} cell @param {boolean} hover */
      const mark = ({ id, sourceLayer }, hover) => id !== undefined && this.map.setFeatureState({ source: 'cells', sourceLayer, id }, { hover });
      if (this.hovered) mark(this.hovered, false);
      if (feature) mark(feature, true);
      this.hovered = feature ?? null;
      this.map.getCanvas().style.cursor = feature ? 'pointer' : '';
    }
    this.handlers.hover(feature?.properties ?? null, at);
  }

  /** Outline one cell, or none, and nothing else. @param {Cell | null} cell */
  choose(cell) {
    this.chosen = cell;
    this.outline(null);
    for (const { key } of this.levels) {
      const code = cell?.level === key ? cell.code : '';
      for (const id of chosenLayerIds(key)) if (this.map.getLayer(id)) this.map.setFilter(id, choosing(code));
    }
  }

  /** Outline an area that is no cell, or none. @param {GeoJSON.Geometry | null} geometry */
  outline(geometry) {
    this.area = geometry;
    const source = this.map.getSource('area');
    if (source instanceof GeoJSONSource) source.setData(outlined(geometry));
  }

  /** Show the heat or not. @param {boolean} on */
  heat(on) {
    this.heatOn = on;
    for (const id of this.heatLayers) {
      if (this.map.getLayer(id)) this.map.setLayoutProperty(id, 'visibility', on ? 'visible' : 'none');
    }
  }

  /** Show open cases at every zoom, or close in alone. @param {boolean} on */
  cases(on) {
    this.casesOn = on;
    for (const id of CLUSTERS) if (this.map.getLayer(id)) this.map.setLayoutProperty(id, 'visibility', on ? 'visible' : 'none');
  }

  /** Open cases that are drawn at a place, as one point: how many, and the numbers of the most pressing ones. @param {LngLat | Point} at @returns {{cases: number, numbers: string[], lon: number, lat: number} | null} */
  casesAt(at) {
    const { x, y } = this.map.project('lng' in at ? at : [at.lon, at.lat]);
    const layers = ['cases', 'cases-clusters'].filter((id) => this.map.getLayer(id));
    if (!layers.length) return null;
    const near = this.map.queryRenderedFeatures([[x - NEAR, y - NEAR], [x + NEAR, y + NEAR]], { layers });
    const placed = near.flatMap(({ geometry, properties }) => {
      if (geometry.type !== 'Point') return [];
      const [lon = 0, lat = 0] = geometry.coordinates;
      const to = this.map.project([lon, lat]);
      return [{ cases: Number(properties.cases), numbers: String(properties.numbers).split(','), lon, lat, far: Math.hypot(to.x - x, to.y - y) }];
    });
    return placed.sort((a, b) => a.far - b.far)[0] ?? null;
  }

  /** Colour the cells of one level, or none. @param {(Colours & {level: string}) | null} given */
  colour(given) {
    this.colours = given;
    for (const { key } of this.levels) {
      const id = ratedLayerId(key);
      if (!this.map.getLayer(id)) continue;
      const shown = given?.level === key;
      if (given && shown) {
        const pairs = given.codes.filter(([, codes]) => codes.length).flatMap(([colour, codes]) => [codes, colour]);
        const byCode = /** @type {ExpressionSpecification} */ (/** @type {unknown} */ (['match', ['get', 'code'], ...pairs, given.nothing]));
        this.map.setPaintProperty(id, 'fill-color', pairs.length ? byCode : given.nothing);
      }
      this.map.setLayoutProperty(id, 'visibility', shown ? 'visible' : 'none');
    }
  }

  /** Draw the heat as another style says: its tiles, and how dense counts as hot. @param {StyleSpecification} given */
  reheat(given) {
    const style = dress(given, this.levels);
    for (const id of COUNTED) {
      const [source, given] = [this.map.getSource(id), style.sources[id]];
      if (source instanceof VectorTileSource && given?.type === 'vector' && given.tiles) source.setTiles(given.tiles);
    }
    for (const layer of style.layers.filter(({ id }) => this.heatLayers.includes(id) && this.map.getLayer(id))) {
      for (const [name, value] of Object.entries(layer.paint ?? {})) {
        this.map.setPaintProperty(layer.id, /** @type {Parameters<Map['setPaintProperty']>[1]} */ (name), value);
      }
    }
  }

  /** The picture of the map as it is now, fine enough for paper. @param {{turned?: boolean}} [options] light for dark, in the same hues */
  snapshot({ turned = false } = {}) {
    const before = this.map.getPixelRatio();
    const { clientWidth, clientHeight } = this.map.getContainer();
    this.map.setPixelRatio(Math.max(before, Math.min(PAPER_RATIO, PAPER_MOST / Math.max(clientWidth, clientHeight, 1))));
    this.map.redraw();
    const canvas = this.map.getCanvas();
    const drawn = (turned ? turnedOf(canvas) : canvas).toDataURL('image/png');
    this.map.setPixelRatio(before);
    return drawn;
  }

  /** Put the pin at a place, movable or not; without a place, take it away. @param {Point | null} point @param {{draggable?: boolean}} [options] */
  place(point, { draggable = false } = {}) {
    if (!point) {
      this.pin?.remove();
      this.pin = null;
      return;
    }
    const pin = this.pin ?? this.stick(point);
    pin.setLngLat([point.lon, point.lat]).setDraggable(draggable);
    pin.getElement().classList.toggle('movable', draggable);
  }

  /** A pin where there was none. @param {Point} point */
  stick({ lon, lat }) {
    const pin = new Marker({ element: h('div', { class: 'pin', 'aria-hidden': 'true' }, icon('pin')), anchor: 'bottom' });
    pin.setLngLat([lon, lat]).addTo(this.map);
    pin.on('dragend', () => this.handlers.pinned(pin.getLngLat()));
    this.pin = pin;
    return pin;
  }

  /** Bring a place into view when it is off the map or behind the sheet. @param {Point} point @param {number} [covered] */
  reveal({ lon, lat }, covered = 0) {
    const { x, y } = this.map.project(new LngLat(lon, lat));
    const { clientWidth: width, clientHeight: height } = this.map.getContainer();
    const free = height - covered;
    if (x > 24 && x < width - 24 && y > 60 && y < free - 24) return;
    this.map.easeTo({ center: [lon, lat], offset: [0, -covered / 2] });
  }
}
