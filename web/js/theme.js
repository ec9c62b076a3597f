// The service's style in the reader's light or dark, with what the viewer adds: the chosen cell.
import { absolute } from './api.js';

/** @import { LayerSpecification, FilterSpecification, StyleSpecification } from 'maplibre-gl' */
/** @typedef {{key: string}} Level */

const ACCENT = { light: '#0b6bcb', dark: '#6cb6ff' };
const CASING = { light: '#ffffff', dark: '#0d1117' };

const dark = matchMedia('(prefers-color-scheme: dark)');
export const theme = () => (dark.matches && document.documentElement.dataset.look !== 'sunlight' ? 'dark' : 'light');
/** @param {() => void} watch */
export const onTheme = (watch) => dark.addEventListener('change', watch);

/** @param {LayerSpecification} layer @param {string} key @param {string} type */
const isCells = (layer, key, type) => layer.type === type && 'source-layer' in layer && layer.source === 'cells' && layer['source-layer'] === key;

/** Sources of what is counted or read, which not every map shows: heat, what was published of others' cells, open cases. */
export const COUNTED = ['heat', 'heat-rest', 'cases'];
/** @param {LayerSpecification} layer */
export const isCounted = (layer) => 'source' in layer && COUNTED.includes(String(layer.source));

/** Colours of open cases by how their deadline stands, for whoever may read cases; null for anybody else. @param {StyleSpecification} style @returns {Record<string, string> | null} */
export function caseColours({ metadata }) {
  const told = /** @type {Record<string, unknown> | undefined} */ (metadata)?.['wangge:cases'];
  return /** @type {Record<string, string> | null} */ (told ?? null);
}

/** The colour of special grids, where there are any. @param {StyleSpecification} style @returns {string | null} */
export function specialColour({ metadata }) {
  const told = /** @type {Record<string, unknown> | undefined} */ (metadata)?.['wangge:special'];
  return /** @type {string | null} */ (told ?? null);
}

/** Identifiers of the layers in which a level's cells can be pointed at, top level first. @param {StyleSpecification} style @param {Level[]} levels */
export const cellLayers = (style, levels) => levels.map(({ key }) => style.layers.find((layer) => isCells(layer, key, 'fill'))?.id);

/** From which zoom on each level is drawn, top level first. @param {StyleSpecification} style @param {Level[]} levels */
export const levelZooms = (style, levels) => levels.map(({ key }) => style.layers.find((layer) => isCells(layer, key, 'line'))?.minzoom ?? 0);

/** Colours of the heat from little to much, for the legend. @param {StyleSpecification} style @returns {string[]} */
export function heatRamp(style) {
  const heat = style.layers.find((layer) => layer.type === 'heatmap');
  const ramp = heat?.paint?.['heatmap-color'];
  return Array.isArray(ramp) ? ramp.slice(3).filter((_, index) => index % 2 === 1).map(String) : [];
}

/** @typedef {{source: string, 'source-layer'?: string, filter?: FilterSpecification}} From */

/** Layers that outline what a source gives, above everything but names. @param {string} name @param {From} from @returns {LayerSpecification[]} */
function outlines(name, from) {
  /** @param {string} id @param {string} colour @param {number} width @returns {LayerSpecification} */
  const line = (id, colour, width) => ({
    id: `chosen-${id}-${name}`, type: 'line', ...from, layout: { 'line-join': 'round' }, paint: { 'line-color': colour, 'line-width': width },
  });
  return [
    { id: `chosen-fill-${name}`, type: 'fill', ...from, paint: { 'fill-color': ACCENT[theme()], 'fill-opacity': 0.1, 'fill-antialias': false } },
    line('casing', CASING[theme()], 6.5),
    line('line', ACCENT[theme()], 3),
  ];
}

/** @param {string} key */
const chosenLayers = (key) => outlines(key, { source: 'cells', 'source-layer': key, filter: choosing('') });

/** An area as the source `area` takes it; without one, nothing. @param {GeoJSON.Geometry | null} geometry @returns {GeoJSON.GeoJSON} */
export const outlined = (geometry) => (geometry ? { type: 'Feature', geometry, properties: {} } : { type: 'FeatureCollection', features: [] });

/** Layers that outline one cell of a level; `choosing(code)` is the filter that picks it. */
/** @param {string} key */
export const chosenLayerIds = (key) => ['fill', 'casing', 'line'].map((part) => `chosen-${part}-${key}`);
/** @param {string} code @returns {FilterSpecification} */
export const choosing = (code) => ['==', ['get', 'code'], code];

/** Cells coloured by a figure, under the lines; nothing is coloured until it is known. @param {StyleSpecification} style @param {Level} level @returns {LayerSpecification} */
const ratedLayer = (style, { key }) => ({
  id: ratedLayerId(key), type: 'fill', source: 'cells', 'source-layer': key, minzoom: style.layers.find((layer) => isCells(layer, key, 'line'))?.minzoom ?? 0,
  layout: { visibility: 'none' }, paint: { 'fill-color': 'transparent', 'fill-opacity': style.layers.some(({ type }) => type === 'raster') ? 0.62 : 0.85, 'fill-antialias': false },
});
/** @param {string} key */
export const ratedLayerId = (key) => `rated-${key}`;

/** The style to draw: addresses made absolute, the chosen cell above the lines and under the names. @param {StyleSpecification} style @param {Level[]} levels @returns {StyleSpecification} */
export function dress(style, levels) {
  const names = style.layers.filter(({ type }) => type === 'symbol');
  const under = style.layers.filter(({ type }) => ['background', 'raster', 'fill'].includes(type));
  const rest = style.layers.filter((layer) => layer.type !== 'symbol' && !under.includes(layer));
  const sources = Object.entries(style.sources).map(([id, source]) => [id, {
    ...source, ...('tiles' in source && source.tiles ? { tiles: source.tiles.map(absolute) } : {}),
  }]);
  return {
    ...style,
    sources: { ...Object.fromEntries(sources), area: { type: 'geojson', data: outlined(null) } },
    layers: [...under, ...levels.map((level) => ratedLayer(style, level)), ...rest, ...levels.flatMap(({ key }) => chosenLayers(key)), ...outlines('area', { source: 'area' }), ...names],
  };
}
