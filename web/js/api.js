// Talking to the service: the reader's language goes along, refusals come back as `Problem`.
import { language } from './i18n.js';

const base = new URL('.', document.baseURI);

/** A refusal in the words of the service (RFC 9457), or a failure to reach it at all (`status` 0). */
export class Problem extends Error {
  constructor(body, status, retryAfter) {
    super(body.detail || body.title || String(status));
    this.name = 'Problem';
    this.title = body.title ?? '';
    this.kind = (body.type ?? '').split('/').pop();
    this.status = status;
    this.body = body;
    this.fields = body.errors ?? [];
    this.retryAfter = Number.parseInt(retryAfter ?? '', 10) || null;
  }

  /** True when the same request may well succeed a little later. */
  get passing() {
    return [0, 408, 429, 502, 503, 504].includes(this.status);
  }
}

export const address = (path, query = {}) => {
  const url = new URL(path, base);
  for (const [key, value] of Object.entries(query)) if (value !== '' && value !== null && value !== undefined) url.searchParams.set(key, value);
  return url.href;
};

/** A tile address as an absolute one. `URL` would escape the braces of `{z}`, so it is put together by hand. */
export function absolute(template) {
  if (/^[a-z][a-z0-9+.-]*:/i.test(template)) return template;
  return template.startsWith('/') ? base.origin + template : base.href + template;
}

/** A JSON object, or null when the text is none: a proxy's error page, say. */
function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// What changes must carry while somebody is signed in; null without.
let csrf = null;

async function call(url, options = {}) {
  let response;
  let text;
  try {
    response = await fetch(url, {
      ...options,
      headers: { Accept: 'application/json', 'Accept-Language': language(), ...(csrf && options.method && { 'X-CSRF-Token': csrf }), ...options.headers },
    });
    text = await response.text();
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem({}, 0);
  }
  // An answer that came in just before it was no longer wanted is not wanted either.
  options.signal?.throwIfAborted();
  const body = read(text);
  if (response.ok && (body || response.status === 204)) return body;
  if (!options.again && body?.type?.endsWith('/bad-credentials')) {
    // The session is over, and the answer took its cookie away: ask again as anybody.
    csrf = null;
    dispatchEvent(new CustomEvent('session-over'));
    return call(url, { ...options, again: true });
  }
  throw new Problem(body ?? {}, response.ok ? 502 : response.status, response.headers.get('Retry-After'));
}

const sessions = () => address('api/v1/sessions');

/** Who is signed in: `{account, oidc}`, `account` null when nobody is. Changes wait for it. */
export function session() {
  asked = call(address('api/v1/sessions/current')).then((told) => {
    csrf = told.csrf;
    return told;
  });
  return asked;
}
let asked = null;

/** Whether somebody is signed in. */
export const signedIn = async () => Boolean((await asked?.catch(() => null))?.account);

/** Sign in with `{login, password, code?}`. */
export const signIn = (proof) =>
  call(sessions(), { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(proof) });

/** Give the account that `proof` signs in another password; every session of it ends. */
export const changePassword = (proof, password) =>
  call(address('api/v1/sessions/password'), { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ ...proof, new_password: password }) });

export const signOut = () => call(address('api/v1/sessions/current'), { method: 'DELETE' });

const of = (territory, rest = '') => `api/v1/territories/${encodeURIComponent(territory)}${rest}`;

export const territories = async () => (await call(address('api/v1/territories'))).territories;
export const categories = async (territory) => (await call(address(of(territory, '/categories')))).categories;
/** The map style of a territory, its heat counting the reports that the filter allows. */
export const style = (territory, theme, { category, from, to }, signal = undefined) =>
  call(address(`tiles/${encodeURIComponent(territory)}/style.json`, { theme, category, from, to }), { signal });

export const cell = (territory, level, code, filter = {}, signal = undefined) =>
  call(address(of(territory, `/cells/${encodeURIComponent(level)}/${encodeURIComponent(code)}`), filter), { signal });

/** Who answers for a cell today, for staff who may know; null for anybody else. */
export async function desk(territory, level, code, signal) {
  const { account } = await asked?.catch(() => null) ?? {};
  if (!account?.grants.some(({ role }) => !['assistant', 'organisation'].includes(role))) return null;
  try {
    return await call(address(of(territory, `/cells/${encodeURIComponent(level)}/${encodeURIComponent(code)}/desk`)), { signal });
  } catch (problem) {
    if ([401, 403, 404].includes(problem.status)) return null;
    throw problem;
  }
}

export const locate = (territory, lon, lat, accuracy, signal) =>
  call(address(of(territory, '/locate'), { lon, lat, accuracy }), { signal });

const lists = new Map();

/** Codes and names of all cells of one level, fetched once. */
export function cells(territory, level) {
  const url = address(of(territory, '/cells'), { level, geometry: 'false' });
  if (!lists.has(url)) {
    const list = call(url).then((collection) => collection.features.map(({ properties }) => properties));
    list.catch(() => lists.delete(url));
    lists.set(url, list);
  }
  return lists.get(url);
}

export async function fileReport(territory, report, key) {
  await asked?.catch(() => { /* told where it was asked for */ });
  return call(address(of(territory, '/reports')), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
    body: JSON.stringify(report),
  });
}

/** What the account that is signed in was given to do; nothing without one. */
export const grants = async () => (await call(address('api/v1/sessions/current'))).account?.grants ?? [];

/** The figures of a territory; see the API. */
export const indicators = (territory, query, signal = undefined) => call(address(of(territory, '/indicators'), query), { signal });

/** A key for one report; `crypto.randomUUID` exists only on secure origins. */
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Open cases in a cell, the newest first. */
export const openCases = (territory, { level, code }, limit) =>
  call(address(of(territory, '/reports'), { cell: code, level, open: true, limit }));

const caseAddress = (territory, number, rest = '') => address(of(territory, `/reports/${encodeURIComponent(number)}${rest}`));

/** A case with its history, its tasks and the moves that are open to the reader. */
export const caseOf = (territory, number) => call(caseAddress(territory, number));

/** Make a move of a case as it was read in a version; somebody who was quicker is told by a Problem (`stale`). */
export const moveCase = (territory, number, move, version) =>
  call(caseAddress(territory, number, '/moves'), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'If-Match': `"${version}"` },
    body: JSON.stringify(move),
  });
