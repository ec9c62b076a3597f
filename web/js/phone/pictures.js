// Photos that were taken and are not yet with the service: kept on the device until what they belong to has arrived.
import { Problem, newKey, sendPhoto } from '../api.js';
import { t } from '../i18n.js';
import { read, readAll, remove, write } from './database.js';

/** @typedef {{id: string, account: number, bytes: ArrayBuffer, type: string, key: string, sent: string, at: number}} Picture `sent` is its id at the service, empty until it is there */

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

/** Send a photo unless it is with the service already; gives its id there. @param {string} territory @param {string} id */
export async function uploadPhoto(territory, id) {
  const picture = await pictureOf(id);
  if (!picture) throw new Problem({ detail: t('photo_gone') }, 404);
  if (picture.sent) return picture.sent;
  const { id: sent } = await sendPhoto(territory, blobOf(picture), picture.key);
  await put({ ...picture, sent });
  return sent;
}

/** The service has given up waiting for them: they are sent anew. @param {string[]} ids */
export async function resendPhotos(ids) {
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
