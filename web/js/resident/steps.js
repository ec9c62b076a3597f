// The steps of a report but the place: photos, what it is about, how to answer.
import { named, t } from '../i18n.js';
import { html } from '../preact.js';
import { Questions } from '../questions.js';
import { Suggested } from '../suggested.js';
import { KeptPhotoControl } from '../phone/keptphotos.js';

/** @import { StepProps } from './report.js' */
/** @import { Taken } from '../phone/keptphotos.js' */

const MOST = 6;
const LONGEST = 2000;
/** @param {any} event @returns {string} */
const valueOf = (event) => event.currentTarget.value;

/** @param {StepProps} props */
export function Photos({ territory, draft, put, busy }) {
  return html`
    <h3>${t('r_photos')}</h3>
    <div class="taking">
      ${draft.photos.length < MOST && html`<label class="secondary" for="report-photos">${t('r_take')}</label>`}
      <${KeptPhotoControl} territory=${territory} id="report-photos" value=${draft.photos} put=${(/** @type {Taken[]} */ photos) => put({ photos })} invalid=${false} most=${MOST} busy=${busy} />
    </div>
    <small>${t('report_photos_hint')}</small>`;
}

/** @param {StepProps} props */
export function What({ territory, categories, draft, put, fault }) {
  return html`
    <div class="field"><label for="report-description">${t('report_description')}</label>
      <textarea id="report-description" rows="3" maxlength=${LONGEST} value=${draft.description} aria-describedby="description-hint" onInput=${(/** @type {any} */ event) => put({ description: valueOf(event) })}></textarea>
      <small id="description-hint">${t('report_description_hint')}</small></div>
    <h3 id="what">${t('report_category')}</h3>
    <${Suggested} territory=${territory.code} words=${draft.description} categories=${categories} chosen=${draft.category} choose=${(/** @type {string} */ category) => put({ category })} />
    <div class="chips" role="radiogroup" aria-labelledby="what" aria-describedby=${fault ? 'what-error' : null}>${categories.map(({ code, name }) => html`
      <label key=${code}><input type="radio" name="category" value=${code} checked=${draft.category === code} onChange=${() => put({ category: code })} /><span>${named(name, code)}</span></label>`)}</div>
    <${Questions} category=${categories.find(({ code }) => code === draft.category)} answers=${draft.answers} put=${(/** @type {Record<string, string>} */ answers) => put({ answers })} />`;
}

const CONSENTS = /** @type {const} */ (['', 'spoken', 'written']);

/** Of staff, who may file for somebody that stands before them and agreed to it. @param {Pick<StepProps, 'draft' | 'put'>} props */
function Behalf({ draft, put }) {
  return html`
    <h3 id="behalf">${t('r_behalf')}</h3>
    <div class="chips" role="radiogroup" aria-labelledby="behalf">${CONSENTS.map((one) => html`
      <label key=${one}><input type="radio" name="consent" value=${one} checked=${draft.consent === one} onChange=${() => put({ consent: one })} /><span>${t(`r_consent_${one || 'none'}`)}</span></label>`)}</div>
    <small>${t('r_behalf_hint')}</small>`;
}

/** @param {StepProps} props */
export function Contact({ draft, put, account }) {
  return html`
    ${account > 0 && html`<${Behalf} draft=${draft} put=${put} />`}
    <h3>${t('report_contact')}</h3>
    <p class="lead">${t('r_contact_why')}</p>
    <div class="pair">
      <div class="field"><label for="report-name">${t('report_name')}</label><input id="report-name" autocomplete="name" maxlength="100" value=${draft.name} onInput=${(/** @type {any} */ event) => put({ name: valueOf(event) })} /></div>
      <div class="field"><label for="report-phone">${t('report_phone')}</label><input id="report-phone" type="tel" autocomplete="tel" maxlength="40" value=${draft.phone} onInput=${(/** @type {any} */ event) => put({ phone: valueOf(event) })} /></div>
      <div class="field"><label for="report-email">${t('report_email')}</label><input id="report-email" type="email" autocomplete="email" maxlength="254" value=${draft.email} onInput=${(/** @type {any} */ event) => put({ email: valueOf(event) })} /></div>
    </div>`;
}
