// A file that is sent: tried first or taken, what came of it, and why it was refused.
import { announce } from './dom.js';
import { useRef, useState } from './preact.js';

/** Of coordinates in files, as the service calls them. */
export const DATUMS = ['wgs84', 'gcj02', 'bd09', 'cgcs2000'];

/**
 * What a form with a file needs: `chooser` goes to its input, `submit` sends, to be tried alone or for good.
 *
 * @template T
 * @param {(file: File, trial: boolean) => Promise<T>} send
 * @param {string} said what is told to who hears the page once it is done
 * @param {() => void} [after] what follows a file that was taken
 */
export function useChosenFile(send, said, after) {
  const [file, pick] = useState(/** @type {File | null} */ (null));
  const [taken, tell] = useState(/** @type {T | null} */ (null));
  const [problem, refuse] = useState(/** @type {unknown} */ (null));
  const [busy, wait] = useState(false);
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  // A file that is put right meanwhile is another one for the browser: it is chosen anew.
  const clear = () => {
    pick(null);
    if (input.current) input.current.value = '';
  };
  const submit = async (trial = false) => {
    if (!file) return;
    wait(true);
    tell(null);
    refuse(null);
    try {
      tell(await send(file, trial));
      announce(said);
      if (!trial) after?.();
    } catch (error) {
      refuse(error);
    }
    if (!trial) clear();
    wait(false);
  };
  const chooser = {
    ref: input,
    type: 'file',
    onChange: (/** @type {any} */ event) => {
      pick(event.currentTarget.files[0] ?? null);
      tell(null);
      refuse(null);
    },
  };
  return { ready: Boolean(file) && !busy, taken, problem, submit, chooser };
}
