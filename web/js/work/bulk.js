// One move for many cases: each is answered by itself, and each answer is told.
import { announce } from '../dom.js';
import { count, t } from '../i18n.js';
import { html, useState } from '../preact.js';
import { caseOf, moveMany } from './calls.js';
import { Failure } from './parts.js';
import { Fields, asMove } from './moveform.js';
import { refusalOf } from './refusals.js';
import { happened } from './loading.js';

/** @import { Territory } from '../api.js' */
/** @import { Case, Result, Row } from './calls.js' */
/** @import { OpenMove } from 'service' */

const MOST = 100;
/** Needs that mean the same for every case. */
const SHARED = new Set(['text', 'texts', 'flag', 'time', 'category', 'urgency']);

/** The moves of a case that can be made for many. @param {Case} report */
const fitting = ({ moves }) => moves.filter(({ needs }) => needs.every(({ kind, required }) => SHARED.has(kind) || (!required && kind !== 'asset')));
/** @param {OpenMove} offer */
const shared = ({ needs }) => needs.filter(({ kind, name }) => SHARED.has(kind) && name !== 'evidence');

/** The cases whose moves were made, or were refused. @param {Result[]} results @param {boolean} made */
const numbersOf = (results, made) => results.flatMap(({ number, status }) => (number && (status === 200) === made ? [number] : []));

/** @param {{territory: Territory, rows: Row[], chosen: Set<string>, choose: (chosen: Set<string> | null) => void}} props */
export function Bulk({ territory, rows, chosen, choose }) {
  const [sample, take] = useState(/** @type {Case | null} */ (null));
  const [move, pick] = useState('');
  const [draft, write] = useState(/** @type {Record<string, unknown>} */ ({}));
  const [results, tell] = useState(/** @type {Result[]} */ ([]));
  const [problem, fail] = useState(/** @type {unknown} */ (null));
  const numbers = rows.map(({ number }) => number).filter((number) => chosen.has(number)).slice(0, MOST);
  const begin = async () => {
    const [first] = numbers;
    if (!first) return;
    fail(null);
    tell([]);
    try {
      take(await caseOf(territory.code, first));
    } catch (error) {
      fail(error);
    }
  };
  const offers = sample ? fitting(sample) : [];
  const offer = offers.find((one) => one.move === move);
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!offer) return;
    const wanted = asMove({ ...offer, needs: shared(offer) }, draft);
    const versions = new Map(rows.map(({ number, version }) => [number, version]));
    try {
      const answer = await moveMany(territory.code, numbers.map((number) => ({ ...wanted, number, version: versions.get(number) ?? 0 })));
      tell(answer.results);
      take(null);
      write({});
      const made = numbersOf(answer.results, true);
      await happened(territory.code, made);
      choose(new Set(numbersOf(answer.results, false)));
      announce(t('bulk_done', { n: count(made.length), of: count(answer.results.length) }));
    } catch (error) {
      fail(error);
    }
  };
  const refusal = problem ? refusalOf(problem, offer ? shared(offer) : []) : { fields: {}, rest: '' };
  return html`
    <section class="bulk" aria-label=${t('bulk_start')}>
      <p><strong id="bulk-count">${t('bulk_chosen', { n: count(numbers.length) })}</strong>
        <button type="button" class="quiet" id="bulk-all" onClick=${() => choose(new Set(rows.slice(0, MOST).map(({ number }) => number)))}>${t('bulk_all')}</button></p>
      ${!sample && html`<button type="button" class="primary" id="bulk-move" disabled=${!numbers.length} onClick=${begin}>${t('bulk_move')}</button>`}
      ${sample && html`
        <form onSubmit=${send} novalidate>
          <div class="field"><label for="bulk-which">${t('bulk_which')}</label><select id="bulk-which" value=${move} onChange=${(/** @type {any} */ event) => pick(event.currentTarget.value)}><option value="">${t('choose_one')}</option>${offers.map((one) => html`<option value=${one.move}>${one.title}</option>`)}</select></div>
          ${offer && html`<${Fields} needs=${shared(offer)} fields=${refusal.fields} draft=${draft} put=${(/** @type {string} */ name, /** @type {unknown} */ value) => write((/** @type {Record<string, unknown>} */ before) => ({ ...before, [name]: value }))} territory=${territory} report=${sample} offer=${offer} />`}
          ${refusal.rest && html`<p class="note failed" role="alert">${refusal.rest}</p>`}
          <div class="doing"><button class="primary" id="bulk-send" disabled=${!offer}>${t('bulk_send', { n: count(numbers.length) })}</button><button type="button" class="secondary" onClick=${() => take(null)}>${t('report_cancel')}</button></div>
        </form>`}
      ${!sample && problem && html`<${Failure} problem=${problem} again=${begin} />`}
      ${results.length > 0 && html`
        <div class="bulk-told" role="status" id="bulk-told"><p>${t('bulk_done', { n: count(numbersOf(results, true).length), of: count(results.length) })}</p>
          <ul>${results.filter(({ status }) => status !== 200).map(({ number, problem: why }) => html`<li key=${number}><code>${number}</code> ${String(why?.detail ?? why?.title ?? '')}</li>`)}</ul></div>`}
    </section>`;
}
