// Photos on their way: one after the other, so that a slow line loses one at most; what fails is told by its file's name.
import { sendPhoto, wording } from './api.js';

/** @typedef {{id: string, small: string, place?: {lon: number, lat: number}}} SentPhoto what is kept of a photo that was sent; `place` is what the camera says */
/**
 * @typedef {object} Told how they fare
 * @property {(left: number) => void} going how many are still to be sent; 0 in the end
 * @property {(photo: SentPhoto) => void} sent
 * @property {(said: string) => void} failed
 */

/** @param {string} territory @param {File[]} files @param {Told} on */
export async function sendPhotos(territory, files, on) {
  for (const [at, file] of files.entries()) {
    on.going(files.length - at);
    try {
      const { id, small, place } = await sendPhoto(territory, file);
      on.sent({ id, small, ...(place && { place }) });
    } catch (problem) {
      on.failed(`${file.name}: ${wording(problem)}`);
    }
  }
  on.going(0);
}
