// What lies on the device and is wanted by nobody any more goes.
import { readAll } from './database.js';
import { dropPhotos, sweepPhotos } from './pictures.js';
import { draftedPhotos, dropDraftsOf, dropOldDrafts } from './reportdrafts.js';

/** Drop drafts, and photos, that nobody has gone on with for long. */
export async function tidy() {
  dropOldDrafts();
  const waiting = /** @type {{photos: string[]}[]} */ (await readAll('outbox'));
  await sweepPhotos(new Set([...waiting.flatMap(({ photos }) => photos), ...draftedPhotos()]));
}

/** Who signs out leaves no draft of a report behind, with its photos; what is on its way waits for them. @param {number} account */
export const forgetDrafts = (account) => dropPhotos(dropDraftsOf(account));
