// Talking to the service: the reader's language goes along, refusals come back as `Problem`.
import { language, t } from './i18n.js';

/** @import * as Service from 'service' */
/** @import { StyleSpecification } from 'maplibre-gl' */
/** @import { Cell, Filter } from './state.js' */

/** @typedef {Service.Territory} Territory */
/** @typedef {Service.Category & {over?: boolean}} Category `over` of a campaign that does not run */
/** @typedef {Service.CategoryGroup} CategoryGroup */
/** @typedef {Service.ReleaseInfo} Release */
/** @typedef {Service.FiledReport} Report */
/** @typedef {Service.CaseDetail} Case */
/** @typedef {Service.Described} Indicator */
/** @typedef {Service.FigureRow & {cell: Service.CellRef, month?: {month: string}}} CellFigures */
/** @typedef {Omit<Service.Indicators, 'rows'> & {rows: CellFigures[]}} Figures */
/** @typedef {{login: string, password: string, code?: string}} Proof What somebody signs in with. */
/** @typedef {Partial<Service.CellRef> & Cell} CellName */
/**
 * @typedef {object} Counts what was reported in a cell; null where it is not published so finely
 * @property {number | null} reports
 * @property {{category: string, count: number | null}[]} by_category
 * @property {{month: string, count: number}[]} by_month
 * @property {{group: string, count: number}[]} by_group
 * @property {Release | null} release which was published; null where they are counted as they are
 */
/** @typedef {{code: string, name: string, purpose: Service.Purpose | null, area_m2: number, ancestors: Service.CellRef[], figures: Counts}} CellProperties */
/** @typedef {{type: 'Feature', geometry: GeoJSON.Polygon | GeoJSON.MultiPolygon, properties: CellProperties}} CellFeature */
/** @typedef {'kind' | 'source' | 'category' | 'first_day' | 'last_day' | 'found_on' | 'seen_on' | 'observed' | 'expected' | 'against'} FindingWhat */
/** @typedef {'p' | 'recurrence_days' | 'reports' | 'reporters' | 'unknown_reporters' | 'median_gap_s'} FindingSure */
/** @typedef {Pick<Service.Finding, FindingWhat | FindingSure> & {cells: string}} FindingProperties beside `sentence_zh` and so on */
/** @typedef {{type: 'Feature', geometry: GeoJSON.MultiPolygon, properties: FindingProperties}} FindingFeature */
/** @typedef {Record<string, string | number | boolean | null | undefined>} Query */

const base = new URL('.', document.baseURI);

/** A refusal in the words of the service (RFC 9457), or a failure to reach it at all (`status` 0). */
export class Problem extends Error {
  /**
   * @param {Partial<Service.Problem>} body
   * @param {number} status
   * @param {string | null} [retryAfter]
   */
  constructor(body, status, retryAfter) {
    super(body.detail || body.title || String(status || '')); // without a word it is told that nobody was reached
    this.name = 'Problem';
    this.title = body.title ?? '';
    this.kind = (body.type ?? '').split('/').pop();
    this.status = status;
    /** @type {(Service.FieldProblem & {expected?: string})[]} */
    this.fields = body.errors ?? [];
    this.retryAfter = Number.parseInt(retryAfter ?? '', 10) || null;
    /** Which photo of this device it is about, where it is about one of several. */
    this.photo = '';
  }

  /** True when nobody was reached: no network, or nothing behind the proxy. */
  get away() {
    return [0, 502, 503, 504].includes(this.status);
  }

  /** True when the same request may well succeed a little later, once it was asked who is signed in. */
  get passing() {
    return [0, 408, 429, 502, 503, 504].includes(this.status) || this.kind === 'csrf-missing';
  }
}

/** Whether an error says no more than that a request was given up. @param {unknown} error */
export const givenUp = (error) => error instanceof Error && error.name === 'AbortError';

/** Whether an error says no more than that nobody was reached. @param {unknown} error */
export const isAway = (error) => error instanceof Problem && error.away;

/** What an error says to the reader. @param {unknown} error */
export const wording = (error) => (error instanceof Error && error.message) || t('unreachable');

/** @param {string} path @param {Query} [query] */
export const address = (path, query = {}) => {
  const url = new URL(path, base);
  for (const [key, value] of Object.entries(query)) if (value !== '' && value !== null && value !== undefined) url.searchParams.set(key, String(value));
  return url.href;
};

/** The path of an address below the service's own, as the service reads it. @param {string} url */
export const pathOf = (url) => decodeURIComponent(`/${new URL(url).pathname.slice(base.pathname.length)}`);

/** A tile address as an absolute one. `URL` would escape the braces of `{z}`, so it is put together by hand. @param {string} template */
export function absolute(template) {
  if (/^[a-z][a-z0-9+.-]*:/i.test(template)) return template;
  return template.startsWith('/') ? base.origin + template : base.href + template;
}

/** A JSON object, or null when the text is none: a proxy's error page, say. @param {string} text */
function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What changes must carry while somebody is signed in; null without. @type {string | null} */
let csrf = null;

/** How far the service's clock is ahead of this one, in milliseconds, as its last answer told. */
let ahead = 0;

/** What the time is at the service, as far as it is known. */
export const serverNow = () => Date.now() + ahead;

/** Who is signed in, as it was asked last. @type {Promise<Service.SessionAnswer> | null} */
let asked = null;

/** @typedef {{method?: string, headers?: Record<string, string>, body?: string | Blob, signal?: AbortSignal | undefined, again?: boolean}} Options */

/**
 * @template T
 * @param {string} url
 * @param {Options} [options]
 * @returns {Promise<T>}
 */
export async function call(url, options = {}) {
  let response;
  let text;
  if (options.method) await asked?.catch(() => { /* told where it was asked for */ });
  try {
    response = await fetch(url, {
      ...options,
      headers: { Accept: 'application/json', 'Accept-Language': language(), ...(csrf && options.method && { 'X-CSRF-Token': csrf }), ...options.headers },
    });
    ahead = (Date.parse(response.headers.get('Date') ?? '') || Date.now()) - Date.now();
    text = await response.text();
  } catch (error) {
    if (givenUp(error)) throw error;
    throw new Problem({}, 0);
  }
  // An answer that came in just before it was no longer wanted is not wanted either.
  options.signal?.throwIfAborted();
  const body = read(text);
  if (response.ok && (body || response.status === 204)) return body;
  if (!options.again && body?.type?.endsWith('/bad-credentials')) {
    // The session is over, and the answer took its cookie away: ask again as anybody.
    csrf = null;
    asked = null;
    dispatchEvent(new CustomEvent('session-over'));
    return call(url, { ...options, again: true });
  }
  throw new Problem(body ?? {}, response.ok ? 502 : response.status, response.headers.get('Retry-After'));
}

/** @param {unknown} body @returns {Options} */
export const posted = (body) => ({ method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

const sessions = () => address('api/v1/sessions');

/** Who is signed in: `{account, oidc}`, `account` null when nobody is. Changes wait for it. */
export function session() {
  asked = /** @type {Promise<Service.SessionAnswer>} */ (call(address('api/v1/sessions/current'))).then((answer) => {
    csrf = answer.csrf;
    return answer;
  });
  return asked;
}

/**
 * Whether the reader has a right somewhere in a territory; what of it they see there, the service decides.
 *
 * @param {Service.Right} right
 * @param {string} territory
 */
export async function may(right, territory) {
  const { account } = await asked?.catch(() => null) ?? {};
  return Boolean(account?.grants.some((grant) => grant.rights.includes(right) && [null, territory].includes(grant.territory)));
}

/** Whether somebody is signed in. */
export const known = async () => Boolean((await asked?.catch(() => null))?.account);

/** Sign in. @param {Proof} proof @returns {Promise<Service.SessionAnswer>} */
export const signIn = (proof) => call(sessions(), posted(proof));

/** Give the account that `proof` signs in another password; every session of it ends. @param {Proof} proof @param {string} password @returns {Promise<null>} */
export const changePassword = (proof, password) => call(address('api/v1/sessions/password'), posted({ ...proof, new_password: password }));

/** @returns {Promise<null>} */
export const signOut = () => call(address('api/v1/sessions/current'), { method: 'DELETE' });

/** Whether one has notices at the address of one's account. @returns {Promise<Service.OwnNotices>} */
export const ownNotices = () => call(address('api/v1/sessions/notices'));

/** Have them, or none, in the language that is read. @param {boolean} on @returns {Promise<Service.OwnNotices>} */
export const putOwnNotices = (on) => call(address('api/v1/sessions/notices'), { ...posted({ on }), method: 'PUT' });

/** @param {string} territory @param {string} [rest] */
export const of = (territory, rest = '') => `api/v1/territories/${encodeURIComponent(territory)}${rest}`;

/** @param {string} territory @param {Cell} cell @param {string} [rest] */
const ofCell = (territory, { level, code }, rest = '') => of(territory, `/cells/${encodeURIComponent(level)}/${encodeURIComponent(code)}${rest}`);

export const territories = async () => (await /** @type {Promise<Service.Territories>} */ (call(address('api/v1/territories')))).territories;

/** @param {string} territory */
export const categories = (territory) => /** @type {Promise<Service.Categories>} */ (call(address(of(territory, '/categories'))));

/** What a category of a campaign does not say. @type {Omit<Category, 'code' | 'name'>} */
const OF_CAMPAIGN = { group: null, public: 'counts', photos: 'none', words: [], questions: [], asset_kinds: [], position: 0, version: 0 };

/** Whether a category is of a campaign, and no entry of the territory's own list. @param {Category} category */
export const isOfCampaign = ({ version }) => version === OF_CAMPAIGN.version;

/** Every category that cases may be of: the territory's, and those of the campaigns that one may know; staff know those that are over too. @param {string} territory @returns {Promise<Category[]>} */
export async function nameable(territory) {
  const running = /** @type {Promise<Service.Campaigns>} */ (call(address(of(territory, '/campaigns')))).catch(() => ({ campaigns: /** @type {Service.Campaign[]} */ ([]) })); // a report of any other kind is filed all the same
  const [{ categories: usual }, { campaigns }] = await Promise.all([categories(territory), running]);
  return [...usual, ...campaigns.flatMap((one) => one.categories.map(({ code, name }) => ({ ...OF_CAMPAIGN, code, name, over: one.stage !== 'running' })))];
}

/** Whether a category is taken now. @param {Category} category */
export const isTaken = ({ over }) => !over;

/** What may be reported now: the territory's categories, and those of the campaigns that run. @param {string} territory */
export const reportable = async (territory) => (await nameable(territory)).filter(isTaken);

/** What became of the cases of the last year, as it was published: of a cell, or of a whole territory. @param {string} territory @param {{level: string, code: string} | null} cell @param {AbortSignal} signal @returns {Promise<Service.Outcomes>} */
export const outcomes = (territory, cell, signal) => call(address(of(territory, '/outcomes'), { level: cell?.level, cell: cell?.code }), { signal });

/** The periods of which counts were published, the newest first. @param {string} territory */
export const releases = async (territory) => (await /** @type {Promise<Service.Releases>} */ (call(address(of(territory, '/releases'))))).releases;

/**
 * The map style of a territory, its heat counting the reports that the filter allows.
 *
 * @param {string} territory
 * @param {string} theme
 * @param {Filter} filter
 * @param {AbortSignal} [signal]
 * @returns {Promise<StyleSpecification>}
 */
export const style = (territory, theme, { category, group, period, from, to }, signal) =>
  call(address(`tiles/${encodeURIComponent(territory)}/style.json`, { theme, category, group, period, from, to }), { signal });

/** @param {string} territory @param {Cell} which @param {Filter} filter @param {AbortSignal} [signal] @returns {Promise<CellFeature>} */
export const cell = (territory, which, filter, signal) => call(address(ofCell(territory, which), filter), { signal });

/**
 * Who answers for a cell today, for staff who may know; null for anybody else.
 *
 * @param {string} territory
 * @param {Cell} which
 * @param {AbortSignal} [signal]
 * @returns {Promise<Service.DeskDetail | null>}
 */
export async function desk(territory, which, signal) {
  if (!await may('read-roster', territory)) return null;
  try {
    return await call(address(ofCell(territory, which, '/desk')), { signal });
  } catch (error) {
    if (error instanceof Problem && [401, 403, 404].includes(error.status)) return null;
    throw error;
  }
}

/**
 * @param {string} territory
 * @param {number} lon
 * @param {number} lat
 * @param {number | undefined} accuracy metres
 * @param {AbortSignal} [signal]
 * @returns {Promise<Service.LocateAnswer>}
 */
export const locate = (territory, lon, lat, accuracy, signal) => call(address(of(territory, '/locate'), { lon, lat, accuracy }), { signal });

/** @type {Map<string, Promise<Service.CellRef[]>>} */
const lists = new Map();

/** @typedef {{features: {properties: Service.CellRef}[], links: Service.Link[]}} CellPage */

/** What the cells of a page are, and of all that follow it. @param {string} url @returns {Promise<Service.CellRef[]>} */
async function everyPage(url) {
  const found = [];
  for (let next = url; next;) {
    const { features, links } = /** @type {CellPage} */ (await call(next));
    for (const { properties } of features) found.push(properties);
    next = links.find(({ rel }) => rel === 'next')?.href ?? '';
  }
  return found;
}

/** Codes and names of all cells of one level, fetched once. @param {string} territory @param {string} level @returns {Promise<Service.CellRef[]>} */
export function cells(territory, level) {
  const url = address(of(territory, '/cells'), { level, geometry: 'false' });
  const known = lists.get(url);
  if (known) return known;
  const list = everyPage(url);
  list.catch(() => lists.delete(url));
  lists.set(url, list);
  return list;
}

/** Categories that a text may be of. @param {string} territory @param {string} description @param {AbortSignal} [signal] @returns {Promise<Service.Suggestions>} */
export const suggest = (territory, description, signal) => call(address(of(territory, '/categories/suggestions')), { ...posted({ description }), signal });

/** Whether a territory has places that are found by their names. @param {string} territory @returns {Promise<boolean>} */
export const hasPlaces = async (territory) => (await call(address(of(territory, '/places')))).any;

/** Streets, stations and so on that are called so. @param {string} territory @param {string} words @returns {Promise<Service.NamedPlace[]>} */
export const places = async (territory, words) => (await call(address(of(territory, '/places'), { q: words }))).places;

const PHOTO_MS = 180_000;

/** A photo, before the report or the move that it belongs to; under a key it may be sent again. @param {string} territory @param {Blob} file @param {string} [key] @returns {Promise<Service.Photo>} */
export async function sendPhoto(territory, file, key) {
  return call(address(of(territory, '/photos')), { method: 'POST', headers: { 'Content-Type': file.type || 'application/octet-stream', ...(key && { 'Idempotency-Key': key }) }, body: file, signal: AbortSignal.timeout(PHOTO_MS) });
}

/** The figures of a territory; see the API. @param {string} territory @param {Query} query @param {AbortSignal} [signal] @returns {Promise<Figures>} */
export const indicators = (territory, query, signal) => call(address(of(territory, '/indicators'), query), { signal });

/** Where the bulletin of a territory is made. @param {string} territory */
export const bulletin = (territory) => address(of(territory, '/bulletin'));

/** What the last look found, and what it could not have seen. @param {string} territory @returns {Promise<Service.Findings>} */
export const findings = (territory) => call(address(of(territory, '/findings')));

/** One of what was found, with its area. @param {string} territory @param {string} id @param {AbortSignal} [signal] @returns {Promise<FindingFeature>} */
export const finding = (territory, id, signal) => call(address(of(territory, `/findings/${id}`), { f: 'geojson' }), { signal });

/** The cases of a finding that the reader sees, the newest first. @param {string} territory @param {string} id @param {number} limit @returns {Promise<Service.FindingCases>} */
export const findingCases = (territory, id, limit) => call(address(of(territory, `/findings/${id}/cases`), { limit }));

/** Reports counted by any filter; see the API. @param {string} territory @param {Record<string, unknown>} wanted @param {AbortSignal} [signal] @returns {Promise<Service.Counts>} */
export const counts = (territory, wanted, signal) => call(address(of(territory, '/counts')), { ...posted(wanted), signal });

/** A key for one report; `crypto.randomUUID` exists only on secure origins. */
export function newKey() {
  if (isSecureContext) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
