// Open cases of the same kind close by: each may be the same matter, reported twice.
import { distance, moment, t } from '../i18n.js';
import { html, useEffect, useState } from '../preact.js';
import { around } from './calls.js';
import { format } from './route.js';
import { learn } from './store.js';

/** @import { Territory } from '../api.js' */
/** @import { Case, Row } from './calls.js' */

const METRES = 150;
const SHOWN = 6;
/** @typedef {{row: Row, metres: number}} Near */

/** Metres between two places that lie close together. @param {{lon: number, lat: number}} a @param {{lon: number, lat: number}} b */
function between(a, b) {
  return Math.hypot((a.lon - b.lon) * 111_320 * Math.cos(a.lat * Math.PI / 180), (a.lat - b.lat) * 110_574);
}

/** Open cases of a case's category around it, the nearest first. @param {string} territory @param {Case} report @returns {Promise<Near[]>} */
export async function nearby(territory, report) {
  const { reports } = await around(territory, report, METRES);
  for (const row of reports) learn(territory, row);
  return reports.filter(({ number }) => number !== report.number)
    .map((row) => ({ row, metres: between(report, row) }))
    .filter(({ metres }) => metres <= METRES)
    .sort((a, b) => a.metres - b.metres);
}

/** The cases around one, asked for once it is shown. @param {Territory} territory @param {Case} report */
export function useNearby(territory, report) {
  const [found, put] = useState(/** @type {Near[]} */ ([]));
  useEffect(() => {
    let wanted = true;
    nearby(territory.code, report).then((near) => wanted && put(near), () => { /* none are named then */ });
    return () => { wanted = false; };
  }, [territory.code, report.number, report.category, report.lon, report.lat]);
  return found;
}

/** @param {{territory: Territory, report: Case, query: URLSearchParams}} props */
export function Doubles({ territory, report, query }) {
  const found = useNearby(territory, report);
  if (!found.length || report.closed_at) return null;
  return html`
    <section class="doubles" id="case-doubles"><h3>${t('doubles')}</h3>
      <ul>${found.slice(0, SHOWN).map(({ row, metres }) => html`
        <li key=${row.number}><a href=${format({ territory: territory.code, number: row.number, query })}><code>${row.number}</code> <small>${distance(metres)} · ${moment(row.received_at)}</small>${row.description && html`<span class="said">${row.description}</span>`}</a></li>`)}</ul>
    </section>`;
}
