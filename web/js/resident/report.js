// Reporting: photos first, what, where, how to answer; all on one screen, or one thing a screen in large type. A draft and its photos stay on
// the device, with a network or without; what was on its way goes on, under the same key, so that it is filed once.
import { Problem, categories as askCategories, newKey, session, wording } from '../api.js';
import { announce } from '../dom.js';
import { fileReport } from '../filing.js';
import { t } from '../i18n.js';
import { html, useEffect, useRef, useState } from '../preact.js';
import { keepCategories, recallCategories } from '../phone/keeping.js';
import { happenedAt } from '../phone/lateness.js';
import { dropPhotos, withPhotos } from '../phone/pictures.js';
import { dropReportDraft, keepReportDraft, onReportDraft, reportDraft } from '../phone/reportdrafts.js';
import { bodyOf, faultsOf, stepOf } from '../reporting.js';
import { Submission, keepFollowed } from '../submit.js';
import { Failure } from '../work/parts.js';
import { isLarge } from './helping.js';
import { Receipt } from './receipt.js';
import { Similar } from './similar.js';
import { Contact, Photos, What } from './steps.js';
import { Where } from './where.js';

/** @import { Category, Report as Filed, Territory } from '../api.js' */
/** @import { Taken } from '../phone/keptphotos.js' */
/** @import { ReportBody } from 'service' */
/** @import { Point, Told } from '../reporting.js' */
/** @typedef {Told & {photos: Taken[], pending: Pending | null}} Draft */
/** @typedef {{key: string, body: ReportBody, photos: string[], at: number, tried: boolean}} Pending what is on its way: without its photos, which lie on this device; `tried`: from then on it is sent as it is */
/** @typedef {Record<string, string>} Faults by step */
/** @typedef {{territory: Territory, categories: Category[], draft: Draft, put: (changes: Partial<Draft>) => void, fault: string, busy: (left: number) => void}} StepProps */

const STEPS = /** @type {const} */ (['photos', 'what', 'where', 'contact']);
const DRAWN = { photos: Photos, what: What, where: Where, contact: Contact };
/** @type {Draft} */
const EMPTY = { photos: [], category: '', description: '', point: null, inside: false, answers: {}, name: '', phone: '', email: '', consent: '', pending: null };

/** @param {{territory: Territory}} props */
export function Report({ territory }) {
  const { code } = territory;
  const [draft, set] = useState(/** @type {Draft} */ ({ ...EMPTY, ...reportDraft(code) }));
  const latest = useRef(draft);
  const [categories, know] = useState(/** @type {Category[] | null} */ (null));
  const [step, go] = useState(0);
  const [photosLeft, busy] = useState(0);
  const [faults, blame] = useState(/** @type {Faults} */ ({}));
  const [waiting, wait] = useState('');
  const [problem, fail] = useState(/** @type {unknown} */ (null));
  const [filed, done] = useState(/** @type {{receipt: Filed, behalf: boolean} | null} */ (null));
  const submission = useRef(/** @type {Submission | null} */ (null));
  const put = (/** @type {Partial<Draft>} */ changes) => {
    latest.current = { ...latest.current, ...changes };
    keepReportDraft(code, latest.current);
    set(latest.current);
  };
  const ask = () => {
    fail(null);
    askCategories(code).then((told) => {
      know(told.categories);
      keepCategories(code, told.categories).catch((refusal) => console.warn(refusal));
    }, async (refusal) => {
      const kept = await recallCategories(code);
      if (kept) know(kept);
      else fail(refusal);
    });
  };

  const point = (/** @type {Faults} */ found) => {
    blame(found);
    const first = STEPS.findIndex((name) => found[name]);
    if (first < 0) return;
    go(first);
    announce(found[STEPS[first] ?? ''] ?? '');
    requestAnimationFrame(() => document.querySelector(`[data-step=${STEPS[first]}]`)?.scrollIntoView({ block: 'start' }));
  };
  const file = async () => {
    const { key, body, photos, tried, at } = /** @type {Pending} */ (latest.current.pending);
    if (!tried) {
      await session(); // tells the service's time; without a network there is no try
      put({ pending: { key, body: { ...body, ...happenedAt(at) }, photos, at, tried: true } });
    }
    const whole = latest.current.pending?.body ?? body;
    return withPhotos(code, photos, (ids) => fileReport(code, { ...whole, ...(ids.length && { photos: ids }) }, key));
  };
  const start = () => {
    submission.current?.stop();
    submission.current = new Submission(file, {
      sending: () => wait(t('report_sending')),
      waiting: (n, { status }) => wait(t(status === 0 ? 'report_offline' : 'report_busy', { n })),
      done: (receipt) => {
        dropPhotos(latest.current.photos.map(({ id }) => id));
        dropReportDraft(code);
        keepFollowed(receipt);
        wait('');
        done({ receipt, behalf: Boolean(latest.current.consent) });
        scrollTo(0, 0);
      },
      refused: (refusal) => {
        const step = refusal instanceof Problem ? stepOf(refusal) : 'contact';
        put({ pending: null, ...(step === 'photos' && { photos: [] }) });
        wait('');
        point({ [step]: wording(refusal) });
      },
    });
    submission.current.send();
  };
  /** What another tab has made of it. */
  const follow = () => {
    const before = latest.current.pending?.key;
    latest.current = { ...EMPTY, ...reportDraft(code) };
    set(latest.current);
    if (latest.current.pending?.key === before) return;
    wait('');
    submission.current?.stop();
    if (latest.current.pending) start();
  };
  useEffect(() => {
    ask();
    if (latest.current.pending) start();
    const deaf = onReportDraft(code, follow);
    return () => {
      deaf();
      submission.current?.stop();
    };
  }, []);
  const send = (/** @type {Event} */ event) => {
    event.preventDefault();
    const found = Object.entries(faultsOf(latest.current));
    if (found.length) {
      point(Object.fromEntries(found.map(([name, text]) => [name, t(text)])));
      return;
    }
    blame({});
    put({ pending: { key: newKey(), body: bodyOf(latest.current, categories ?? []), photos: latest.current.photos.map(({ id }) => id), at: Date.now(), tried: false } });
    start();
  };
  const again = () => {
    latest.current = EMPTY;
    set(EMPTY);
    go(0);
    done(null);
  };

  if (filed) return html`<${Receipt} filed=${filed.receipt} behalf=${filed.behalf} again=${again} />`;
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
