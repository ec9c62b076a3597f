// The places of a campaign on a map: full where somebody looked, a ring where nobody has. Fetched when a board is looked at.
import { t } from '../i18n.js';
import { theme } from '../theme.js';
import { smallMap, wear } from '../work/casemap.js';

/** @import { Map as LibreMap } from 'maplibre-gl' */
/** @import { CampaignPlaces } from 'service' */
/** @import { Territory } from '../api.js' */

const PLACES = 'campaign-places';

/** @param {CampaignPlaces['places']} places @returns {GeoJSON.FeatureCollection} */
const dots = (places) => ({
  type: 'FeatureCollection',
  features: places.flatMap(({ lon, lat, name, code, looked_at: at }) => (lon === null || lat === null ? [] : [{ type: 'Feature', geometry: { type: 'Point', coordinates: [lon, lat] }, properties: { name: name || code, looked: at !== null } }])),
});

/** @param {HTMLElement} node @param {Territory} territory @param {CampaignPlaces['places']} places @returns {LibreMap} */
export function campaignMap(node, territory, places) {
  const [west, south, east, north] = territory.bbox;
  const map = smallMap(node, { lon: (west + east) / 2, lat: (south + north) / 2 }, 11, t('campaign_map'));
  map.fitBounds([west, south, east, north], { padding: 12, animate: false });
  const [mark, ground] = theme() === 'dark' ? ['#4cc38a', '#14181f'] : ['#177a3d', '#ffffff'];
  wear(map, territory, { [PLACES]: { type: 'geojson', data: dots(places) } }, [{
    id: PLACES, type: 'circle', source: PLACES, layout: { 'circle-sort-key': ['case', ['get', 'looked'], 1, 0] },
    paint: {
      'circle-color': ['case', ['get', 'looked'], mark, ground], 'circle-radius': ['interpolate', ['linear'], ['zoom'], 10, 3, 15, 7],
      'circle-stroke-color': ['case', ['get', 'looked'], ground, mark], 'circle-stroke-width': 1.5,
    },
  }]).catch((problem) => console.warn(problem));
  return map;
}
