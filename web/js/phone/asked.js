// The photos that a category asks for when a case of it is reported back: what the service says too, told where there is no network.

/** @type {Record<string, (before: number) => number>} */
const LEAST = { after: () => 1, 'before-and-after': (before) => (before ? 1 : 2) };

/** So many photos must come with a report back. @param {string | undefined} asked by the category @param {number} before photos that the case has */
export const leastPhotos = (asked, before) => LEAST[asked ?? '']?.(before) ?? 0;
