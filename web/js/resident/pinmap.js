// The map of the place step: a pin in the middle of the territory, which is no place before somebody moved or confirmed it.
import { language, t } from '../i18n.js';
import { html, useEffect, useRef, useState } from '../preact.js';

/** @import { Territory } from '../api.js' */
/** @import { CaseMap } from '../work/casemap.js' */
/** @import { Point } from '../reporting.js' */

/** @param {{territory: Territory, point: Point | null, choose: (point: Point) => void}} props */
export function PinMap({ territory, point, choose }) {
  const node = useRef(/** @type {HTMLElement | null} */ (null));
  const map = useRef(/** @type {CaseMap | null} */ (null));
  const [failed, fail] = useState(false);
  useEffect(() => {
    let wanted = true;
    const [west, south, east, north] = territory.bbox;
    const at = point ?? { lon: (west + east) / 2, lat: (south + north) / 2 };
    import('../work/casemap.js').then(({ CaseMap }) => {
      if (!wanted || !node.current) return;
      map.current = new CaseMap(node.current, territory, null, { at, zoom: point ? 16 : 13, moved: choose });
    }).catch((problem) => {
      console.warn(problem);
      fail(true);
    });
    return () => {
      wanted = false;
      map.current?.end();
      map.current = null;
    };
  }, [territory.code, language()]);
  useEffect(() => { if (point) map.current?.put(point); }, [point?.lon, point?.lat]);
  if (failed) return html`<p class="empty">${t('no_webgl')}</p>`;
  return html`
    <div class="case-map" ref=${node}></div>
    <div class="doing"><button type="button" class="secondary" id="place-here" onClick=${() => map.current && choose(map.current.pinned())}>${t('report_confirm')}</button></div>
    <small>${t('r_map_hint')}</small>`;
}
