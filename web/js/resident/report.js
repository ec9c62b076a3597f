// Reporting: photos first, what, where, how to answer; all on one screen, or one thing a screen in large type. A draft survives a reload,
// and what was on its way goes on, under the same key, so that it is filed once.
import { categories as askCategories, newKey, Problem, wording } from '../api.js';
import { announce } from '../dom.js';
import { draftOf, dropDraft, keepDraft } from '../drafts.js';
import { t } from '../i18n.js';
import { html, useEffect, useRef, useState } from '../preact.js';
import { answersOf } from '../questions.js';
import { Submission, keepFollowed } from '../submit.js';
import { photoIds } from '../work/photos.js';
import { Failure } from '../work/parts.js';
import { isLarge } from './helping.js';
import { Receipt } from './receipt.js';
import { Similar } from './similar.js';
import { Contact, Photos, What } from './steps.js';
import { Where } from './where.js';

/** @import { Category, Report as Filed, Territory } from '../api.js' */
/** @import { SentPhoto } from '../sending.js' */
/** @import { ReportBody } from 'service' */
/** @typedef {{lon: number, lat: number, accuracy?: number}} Point */
/** @typedef {{photos: SentPhoto[], category: string, description: string, point: Point | null, inside: boolean, answers: Record<string, string>, name: string, phone: string, email: string, pending: {key: string, body: ReportBody} | null}} Draft `point` was chosen by whoever reports; `inside`: it has a base grid */
/** @typedef {Record<string, string>} Faults by step */
/** @typedef {{territory: Territory, categories: Category[], draft: Draft, put: (changes: Partial<Draft>) => void, fault: string, busy: (left: number) => void}} StepProps */

const STEPS = /** @type {const} */ (['photos', 'what', 'where', 'contact']);
const DRAWN = { photos: Photos, what: What, where: Where, contact: Contact };
/** @type {Draft} */
const EMPTY = { photos: [], category: '', description: '', point: null, inside: false, answers: {}, name: '', phone: '', email: '', pending: null };

/** @param {Draft} draft @param {Category[]} categories @returns {ReportBody} */
function bodyOf({ photos, category, description, point, answers, name, phone, email }, categories) {
  const contact = { ...(name.trim() && { name: name.trim() }), ...(phone.trim() && { phone: phone.trim() }), ...(email.trim() && { email: email.trim() }) };
  const { lon, lat, accuracy } = /** @type {Point} */ (point);
  const ids = photoIds(photos);
  const said = answersOf(categories.find(({ code }) => code === category), answers);
  return {
    lon, lat, category, ...(accuracy ? { accuracy } : {}), ...(description.trim() && { description: description.trim() }),
    ...(ids && { photos: ids }), ...(said && { answers: said }), ...(Object.keys(contact).length && { contact }),
  };
}

/** What keeps a draft from being sent. @param {Draft} draft @returns {Faults} */
function faultsOf({ category, point, inside }) {
  return { ...(!category && { what: t('report_need_category') }), ...(!(point && inside) && { where: t('r_need_place') }) };
}

/** Next to which step a refusal of the service stands. @param {Problem} problem */
function stepOf({ kind, fields }) {
  if (kind === 'outside-grid') return 'where';
  if (kind === 'unknown-photo') return 'photos';
  const field = fields[0]?.field ?? '';
  if (/^(lon|lat|accuracy)/.test(field)) return 'where';
  return field.startsWith('contact') ? 'contact' : 'what';
}

/** @param {{territory: Territory}} props */
export function Report({ territory }) {
  const form = `resident ${territory.code}`;
  const [draft, set] = useState(/** @type {Draft} */ ({ ...EMPTY, ...draftOf(form) }));
  const latest = useRef(draft);
  const [categories, know] = useState(/** @type {Category[] | null} */ (null));
  const [step, go] = useState(0);
  const [photosLeft, busy] = useState(0);
  const [faults, blame] = useState(/** @type {Faults} */ ({}));
  const [waiting, wait] = useState('');
  const [problem, fail] = useState(/** @type {unknown} */ (null));
  const [filed, done] = useState(/** @type {Filed | null} */ (null));
  const submission = useRef(/** @type {Submission | null} */ (null));
  const put = (/** @type {Partial<Draft>} */ changes) => {
    latest.current = { ...latest.current, ...changes };
    keepDraft(form, latest.current);
    set(latest.current);
  };
  const ask = () => { fail(null); askCategories(territory.code).then((told) => know(told.categories), fail); };

  const point = (/** @type {Faults} */ found) => {
    blame(found);
    const first = STEPS.findIndex((name) => found[name]);
    if (first < 0) return;
    go(first);
    announce(found[STEPS[first] ?? ''] ?? '');
    requestAnimationFrame(() => document.querySelector(`[data-step=${STEPS[first]}]`)?.scrollIntoView({ block: 'start' }));
  };
  const start = (/** @type {{key: string, body: ReportBody}} */ { key, body }) => {
    submission.current?.stop();
    submission.current = new Submission(territory.code, body, {
      sending: () => wait(t('report_sending')),
      waiting: (n, { status }) => wait(t(status === 0 ? 'report_offline' : 'report_busy', { n })),
      done: (receipt) => {
        dropDraft(form);
        keepFollowed(receipt);
        wait('');
        done(receipt);
        scrollTo(0, 0);
      },
      refused: (refusal) => {
        const step = refusal instanceof Problem ? stepOf(refusal) : 'contact';
        put({ pending: null, ...(step === 'photos' && { photos: [] }) });
        wait('');
        point({ [step]: wording(refusal) });
      },
    }, key);
    submission.current.send();
  };
  useEffect(() => {
    ask();
    if (latest.current.pending) start(latest.current.pending);
    return () => submission.current?.stop();
  }, []);
  const send = (/** @type {Event} */ event) => {
    event.preventDefault();
    const found = faultsOf(latest.current);
    if (Object.keys(found).length) {
      point(found);
      return;
    }
    blame({});
    const pending = { key: newKey(), body: bodyOf(latest.current, categories ?? []) };
    put({ pending });
    start(pending);
  };
  const again = () => {
    latest.current = EMPTY;
    set(EMPTY);
    go(0);
    done(null);
  };

  if (filed) return html`<${Receipt} filed=${filed} again=${again} />`;
  if (problem) return html`<${Failure} problem=${problem} again=${ask} />`;
  if (!categories) return html`<p class="loading">${t('loading')}</p>`;
  if (waiting) return html`<div class="note waiting" role="status"><p>${waiting}</p>${waiting !== t('report_sending') && html`<button type="button" class="secondary" onClick=${() => submission.current?.send()}>${t('report_retry')}</button>`}</div>`;
  const large = isLarge();
  const shown = large ? STEPS.slice(step, step + 1) : STEPS;
  const last = !large || step === STEPS.length - 1;
  return html`
    <form class="report" noValidate onSubmit=${send}>
      <h2 tabindex="-1">${t('report_title')}</h2>
      ${large && html`<p class="lead" id="progress">${t('r_step', { n: step + 1, of: STEPS.length })}</p>`}
      ${shown.map((name) => html`
        <section key=${name} data-step=${name} aria-label=${t(`r_${name}`)}>
          <${DRAWN[name]} territory=${territory} categories=${categories} draft=${draft} put=${put} fault=${faults[name] ?? ''} busy=${busy} />
          ${faults[name] && html`<p class="field-error" role="alert" id=${`${name}-error`}>${faults[name]}</p>`}
        </section>`)}
      ${(!large || last) && html`<${Similar} territory=${territory} draft=${draft} />`}
      <div class="doing ends">
        ${large && step > 0 && html`<button type="button" class="secondary" id="step-back" onClick=${() => go(step - 1)}>${t('r_back')}</button>`}
        ${last
          ? html`<button type="submit" class="primary" id="report-send" disabled=${photosLeft > 0}>${t('report_send')}</button>`
          : html`<button type="button" class="primary" id="step-next" key="next" onClick=${() => { go(step + 1); scrollTo(0, 0); }}>${t('r_next')}</button>`}
      </div>
    </form>`;
}
