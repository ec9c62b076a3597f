// Photos that were taken and are not yet with the service: kept on the device until what they belong to has arrived.
import { Problem, newKey, sendPhoto } from '../api.js';
import { t } from '../i18n.js';
import { read, readAll, remove, write } from './database.js';

/** @import { Photo } from 'service' */
/** @typedef {{id: string, account: number, bytes: ArrayBuffer, type: string, key: string, sent: string, at: number, place?: Photo['place']}} Picture `sent` is its id at the service, empty until it is there; `place` is what the camera says */

/** Those that nothing refers to any more go after a week: a draft may still want them. */
const SPARE_MS = 7 * 86_400_000;
/** Where the device takes nothing more, a photo lives as long as the page. @type {Map<string, Picture>} */
const onPage = new Map();

/** Keep a photo; `kept` is false where there is no room for it. @param {number} account @param {Blob} blob */
export async function keepPhoto(account, blob) {
  // Bytes rather than the blob, which a browser may keep as a file of its own: they are written with the rest or not at all.
  const picture = { id: newKey(), account, bytes: await blob.arrayBuffer(), type: blob.type, key: newKey(), sent: '', at: Date.now() };
  try {
    await write('photos', picture);
    return { id: picture.id, kept: true };
  } catch (problem) {
    console.warn(problem);
    onPage.set(picture.id, picture);
    return { id: picture.id, kept: false };
  }
}

/** @param {string} id @returns {Promise<Picture | undefined>} */
export const pictureOf = async (id) => onPage.get(id) ?? read('photos', id).catch(() => undefined);

/** @param {Picture} picture */
export const blobOf = ({ bytes, type }) => new Blob([bytes], { type });

/** @param {Picture} picture */
const put = (picture) => (onPage.has(picture.id) ? onPage.set(picture.id, picture) : write('photos', picture));

/** Send a photo unless it is with the service already; gives its id there, and where it was taken. @param {string} territory @param {string} id */
export async function uploadPhoto(territory, id) {
  const picture = await pictureOf(id);
  if (!picture) throw new Problem({ detail: t('photo_gone') }, 404);
  if (picture.sent) return { sent: picture.sent, place: picture.place };
  const { id: sent, place } = await sendPhoto(territory, blobOf(picture), picture.key);
  await put({ ...picture, sent, place });
  return { sent, place };
}

/**
 * Do something with photos of this device: first they go to the service, those that it has given up waiting for once more.
 *
 * @template T
 * @param {string} territory
 * @param {string[]} photos ids on this device
 * @param {(ids: string[]) => Promise<T>} act with their ids at the service
 * @returns {Promise<T>} a photo that is refused is named by the problem
 */
export async function withPhotos(territory, photos, act) {
  const sent = async () => {
    const ids = [];
    for (const id of photos) {
      const { sent: there } = await uploadPhoto(territory, id).catch((problem) => {
        if (problem instanceof Problem) problem.photo = id;
        throw problem;
      });
      ids.push(there);
    }
    return ids;
  };
  try {
    return await act(await sent());
  } catch (problem) {
    if (!(problem instanceof Problem && problem.kind === 'unknown-photo')) throw problem;
    await resendPhotos(photos);
    return act(await sent());
  }
}

/** The service has given up waiting for them: they are sent anew. @param {string[]} ids */
async function resendPhotos(ids) {
  for (const id of ids) {
    const picture = await pictureOf(id);
    if (picture) await put({ ...picture, sent: '', key: newKey() });
  }
}

/** @param {string[]} ids */
export async function dropPhotos(ids) {
  for (const id of ids) {
    onPage.delete(id);
    await remove('photos', id).catch((problem) => console.warn(problem));
  }
}

/** Drop what was taken long ago and is wanted by nothing. @param {Set<string>} wanted */
export async function sweepPhotos(wanted) {
  const all = /** @type {Picture[]} */ (await readAll('photos'));
  await dropPhotos(all.filter(({ id, at }) => !wanted.has(id) && at < Date.now() - SPARE_MS).map(({ id }) => id));
}
