// The cells of a level by reports or by any indicator, each with its line over twelve months.
import * as api from '../api.js';
import { count, month, named, t } from '../i18n.js';
import { told } from '../indicators.js';
import { html } from '../preact.js';
import { change } from './address.js';
import { counts, followed, indicators, layer, sheet } from './calls.js';
import { ranked, rankedByCount, spark, yearOfMonths } from './figures.js';
import { useAnswer } from '../answers.js';
import { Card } from './parts.js';
import { cases, narrowing } from './question.js';
import { save } from './saving.js';

/** @import { Indicator } from '../api.js' */
/** @import { Seen } from './app.js' */
/** @import { Ranked } from './figures.js' */

const MOST_WITH_MONTHS = 500;
const RECEIVED = 'received';
const SLOW_MS = 300_000;

/**
 * The cells of a level, ranked by what the address asks for; also what colours the map by an indicator.
 *
 * @param {Seen} seen @param {Indicator | null} one null: reports
 * @returns {import('../answers.js').Answered<Ranked[]>}
 */
export function useRanking({ territory, address, span, level, beat, clock }, one) {
  const { code } = territory;
  const cells = territory.levels.find(({ key }) => key === level)?.count ?? 0;
  const year = yearOfMonths(span.to);
  const months = { from: `${year[0]}-01`, to: span.to };
  const slow = Math.floor(clock.at / SLOW_MS);
  const withMonths = cells <= MOST_WITH_MONTHS && followed(address);
  const { categories, cell } = address;
  const monthly = useAnswer(withMonths ? JSON.stringify([code, level, months, categories, cell, one?.key ?? RECEIVED, 'months']) : '',
    (signal) => indicators(code, address, months, one?.key ?? RECEIVED, ['cell', 'month'], level, signal), slow);
  const whole = useAnswer(one ? JSON.stringify([code, level, span, categories, cell, one.key]) : '',
    (signal) => indicators(code, address, span, one?.key ?? '', ['cell'], level, signal), slow);
  const reports = useAnswer(one ? '' : JSON.stringify([code, level, span, narrowing(address)]),
    async (signal) => ({ cells: await api.cells(code, level), counted: await counts(code, address, span, ['cell'], signal, { level }) }), beat);
  const lines = monthly.answer && monthly.fresh ? monthly.answer : [];
  if (one) return { answer: whole.answer?.[0]?.indicators[0]?.key === one.key && whole.answer[0].level === level ? ranked(one, whole.answer, lines) : null, fresh: whole.fresh, problem: whole.problem };
  // What was asked before is not told under the name of another level.
  const rows = reports.answer?.counted.cell?.level === level ? rankedByCount(reports.answer.cells, reports.answer.counted.cell?.reports ?? {}) : null;
  const [received] = lines[0]?.indicators ?? [];
  const lined = received ? new Map(ranked(received, lines, lines).map((row) => [row.cell.code, row.months])) : null;
  return { answer: rows?.map((row) => ({ ...row, months: lined?.get(row.cell.code) ?? row.months })) ?? null, fresh: reports.fresh, problem: reports.problem ?? monthly.problem };
}

/** @param {{months: Map<string, number | null>, year: string[], one: Indicator}} props */
function Line({ months, year, one }) {
  const values = year.map((name) => (months.has(name) ? months.get(name) ?? null : one.rate ? null : 0));
  const said = year.map((name, at) => `${month(name)}: ${told(one, values[at])}`).join('; ');
  return html`<svg class="spark" viewBox="-2 0 104 20" preserveAspectRatio="none" role="img" aria-label=${said}><title>${said}</title><path d=${spark(values)} /></svg>`;
}

/** @param {Seen & {list: Indicator[], ranking: import('../answers.js').Answered<Ranked[]>}} props */
export function RankingCard(props) {
  const { territory, address, span, level, list, ranking: { answer, problem, fresh } } = props;
  const one = list.find(({ key }) => key === address.indicator) ?? null;
  const drawn = one ?? list.find(({ key }) => key === RECEIVED) ?? null;
  const name = named(territory.levels.find(({ key }) => key === level)?.name, level);
  const year = yearOfMonths(span.to);
  const most = Math.max(1, ...(answer ?? []).map(({ value }) => value ?? 0));
  /** @param {number | null} value */
  const says = (value) => (one ? told(one, value) : count(value));
  const what = one ? named(one.name, one.key) : t('centre_reports');
  const table = () => save(`${territory.code}-${level}-${one?.key ?? 'reports'}.csv`, [
    [name, t('code'), what, ...(one?.rate ? [t('centre_numerator'), t('centre_denominator')] : []), ...year],
    ...(answer ?? []).map((row) => [row.cell.name, row.cell.code, row.value, ...(one?.rate ? [row.numerator, row.denominator] : []), ...year.map((of) => row.months.get(of) ?? null)]),
  ]);
  const choose = html`<label class="inline"><span class="visually-hidden">${t('centre_ranked_by')}</span>
    <select id="ranked-by" value=${one?.key ?? ''} onChange=${(/** @type {Event & {currentTarget: HTMLSelectElement}} */ event) => change({ indicator: event.currentTarget.value, ...(address.show === 'indicator' && !event.currentTarget.value && { show: 'count' }) })}>
      <option value="">${t('centre_reports')}</option>${list.filter(({ key }) => key !== RECEIVED).map((each) => html`<option value=${each.key}>${named(each.name, each.key)}</option>`)}
    </select></label>`;
  return html`<${Card} id="ranking" title=${t('centre_ranking', { level: name })} aside=${choose} problem=${problem} waiting=${!fresh}>
    ${one && !followed(address) && html`<p class="caveat">${t('centre_indicator_caveat')}</p>`}
    <div class="scrolling" tabindex="0" role="group" aria-labelledby="ranking-title"><table class="ranks">
      <thead class="visually-hidden"><tr><th scope="col">#</th><th scope="col">${name}</th><th scope="col">${what}</th><th scope="col">${t('centre_by_months')}</th></tr></thead>
      <tbody>${(answer ?? []).slice(0, 300).map((row, at) => html`<tr key=${row.cell.code} data-code=${row.cell.code} class=${address.cell?.code === row.cell.code ? 'chosen' : ''}>
        <td class="at">${at + 1}</td>
        <th scope="row"><button type="button" onClick=${() => change({ cell: address.cell?.code === row.cell.code ? null : { level, code: row.cell.code } })} aria-pressed=${String(address.cell?.code === row.cell.code)}>${row.cell.name || row.cell.code}</button>
          <i style=${{ width: `${(100 * (row.value ?? 0)) / most}%` }} aria-hidden="true"></i></th>
        <td class="value"><a href=${cases(address, territory.code, span, { level, code: row.cell.code })} title=${one?.rate ? t('of_cases', { n: count(row.numerator), of: count(row.denominator) }) : undefined}>${says(row.value)}</a></td>
        <td class="line">${row.months.size > 0 && drawn && html`<${Line} months=${row.months} year=${year} one=${drawn} />`}</td></tr>`)}</tbody>
    </table></div>
    <footer class="saving"><button type="button" class="link" id="save-ranking" disabled=${!fresh} onClick=${table}>CSV</button><a class="link" href=${sheet(territory.code, address, span, level, 'xlsx')} download>${t('centre_all_indicators')} (XLSX)</a><a class="link" id="save-layer" href=${layer(territory.code, address, span, level)} download>${t('centre_as_map')} (GeoPackage)</a></footer>
  </${Card}>`;
}
