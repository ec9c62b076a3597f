// Checks of what makes figures look better than they are, each opening into its cases.
import { of } from '../api.js';
import { count, moment, named, t } from '../i18n.js';
import { html, useEffect } from '../preact.js';
import { askCategories } from '../work/loading.js';
import { useStore } from '../work/store.js';
import { format } from '../work/route.js';
import { useAsked } from './calls.js';
import { caseLink } from './audit.js';
import { DayFilter, Head, Sheet, filtered, shown } from './parts.js';

/** @import { Integrity as Checks, IntegrityCases, OddClosings } from 'service' */
/** @import { Props } from './parts.js' */

const ODD = 'closings';

/** @param {string} check */
const checkName = (check) => t(`check_${check.replaceAll('-', '_')}`);

/** @param {Props} props */
export function Integrity(props) {
  if (props.route.number === ODD) return html`<${Oddest} ...${props} />`;
  return props.route.number ? html`<${Suspects} ...${props} />` : html`<${Counts} ...${props} />`;
}

/** @param {Props} props */
function Period(props) {
  return html`<div class="filters"><${DayFilter} ...${props} name="from" label=${t('received_from')} /><${DayFilter} ...${props} name="to" label=${t('received_to')} /></div>`;
}

/** @param {Props} props */
function Counts(props) {
  const { territory, route } = props;
  const asked = useAsked(of(territory.code, '/integrity'), Object.fromEntries(route.query));
  return html`
    <${Head} title=${t('admin_integrity')} lead=${t('admin_integrity_lead')} />
    <${Period} ...${props} />
    <p><a class="secondary" id="odd-closings" href=${format({ territory: territory.code, view: 'integrity', number: ODD, query: route.query })}>${t('odd_closings')}</a></p>
    ${shown(asked, (/** @type {Checks} */ { checks }) => html`
      <${Sheet} id="checks" label=${t('admin_integrity')} heads=${[t('check'), t('cases')]}
        rows=${checks.map(({ check, cases, thresholds }) => ({
    key: check,
    cells: [
      html`<a href=${format({ territory: territory.code, view: 'integrity', number: check, query: route.query })} data-check=${check}>${checkName(check)}</a>${Object.entries(thresholds).map(([name, value]) => html` <small>${t(`threshold_${name}`, { value })}</small>`)}`,
      html`<strong>${count(cases)}</strong>`,
    ],
  }))} />`)}`;
}

/** @param {Props} props */
function Suspects(props) {
  const { territory, route } = props;
  const { categories } = useStore();
  useEffect(() => { askCategories(territory.code); }, [territory.code]);
  const asked = useAsked(of(territory.code, `/integrity/${encodeURIComponent(route.number)}/cases`), { limit: 50, ...Object.fromEntries(route.query) });
  const back = new URLSearchParams(route.query);
  back.delete('cursor');
  const known = new Map((categories.get(territory.code) ?? []).map(({ code, name }) => [code, named(name, code)]));
  return html`
    <${Head} title=${checkName(route.number)} back=${format({ territory: territory.code, view: 'integrity', query: back })} lead=${t('admin_integrity_lead')} />
    <${Period} ...${props} />
    ${shown(asked, (/** @type {IntegrityCases} */ { cases, links }) => {
    const cursor = links.find(({ rel }) => rel === 'next')?.href;
    return html`
      <${Sheet} id="suspects" label=${checkName(route.number)} heads=${[t('case'), t('category'), t('cell'), t('received'), t('at_time'), t('by_whom')]} none=${t('admin_no_cases')}
        rows=${cases.map((one) => ({ key: one.number, cells: [caseLink(territory.code, one.number), known.get(one.category) ?? one.category, one.cell.name || one.cell.code, moment(one.received_at), moment(one.at), one.actor] }))} />
      ${cursor && html`<p class="further"><a class="secondary" id="older" href=${filtered(props, { cursor: new URL(cursor, document.baseURI).searchParams.get('cursor') ?? '' })}>${t('admin_older')}</a></p>`}`;
  })}`;
}

/** Closed cases by how odd their closing is, with the reasons. Nobody is named: it is about cases. @param {Props} props */
function Oddest(props) {
  const { territory, route } = props;
  const { categories } = useStore();
  useEffect(() => { askCategories(territory.code); }, [territory.code]);
  const asked = useAsked(of(territory.code, '/integrity/closings'), { limit: 100, ...Object.fromEntries(route.query) });
  const known = new Map((categories.get(territory.code) ?? []).map(({ code, name }) => [code, named(name, code)]));
  return html`
    <${Head} title=${t('odd_closings')} back=${format({ territory: territory.code, view: 'integrity', query: route.query })} lead=${t('odd_closings_lead')} />
    <${Period} ...${props} />
    ${shown(asked, (/** @type {OddClosings} */ { cases, odd, compared }) => html`
      <p class="tally" id="odd-tally" role="status">${t('odd_tally', { odd: count(odd), compared: count(compared) })}</p>
      <${Sheet} id="odd" label=${t('odd_closings')} heads=${[t('case'), t('odd_score'), t('odd_reasons'), t('category'), t('cell'), t('odd_closed_at')]} none=${t('admin_no_cases')}
        rows=${cases.map((one) => ({ key: one.number, cells: [
    caseLink(territory.code, one.number), html`<strong>${one.score.toFixed(1)}</strong>`,
    html`<ul class="plain">${one.reasons.map((why) => html`<li key=${why.reason} data-reason=${why.reason}>${why.title}${why.case && html` ${caseLink(territory.code, why.case)}`} <small class="points">+${why.points.toFixed(1)}</small></li>`)}</ul>`,
    known.get(one.category) ?? one.category, one.cell.name || one.cell.code, moment(one.closed_at),
  ] }))} />`)}`;
}
