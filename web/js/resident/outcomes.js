// How long it takes here and how much is solved, in plain words, from what was published of the last year.
import { cells as askCells, givenUp, locate, outcomes as ask } from '../api.js';
import { count, day, named, t } from '../i18n.js';
import { html, useEffect, useState } from '../preact.js';

/** @import { Category, Territory } from '../api.js' */
/** @import { CellRef, Outcome, Outcomes as Told } from 'service' */
/** @import { Point } from '../reporting.js' */

const MOST_OF = 0.75;
/** Of fewer cases the rounding would tell in the sentence, and so many steps may be its fault (bench/outcomes.py). */
const STEPS_ENOUGH = 40;
const STEPS_LESS = 2;
const PARTS = 10;

/** "8 of 10 within 3 days": the shortest span in which most were solved, or the longest. Nothing where there are too few cases for the rounding not to matter. @param {Told} told @param {Outcome | undefined} one */
export function inWords({ days, step }, one) {
  if (!one || !step || one.cases < STEPS_ENOUGH * step) return '';
  const certain = one.within.map((closed) => Math.max(0, closed - STEPS_LESS * step));
  const most = certain.findIndex((closed) => closed >= MOST_OF * one.cases);
  const at = most < 0 ? days.length - 1 : most;
  const n = Math.floor((PARTS * (certain[at] ?? 0)) / one.cases);
  return t('r_outcome', { n, of: PARTS, days: t(days[at] === 1 ? 'r_outcome_day' : 'r_outcome_days', { n: days[at] ?? 0 }) });
}

/** @param {{territory: Territory, kinds: Category[], category: string}} props `category` the only one to tell of, all when empty */
export function Outcomes({ territory, kinds, category }) {
  const [open, show] = useState(false);
  const [told, tell] = useState(/** @type {Told | null} */ (null));
  const [cells, know] = useState(/** @type {CellRef[]} */ ([]));
  const [cell, choose] = useState('');
  const [failed, fail] = useState(false);
  const level = told?.finest ?? '';
  useEffect(() => {
    if (!open) return undefined;
    const request = new AbortController();
    ask(territory.code, cell && level ? { level, code: cell } : null, request.signal)
      .then((answer) => { tell(answer); fail(false); }, (problem) => { if (!givenUp(problem)) fail(true); });
    return () => request.abort();
  }, [territory.code, open, cell]);
  useEffect(() => {
    if (level) askCells(territory.code, level).then(know, () => { /* the whole of it is told */ });
  }, [territory.code, level]);
  const of = (/** @type {string} */ code) => told?.by_category.find((one) => one.category === code);
  const lines = told ? kinds.filter(({ code }) => !category || code === category).map(({ code, name }) => ({ code, title: named(name, code), cases: of(code)?.cases ?? 0, words: inWords(told, of(code)) })).filter(({ words }) => words) : [];
  const all = told && !category ? inWords(told, told.all) : '';
  return html`
    <details class="outcomes row" id="outcomes" onToggle=${(/** @type {any} */ event) => show(event.currentTarget.open)}>
      <summary>${t('r_outcomes')}</summary>
      ${cells.length > 1 && html`<div class="field"><label for="outcomes-cell">${t('r_subscribe_area')}</label>
        <select id="outcomes-cell" value=${cell} onChange=${(/** @type {any} */ event) => choose(event.currentTarget.value)}><option value="">${t('r_subscribe_all')}</option>
          ${cells.map((one) => html`<option key=${one.code} value=${one.code} selected=${one.code === cell}>${one.name || one.code}</option>`)}</select></div>`}
      ${failed && html`<p class="field-error" role="alert">${t('failed')}</p>`}
      ${told && html`
        <div role="status">
          ${!all && !lines.length && html`<p class="empty">${t('r_outcomes_none')}</p>`}
          <dl>${[...(all ? [{ code: '', title: t('r_outcomes_all'), cases: told.all.cases, words: all }] : []), ...lines].map((one) => html`
            <div key=${one.code} data-outcome=${one.code || 'all'}><dt>${one.title}</dt><dd>${one.words} <small>${t('r_outcome_of', { n: count(one.cases) })}</small></dd></div>`)}</dl>
          ${told.from && told.to && html`<small>${t('r_outcomes_hint', { from: day(told.from), to: day(told.to) })}</small>`}
        </div>`}
    </details>`;
}

/** One line at filing: what one may expect of this kind in this place. @param {{territory: Territory, categories: Category[], category: string, point: Point | null, inside: boolean}} props */
export function Expected({ territory, categories, category, point, inside }) {
  const [found, keep] = useState(/** @type {{told: Told, one: Outcome, here: boolean} | null} */ (null));
  useEffect(() => {
    keep(null);
    if (!category || !point || !inside) return undefined;
    const request = new AbortController();
    const tell = async () => {
      const { cell } = await locate(territory.code, point.lon, point.lat, undefined, request.signal);
      for (const place of cell ? [cell, null] : []) { // where there are too few here, in the whole territory
        const told = await ask(territory.code, place && { level: place.level, code: place.code }, request.signal);
        const one = told.by_category.find((each) => each.category === category);
        if (one && inWords(told, one)) {
          keep({ told, one, here: Boolean(place && told.cell) });
          return;
        }
      }
    };
    tell().catch(() => { /* a report is filed without */ });
    return () => request.abort();
  }, [territory.code, category, point?.lon, point?.lat, inside]);
  if (!found) return null;
  const where = found.here ? t('r_expected_here') : named(territory.name, territory.code);
  const kind = named(categories.find(({ code }) => code === category)?.name, category);
  return html`<p class="lead" id="expected" role="status">${t('r_expected', { category: kind, where, outcome: inWords(found.told, found.one) })}</p>`;
}
