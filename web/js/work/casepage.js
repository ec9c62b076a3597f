// One case: where it stands, what may be done, what it is, where, who has it, and what happened to it.
import { announce } from '../dom.js';
import { language, lately, named, t } from '../i18n.js';
import { html, useEffect, useLayoutEffect, useRef } from '../preact.js';
import { Actions } from './actions.js';
import { AboutAsset } from './asset.js';
import { Clock } from './clock.js';
import { Contact } from './contact.js';
import { Doubles } from './doubles.js';
import { History } from './history.js';
import { askCase } from './loading.js';
import { MoveForm } from './moveform.js';
import { Tasks, holderName } from './parties.js';
import { Failure, Icon } from './parts.js';
import { Photos } from './photos.js';
import { Pending, useForeseen } from '../phone/pending.js';
import { Place } from './place.js';
import { format, go } from './route.js';
import { may } from './session.js';
import { change, known, useStore } from './store.js';

/** @import { Territory } from '../api.js' */
/** @import { Case } from './calls.js' */

/** @typedef {{territory: Territory, number: string, move: string, query: URLSearchParams}} Props */

/** @param {Props} props */
export function CasePage({ territory, number, move, query }) {
  const { lost, note } = useStore();
  const it = known(territory.code, number);
  const page = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => { if (!lost) askCase(territory.code, number); }, [territory.code, number, it, it?.stale, language(), lost]);
  const there = Boolean(it?.detail);
  useLayoutEffect(() => {
    if (there) page.current?.querySelector('h2')?.focus({ preventScroll: true });
    return () => { if (note) change({ note: '' }); };
  }, [there]);
  const report = it?.detail;
  return html`
    <article class="case" ref=${page} aria-labelledby="case-title" aria-busy=${String(!report)}>
      <a class="quiet back" href=${format({ territory: territory.code, query })}><${Icon} name="back" />${t('to_list')}</a>
      ${it?.kept && html`<p class="note kept" id="case-kept" role="status">${t('kept_as_of', { at: lately(it.kept) })} ${t('photos_away')}</p>`}
      ${it?.problem && html`<${Failure} problem=${it.problem} again=${() => askCase(territory.code, number, { anew: true })} />`}
      ${!report && !it?.problem && html`<p class="loading" role="status">${t('loading')}</p>`}
      ${report && html`<${Whole} territory=${territory} report=${report} move=${move} query=${query} />`}
    </article>`;
}

/** @param {{territory: Territory, report: Case, move: string, query: URLSearchParams}} props */
function Whole({ territory, report: told, move, query }) {
  const { categories, note, outbox } = useStore();
  const pending = outbox.filter((entry) => entry.territory === territory.code && entry.number === told.number);
  const { report, next } = useForeseen(territory.code, told, pending);
  const name = (/** @type {string} */ code) => named(categories.get(territory.code)?.find((one) => one.code === code)?.name, code);
  const offer = report.moves.find((one) => one.move === move);
  const to = (/** @type {string} */ next, replace = false) => go(format({ territory: territory.code, number: report.number, move: next, query }), { replace });
  useEffect(() => { if (move && !offer) to('', true); }, [move, offer]);
  const before = useRef('');
  useEffect(() => {
    // The form is gone, and with it what had the focus.
    if (before.current && !move) document.getElementById('case-title')?.focus({ preventScroll: true });
    before.current = move;
  }, [move]);
  const others = report.candidates.filter(({ code }) => code !== report.cell.code).map((one) => one.name || one.code);
  return html`
    <header class="case-head">
      <p class="eyebrow"><code id="case-number-shown">${report.number}</code></p>
      <h2 id="case-title" tabindex="-1">${report.urgency === 'urgent' && html`<em class="urgent">${t('urgency_urgent')}</em>${' '}`}${name(report.category)}</h2>
      <p class="standing"><span class=${`state ${report.state}`} id="case-state">${report.state_title}</span>${report.holder && html`<span class="holder">${t('case_held', { name: holderName(report) })}</span>`}</p>
      ${report.merged_into && html`<p><a href=${format({ territory: territory.code, number: report.merged_into, query })}>${t('case_merged', { number: report.merged_into })}</a></p>`}
      ${report.parent && html`<p><a href=${format({ territory: territory.code, number: report.parent, query })}>${t('case_parent', { number: report.parent })}</a></p>`}
      ${note && html`<p class="note" id="case-note" role="status">${note}</p>`}
    </header>
    ${offer ? html`<${MoveForm} key=${`${report.number} ${offer.move}`} territory=${territory} report=${report} offer=${offer} close=${() => to('')} sent=${(/** @type {string} */ said) => { to('', true); announce(said); }} />` : html`<${Actions} report=${report} territory=${territory} next=${next} choose=${to} />`}
    <${Pending} pending=${pending} outbox=${format({ territory: territory.code, view: 'outbox' })} />
    <div class="case-body">
      <div class="case-main">
        ${report.description && html`<p class="case-said" id="case-description">${report.description}</p>`}
        ${report.answers?.length > 0 && html`<dl class="answers" id="case-answers">${report.answers.map((one) => html`<div key=${one.code}><dt>${named(one.name, one.code)}</dt><dd>${one.value_name ? named(one.value_name, String(one.value)) : one.value}</dd></div>`)}</dl>`}
        <${Photos} report=${report} territory=${territory.code} />
        <${Clock} report=${report} />
        <${Tasks} report=${report} />
        <${History} report=${report} category=${name} />
      </div>
      <div class="case-side">
        <${Place} territory=${territory} report=${report} />
        <${AboutAsset} territory=${territory} report=${report} query=${query} choose=${to} />
        ${report.supports > 0 && html`<p class="note" id="case-supports">${t('case_people', { n: report.supports + 1 })}</p>`}
        ${others.length > 0 && html`<p class="note" id="case-others">${t('case_others', { names: others.join(t('comma')) })}</p>`}
        ${may(territory.code, 'read-contact') && html`<${Contact} key=${report.number} territory=${territory} report=${report} />`}
        <${Doubles} territory=${territory} report=${report} query=${query} />
        <button type="button" class="quiet" id="print-case" onClick=${() => print()}>${t('print_slip')}</button>
      </div>
    </div>`;
}
