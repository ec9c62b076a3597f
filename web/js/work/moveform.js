// The form of one move, drawn from what the service says that the move needs. What is typed is kept until it is sent.
import { Problem, newKey, wording } from '../api.js';
import { within } from '../dom.js';
import { language, t } from '../i18n.js';
import { html, useEffect, useLayoutEffect, useRef, useState } from '../preact.js';
import { deliver } from '../phone/outbox.js';
import { textsFor } from './calls.js';
import { CONTROLS } from './controls.js';
import { refusalOf } from './refusals.js';
import { draftOf, dropDraft, keepDraft } from '../drafts.js';
import { askCase, happened } from './loading.js';
import { askAgain } from './session.js';
import { change, store } from './store.js';

/** @import { Territory } from '../api.js' */
/** @import { Case } from './calls.js' */
/** @import { FilledTemplate, NeedInfo, OpenMove } from 'service' */

/** @typedef {Record<string, unknown>} Draft */

/** The needs of a move that somebody is asked for: for whom, only where there is a choice. @param {OpenMove} offer */
const askedFor = ({ needs, tasks }) => needs.filter(({ kind }) => kind !== 'task' || tasks.length > 1);

/** What a draft says, as a move carries it. @param {OpenMove} offer @param {Draft} draft @param {Case} [report] of one case */
export function asMove(offer, draft, report) {
  const filled = askedFor(offer).map(({ name, kind }) => [name, CONTROLS[kind].read(draft[name], report)]).filter(([, value]) => value !== undefined);
  return { move: offer.move, ...Object.fromEntries(filled) };
}

/** @param {{needs: NeedInfo[], fields: Record<string, string>, draft: Draft, put: (name: string, value: unknown) => void, texts?: FilledTemplate[], territory: Territory, report: Case, offer: OpenMove}} props */
export function Fields({ needs, fields, draft, put, texts = [], ...subject }) {
  return needs.map((need) => {
    const { draw, hint, grouped } = CONTROLS[need.kind];
    const id = `move-${need.name}`;
    const label = need.required ? t(`need_${need.name}`) : t('optional', { what: t(`need_${need.name}`) });
    const message = fields[need.name];
    const control = draw({ ...subject, need, id, value: draft[need.name], put: (value) => put(need.name, value), invalid: Boolean(message) });
    return html`
      <div class="field" data-field=${need.name} key=${need.name}>
        ${grouped ? html`<span class="label">${label}</span>` : html`<label for=${id}>${label}</label>`}
        ${control}
        <${Texts} texts=${texts.filter(({ field }) => field === need.name)} take=${(/** @type {string} */ text) => put(need.name, text)} />
        ${need.least > 0 && !message && html`<small class="asked">${t(`photos_least_${need.least}`)}</small>`}
        ${hint && html`<small>${t(hint)}</small>`}
        ${message && html`<p class="field-error" role="alert">${message}</p>`}
      </div>`;
  });
}

/** Texts that are kept for a field, each put into it by a press. @param {{texts: FilledTemplate[], take: (text: string) => void}} props */
function Texts({ texts, take }) {
  if (!texts.length) return null;
  return html`<div class="texts" role="group" aria-label=${t('kept_texts')}>${texts.map(({ code, name, text }) => html`<button type="button" class="quiet" key=${code} data-text=${code} title=${text} onClick=${() => take(text)}>${name}</button>`)}</div>`;
}

/** @param {{territory: Territory, report: Case, offer: OpenMove, close: () => void, sent: (said: string) => void}} props */
export function MoveForm({ territory, report, offer, close, sent }) {
  const key = `${territory.code} ${report.number} ${offer.move}`;
  const [draft, write] = useState(() => draftOf(key));
  const [refusal, refuse] = useState({ fields: /** @type {Record<string, string>} */ ({}), rest: '' });
  const [busy, be] = useState(false);
  const [texts, keep] = useState(/** @type {FilledTemplate[]} */ ([]));
  useEffect(() => { textsFor(territory.code, report.number, offer.move).then(({ templates }) => keep(templates), () => { /* one writes it oneself */ }); }, [report.version, language()]);
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const needs = askedFor(offer);
  const put = (/** @type {string} */ name, /** @type {unknown} */ value) => write((/** @type {Draft} */ before) => {
    const next = { ...before, [name]: value };
    keepDraft(key, next);
    return next;
  });
  useLayoutEffect(() => { if (form.current) (within(form.current, 'input, textarea, select') ?? within(form.current, '.primary'))?.focus(); }, []);
  useEffect(() => { if (form.current) within(form.current, '.field:has(.field-error) :is(input, textarea, select)')?.focus(); }, [refusal]);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const { photos, ...body } = asMove(offer, draft, report);
    const few = needs.filter(({ kind, least }) => kind === 'photos' && (photos ?? []).length < least);
    if (few.length) { // told at once, also where there is no network
      refuse({ fields: Object.fromEntries(few.map(({ name, least }) => [name, t(`photos_least_${least}`)])), rest: '' });
      return;
    }
    be(true);
    refuse({ fields: {}, rest: '' });
    try {
      const after = await deliver({
        territory: territory.code, kind: 'move', number: report.number, version: report.version, title: offer.title,
        body, draft, photos: /** @type {string[]} */ (photos ?? []), key: newKey(),
      });
      dropDraft(key);
      if (after) await happened(territory.code, [report.number]);
      else change({ note: t('outbox_kept', { move: offer.title }) });
      sent(after && 'state_title' in after ? `${offer.title}: ${after.state_title}` : t('outbox_kept', { move: offer.title }));
    } catch (problem) {
      await explain(problem);
    }
    be(false);
  };
  const explain = async (/** @type {unknown} */ problem) => {
    const kind = problem instanceof Problem ? problem.kind : '';
    if (store().lost) {
      refuse({ fields: {}, rest: t('session_again') });
      askAgain();
    } else if (kind === 'stale' || kind === 'move-refused') {
      // What was typed stays; the case is shown as it is now, and the form only if the move is still open.
      await askCase(territory.code, report.number, { anew: true });
      change({ note: kind === 'stale' ? t('case_changed') : wording(problem) });
    } else refuse(refusalOf(problem, needs));
  };
  return html`
    <form class="move-form" ref=${form} novalidate aria-label=${offer.title} onSubmit=${submit}>
      <h3>${offer.title}</h3>
      <${Fields} needs=${needs} fields=${refusal.fields} draft=${draft} put=${put} texts=${texts} territory=${territory} report=${report} offer=${offer} />
      ${refusal.rest && html`<p class="note failed" role="alert">${refusal.rest}</p>`}
      <div class="doing"><button class="primary" id="move-send" disabled=${busy}>${offer.title}</button><button type="button" class="secondary" id="move-cancel" onClick=${close}>${t('report_cancel')}</button></div>
    </form>`;
}
