// What may come from elsewhere: cells out of an archive, and a base map, whose tiles are shifted on the way to the screen if it
// is one in GCJ-02; nothing else ever is.
/* global pmtiles -- of the script that registerArchives loads */
import { absolute } from './api.js';
import { toGcj02 } from './gcj02.js';
import { addProtocol } from './maplibre.js';

const RADIANS = Math.PI / 180;

/** @import { StyleSpecification, VectorSourceSpecification } from 'maplibre-gl' */

/** @param {number} lon */
const across = (lon) => lon / 360 + 0.5;
/** @param {number} lat */
const down = (lat) => 0.5 - Math.log(Math.tan(Math.PI / 4 + lat * RADIANS / 2)) / (2 * Math.PI);

/** How far, in tiles of zoom z, the content of a WGS-84 tile lies from the same place in a GCJ-02 tile set. @param {number} z @param {number} x @param {number} y @returns {[number, number]} */
export function tileShift(z, x, y) {
  const n = 2 ** z;
  const lon = ((x + 0.5) / n - 0.5) * 360;
  const lat = Math.atan(Math.sinh(Math.PI * (1 - 2 * (y + 0.5) / n))) / RADIANS;
  const [gcjLon, gcjLat] = toGcj02(lon, lat);
  return [(across(gcjLon) - across(lon)) * n, (down(gcjLat) - down(lat)) * n];
}

/** @param {string} template @param {number} z @param {number} x @param {number} y @param {AbortSignal} signal */
async function image(template, z, x, y, signal) {
  const n = 2 ** z;
  if (y < 0 || y >= n) return null;
  const url = template.replace('{z}', String(z)).replace('{x}', String(((x % n) + n) % n)).replace('{y}', String(y));
  const response = await fetch(url, { signal });
  return response.ok ? createImageBitmap(await response.blob()) : null;
}

/** One WGS-84 tile, put together from the up to four GCJ-02 tiles that it lies on. @param {string} template @param {number} z @param {number} x @param {number} y @param {AbortSignal} signal */
async function shifted(template, z, x, y, signal) {
  const [right, below] = tileShift(z, x, y);
  const left = Math.floor(x + right);
  const top = Math.floor(y + below);
  const places = /** @type {const} */ ([[0, 0], [1, 0], [0, 1], [1, 1]]);
  const images = await Promise.all(places.map(([i, j]) => image(template, z, left + i, top + j, signal)));
  const size = images.find(Boolean)?.width ?? 256;
  const canvas = new OffscreenCanvas(size, size);
  const context = canvas.getContext('2d');
  places.forEach(([i, j], index) => {
    const drawn = images[index];
    if (drawn) context?.drawImage(drawn, Math.round((left + i - x - right) * size), Math.round((top + j - y - below) * size), size, size);
  });
  return (await canvas.convertToBlob()).arrayBuffer();
}

/** @type {Set<string>} */
const registered = new Set();
/** @param {string} scheme */
const first = (scheme) => !registered.has(scheme) && registered.add(scheme);

function registerShift() {
  if (!first('gcj02')) return;
  addProtocol('gcj02', async ({ url }, { signal }) => {
    const [z, x, y, template] = url.slice('gcj02://'.length).split('/');
    return { data: await shifted(decodeURIComponent(template ?? ''), Number(z), Number(x), Number(y), signal) };
  });
}

/** The reader of archives, once it is there. @type {Promise<InstanceType<typeof pmtiles.Protocol>> | null} */
let reader = null;

/** The reader of `.pmtiles` archives, fetched only by those who have one. */
function registerArchives() {
  reader ??= fetchReader();
  return reader;
}

async function fetchReader() {
  await new Promise((done, failed) => {
    const script = document.createElement('script');
    script.src = new URL('../vendor/pmtiles/4.5.0/pmtiles.js', import.meta.url).href;
    script.addEventListener('load', done);
    script.addEventListener('error', failed);
    document.head.append(script);
  });
  const protocol = new pmtiles.Protocol();
  addProtocol('pmtiles', protocol.tile);
  return protocol;
}

/** Whether archives hold the cells of a version, by their addresses. @type {Map<string, Promise<Partial<VectorSourceSpecification> | null>>} */
const opened = new Map();

/** How the cells are read from an archive; null where it cannot be had or holds others than those of the style. @param {{url: string, version: string}} archive */
async function archived({ url, version }) {
  try {
    const protocol = await registerArchives();
    const archive = new pmtiles.PMTiles(new URL(url, document.baseURI).href);
    const [{ maxZoom }, metadata] = await Promise.all([archive.getHeader(), archive.getMetadata()]);
    const told = metadata && typeof metadata === 'object' && 'wangge:version' in metadata ? metadata['wangge:version'] : null;
    if (told !== version) return null;
    protocol.add(archive);
    return { tiles: [`pmtiles://${new URL(url, document.baseURI).href}/{z}/{x}/{y}`], maxzoom: maxZoom };
  } catch (problem) {
    console.warn('cells are asked of the service:', problem);
    return null;
  }
}

/** The source of the cells, from an archive where the style names one. @param {StyleSpecification} style @returns {Promise<StyleSpecification['sources']>} */
async function cellsOf({ metadata, sources: { cells } }) {
  const archive = /** @type {{url: string, version: string} | null | undefined} */ (/** @type {Record<string, unknown> | undefined} */ (metadata)?.['wangge:archive']);
  if (!archive || cells?.type !== 'vector') return {};
  const key = `${archive.url} ${archive.version}`;
  const found = opened.get(key) ?? archived(archive);
  opened.set(key, found);
  const read = await found;
  return read ? { cells: { ...cells, ...read } } : {};
}

/** What a part of a style says of the datum of its tiles. @param {object | undefined} part */
function datumOf(part) {
  const about = part && 'metadata' in part ? part.metadata : null;
  return about && typeof about === 'object' && 'wangge:datum' in about ? about['wangge:datum'] : undefined;
}

/** The style with what comes from elsewhere made drawable: archives through their reader, a GCJ-02 map through the shift. @param {StyleSpecification} style @returns {Promise<StyleSpecification>} */
export async function prepareBasemap(style) {
  const sources = { ...style.sources, ...await cellsOf(style) };
  for (const [id, source] of Object.entries(sources)) {
    if (source.type !== 'raster') continue;
    if (source.url?.startsWith('pmtiles://')) await registerArchives();
    const layer = style.layers.find((candidate) => 'source' in candidate && candidate.source === id);
    const datum = [source, layer, style].map(datumOf).find(Boolean);
    if (datum !== 'gcj02' || !source.tiles) continue;
    registerShift();
    sources[id] = { ...source, tiles: source.tiles.map((template) => `gcj02://{z}/{x}/{y}/${encodeURIComponent(absolute(template))}`) };
  }
  return { ...style, sources };
}
