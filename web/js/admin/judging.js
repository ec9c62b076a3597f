// One closed case to judge: what was reported beside what was done, without who did it; then solved, not solved, or nobody can tell.
import { announce } from '../dom.js';
import { of } from '../api.js';
import { count, moment, t } from '../i18n.js';
import { html, useEffect, useState } from '../preact.js';
import { Navigate } from '../phone/navigating.js';
import { placeOf } from '../work/parts.js';
import { Photos } from '../work/photos.js';
import { refusalOf } from '../work/refusals.js';
import { go } from '../work/route.js';
import { askAgain } from '../work/session.js';
import { store } from '../work/store.js';
import { caseLink } from './audit.js';
import { happened, send, useAsked } from './calls.js';
import { Head, at, facts, shown } from './parts.js';

/** @import { AuditCase, AuditCases, CaseDetail, Verdict } from 'service' */
/** @import { Props } from './parts.js' */

/** @type {Verdict[]} */
const VERDICTS = ['solved', 'not-solved', 'cannot-tell'];
/** Moves that say what was done, or that it was not. */
const SAYING = new Set(['report-back', 'verify', 'reject', 'close', 'reopen', 'add', 'rate']);

/** @param {Props & {known: Map<string, string>}} props */
export function Judging({ known, ...props }) {
  const { territory, route } = props;
  const audit = encodeURIComponent(route.number);
  const cases = /** @type {import('../answers.js').Answered<AuditCases>} */ (useAsked(of(territory.code, `/audits/${audit}/cases`)));
  const report = useAsked(of(territory.code, `/reports/${encodeURIComponent(route.move)}`));
  const all = cases.answer?.cases ?? [];
  const one = all.find(({ number }) => number === route.move);
  const left = all.filter(({ judged, number }) => !judged && number !== route.move);
  const judge = (/** @type {unknown} */ body) => send('POST', of(territory.code, `/audits/${audit}/cases/${encodeURIComponent(route.move)}/judgements`), body);
  const after = () => go(left[0] ? at(props, route.number, left[0].number) : at(props, route.number), { replace: true });
  return shown(report, (/** @type {CaseDetail} */ found) => html`
    <${Head} title=${known.get(found.category) ?? found.category} back=${at(props, route.number)} lead=${t('audit_left', { n: count(left.length + (one && !one.judged ? 1 : 0)) })} />
    <p class="case-said" id="judged-said">${found.description || t('audit_nothing_said')}</p>
    <${Photos} report=${found} />
    ${found.photos.length === 0 && html`<p class="note" id="judged-no-photos">${t('audit_no_photos')}</p>`}
    ${facts([
    [t('case'), caseLink(territory.code, found.number)], [t('report_place'), placeOf(found).join(' › ')], [t('received'), moment(found.received_at)],
    ...found.events.filter(({ move, note, facts: told }) => SAYING.has(move) && (note || told.reason)).map((event) => /** @type {[string, unknown]} */ ([event.title, [event.facts.reason, event.note].filter(Boolean).join('\n')])),
  ])}
    <p class="ways-there"><${Navigate} at=${found} name=${found.number} /></p>
    ${one && (one.judged && !one.own ? html`<p class="note" id="judged-by-other">${t('audit_by_other')}</p>` : html`<${Verdicts} one=${one} judge=${judge} after=${after} />`)}`);
}

/** @param {{one: AuditCase, judge: (body: unknown) => Promise<unknown>, after: () => void}} props */
function Verdicts({ one: { own, number }, judge, after }) {
  const [note, write] = useState(own?.note ?? '');
  const [spot, stand] = useState(own?.means === 'on-the-spot');
  const [busy, be] = useState(false);
  const [said, say] = useState('');
  useEffect(() => { document.getElementById('section-title')?.focus({ preventScroll: true }); }, [number]);
  const press = async (/** @type {Verdict} */ verdict) => {
    be(true);
    say('');
    try {
      await judge({ verdict, means: spot ? 'on-the-spot' : 'evidence', note: note.trim() || null });
      announce(t('admin_done', { what: t(`verdict_${verdict.replaceAll('-', '_')}`) }));
      happened();
      after();
    } catch (problem) {
      if (store().lost) askAgain();
      happened();
      say(refusalOf(problem, []).rest);
    }
    be(false);
  };
  return html`
    <section class="verdicts" aria-label=${t('audit_verdict')}>
      <label class="tick-line"><input type="checkbox" id="judged-spot" checked=${spot} onChange=${(/** @type {any} */ event) => stand(event.currentTarget.checked)} /><span>${t('audit_on_the_spot')}</span></label>
      <label for="judged-note">${t('optional', { what: t('audit_note') })}</label><textarea id="judged-note" rows="2" maxlength="2000" value=${note} onInput=${(/** @type {any} */ event) => write(event.currentTarget.value)} />
      <div class="doing">${VERDICTS.map((verdict) => html`<button type="button" key=${verdict} class=${verdict === 'solved' ? 'primary' : 'secondary'} id=${`judge-${verdict}`} aria-pressed=${own ? String(own.verdict === verdict) : null} disabled=${busy} onClick=${() => press(verdict)}>${t(`verdict_${verdict.replaceAll('-', '_')}`)}</button>`)}</div>
      ${said && html`<p class="note failed" role="alert">${said}</p>`}
    </section>`;
}
