// The map of the command centre: one level at any zoom, coloured cells or heat, what was found, what is drawn.
import { GridMap, enlarged } from '../map.js';
import { CanvasSource, GeoJSONSource } from '../maplibre.js';
import { COUNTED, isCounted, outlined, specialColour, theme } from '../theme.js';
import { cornersOf, paint } from './heat.js';
import { Pace } from './pace.js';
import { bytes, ramp } from './scales.js';

/** @import { LayerSpecification, StyleSpecification } from 'maplibre-gl' */
/** @import { Territory } from '../api.js' */
/** @import { Handlers } from '../map.js' */
/** @import { View } from '../state.js' */
/** @import { Lattice } from './heat.js' */

const FOUND = { light: '#7a1fa2', dark: '#f0a7ff' };
const DRAWN = { light: '#0b6bcb', dark: '#6cb6ff' };
const INK = { light: '#2a3544', dark: '#eef3fa' };

/** Stops of the heat's colours in a style. @param {StyleSpecification} style @returns {[number, string][]} */
export function heatStops(style) {
  const colours = style.layers.find(({ type }) => type === 'heatmap')?.paint;
  const given = colours && 'heatmap-color' in colours ? colours['heatmap-color'] : null;
  if (!Array.isArray(given)) return [];
  const flat = /** @type {(number | string)[]} */ (given.slice(3));
  return flat.flatMap((value, at) => (at % 2 ? [] : [/** @type {[number, string]} */ ([Number(value), String(flat[at + 1])])]));
}

/** Opaque colours for a legend. @param {[number, string][]} stops @param {string} ground */
export function overGround(stops, ground) {
  const under = bytes(ground);
  return stops.map(([at, colour]) => {
    const [r, g, b, a] = bytes(colour);
    const mixed = [r, g, b].map((value, i) => Math.round((value * a + (under[i] ?? 0) * (255 - a)) / 255));
    return /** @type {[number, string]} */ ([at, `rgb(${mixed.join(', ')})`]);
  });
}

/** The layers of one level and those above it, at every zoom; the deeper ones are left out. @param {StyleSpecification} style @param {string[]} shown keys, the deepest last @returns {LayerSpecification[]} */
function atEveryZoom(style, shown) {
  const deepest = shown.at(-1) ?? '';
  const size = enlarged();
  return style.layers.flatMap((layer) => {
    if (isCounted(layer)) return [];
    if (!('source' in layer) || layer.source !== 'cells') return [layer];
    const key = layer.type === 'symbol' ? shown.find((one) => layer.id === `cells-${one}-label`) : shown.find((one) => one === layer['source-layer']);
    if (!key) return [];
    const bare = { ...layer };
    delete bare.minzoom;
    const special = 'filter' in layer && layer.filter !== undefined;
    if (bare.type === 'fill' && special) return [];
    if (bare.type === 'line' && special) return [{ ...bare, paint: { ...bare.paint, 'line-width': 2 * size } }];
    if (bare.type === 'fill') return [{ ...bare, paint: { 'fill-color': INK[theme()], 'fill-opacity': key === deepest ? ['case', ['boolean', ['feature-state', 'hover'], false], 0.16, 0] : 0, 'fill-antialias': false } }];
    if (bare.type === 'line') return [{ ...bare, layout: {}, paint: { ...bare.paint, 'line-width': (key === deepest ? 1 : 2.2) * size, 'line-opacity': key === deepest ? 0.5 : 0.85 } }];
    if (bare.type !== 'symbol' || key !== deepest) return [];
    return [{ ...bare, layout: { ...bare.layout, 'text-size': 12.5 * size }, paint: { ...bare.paint, 'text-halo-width': 1.8 * size } }];
  });
}

/** The map that is in the page now. @type {CentreMap | null} */
let latest = null;
export const shownMap = () => latest?.map;

/** The map in one card of the page. */
export class CentreMap extends GridMap {
  /** @param {string} container @param {Pick<Handlers, 'ask' | 'hover' | 'moved' | 'failing'>} handlers @param {string} label */
  constructor(container, handlers, label) {
    const nothing = () => {};
    super(container, { ask: handlers.ask, hover: handlers.hover, failing: handlers.failing, report: nothing, pinned: nothing, moving: nothing, moved: nothing, drawn: nothing }, label);
    /** Whether it shows the whole territory, because nobody has moved it. */
    this.untouched = true;
    this.map.on('moveend', (event) => {
      if (!('originalEvent' in event) || !event.originalEvent) return;
      this.untouched = false;
      handlers.moved();
    });
    this.map.on('resize', () => this.untouched && this.whole());
    /** @type {Territory | null} */
    this.territory = null;
    this.shown = '';
    this.picture = document.createElement('canvas');
    /** @type {{values: Float32Array, most: number, lattice: Lattice} | null} */
    this.heated = null;
    /** @type {Map<string, string>} */
    this.coloured = new Map();
    /** @type {GeoJSON.GeoJSON} */
    this.found = outlined(null);
    /** @type {GeoJSON.Geometry | null} */
    this.drawn = null;
    this.stops = /** @type {[number, string][]} */ ([]);
    this.ramp = new Uint8ClampedArray(1024);
    this.pace = new Pace((share) => this.map.setPixelRatio(share * devicePixelRatio));
    /** The colour of special grids, where there are any. @type {string | null} */
    this.special = null;
    latest = this;
  }

  whole() {
    this.untouched = true;
    this.map.fitBounds(this.bounds, { ...this.fitting(), animate: false });
  }

  /** The whole territory in the middle of the card. */
  fitting() {
    const size = Math.round(18 * enlarged());
    return { padding: { top: size, right: size, bottom: size, left: size }, maxZoom: 17.5 };
  }

  /** Show one level of a territory, whatever the zoom. @param {Territory} territory @param {string} level @param {StyleSpecification} style @param {View | null} view */
  async showLevel(territory, level, style, view) {
    const same = this.territory?.code === territory.code;
    this.territory = territory;
    this.shown = level;
    const levels = territory.levels.slice(0, territory.levels.findIndex(({ key }) => key === level) + 1);
    this.levels = levels;
    if (same) await this.wear(style);
    else {
      this.untouched = view === null;
      await this.show({ ...territory, levels }, style, view);
    }
  }

  /** @param {StyleSpecification} given */
  async wear(given) {
    this.stops = heatStops(given);
    this.ramp = ramp(this.stops);
    this.special = specialColour(given);
    const keys = this.levels.map(({ key }) => key);
    const { cells, ...sources } = given.sources;
    for (const counted of COUNTED) delete sources[counted];
    if (cells?.type === 'vector') sources.cells = { ...cells, promoteId: 'code', tiles: cells.tiles?.map((url) => `${url}&level=${encodeURIComponent(this.shown)}`) ?? [] };
    await super.wear({ ...given, sources, layers: atEveryZoom(given, keys) });
    this.map.once('style.load', () => this.decorate());
  }

  /** Add what no style of the service has. */
  decorate() {
    const { map } = this;
    const line = map.getStyle().layers.find(({ type }) => type === 'line')?.id;
    const size = enlarged();
    map.addLayer({
      id: 'figures', type: 'fill', source: 'cells', 'source-layer': this.shown,
      paint: { 'fill-color': ['to-color', ['coalesce', ['feature-state', 'colour'], 'rgba(0,0,0,0)']], 'fill-opacity': 0.88, 'fill-antialias': false },
    }, line);
    map.addSource('found', { type: 'geojson', data: this.found, tolerance: 1 });
    map.addSource('drawn', { type: 'geojson', data: outlined(this.drawn) });
    map.addLayer({ id: 'found', type: 'line', source: 'found', paint: { 'line-color': FOUND[theme()], 'line-width': 2.5 * size, 'line-dasharray': [2, 1] } });
    map.addLayer({ id: 'drawn-fill', type: 'fill', source: 'drawn', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': DRAWN[theme()], 'fill-opacity': 0.06 } });
    map.addLayer({ id: 'drawn', type: 'line', source: 'drawn', layout: { 'line-join': 'round' }, paint: { 'line-color': DRAWN[theme()], 'line-width': 3 * size } });
    map.addLayer({ id: 'drawn-corners', type: 'circle', source: 'drawn', paint: { 'circle-radius': 4 * size, 'circle-color': DRAWN[theme()] } });
    for (const [code, colour] of this.coloured) this.mark(code, colour);
    if (this.heated) this.heatWith(this.heated);
  }

  /** @param {string} code @param {string | undefined} colour */
  mark(code, colour) {
    const cell = { source: 'cells', sourceLayer: this.shown, id: code };
    if (colour) this.map.setFeatureState(cell, { colour });
    else this.map.removeFeatureState(cell, 'colour');
  }

  /** Colour cells of the level that is shown, by code; the others are not coloured. @param {Map<string, string>} colours */
  colourCells(colours) {
    const ready = this.map.getLayer('figures');
    if (ready) {
      for (const code of this.coloured.keys()) if (!colours.has(code)) this.mark(code, undefined);
      for (const [code, colour] of colours) if (this.coloured.get(code) !== colour) this.mark(code, colour);
    }
    this.coloured = colours;
  }

  /** Lay heat over the map, or none. @param {{values: Float32Array, most: number, lattice: Lattice} | null} heated */
  heatWith(heated) {
    const before = this.heated?.lattice;
    this.heated = heated;
    const source = this.map.getSource('picture');
    if (!heated) {
      if (source) this.map.setLayoutProperty('picture', 'visibility', 'none');
      return;
    }
    const { values, most, lattice: { width, height }, lattice } = heated;
    if (this.picture.width !== width || this.picture.height !== height) Object.assign(this.picture, { width, height });
    const context = this.picture.getContext('2d', { willReadFrequently: true }); // in memory: it is written each frame, and read by the map
    const image = context?.createImageData(width, height);
    if (!context || !image) return;
    paint(values, most, this.ramp, image.data);
    context.putImageData(image, 0, 0);
    if (!this.map.getLayer('figures')) return; // drawn with the style
    if (!(source instanceof CanvasSource)) {
      this.map.addSource('picture', { type: 'canvas', canvas: this.picture, coordinates: cornersOf(lattice), animate: false });
      this.map.addLayer({ id: 'picture', type: 'raster', source: 'picture', paint: { 'raster-fade-duration': 0, 'raster-resampling': 'linear' } }, 'figures');
      return;
    }
    if (before !== lattice) source.setCoordinates(cornersOf(lattice));
    source.play();
    source.pause();
    this.map.setLayoutProperty('picture', 'visibility', 'visible');
    this.map.triggerRepaint();
  }

  /** @param {string} id @param {GeoJSON.GeoJSON} data */
  fill(id, data) {
    const source = this.map.getSource(id);
    if (source instanceof GeoJSONSource) source.setData(data);
  }

  /** Outline what was found. @param {GeoJSON.GeoJSON} found */
  outlineFound(found) {
    this.found = found;
    this.fill('found', found);
  }

  /** Show what is being drawn, or was. @param {GeoJSON.Geometry | null} geometry */
  sketch(geometry) {
    this.drawn = geometry;
    this.fill('drawn', outlined(geometry));
  }

  /** With every pixel, also while something moves. @override @param {{turned?: boolean}} [options] */
  snapshot(options) {
    this.pace.end();
    return super.snapshot(options);
  }

  /** Release what the map holds. */
  end() {
    this.unheed();
    this.pace.end();
    if (latest === this) latest = null;
    this.map.remove();
  }
}
