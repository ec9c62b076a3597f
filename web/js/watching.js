// Components that draw again when something says so.
import { onLanguage } from './i18n.js';
import { useEffect, useReducer } from './preact.js';
import { onTheme } from './theme.js';

/** Draw again when a subject says so. @param {((watch: () => void) => unknown)[]} subjects each gives what ends it, or nothing */
export function useWatched(...subjects) {
  const [, again] = useReducer((/** @type {number} */ n) => n + 1, 0);
  useEffect(() => {
    const ends = subjects.map((watch) => watch(() => again(undefined)));
    return () => ends.forEach((end) => typeof end === 'function' && end());
  }, []);
}

/** Words and colours, followed; for the one component that stands above all others. */
export const useWordsAndColours = () => useWatched(onLanguage, onTheme);
