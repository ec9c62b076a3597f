// The command centre: who may see it, what it asks, and how its cards stand.
import * as api from '../api.js';
import { keep, likely } from '../early.js';
import { named, t } from '../i18n.js';
import { html, useEffect, useMemo, useReducer, useRef, useState } from '../preact.js';
import { change } from './address.js';
import { counts, foundAreas } from './calls.js';
import { CategoryCard, WeekCard } from './week.js';
import { useColouring } from './colouring.js';
import { ComparisonCard } from './comparison.js';
import { EmergingCard, FindingsCard } from './findings.js';
import { FilterBar, Masthead } from './header.js';
import { useAnswer } from '../answers.js';
import { useWatched, useWordsAndColours } from '../watching.js';
import { useAddress } from './hooks.js';
import { InflowCard } from './inflow.js';
import { follow, now, today, watchPulse } from './live.js';
import { MapCard } from './mapcard.js';
import { Failing } from './parts.js';
import { narrowing, period } from './question.js';
import { RankingCard, useRanking } from './ranking.js';
import { StandingCard } from './standing.js';

/** @import { Account } from '../account.js' */
/** @import { Category, Territory } from '../api.js' */
/** @import { Right, SessionAnswer } from 'service' */
/** @import { Address } from './address.js' */
/** @import { Span } from './dates.js' */
/** @import { CentreMap } from './map.js' */

/**
 * @typedef {object} Seen what every card goes by
 * @property {Territory} territory
 * @property {Address} address
 * @property {Category[]} categories
 * @property {Span} span
 * @property {string} level that is shown
 * @property {number} beat
 * @property {number} drawing grows when the same is to be drawn anew
 * @property {{day: string, hour: number, at: number}} clock of the territory
 * @property {string} cellName of the chosen cell
 * @property {boolean} exporting whether the reader may take cases out
 * @property {() => unknown} redraw
 * @property {(map: CentreMap | null) => unknown} made
 */

const NIGHTLY_MS = 600_000;
const ON_BASE_GRIDS = ['emerging', 'gi', 'moran', 'rate'];

/** The territories whose figures somebody may read, and whose cases. @param {SessionAnswer | null} session @param {Territory[]} all */
function readable(session, all) {
  return all.filter((one) => may(session, one, 'read') && may(session, one, 'read-figures'));
}

/** Whether somebody has a right in a territory. @param {SessionAnswer | null} session @param {Territory} territory @param {Right} right */
const may = (session, { code }, right) => (session?.account?.grants ?? []).some(({ rights, territory }) => rights.includes(right) && [null, code].includes(territory));

/** @param {{account: Account, session: SessionAnswer | null, territories: Territory[] | null, problem: unknown}} props */
export function App({ account, session, territories, problem }) {
  useWordsAndColours();
  const address = useAddress();
  useWatched(watchPulse);
  const mine = useMemo(() => readable(session, territories ?? []), [session, territories]);
  const territory = address.territory ? mine.find(({ code }) => code === address.territory) : likely(mine);
  useEffect(() => {
    if (!territory) return undefined;
    keep(territory.code);
    if (!address.territory) change({ territory: territory.code }, { replace: true });
    return follow(territory.code);
  }, [territory?.code]);
  useEffect(() => { document.title = `${t('centre_title')} · ${territory ? named(territory.name, territory.code) : t('title')}`; });
  return html`
    <a class="skip" href="#main" onClick=${(/** @type {Event} */ event) => { event.preventDefault(); document.getElementById('main')?.focus(); }}>${t('centre_skip')}</a>
    <${Masthead} account=${account.node} territories=${mine} territory=${territory} pulse=${territory ? now() : null} />
    <main id="main" tabindex="-1"><h1 class="visually-hidden">${t('centre_title')}</h1>
      ${Boolean(problem) && html`<${Failing} problem=${problem} />`}
      ${session && territories && (territory ? html`<${Centre} territory=${territory} exporting=${may(session, territory, 'export')} key=${territory.code} />` : html`<${Refusal} account=${account} session=${session} mine=${mine} wanted=${address.territory} />`)}</main>`;
}

/** A clear word for whoever may not see the figures. @param {{account: Account, session: SessionAnswer, mine: Territory[], wanted: string}} props */
function Refusal({ account, session, mine, wanted }) {
  if (!session.account) return html`<div class="refusal"><h2>${t('centre_sign_in_title')}</h2><p>${t('centre_sign_in')}</p><button type="button" class="primary" id="centre-sign-in" onClick=${() => account.open()}>${t('sign_in')}</button></div>`;
  if (!mine.length) return html`<div class="refusal" role="alert"><h2>${t('centre_no_figures_title')}</h2><p>${t('centre_no_figures')}</p><a class="primary" href="work">${t('my_work')}</a></div>`;
  return html`<div class="refusal" role="alert"><p>${t('centre_unknown', { code: wanted })}</p><ul>${mine.map(({ code, name }) => html`<li><a href=${`centre#t=${encodeURIComponent(code)}`}>${named(name, code)}</a></li>`)}</ul></div>`;
}

/** The name of a cell, once it is known. @param {Territory} territory @param {Address['cell']} cell */
function useCellName({ code }, cell) {
  const { answer } = useAnswer(cell ? `${code} ${cell.level}` : '', () => api.cells(code, cell?.level ?? ''));
  return (cell && answer?.find((one) => one.code === cell.code)?.name) || cell?.code || '';
}

/** What was found, as outlines; of one that is chosen, it alone. @param {Seen} seen */
function useFound({ territory: { code }, address, clock }) {
  const nightly = Math.floor(clock.at / NIGHTLY_MS);
  const found = useAnswer(`findings ${code}`, () => api.findings(code), nightly);
  const areas = useAnswer(found.answer?.findings.length ? `areas ${code}` : '', (signal) => foundAreas(code, signal), nightly);
  const { finding, categories } = address;
  const outlines = useMemo(() => {
    const features = (areas.answer?.features ?? []).filter((one) => (finding ? String(/** @type {{id?: unknown}} */ (one).id ?? /** @type {{id?: unknown}} */ (one.properties).id) === finding : !categories.length || categories.includes(one.properties.category)));
    return features.length ? /** @type {GeoJSON.GeoJSON} */ (/** @type {unknown} */ ({ type: 'FeatureCollection', features })) : null;
  }, [areas.answer, finding, categories]);
  return { found, outlines };
}

/** All cards of one territory. @param {{territory: Territory, exporting: boolean}} props */
function Centre({ territory, exporting }) {
  const address = useAddress();
  useWatched(watchPulse);
  const [drawing, redraw] = useReducer((/** @type {number} */ n) => n + 1, 0);
  const [map, made] = useState(/** @type {CentreMap | null} */ (null));
  const told = useAnswer(territory.code, () => api.categories(territory.code));
  const { beat, at } = now();
  const clock = { ...today(territory.timezone), at: at.getTime() };
  const span = period(address, territory, clock.day);
  const base = territory.levels.at(-1)?.key ?? '';
  const level = ON_BASE_GRIDS.includes(address.show) ? base : territory.levels.find(({ key }) => key === address.level)?.key ?? territory.levels[0]?.key ?? '';
  const cellName = useCellName(territory, address.cell);
  /** @type {Seen} */
  const seen = { territory, address, categories: told.answer?.categories ?? [], span, level, beat, drawing, clock, cellName, exporting, redraw: () => redraw(undefined), made };
  const filter = JSON.stringify([territory.code, span, narrowing(address)]);
  const counted = useAnswer(filter, (signal) => counts(territory.code, address, span, ['hour', 'day', 'category'], signal), beat);
  const open = { ...address, categories: [] };
  const others = useAnswer(address.categories.length ? `categories ${JSON.stringify([territory.code, span, narrowing(open)])}` : '', (signal) => counts(territory.code, open, span, ['category'], signal), beat);
  const listed = useAnswer(`indicators ${territory.code}`, (signal) => api.indicators(territory.code, { from: span.to, to: span.to }, signal));
  const list = listed.answer?.indicators ?? [];
  const one = list.find(({ key, rate }) => key === address.indicator && (rate || key !== 'received')) ?? null;
  const ranking = useRanking(seen, one);
  const coloured = useColouring(seen, ranking, one);
  const { found, outlines } = useFound(seen);
  useFinding(map, address.finding, outlines);
  const comparing = address.show === 'compare' || address.show === 'sides';
  return html`<${FilterBar} ...${seen} total=${counted.fresh ? counted.answer?.total ?? null : null} />
    <div class="cards">
      <div class="side"><${InflowCard} ...${seen} /><${StandingCard} ...${seen} /><${CategoryCard} ...${seen} counted=${address.categories.length ? others : counted} /></div>
      <${MapCard} ...${seen} coloured=${coloured} found=${outlines} source=${territory.source} />
      <div class="side">${comparing ? html`<${ComparisonCard} ...${seen} before=${coloured.before} after=${coloured.after} compared=${coloured.comparison} />` : html`<${RankingCard} ...${seen} list=${list} ranking=${ranking} />`}
      ${address.show === 'emerging' ? html`<${EmergingCard} ...${seen} emerged=${coloured.emerging} />` : html`<${FindingsCard} ...${seen} found=${found} />`}
      <${WeekCard} ...${seen} counted=${counted} /></div>
    </div>`;
}

/** Bring a finding into view when it is chosen. @param {CentreMap | null} map @param {string} finding @param {GeoJSON.GeoJSON | null} outlines */
function useFinding(map, finding, outlines) {
  const shown = useRef('');
  useEffect(() => {
    if (!finding) shown.current = '';
    if (!map || !finding || shown.current === finding || outlines?.type !== 'FeatureCollection') return;
    shown.current = finding;
    const points = outlines.features.flatMap(({ geometry }) => (geometry.type === 'MultiPolygon' ? geometry.coordinates.flat(2) : geometry.type === 'Polygon' ? geometry.coordinates.flat() : []));
    const [lons, lats] = [points.map(([lon = 0]) => lon), points.map(([, lat = 0]) => lat)];
    if (points.length) map.fit([Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)]);
  }, [map, finding, outlines]);
}
