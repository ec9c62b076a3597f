// The program kept on the device by its service worker; a newer one is told, and taken when somebody says so.

const ASK_AGAIN_MS = 3_600_000;

/**
 * Keep a page on the device, where the browser does such a thing: over https, or on the machine itself.
 *
 * @param {string} page its address, which is all that the worker sees to
 * @param {string} script the worker's
 * @param {(newer: ServiceWorker, early: boolean) => void} told hears of a newer program; `early`: it waited already when the page was opened
 */
export async function keepProgram(page, script, told) {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return;
  serviceWorker.addEventListener('message', ({ data }) => { if (data?.hash) location.hash = data.hash; }); // a notice was pressed
  const known = Boolean(serviceWorker.controller);
  // The first one takes the page over as it is; a later one brings other files, which are not to be mixed with these.
  if (known) serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
  try {
    const registration = await serviceWorker.register(script, { scope: page });
    const look = (early = false) => {
      const { waiting } = registration;
      if (waiting && serviceWorker.controller) told(waiting, early);
    };
    look(true);
    registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', () => look()));
    setInterval(() => { registration.update().catch(() => { /* no network: later */ }); }, ASK_AGAIN_MS);
  } catch (problem) {
    console.warn(problem);
  }
}

/** Go on with the newer program; what was typed is kept. @param {ServiceWorker} newer @param {boolean} [alone] only where no other tab has the page open */
export const takeNewer = (newer, alone = false) => newer.postMessage(alone ? 'take-over-alone' : 'take-over');
