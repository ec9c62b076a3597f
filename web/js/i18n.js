// Words, numbers and dates in the reader's language.
import en from './i18n/en.js';
import zh from './i18n/zh.js';

const LANGUAGES = { zh, en };
const STORE = 'wangge.language';
const watchers = new Set();

function first() {
  try {
    const kept = localStorage.getItem(STORE);
    if (kept in LANGUAGES) return kept;
  } catch { /* storage may be forbidden; the browser's language then decides */ }
  const wanted = navigator.languages?.length ? navigator.languages : [navigator.language ?? ''];
  return wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in LANGUAGES) ?? 'en';
}

let current = first();
document.documentElement.lang = current === 'zh' ? 'zh-Hans' : 'en';

export const language = () => current;
export const languages = () => Object.keys(LANGUAGES).map((code) => ({ code, name: LANGUAGES[code].language }));
export const onLanguage = (watch) => watchers.add(watch);

/** Switch the language, keep the choice, and let every part of the page redraw. */
export function speak(code) {
  if (!(code in LANGUAGES) || code === current) return;
  current = code;
  try { localStorage.setItem(STORE, code); } catch { /* not kept then */ }
  document.documentElement.lang = code === 'zh' ? 'zh-Hans' : 'en';
  for (const watch of watchers) watch();
}

/** The text of a key; `{name}` in it is replaced by the fact of that name. A missing key is a defect and shows as itself. */
export function t(key, facts = {}) {
  const text = LANGUAGES[current][key] ?? key;
  const chosen = typeof text === 'function' ? text(facts) : text;
  return chosen.replace(/\{(\w+)\}/g, (whole, name) => (name in facts ? facts[name] : whole));
}

/** A name given per language, in the reader's language or the nearest there is. */
export const named = (names, fallback = '') => (names && (names[current] ?? names.en ?? Object.values(names)[0])) || fallback;

const locale = () => (current === 'zh' ? 'zh-CN' : 'en-GB');
/** A number as people write it; a count that is withheld (null) is a dash. */
export const count = (n) => (n === null ? '–' : new Intl.NumberFormat(locale()).format(n));
export const percent = (share) => new Intl.NumberFormat(locale(), { style: 'percent', maximumFractionDigits: 0 }).format(share);

/** `2025-03` as the name of that month. */
export function month(text, style = 'short') {
  const [year, index] = text.split('-').map(Number);
  return new Intl.DateTimeFormat(locale(), { year: 'numeric', month: style, timeZone: 'UTC' }).format(Date.UTC(year, index - 1, 1));
}

/** A date `2025-03-01` as the reader writes it. */
export const day = (text) => new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(`${text.slice(0, 10)}T00:00:00Z`));

/** Metres, as metres or kilometres. */
export function distance(metres) {
  const unit = metres < 1000 ? 'meter' : 'kilometer';
  const value = unit === 'meter' ? Math.round(metres) : metres / 1000;
  return new Intl.NumberFormat(locale(), { style: 'unit', unit, unitDisplay: current === 'zh' ? 'long' : 'short', maximumFractionDigits: unit === 'meter' ? 0 : 1 }).format(value);
}

/** Square metres, as hectares or square kilometres. */
export function area(squareMetres) {
  const km2 = squareMetres / 1e6;
  const value = new Intl.NumberFormat(locale(), { maximumSignificantDigits: 3 }).format(km2);
  return t('area', { value });
}

/** A time as the reader's clock shows it. */
export const moment = (text) => new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(text));
