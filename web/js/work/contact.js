// How to answer the reporter: read for a reason, which is kept, and shown with what it is used for.
import { t } from '../i18n.js';
import { html, useState } from '../preact.js';
import { wording } from '../api.js';
import { contactOf } from './calls.js';

/** @import { Territory } from '../api.js' */
/** @import { Case } from './calls.js' */

const REASONS = /** @type {const} */ (['ask_place', 'ask_matter', 'tell_result', 'other']);

/** @param {{territory: Territory, report: Case}} props */
export function Contact({ territory, report }) {
  const [reason, choose] = useState('');
  const [words, write] = useState('');
  const [read, show] = useState(/** @type {Awaited<ReturnType<typeof contactOf>> | null} */ (null));
  const [refusal, refuse] = useState('');
  const why = reason === 'other' ? words.trim() : reason && t(`contact_${reason}`);
  const ask = async (/** @type {Event} */ event) => {
    event.preventDefault();
    refuse('');
    if (why.length < 2) {
      refuse(t('contact_needs_reason'));
      return;
    }
    try {
      show(await contactOf(territory.code, report.number, why));
    } catch (problem) {
      refuse(wording(problem));
    }
  };
  return html`
    <section class="contact"><h3>${t('contact')}</h3>
      ${read ? html`
        <dl id="contact-read">
          ${read.name && html`<dt>${t('report_name')}</dt><dd>${read.name}</dd>`}
          ${read.phone && html`<dt>${t('report_phone')}</dt><dd><a class="call" href=${`tel:${read.phone.replace(/[^\d+]/g, '')}`}>${read.phone}</a></dd>`}
          ${read.email && html`<dt>${t('email')}</dt><dd><a href=${`mailto:${read.email}`}>${read.email}</a></dd>`}
        </dl>` : html`
        <form onSubmit=${ask}>
          <label><span>${t('contact_why')}</span><select id="contact-reason" value=${reason} onChange=${(/** @type {any} */ event) => choose(event.currentTarget.value)}>
            <option value="">${t('choose_one')}</option>${REASONS.map((one) => html`<option value=${one}>${t(`contact_${one}`)}</option>`)}
          </select></label>
          ${reason === 'other' && html`<label><span>${t('need_reason')}</span><input id="contact-words" maxlength="200" value=${words} onInput=${(/** @type {any} */ event) => write(event.currentTarget.value)} /></label>`}
          <button class="secondary" id="contact-show">${t('contact_show')}</button>
          <small>${t('contact_kept')}</small>
        </form>`}
      ${refusal && html`<p class="field-error" role="alert">${refusal}</p>`}
    </section>`;
}
