// Photos of work: kept on the device first, and sent on ahead as far as the network goes.
import { Problem, wording } from '../api.js';
import { t } from '../i18n.js';
import { html, useEffect, useRef, useState } from '../preact.js';
import { store } from '../work/store.js';
import { blobOf, dropPhotos, keepPhoto, pictureOf, uploadPhoto } from './pictures.js';

/** @import { PhotoProps } from '../work/photos.js' */
/** @import { Picture } from './pictures.js' */
/** @typedef {{id: string, place?: Picture['place']}} Taken a photo that lies on this device; where it was taken, once the service has read that */

const MOST = 9;

/** A photo of this device. @param {{id: string, alt: string}} props */
export function LocalPhoto({ id, alt }) {
  const [address, show] = useState('');
  useEffect(() => {
    let made = '';
    pictureOf(id).then((picture) => {
      if (picture) show(made = URL.createObjectURL(blobOf(picture)));
    });
    return () => URL.revokeObjectURL(made);
  }, [id]);
  return html`<img src=${address || null} alt=${alt} />`;
}

/** Those that go with something, each to be left out again. @param {{photos: Taken[], drop?: (id: string) => void}} props */
export function PhotoStrip({ photos, drop }) {
  if (!photos.length) return null;
  return html`<ul class="photo-strip">${photos.map(({ id }, at) => html`
    <li key=${id}><${LocalPhoto} id=${id} alt=${t('photo_number', { n: at + 1 })} />
      ${drop && html`<button type="button" class="quiet" aria-label=${t('photo_drop', { n: at + 1 })} onClick=${() => drop(id)}>×</button>`}</li>`)}</ul>`;
}

/**
 * Keep photos on the device, and send them on ahead as far as the network goes.
 *
 * @param {string} territory
 * @param {File[]} files
 * @param {{taken: (photo: Taken) => void, sent?: (photo: Taken) => void, lost: (photo: Taken) => void, going: (left: number) => void, failed: (said: string) => void}} on
 */
export async function takePhotos(territory, files, { taken, sent, lost, going, failed }) {
  for (const [at, file] of files.entries()) {
    going(files.length - at);
    const { id, kept } = await keepPhoto(store().session?.account?.id ?? 0, file);
    if (!kept) failed(t('storage_full'));
    taken({ id });
    try {
      const { place } = await uploadPhoto(territory, id);
      sent?.({ id, place });
    } catch (problem) {
      if (problem instanceof Problem && problem.passing) continue; // it goes with what it belongs to
      failed(`${file.name}: ${wording(problem)}`);
      lost({ id });
      await dropPhotos([id]);
    }
  }
  going(0);
}

/** The control that takes some. @param {PhotoProps} props */
export function KeptPhotoControl({ territory, id, value, put, invalid, most = MOST, busy }) {
  const kept = /** @type {Taken[]} */ (value ?? []);
  const [sending, count] = useState(0);
  const [failed, fail] = useState('');
  const now = useRef(kept);
  now.current = kept;
  const set = (/** @type {Taken[]} */ next) => { now.current = next; put(next); };
  const without = (/** @type {string} */ gone) => now.current.filter(({ id: other }) => other !== gone);
  const take = async (/** @type {any} */ event) => {
    const input = event.currentTarget;
    const files = [...input.files].slice(0, most - kept.length);
    input.value = '';
    fail('');
    await takePhotos(territory.code, files, {
      going: (left) => { count(left); busy?.(left); }, failed: fail,
      taken: (photo) => set([...now.current, photo]), lost: (photo) => set(without(photo.id)),
      sent: (photo) => { if (photo.place) set(now.current.map((one) => (one.id === photo.id ? photo : one))); },
    });
  };
  return html`
    <${PhotoStrip} photos=${kept} drop=${(/** @type {string} */ gone) => { set(without(gone)); dropPhotos([gone]); }} />
    ${kept.length < most && html`<input id=${id} type="file" accept="image/*" multiple aria-invalid=${invalid || failed ? 'true' : null} disabled=${sending > 0} onChange=${take} />`}
    <p class="sending" role="status">${sending > 0 && t('photo_sending', { n: sending })}</p>
    ${failed && html`<p class="field-error" role="alert">${failed}</p>`}`;
}

/** @param {Taken[] | undefined} value */
export const keptIds = (value) => (value?.length ? value.map(({ id }) => id) : undefined);
