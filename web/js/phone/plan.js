// A plan without tiles: the outlines of the cells that are kept, the place, and how far off it may be. Drawn without a network.
import { t } from '../i18n.js';
import { html, useEffect, useRef, useState } from '../preact.js';
import { recallOutlines } from './keeping.js';

/** @import { Territory } from '../api.js' */
/** @import { Outline } from './keeping.js' */
/** @typedef {{lon: number, lat: number, accuracy?: number | null | undefined}} Spot */

const SIZE = 320;
const LEAST_M = 250;
const M_PER_DEGREE = 110_574;

/** @param {Outline['geometry']} geometry @returns {GeoJSON.Position[][]} its rings */
const ringsOf = (geometry) => (geometry.type === 'Polygon' ? geometry.coordinates : geometry.coordinates.flat());

/** Whether a place lies in an area, by the rule of even and odd. @param {Outline['geometry']} geometry @param {Spot} spot */
export function covers(geometry, { lon, lat }) {
  let inside = false;
  for (const ring of ringsOf(geometry)) {
    for (const [at, [x1 = 0, y1 = 0]] of ring.entries()) {
      const [x0 = 0, y0 = 0] = ring.at(at - 1) ?? [];
      if ((y1 > lat) !== (y0 > lat) && lon < (x0 - x1) * (lat - y1) / (y0 - y1) + x1) inside = !inside;
    }
  }
  return inside;
}

/** @param {{outlines: Outline[], spot: Spot, moved?: (spot: Spot) => void}} props with `moved`, a press puts the place there */
export function Plan({ outlines, spot, moved }) {
  const node = useRef(/** @type {SVGSVGElement | null} */ (null));
  const around = Math.max(LEAST_M, 3 * (spot.accuracy ?? 0));
  const scale = SIZE / (2 * around);
  const width = M_PER_DEGREE * Math.cos(spot.lat * Math.PI / 180);
  /** @param {GeoJSON.Position} position */
  const at = ([lon = 0, lat = 0]) => `${(SIZE / 2 + (lon - spot.lon) * width * scale).toFixed(1)} ${(SIZE / 2 - (lat - spot.lat) * M_PER_DEGREE * scale).toFixed(1)}`;
  /** @param {Outline} outline */
  const path = ({ geometry }) => ringsOf(geometry).map((ring) => `M${ring.map(at).join('L')}Z`).join('');
  const press = (/** @type {MouseEvent} */ event) => {
    const box = node.current?.getBoundingClientRect();
    if (!box || !moved) return;
    const [x, y] = [(event.clientX - box.left) / box.width * SIZE - SIZE / 2, SIZE / 2 - (event.clientY - box.top) / box.height * SIZE];
    moved({ lon: spot.lon + x / (width * scale), lat: spot.lat + y / (M_PER_DEGREE * scale) });
  };
  return html`
    <svg class="plan" ref=${node} viewBox="0 0 ${SIZE} ${SIZE}" role="img" aria-label=${t('plan')} onClick=${press}>
      ${outlines.map((outline) => html`<path key=${outline.code} class=${covers(outline.geometry, spot) ? 'cell here' : 'cell'} d=${path(outline)} />`)}
      ${spot.accuracy && html`<circle class="accuracy" cx=${SIZE / 2} cy=${SIZE / 2} r=${Math.max(4, spot.accuracy * scale)} />`}
      <circle class="spot" cx=${SIZE / 2} cy=${SIZE / 2} r="7" />
    </svg>`;
}

/** The outlines that are kept of a territory. @param {string} territory */
export function useOutlines(territory) {
  const [outlines, put] = useState(/** @type {Outline[]} */ ([]));
  useEffect(() => { recallOutlines(territory).then(put); }, [territory]);
  return outlines;
}

/** The plan of a place among what is kept. @param {{territory: Territory, spot: Spot}} props */
export function KeptPlan({ territory, spot }) {
  const outlines = useOutlines(territory.code);
  return html`<${Plan} outlines=${outlines} spot=${spot} />`;
}
