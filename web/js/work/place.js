// Where a case lies: in words, on a map that comes when it is looked at, and as a link for the phone's own maps.
import { distance, language, t } from '../i18n.js';
import { html, useEffect, useRef, useState } from '../preact.js';
import { Navigate } from '../phone/navigating.js';
import { KeptPlan } from '../phone/plan.js';
import { placeOf } from './parts.js';
import { useStore } from './store.js';

/** @import { Territory } from '../api.js' */
/** @import { Case } from './calls.js' */
/** @import { CaseMap } from './casemap.js' */

/** @param {{territory: Territory, report: Case}} props */
export function Place({ territory, report }) {
  const { lon, lat } = report;
  const { away } = useStore();
  const at = `${lat.toFixed(6)},${lon.toFixed(6)}`;
  return html`
    <section class="place"><h3>${t('report_place')}</h3>
      <p id="case-place">${placeOf(report).join(' › ')}${report.cell.purpose && html` <small>${t('special_grid')} · ${t(`purpose_${report.cell.purpose}`)}</small>`}</p>
      ${away ? html`<${KeptPlan} territory=${territory} spot=${report} />` : html`<${SmallMap} territory=${territory} report=${report} />`}
      <p class="ways-there">
        <${Navigate} at=${report} name=${report.number} />
        <a class="secondary" href=${`./#t=${encodeURIComponent(territory.code)}&z=16&lon=${lon.toFixed(5)}&lat=${lat.toFixed(5)}&at=${lon.toFixed(6)},${lat.toFixed(6)}`}>${t('on_the_map')}</a>
        <small>${at}${report.accuracy ? ` · ${t('accuracy', { distance: distance(report.accuracy) })}` : ''}</small>
      </p>
    </section>`;
}

/**
 * The map of a case. With `moved` its pin may be dragged, and begins where the case lies.
 *
 * @param {{territory: Territory, report: Case, at?: {lon: number, lat: number}, moved?: (at: {lon: number, lat: number}) => void}} props
 */
export function SmallMap({ territory, report, at, moved }) {
  const node = useRef(/** @type {HTMLElement | null} */ (null));
  const map = useRef(/** @type {CaseMap | null} */ (null));
  const [failed, fail] = useState(false);
  useEffect(() => {
    let wanted = true;
    const begin = async () => {
      try {
        const { CaseMap } = await import('./casemap.js');
        if (!wanted || !node.current) return;
        map.current = new CaseMap(node.current, territory, report, { at: at ?? report, moved });
      } catch (problem) {
        console.warn(problem);
        fail(true);
      }
    };
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      seen.disconnect();
      begin();
    }, { rootMargin: '100px' });
    if (node.current) seen.observe(node.current);
    return () => {
      wanted = false;
      seen.disconnect();
      map.current?.end();
      map.current = null;
    };
  }, [territory.code, report.number, report.version, Boolean(moved), language()]);
  useEffect(() => { if (at) map.current?.put(at); }, [at?.lon, at?.lat]);
  if (failed) return html`<p class="empty">${t('no_webgl')}</p>`;
  return html`<div class="case-map" ref=${node}></div>`;
}
