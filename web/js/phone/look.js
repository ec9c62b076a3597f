// How the work screens look in the sun: black on white, whatever the device's theme is.

const STORE = 'wangge.look';
const { dataset } = document.documentElement;

export const inSunlight = () => dataset.look === 'sunlight';

/** @param {boolean} yes */
export function wearSunlight(yes) {
  if (yes) dataset.look = 'sunlight';
  else delete dataset.look;
  try { localStorage.setItem(STORE, yes ? 'sunlight' : ''); } catch { /* for now then */ }
}

try {
  if (localStorage.getItem(STORE) === 'sunlight') dataset.look = 'sunlight';
} catch { /* as the device looks */ }
