// The territory of last time, and its style asked for before the list of territories is here.
import { style } from './api.js';
import { theme } from './theme.js';

/** @import { State } from './state.js' */
/** @import { StyleSpecification } from 'maplibre-gl' */
/** @typedef {{code: string, style: Promise<StyleSpecification>}} Early */

const STORE = 'wangge.territory';

/** Remember the territory for next time. @param {string} code */
export const keep = (code) => { try { localStorage.setItem(STORE, code); } catch { /* not kept then */ } };
export const recall = () => { try { return localStorage.getItem(STORE); } catch { return null; } };

/** Where to begin: the territory of last time, else one on the reader's own clock, else the one with most reports. @template {{code: string, timezone: string, reports?: number | null}} T @param {T[]} territories @returns {T | undefined} */
export function likely(territories) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  /** @param {T} territory */
  const score = ({ timezone, reports }) => (timezone === zone ? 1e12 : 0) + (reports ?? 0);
  return territories.find(({ code }) => code === recall()) ?? [...territories].sort((a, b) => score(b) - score(a))[0];
}

/** Ask for the style of the likely territory. @param {State} wanted @returns {Early | null} */
export function foresee({ territory, heat }) {
  const code = territory ?? recall();
  if (!code) return null;
  const asked = style(code, theme(), heat);
  asked.catch(() => { /* asked again, and told, when the territory is entered */ });
  return { code, style: asked };
}
