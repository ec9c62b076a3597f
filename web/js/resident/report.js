// Reporting: photos first, what, where, how to answer; all on one screen, or one thing a screen in large type. A draft and its photos stay on
// the device, with a network or without; what was on its way goes on, under the same key, so that it is filed once.
import { Problem, isTaken, newKey, reportable as askCategories, session, wording } from '../api.js';
import { announce } from '../dom.js';
import { fileReport } from '../filing.js';
import { t } from '../i18n.js';
import { html, useEffect, useRef, useState } from '../preact.js';
import { keepCategories, recallCategories } from '../phone/keeping.js';
import { happenedAt } from '../phone/lateness.js';
import { dropPhotos, withPhotos } from '../phone/pictures.js';
import { dropReportDraft, keepReportDraft, onReportDraft, ownerOf, reportDraft } from '../phone/reportdrafts.js';
import { inTurn } from '../phone/turns.js';
import { bodyOf, faultsOf, stepOf } from '../reporting.js';
import { Submission, keepFollowed } from '../submit.js';
import { Failure } from '../work/parts.js';
import { FiledToday, noteFiled } from './counter.js';
import { isLarge } from './helping.js';
import { Expected } from './outcomes.js';
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
/** @typedef {{territory: Territory, categories: Category[], draft: Draft, put: (changes: Partial<Draft>) => void, fault: string, busy: (left: number) => void, account: number}} StepProps */

const STEPS = /** @type {const} */ (['photos', 'what', 'where', 'contact']);
const DRAWN = { photos: Photos, what: What, where: Where, contact: Contact };
/** @type {Draft} */
const EMPTY = { photos: [], category: '', description: '', asset: '', point: null, inside: false, answers: {}, name: '', phone: '', email: '', consent: '', pending: null };

/** @param {{territory: Territory, account: number, another: (account: number) => void}} props `account`: whose drafts are shown, 0 where nobody is signed in; `another` hears that it is another's turn */
export function Report({ territory, account, another }) {
  const { code } = territory;
  const owner = useRef(ownerOf(code, account));
  const kept = () => /** @type {Draft} */ ({ ...EMPTY, ...reportDraft(code, owner.current) });
  const [draft, set] = useState(kept);
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
    const before = owner.current;
    if (!latest.current.pending) owner.current = account; // what was nobody's is theirs who go on with it
    latest.current = { ...latest.current, ...changes };
    keepReportDraft(code, owner.current, latest.current);
    if (owner.current !== before) dropReportDraft(code, before);
    set(latest.current);
  };
  const ask = () => {
    fail(null);
    askCategories(code).then((told) => {
      know(told);
      keepCategories(code, told).catch((refusal) => console.warn(refusal));
    }, async (refusal) => {
      const kept = await recallCategories(code);
      if (kept) know(kept.filter(isTaken));
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
  const file = () => inTurn(`wangge.report ${code}`, async () => {
    const now = (await session()).account?.id ?? 0; // tells the service's time, too; without a network there is no try
    if (owner.current && owner.current !== now) {
      another(now);
      throw new Problem({}, 0); // it waits for whose it is
    }
    const { pending } = kept();
    if (pending?.key !== latest.current.pending?.key) follow();
    if (!pending || pending.key !== latest.current.pending?.key) throw new Problem({}, 0); // another tab was quicker
    const tried = pending.tried ? pending : { ...pending, body: { ...pending.body, ...happenedAt(pending.at) }, tried: true };
    put({ pending: tried });
    const { key, body, photos } = tried;
    return withPhotos(code, photos, (ids) => fileReport(code, { ...body, ...(ids.length && { photos: ids }) }, key));
  });
  const start = () => {
    submission.current?.stop();
    submission.current = new Submission(file, {
      sending: () => wait(t('report_sending')),
      waiting: (n, { status }) => wait(t(status === 0 ? 'report_offline' : 'report_busy', { n })),
      done: (receipt) => {
        dropPhotos(latest.current.photos.map(({ id }) => id));
        dropReportDraft(code, owner.current);
        keepFollowed(receipt);
        wait('');
        const behalf = Boolean(account && latest.current.consent);
        if (behalf) noteFiled(account, receipt);
        done({ receipt, behalf });
        scrollTo(0, 0);
      },
      refused: (refusal) => {
        const bad = refusal instanceof Problem ? refusal.photo : '';
        const step = bad ? 'photos' : refusal instanceof Problem ? stepOf(refusal) : 'contact';
        if (bad) dropPhotos([bad]);
        put({ pending: null, photos: latest.current.photos.filter(({ id }) => id !== bad) });
        wait('');
        point({ [step]: wording(refusal) });
      },
    });
    submission.current.send();
  };
  /** What another tab has made of it. */
  const follow = () => {
    const before = latest.current.pending?.key;
    owner.current = ownerOf(code, account);
    latest.current = kept();
    set(latest.current);
    if (latest.current.pending?.key === before) return;
    wait('');
    submission.current?.stop();
    if (latest.current.pending) start();
  };
  useEffect(() => {
    ask();
    if (latest.current.pending) start();
    const deaf = onReportDraft(code, account, follow);
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
    put({ pending: { key: newKey(), body: bodyOf({ ...latest.current, consent: account ? latest.current.consent : '' }, categories ?? []), photos: latest.current.photos.map(({ id }) => id), at: Date.now(), tried: false } });
    start();
  };
  const again = () => {
    latest.current = EMPTY;
    set(EMPTY);
    go(0);
    done(null);
  };

  const today = account > 0 && html`<${FiledToday} territory=${code} account=${account} categories=${categories ?? []} />`;
  if (filed) return html`<${Receipt} filed=${filed.receipt} behalf=${filed.behalf} again=${again} />${today}`;
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
          <${DRAWN[name]} territory=${territory} categories=${categories} draft=${draft} put=${put} fault=${faults[name] ?? ''} busy=${busy} account=${account} />
          ${faults[name] && html`<p class="field-error" role="alert" id=${`${name}-error`}>${faults[name]}</p>`}
        </section>`)}
      ${(!large || last) && html`<${Expected} territory=${territory} categories=${categories} category=${draft.category} point=${draft.point} inside=${draft.inside} /><${Similar} territory=${territory} draft=${draft} />`}
      <div class="doing ends">
        ${large && step > 0 && html`<button type="button" class="secondary" id="step-back" onClick=${() => go(step - 1)}>${t('r_back')}</button>`}
        ${last
          ? html`<button type="submit" class="primary" id="report-send" disabled=${photosLeft > 0}>${t('report_send')}</button>`
          : html`<button type="button" class="primary" id="step-next" key="next" onClick=${() => { go(step + 1); scrollTo(0, 0); }}>${t('r_next')}</button>`}
      </div>
    </form>
    ${today}`;
}
