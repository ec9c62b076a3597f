// A case as its reporter follows it: how far it is, who answers, by when, what was said and done, and what they may do now.
import { Problem, reportable as askCategories, wording } from '../api.js';
import { announce } from '../dom.js';
import { followLink } from '../followlink.js';
import { followed, forget, fragment, remember } from '../followed.js';
import { language, moment, named, t } from '../i18n.js';
import { html, useEffect, useState } from '../preact.js';
import { Failure, Host, placeOf } from '../work/parts.js';
import { go } from '../work/route.js';
import { Acting } from './acting.js';
import { caseOf, does, replaceSecret } from './calls.js';

/** @import { Category, Territory } from '../api.js' */
/** @import { Which } from './calls.js' */
/** @import { FollowedCase, FollowedEntry, FollowedPhoto, ReporterMoveBody } from 'service' */

/** @param {{which: Which, territory: Territory}} props */
export function Follow({ which, territory }) {
  const [told, tell] = useState(/** @type {FollowedCase | null} */ (null));
  const [categories, know] = useState(/** @type {Category[]} */ ([]));
  const [problem, fail] = useState(/** @type {unknown} */ (null));
  const ask = () => {
    fail(null);
    caseOf(which).then((found) => {
      tell(found);
      remember({ ...which, territory: territory.code, category: found.category, at: found.received_at });
    }, fail);
  };
  useEffect(() => { askCategories(territory.code).then(know, () => { /* then by its code */ }); }, []);
  useEffect(() => {
    ask();
    const looked = () => { if (document.visibilityState === 'visible') ask(); };
    document.addEventListener('visibilitychange', looked);
    return () => document.removeEventListener('visibilitychange', looked);
  }, [language()]);
  /** @param {ReporterMoveBody} body @returns {Promise<string>} why it was not done; empty when it was */
  const act = async (body) => {
    try {
      const next = await does(which, body, told?.version ?? 0);
      tell(next);
      announce(t('r_thanks'));
      return '';
    } catch (refusal) {
      if (refusal instanceof Problem && refusal.kind === 'stale') {
        ask();
        return t('r_stale');
      }
      return wording(refusal);
    }
  };
  if (problem instanceof Problem && problem.status === 404) return html`<${Gone} which=${which} />`;
  if (problem && !told) return html`<${Failure} problem=${problem} again=${ask} />`;
  if (!told) return html`<p class="loading">${t('loading')}</p>`;
  const category = named(categories.find(({ code }) => code === told.category)?.name, told.category);
  return html`
    <article class="followed" data-stage=${told.stage}>
      ${told.supporting && html`<p class="note" id="supporting">${t('r_supporting')}</p>`}
      <p class="eyebrow">${t('report_number')} <output id="case-number">${told.number}</output></p>
      <h2 tabindex="-1">${category}</h2>
      ${told.description && html`<p class="description">${told.description}</p>`}
      <p><small>${placeOf(told).join(' › ')}</small></p>
      <${Stages} told=${told} />
      ${told.moves.length > 0 && html`<${Acting} told=${told} territory=${territory} act=${act} />`}
      <section aria-label=${t('r_history')}><h3>${t('r_history')}</h3>
        <ol class="entries">${[...told.entries].reverse().map((entry) => html`<${Entry} key=${`${entry.at} ${entry.move}`} entry=${entry} other=${told.supporting} />`)}</ol></section>
      <${Link} which=${which} other=${told.supporting} />
    </article>`;
}

/** @param {{told: FollowedCase}} props */
function Stages({ told }) {
  const names = [...(told.desk ? [named(told.desk.name, told.desk.code)] : []), ...told.parties.map((name) => named(name))];
  const done = told.stage === 'closed';
  return html`
    <ol class="stages" aria-label=${t('r_how_far')}>${told.stages.map(({ stage, title, since }) => html`
      <li key=${stage} class=${since ? 'reached' : ''} aria-current=${stage === told.stage ? 'step' : null}><strong>${title}</strong>${since && html`<small>${moment(since)}</small>`}</li>`)}</ol>
    ${done && told.state !== 'closed' && html`<p id="ended">${told.state_title}</p>`}
    ${told.merged && html`<p class="note">${t('r_merged')}</p>`}
    ${told.parked && html`<p class="note">${t('r_parked')}</p>`}
    ${names.length > 0 && html`<p id="answering">${t(done ? 'r_answered_by' : 'r_answering', { names: [...new Set(names)].join(t('comma')) })}</p>`}
    ${told.supports > 0 && html`<p id="supports">${t('r_supports', { n: told.supports })}</p>`}
    ${told.due?.at && html`<p id="due">${t(`r_due_${told.due.step}`, { at: moment(told.due.at) })}</p>`}`;
}

/** @param {{entry: FollowedEntry, other: boolean}} props `other`: somebody else's, which is supported */
function Entry({ entry: { at, move, own, text, score, photos }, other }) {
  const whose = other && move === 'receive' ? '_other' : own && move === 'add' ? '_own' : '';
  return html`
    <li class=${own ? 'own' : ''} data-move=${move}>
      <strong>${t(`r_did_${move.replaceAll('-', '_')}${whose}`)}</strong> <small>${moment(at)}</small>
      ${score && html`<p>${t(`score_${score}`)}</p>`}
      ${text && html`<p class="text">${text}</p>`}
      ${photos.length > 0 && html`<ul class="photo-strip">${photos.map((/** @type {FollowedPhoto} */ photo, /** @type {number} */ n) => html`
        <li key=${photo.id}><a href=${photo.large} target="_blank" rel="noopener"><img src=${photo.small} alt=${t('photo_number', { n: n + 1 })} /></a></li>`)}</ul>`}
    </li>`;
}

/** The link itself, to be kept or sent on, to be replaced when others have it, or forgotten on this device. @param {{which: Which, other: boolean}} props */
function Link({ which, other }) {
  const [said, say] = useState('');
  const renew = async () => {
    if (!confirm(t('r_renew_sure'))) return;
    try {
      const { secret } = await replaceSecret(which);
      const kept = followed().find(({ number }) => number === which.number);
      if (kept) remember({ ...kept, secret });
      go(fragment({ ...which, secret }), { replace: true });
    } catch (problem) {
      say(wording(problem));
    }
  };
  const drop = () => {
    if (!confirm(t('r_forget_sure'))) return;
    forget(which);
    location.hash = '#mine';
  };
  return html`
    <details class="own-link"><summary>${t('follow_link')}</summary>
      <${Host} when=${[which.secret, language()]} draw=${(/** @type {HTMLElement} */ node) => node.replaceChildren(followLink(which))} />
      <p class="doing">${!other && html`<button type="button" class="secondary" id="renew" onClick=${renew}>${t('r_renew')}</button>`}
        <button type="button" class="secondary" id="forget" onClick=${drop}>${t('r_forget')}</button></p>
      ${said && html`<p class="field-error" role="alert">${said}</p>`}
    </details>`;
}

/** @param {{which: Which}} props */
function Gone({ which }) {
  return html`<div class="note failed" role="alert"><p>${t('r_no_case')}</p></div>
    <p class="doing"><button type="button" class="secondary" onClick=${() => { forget(which); location.hash = '#mine'; }}>${t('r_forget')}</button></p>`;
}
