// Two periods beside each other, cell by cell: how many, the ratio of their rates with its interval, and what may be told.
import { count, named, span as spanWords, t } from '../i18n.js';
import { html } from '../preact.js';
import { change } from './address.js';
import { FEW, decimal2, intervalWords } from './colouring.js';
import { Card } from './parts.js';
import { cases } from './question.js';
import { save } from './saving.js';

/** @import { ComparedCode, Comparison } from 'service' */
/** @import { Seen } from './app.js' */
/** @import { Span } from './dates.js' */
/** @import { Answered } from '../answers.js' */

/** How much a cell stands out: what may be told first, then by how far. @param {ComparedCode} row */
const weight = ({ before, after, ratio, differs }) => (differs ? 1000 : 0) + (before + after < FEW ? -1000 : Math.abs(Math.log(Math.max(0.01, Math.min(100, ratio ?? 100)))));

/** @param {{before: number, after: number, differs: string | null}} row */
const verdict = ({ before, after, differs }) => (differs ? t(`centre_${differs}`) : before + after < FEW ? t('centre_interval_only') : t('centre_no_different'));

/** @param {Seen & {before: Span, after: Span, compared: Answered<Comparison>}} props */
export function ComparisonCard({ territory, address, level, before, after, compared: { answer: last, problem, fresh } }) {
  const answer = last?.level === level ? last : null; // what was asked before is not told under another name
  const name = named(territory.levels.find(({ key }) => key === level)?.name, level);
  const rows = [...answer?.cells ?? []].sort((a, b) => weight(b) - weight(a));
  const table = () => save(`${territory.code}-${level}-comparison.csv`, [
    [name, t('code'), spanWords(before.from, before.to), spanWords(after.from, after.to), t('centre_ratio'), t('centre_low'), t('centre_high'), 'p', 'q', t('centre_told')],
    ...rows.map((row) => [row.name, row.code, row.before, row.after, row.ratio, row.low, row.high, row.p, row.q, verdict(row)]),
  ]);
  /** @param {'from' | 'to'} end */
  const date = (end) => html`<input type="date" id=${`vs-${end}`} value=${before[end]} aria-label=${t(`centre_vs_${end}`)} onChange=${(/** @type {Event & {currentTarget: HTMLInputElement}} */ event) => {
    const next = { ...before, [end]: event.currentTarget.value };
    if (next.from && next.to && next.from <= next.to) change({ vs: `${next.from}/${next.to}` });
  }} />`;
  return html`<${Card} id="comparison" title=${t('centre_comparison')} problem=${problem} waiting=${!fresh}
    aside=${address.vs !== '' && html`<button type="button" class="link" onClick=${() => change({ vs: '' })}>${t('centre_period_before')}</button>`}>
    <p class="spans">${date('from')}<span>–</span>${date('to')}<span class="arrow">→</span><span>${spanWords(after.from, after.to)}</span></p>
    ${answer && html`<p class="lead" id="compared-whole">${count(answer.whole.before)} → ${count(answer.whole.after)}${answer.whole.ratio !== null && answer.whole.before + answer.whole.after >= FEW && html` · <strong>× ${decimal2(answer.whole.ratio)}</strong>`} (${intervalWords(answer.whole)}) · ${verdict(answer.whole)}</p>
      <div class="scrolling" tabindex="0" role="group" aria-labelledby="comparison-title"><table class="compared">
        <thead><tr><th scope="col">${name}</th><th scope="col">${t('centre_before')}</th><th scope="col">${t('centre_after')}</th><th scope="col">${t('centre_ratio')}</th><th scope="col">${t('centre_interval')}</th></tr></thead>
        <tbody>${rows.slice(0, 300).map((row) => html`<tr key=${row.code} data-code=${row.code} class=${row.differs ?? ''}>
          <th scope="row"><button type="button" onClick=${() => change({ cell: { level, code: row.code } })}>${row.name || row.code}</button></th>
          <td><a href=${cases(address, territory.code, before, { level, code: row.code })}>${count(row.before)}</a></td><td><a href=${cases(address, territory.code, after, { level, code: row.code })}>${count(row.after)}</a></td>
          <td>${row.before + row.after < FEW || row.ratio === null ? '' : decimal2(row.ratio)}${row.differs && html` <span class="differs">${t(`centre_${row.differs}`)}</span>`}</td><td>${intervalWords(row)}</td></tr>`)}</tbody>
      </table></div>
      <footer class="saving"><button type="button" class="link" id="save-comparison" disabled=${!fresh} onClick=${table}>CSV</button><small>${t('centre_comparison_note')}</small></footer>`}
  </${Card}>`;
}
