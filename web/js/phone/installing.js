// The program kept on the device by its service worker; a newer one is told, and taken when somebody says so.
import { change } from '../work/store.js';

const ASK_AGAIN_MS = 3_600_000;

/** Keep the work screens on the device, where the browser does such a thing: over https, or on the machine itself. */
export async function keepProgram() {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return;
  serviceWorker.addEventListener('message', ({ data }) => { if (data?.hash) location.hash = data.hash; }); // a notice was pressed
  const known = Boolean(serviceWorker.controller);
  try {
    const registration = await serviceWorker.register('shell.js', { scope: 'work' });
    const look = () => {
      const { waiting } = registration;
      if (waiting && serviceWorker.controller) change({ newer: waiting });
    };
    look();
    registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', look));
    setInterval(() => { registration.update().catch(() => { /* no network: later */ }); }, ASK_AGAIN_MS);
  } catch (problem) {
    console.warn(problem);
    return;
  }
  // The first one takes the page over as it is; a later one brings other files, which are not to be mixed with these.
  if (known) serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
}

/** Go on with the newer program; what was typed is kept. @param {ServiceWorker} newer */
export const takeNewer = (newer) => newer.postMessage('take-over');
