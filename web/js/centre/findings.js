// What was found, in sentences: the nightly look's findings, or what emerged over the months while the map shows that.
import { count, day, named, span as spanWords, t } from '../i18n.js';
import { html } from '../preact.js';
import { change } from './address.js';
import { Card } from './parts.js';

/** @import { Emerging, Findings } from 'service' */
/** @import { Seen } from './app.js' */
/** @import { Answered } from '../answers.js' */

/** @param {Seen & {found: Answered<Findings>}} props */
export function FindingsCard({ territory, address, categories, found: { answer, problem, fresh } }) {
  const called = (/** @type {string} */ code) => named(categories.find((one) => one.code === code)?.name, code);
  const rows = [...answer?.findings ?? []].filter(({ category }) => !address.categories.length || address.categories.includes(category))
    .sort((a, b) => a.kind.localeCompare(b.kind) || a.p - b.p || a.id - b.id);
  const run = answer?.run;
  return html`<${Card} id="found" title=${t('findings')} problem=${problem} waiting=${!fresh}
    aside=${answer && html`<span class="when">${run ? t(rows.length ? 'findings_until' : 'findings_none', { day: day(run.day) }) : t('findings_never')}</span>`}>
    <div class="scrolling" tabindex="0" role="group" aria-labelledby="found-title"><ul class="sentences">${rows.slice(0, 60).map((one) => html`<li key=${one.id} class=${`${one.kind} ${String(one.id) === address.finding ? 'chosen' : ''}`}>
      <button type="button" data-finding=${one.id} aria-pressed=${String(String(one.id) === address.finding)} onClick=${() => change({ finding: String(one.id) === address.finding ? '' : String(one.id) })}>
        <strong>${called(one.category)}</strong> <small>${t(`finding_${one.kind}`)} · ${t(`finding_${one.source}`)} · ${spanWords(one.first_day, one.last_day)}</small>
        <span>${named(one.sentence)}</span></button>
      <a href=${`./#t=${encodeURIComponent(territory.code)}&finding=${one.id}`}>${t('centre_finding_cases', { n: count(one.reports) })}</a></li>`)}</ul></div>
  </${Card}>`;
}

/** @param {Seen & {emerged: Answered<Emerging>}} props */
export function EmergingCard({ address, territory, categories, emerged: { answer, problem, fresh } }) {
  const wanted = address.categories.length === 1 ? address.categories[0] : null;
  const rows = (answer?.places ?? []).filter(({ category, leads }) => leads && category === wanted);
  const base = territory.levels.at(-1)?.key ?? '';
  const called = (/** @type {string | null} */ code) => (code === null ? t('all_categories') : named(categories.find((one) => one.code === code)?.name, code));
  return html`<${Card} id="emerged" title=${t('centre_show_emerging')} problem=${problem} waiting=${!fresh}
    aside=${answer?.day && html`<span class="when">${t('findings_until', { day: day(answer.day) })}</span>`}>
    ${answer?.note && html`<p class="caveat">${named(answer.note)}</p>`}
    <div class="scrolling" tabindex="0" role="group" aria-labelledby="emerged-title"><ul class="sentences">${rows.slice(0, 60).map((one) => html`<li key=${`${one.cell.code} ${one.pattern}`} class=${one.cold ? 'cold' : 'lately'}>
      <button type="button" onClick=${() => change({ cell: { level: base, code: one.cell.code } })}><strong>${called(one.category)}</strong> <span>${named(one.sentence)}</span></button></li>`)}
      ${(answer?.too_few ?? []).slice(0, 20).map((one) => html`<li class="few"><span>${named(one.sentence)}</span></li>`)}</ul></div>
  </${Card}>`;
}
