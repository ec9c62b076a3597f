// A list of cases: what is looked at, its counts, its rows, page after page, and moves for many at once.
import { count, language, lately, t } from '../i18n.js';
import { html, useEffect, useLayoutEffect, useRef, useState } from '../preact.js';
import { Bulk } from './bulk.js';
import { FilterCard } from './filtercard.js';
import { VIEWS, byPhone, changed, looking, viewOf } from './filters.js';
import { Download } from './download.js';
import { askList, askMore, askSummary } from './loading.js';
import { FindButton } from '../phone/find.js';
import { OutboxWay } from '../phone/outboxpage.js';
import { PushChoice } from '../phone/pushing.js';
import { ChecksWay } from '../phone/checks.js';
import { MyWeek } from '../phone/week.js';
import { Failure, Icon } from './parts.js';
import { CaseRow } from './caserow.js';
import { findPlace, keepPlace, placeIn } from './scrolling.js';
import { format, go } from './route.js';
import { may } from './session.js';
import { counted, known, keyOf, useStore } from './store.js';

/** @import { Territory } from '../api.js' */
/** @import { View } from './filters.js' */
/** @import { Summary } from './calls.js' */

/** @typedef {{territory: Territory, query: URLSearchParams, question: URLSearchParams, number: string}} Props */

const COUNTED = /** @type {const} */ (['open', 'overdue', 'nearly_due', 'returned', 'parked']);

/** @param {Props} props */
export function CaseList({ territory, query, question, number }) {
  const { lists, lost } = useStore();
  const { code } = territory;
  const [chosen, choose] = useState(/** @type {Set<string> | null} */ (null));
  const scroller = useRef(/** @type {HTMLElement | null} */ (null));
  const asked = question.toString();
  const list = lists.get(keyOf(code, asked));
  const there = Boolean(list && (list.numbers.length || !list.asking));
  useEffect(() => {
    if (!lost && (!list || (list.stale && !byPhone(query)))) askList(code, question, placeIn(asked).count);
  }, [code, asked, list?.stale, list?.asking, language(), lost]);
  useLayoutEffect(() => {
    if (there && scroller.current) findPlace(asked, scroller.current, number);
  }, [there, asked, number]);
  useEffect(() => choose(null), [asked]);
  const here = (/** @type {URLSearchParams} */ next) => go(format({ territory: code, number, query: next }));
  const rows = (list?.numbers ?? []).flatMap((one) => known(code, one)?.row ?? []);
  const pick = (/** @type {string} */ one, /** @type {boolean} */ yes) => {
    const next = new Set(chosen);
    yes ? next.add(one) : next.delete(one);
    choose(next);
  };
  return html`
    <section class="list" aria-labelledby="list-title" ref=${scroller} onScroll=${(/** @type {Event} */ event) => keepPlace(asked, /** @type {HTMLElement} */ (event.currentTarget))}>
      <header class="list-head">
        <${ListTitle} territory=${territory} query=${query} question=${question} />
        <${FindButton} territory=${territory} />
        <${OutboxWay} territory=${territory} />
        <${ChecksWay} territory=${territory} />
        <${MyWeek} territory=${territory} />
        <${PushChoice} territory=${territory} />
        <${Search} query=${query} here=${here} />
        <${Views} territory=${territory} query=${query} here=${here} />
        <${FilterCard} territory=${territory} query=${query} here=${here} />
      </header>
      ${rows.length > 0 && html`<div class="list-tools">${may(code, 'export') && html`<${Download} territory=${code} query=${new URLSearchParams(withoutSort(question))} rows=${counted(code, withoutSort(question))?.total ?? 0} />`}<button type="button" class="quiet" id="choose-many" aria-pressed=${String(Boolean(chosen))} onClick=${() => choose(chosen ? null : new Set())}>${chosen ? t('bulk_stop') : t('bulk_start')}</button></div>`}
      ${list?.kept && html`<p class="note kept" id="list-kept" role="status">${t('kept_as_of', { at: lately(list.kept) })}</p>`}
      ${list?.problem && html`<${Failure} problem=${list.problem} again=${() => { list.stale = true; askList(code, question); }} />`}
      ${!there && !list?.problem && html`<p class="loading" role="status">${t('loading')}</p>`}
      ${there && !list?.problem && rows.length === 0 && html`<p class="empty" id="list-empty">${t(query.has('cell') ? 'list_none_cell' : 'list_none')} ${query.has('mine') && html`<a href=${format({ territory: code, query: changed(looking(query, 'open'), { mine: '' }) })}>${t('list_beyond_mine')}</a>`}</p>`}
      <ul class="rows" aria-busy=${String(Boolean(list?.asking))}>${rows.map((row) => html`<${CaseRow} key=${row.number} territory=${territory} row=${row} query=${query} open=${row.number === number} chosen=${chosen?.has(row.number)} pick=${chosen && pick} />`)}</ul>
      ${list?.next && html`<${More} more=${() => askMore(code, question)} asking=${list.asking} />`}
      ${chosen && html`<${Bulk} territory=${territory} rows=${rows} chosen=${chosen} choose=${choose} />`}
    </section>`;
}

/** What the list is, and how many there are in it. @param {{territory: Territory, query: URLSearchParams, question: URLSearchParams}} props */
function ListTitle({ territory, query, question }) {
  const { lost } = useStore();
  const total = counted(territory.code, withoutSort(question));
  useEffect(() => { if (!lost && !byPhone(query)) askSummary(territory.code, new URLSearchParams(withoutSort(question))); });
  const mine = query.get('mine') === 'true';
  return html`<h2 id="list-title" tabindex="-1">${t(mine ? 'list_mine' : `list_${viewOf(query)}`)} ${total && html`<span class="count" id="list-total">${count(total.total)}</span>`}</h2>`;
}

/** @param {URLSearchParams} question */
function withoutSort(question) {
  const counting = new URLSearchParams(question);
  counting.delete('sort');
  return counting.toString();
}

/** @param {{query: URLSearchParams, here: (next: URLSearchParams) => void}} props */
function Search({ query, here }) {
  const words = query.get('q') ?? '';
  const [typed, type] = useState(words);
  useEffect(() => type(words), [words]);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    // What is looked for may have been closed long ago.
    here(typed.trim() ? changed(looking(query, 'all'), { q: typed.trim(), mine: '' }) : changed(query, { q: '' }));
  };
  return html`
    <form class="search-field" role="search" onSubmit=${submit}>
      <${Icon} name="search" />
      <input type="search" id="case-search" value=${typed} aria-label=${t('case_search')} placeholder=${t('case_search')} enterkeyhint="search" maxlength="200" onInput=${(/** @type {any} */ event) => {
        type(event.currentTarget.value);
        if (!event.currentTarget.value && words) here(changed(query, { q: '' }));
      }} />
    </form>`;
}

/** What is looked at, each with its count under the other filters. @param {{territory: Territory, query: URLSearchParams, here: (next: URLSearchParams) => void}} props */
function Views({ territory, query, here }) {
  const { lost } = useStore();
  const around = looking(query, 'all');
  useEffect(() => { if (!lost && !byPhone(query)) askSummary(territory.code, around); });
  const now = viewOf(query);
  return html`
    <div class="views" role="group" aria-label=${t('views')}>
      <button type="button" class="mine" id="only-mine" aria-pressed=${String(query.get('mine') === 'true')} onClick=${() => here(changed(query, { mine: query.get('mine') ? '' : 'true' }))}>${t('only_mine')}</button>${/** @type {View[]} */ (Object.keys(VIEWS)).map((view) => {
      const n = number(view, counted(territory.code, around));
      return html`<button type="button" key=${view} data-view=${view} aria-pressed=${String(view === now)} onClick=${() => here(looking(query, view))}>${t(`view_${view}`)}${n !== null && html` <span class="count">${count(n)}</span>`}</button>`;
    })}</div>`;
}

/** @param {View} view @param {Summary | null} of what there is under the other filters */
function number(view, of) {
  if (view === 'all') return of?.total ?? null;
  const [key] = COUNTED.filter((one) => one === view);
  return key ? of?.[key] ?? null : null;
}

/** The way to the next page, taken by itself when it comes into view. @param {{more: () => void, asking: boolean}} props */
function More({ more, asking }) {
  const button = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const seen = new IntersectionObserver((entries) => entries.some(({ isIntersecting }) => isIntersecting) && more(), { rootMargin: '200px' });
    if (button.current) seen.observe(button.current);
    return () => seen.disconnect();
  });
  return html`<button type="button" class="secondary more" id="list-more" ref=${button} disabled=${asking} onClick=${more}>${t(asking ? 'loading' : 'list_more')}</button>`;
}
