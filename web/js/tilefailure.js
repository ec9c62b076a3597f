// Tiles that could not be fetched: said while it lasts, and fetched again, ever more patiently.

/** @import { Map as MapLibre } from 'maplibre-gl' */

const RETRY_MS = 5000;
const MOST_RETRY_MS = 60_000;

/**
 * Heed the tiles of a map.
 *
 * @param {MapLibre} map
 * @param {(failing: boolean) => unknown} told called when a tile fails, and when all have come again
 * @returns {() => void} ends it
 */
export function heedTiles(map, told) {
  /** Tiles that failed since they were last fetched, by their sources. @type {Map<string, {z: number, x: number, y: number}[]>} */
  const failed = new Map();
  let wait = RETRY_MS;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const settled = () => {
    if (failed.size) return;
    wait = RETRY_MS;
    told(false);
  };
  const fetchAgain = () => {
    timer = undefined;
    const sources = [...failed];
    failed.clear();
    // By their numbers: a source that is refreshed as a whole waits for what has failed, for ever.
    for (const [id, tiles] of sources) if (map.getSource(id)) map.refreshTiles(id, tiles);
    map.once('idle', settled);
    map.triggerRepaint();
  };
  map.on('error', (event) => {
    if (!('sourceId' in event)) return;
    const id = String(event.sourceId);
    const tiles = failed.get(id) ?? [];
    failed.set(id, tiles);
    if ('tile' in event && event.tile instanceof Object && 'tileID' in event.tile) tiles.push(/** @type {{canonical: {z: number, x: number, y: number}}} */ (event.tile.tileID).canonical);
    told(true);
    if (timer) return;
    timer = setTimeout(fetchAgain, wait);
    wait = Math.min(MOST_RETRY_MS, wait * 2);
  });
  return () => clearTimeout(timer);
}
