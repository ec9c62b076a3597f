// Words, numbers and dates in the reader's language.

/** @typedef {Record<string, string | number>} Facts */
/** @typedef {Record<string, string | ((facts: Facts) => string)>} Texts */
/** @typedef {Readonly<Record<string, string>>} Name in some languages, by their codes */

/** The texts of the languages that the page lists; a page that lists none is in its own. @type {Map<string, Texts>} */
const LANGUAGES = new Map(await Promise.all(
  (document.querySelector('meta[name="languages"]')?.getAttribute('content') ?? document.documentElement.lang).split(' ')
    .map(async (code) => /** @type {[string, Texts]} */ ([code, (await import(`./i18n/${code}.js`)).default])),
));
const NEAREST = [...LANGUAGES.keys()][0] ?? '';
const STORE = 'wangge.language';
/** @type {Set<() => void>} */
const watchers = new Set();

function first() {
  const asked = new URLSearchParams(location.search).get('lang') ?? ''; // by another program that opens the page
  if (LANGUAGES.has(asked)) return asked;
  try {
    const kept = localStorage.getItem(STORE);
    if (kept && LANGUAGES.has(kept)) return kept;
  } catch { /* storage may be forbidden; the browser's language then decides */ }
  const wanted = navigator.languages?.length ? navigator.languages : [navigator.language ?? ''];
  return wanted.map((tag) => tag.split('-')[0]?.toLowerCase() ?? '').find((code) => LANGUAGES.has(code)) ?? NEAREST;
}

let current = first();

/** @param {string} key @param {string} [code] @param {Facts} [facts] */
function say(key, code = current, facts = {}) {
  const text = LANGUAGES.get(code)?.[key] ?? key;
  return typeof text === 'function' ? text(facts) : text;
}

function mark() {
  document.documentElement.lang = say('tag');
}
mark();

export const language = () => current;
export const languages = () => [...LANGUAGES.keys()].map((code) => ({ code, name: say('language', code) }));
/** @param {() => void} watch */
export const onLanguage = (watch) => watchers.add(watch);

/**
 * Switch the language, keep the choice, and let every part of the page redraw.
 *
 * @param {string} code
 */
export function speak(code) {
  if (!LANGUAGES.has(code) || code === current) return;
  current = code;
  try { localStorage.setItem(STORE, code); } catch { /* not kept then */ }
  mark();
  for (const watch of watchers) watch();
}

/**
 * The text of a key; `{name}` in it is replaced by the fact of that name. A missing key is a defect and shows as itself.
 *
 * @param {string} key
 * @param {Facts} [facts]
 */
export function t(key, facts = {}) {
  return say(key, current, facts).replace(/\{(\w+)\}/g, (whole, name) => String(facts[name] ?? whole));
}

/**
 * A name given per language, in the reader's language or the nearest there is.
 *
 * @param {Name | null | undefined} names
 * @param {string} [fallback]
 */
export const named = (names, fallback = '') => (names && [current, ...LANGUAGES.keys(), ...Object.keys(names)].map((code) => names[code]).find(Boolean)) || fallback;

const locale = () => say('locale');
/** @type {Map<string, Intl.NumberFormat | Intl.DateTimeFormat>} */
const formats = new Map();
/**
 * A format of the reader's language, made once: to make one takes a hundred times as long as to use it.
 *
 * @template {Intl.NumberFormat | Intl.DateTimeFormat} Format
 * @template Options
 * @param {new (locale: string, options: Options) => Format} Kind
 * @param {Options} options
 */
function format(Kind, options) {
  const key = `${Kind.name} ${locale()} ${JSON.stringify(options)}`;
  const made = formats.get(key) ?? new Kind(locale(), options);
  formats.set(key, made);
  return /** @type {Format} */ (made);
}
/** A number as people write it; a count that is withheld (null) is a dash. @param {number | null} n */
export const count = (n) => (n === null ? '–' : format(Intl.NumberFormat, {}).format(n));
/** A number with at most one decimal. @param {number} n */
export const decimal = (n) => format(Intl.NumberFormat, { maximumFractionDigits: 1 }).format(n);
/** So many minutes, hours or days. @param {number} n @param {'minute' | 'hour' | 'day'} unit */
export const duration = (n, unit) => format(Intl.NumberFormat, { style: 'unit', unit, unitDisplay: 'long' }).format(n);
/** @param {number} share */
export const percent = (share) => format(Intl.NumberFormat, { style: 'percent', maximumFractionDigits: 0 }).format(share);

/**
 * `2025-03` as the name of that month.
 *
 * @param {string} text
 * @param {'short' | 'long'} [style]
 */
export function month(text, style = 'short') {
  return format(Intl.DateTimeFormat, { year: 'numeric', month: style, timeZone: 'UTC' }).format(new Date(`${text}-01T00:00:00Z`));
}

/** A date `2025-03-01` as the reader writes it. @param {string} text */
export const day = (text) => format(Intl.DateTimeFormat, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(`${text.slice(0, 10)}T00:00:00Z`));

/** A day of the week, 0 is Monday. @param {number} at @param {'short' | 'long'} [style] */
export const weekday = (at, style = 'short') => format(Intl.DateTimeFormat, { weekday: style, timeZone: 'UTC' }).format(new Date(Date.UTC(2024, 0, 1 + at)));
/** An hour of the day as its two ends: `9:00–10:00`. @param {number} at */
export const hours = (at) => `${at}:00–${at + 1}:00`;

/** Days from one to another, both included. @param {string} first @param {string} last */
export function span(first, last) {
  const [from, to] = [first, last].map((text) => new Date(`${text}T00:00:00Z`));
  return format(Intl.DateTimeFormat, { dateStyle: 'medium', timeZone: 'UTC' }).formatRange(from ?? 0, to ?? 0);
}

/**
 * A published period in words: a year, a month, or the days of a week.
 *
 * @param {{kind: string, period: string, from: string, to: string}} release
 */
export function period({ kind, period: name, from, to }) {
  if (kind === 'month') return month(name, 'long');
  if (kind === 'year') return format(Intl.DateTimeFormat, { year: 'numeric', timeZone: 'UTC' }).format(new Date(`${name}-01-01T00:00:00Z`));
  return span(from, to);
}

/** Metres, as metres or kilometres. @param {number} metres */
export function distance(metres) {
  const unit = metres < 1000 ? 'meter' : 'kilometer';
  const value = unit === 'meter' ? Math.round(metres) : metres / 1000;
  const unitDisplay = say('units') === 'long' ? 'long' : 'short';
  return format(Intl.NumberFormat, { style: 'unit', unit, unitDisplay, maximumFractionDigits: unit === 'meter' ? 0 : 1 }).format(value);
}

/** Square metres, as square kilometres. @param {number} squareMetres */
export function area(squareMetres) {
  const km2 = squareMetres / 1e6;
  const value = format(Intl.NumberFormat, { maximumSignificantDigits: 3 }).format(km2);
  return t('area', { value });
}

/** A time as the reader's clock shows it. @param {string} text */
export const moment = (text) => format(Intl.DateTimeFormat, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(text));

/** The same, without the date where it is today's. @param {string} text */
export function lately(text) {
  const at = new Date(text);
  return at.toDateString() === new Date().toDateString() ? format(Intl.DateTimeFormat, { timeStyle: 'short' }).format(at) : moment(text);
}

/** How long something takes, in its two largest units: `2 days 3 hours`. @param {number} ms */
export function lasting(ms) {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  /** @type {['day' | 'hour' | 'minute', number][]} */
  const parts = [['day', Math.floor(minutes / 1440)], ['hour', Math.floor(minutes / 60) % 24], ['minute', minutes % 60]];
  const first = parts.findIndex(([, n]) => n > 0);
  const shown = first < 0 ? parts.slice(-1) : parts.slice(first, first + 2).filter(([, n]) => n > 0);
  return shown.map(([unit, n]) => format(Intl.NumberFormat, { style: 'unit', unit, unitDisplay: 'long' }).format(n)).join(say('locale').startsWith('zh') ? '' : ' ');
}
