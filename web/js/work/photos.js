// Photos of a case, what was before beside what is after; and the control that sends some with a move.
import { moment, t } from '../i18n.js';
import { html, useState } from '../preact.js';
import { Cover, covers } from './cover.js';
import { sendPhotos } from '../sending.js';

/** @import { Case } from './calls.js' */
/** @import { Props } from './controls.js' */
/** @import { CasePhoto } from 'service' */
/** @import { SentPhoto } from '../sending.js' */

const MOST = 9;
/** @typedef {Pick<Props, 'id' | 'value' | 'put' | 'invalid'> & {territory: {code: string}, most?: number, busy?: (left: number) => void}} PhotoProps `busy` hears how many are still on their way */

/** @param {{photo: CasePhoto, n: number, cover?: {territory: string, number: string}}} props */
function Shown({ photo, n, cover }) {
  const said = `${photo.title} · ${moment(photo.at)}`;
  return html`
    <li><figure data-photo=${photo.id}>
      <a href=${photo.large} target="_blank" rel="noopener"><img src=${photo.small} alt=${said} width=${photo.width} height=${photo.height} loading="lazy" /></a>
      <figcaption>${said}${photo.taken_at && html`<small>${t('photo_taken', { at: moment(photo.taken_at) })}</small>`}</figcaption>
    </figure>${cover && html`<${Cover} ...${cover} photo=${photo} n=${n} />`}</li>`;
}

/** Those that came with the report first, then what was done, which the public sees once it is covered. @param {{report: Case, territory?: string}} props with a territory they can be covered there */
export function Photos({ report: { photos, number }, territory }) {
  if (!photos.length) return null;
  const cover = territory && covers(territory) ? { territory, number } : undefined;
  const sides = [
    { side: 'before', some: photos.filter(({ version }) => version === 1) },
    { side: 'after', some: photos.filter(({ version }) => version > 1) },
  ].filter(({ some }) => some.length > 0);
  return html`
    <section class="photos" id="case-photos" aria-label=${t('photos')}>
      ${sides.map(({ side, some }) => html`
        <div key=${side} data-side=${side}><h3>${t(`photos_${side}`)}</h3><ul>${some.map((photo, i) => html`<${Shown} key=${photo.id} photo=${photo} n=${i + 1} cover=${side === 'after' ? cover : undefined} />`)}</ul></div>`)}
    </section>`;
}

/** @param {PhotoProps} props */
export function PhotoControl({ territory, id, value, put, invalid, most = MOST, busy }) {
  const kept = /** @type {SentPhoto[]} */ (value ?? []);
  const [sending, count] = useState(0);
  const [failed, fail] = useState('');
  const take = async (/** @type {any} */ event) => {
    const input = event.currentTarget;
    const files = [...input.files].slice(0, most - kept.length);
    input.value = '';
    fail('');
    let all = kept;
    await sendPhotos(territory.code, files, {
      going: (left) => {
        count(left);
        busy?.(left);
      },
      sent: (photo) => {
        all = [...all, photo];
        put(all);
      },
      failed: fail,
    });
  };
  return html`
    ${kept.length > 0 && html`<ul class="photo-strip">${kept.map((one, at) => html`
      <li key=${one.id}><img src=${one.small} alt=${t('photo_number', { n: at + 1 })} />
        <button type="button" class="quiet" aria-label=${t('photo_drop', { n: at + 1 })} onClick=${() => put(kept.filter(({ id: other }) => other !== one.id))}>×</button></li>`)}</ul>`}
    ${kept.length < most && html`<input id=${id} type="file" accept="image/*" multiple aria-invalid=${invalid || failed ? 'true' : null} disabled=${sending > 0} onChange=${take} />`}
    <p class="sending" role="status">${sending > 0 && t('photo_sending', { n: sending })}</p>
    ${failed && html`<p class="field-error" role="alert">${failed}</p>`}`;
}

/** @param {SentPhoto[] | undefined} value */
export const photoIds = (value) => (value?.length ? value.map(({ id }) => id) : undefined);
