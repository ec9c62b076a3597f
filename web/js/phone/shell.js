// The service worker of a page that is kept on the device: keeps the program's own files there, all of one release or none, and
// answers with them. What the service says (cases, contacts, photos, tiles) goes past it and is never kept here. What is
// pushed to the work screens while nobody looks is shown, and leads to its case.
/* global SHELL -- the program writes it above this file: each path with the first 20 hex digits of its SHA-256 */

/** @typedef {{waitUntil: (work: Promise<unknown>) => void, respondWith: (answer: Promise<Response>) => void, request: Request, data: unknown}} WorkerEvent */
/** @typedef {{waitUntil: (work: Promise<unknown>) => void, data: {json: () => {title: string, body: string, link: string, tag: string}}}} Pushed */
/** @typedef {{waitUntil: (work: Promise<unknown>) => void, notification: Notification}} Pressed */
const worker = /** @type {any} */ (self); // types of pages and of workers exclude each other
const PREFIX = `wangge-shell-${SHELL.page}-`;
const NAME = PREFIX + SHELL.version;
/** Before two pages were kept, the name said none. */
const FORMER = /^wangge-shell-[0-9a-f]+$/;
const BASE = new URL('.', worker.location.href);

/** The first 20 hex digits of the SHA-256 of a file. @param {ArrayBuffer} body */
async function digestOf(body) {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', body));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('').slice(0, 20);
}

/** Fetch a file and keep it; one of another release, put up meanwhile, is an error. @param {Cache} cache @param {string} path @param {string} digest */
async function keep(cache, path, digest) {
  const response = await fetch(new URL(path, BASE), { cache: 'no-cache' });
  if (!response.ok || await digestOf(await response.clone().arrayBuffer()) !== digest) throw new Error(`another release: ${path}`);
  await cache.put(new URL(path, BASE), response);
}

/** The whole release, or nothing of it: then the one before goes on, and the browser tries again. */
async function install() {
  try {
    const cache = await caches.open(NAME);
    await Promise.all(Object.entries(SHELL.files).map(([path, digest]) => keep(cache, path, digest)));
  } catch (problem) {
    await caches.delete(NAME);
    throw problem;
  }
}

async function activate() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => (name.startsWith(PREFIX) && name !== NAME) || FORMER.test(name)).map((name) => caches.delete(name)));
  await worker.clients.claim();
}

/** @param {Request} request @param {string} path */
async function answer(request, path) {
  const cache = await caches.open(NAME);
  return await cache.match(new URL(path, BASE), { ignoreVary: true }) ?? fetch(request);
}

/** Show what was pushed; of one case the last alone. A press leads to its page of this service, wherever the link is from. @param {Pushed['data']} data */
function show(data) {
  const { title, body, link, tag } = data.json();
  const icon = new URL('web/icons/icon-192.png', BASE).href;
  const { pathname, hash } = new URL(link);
  const path = pathname.slice(pathname.lastIndexOf('/') + 1) + hash;
  return worker.registration.showNotification(title, { body, tag, renotify: Boolean(tag), icon, badge: icon, data: path });
}

/** The windows in which the page is open. @returns {Promise<{postMessage: (said: unknown) => void, focus: () => Promise<unknown>}[]>} */
async function windows() {
  const all = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
  return all.filter((/** @type {{url: string}} */ { url }) => new URL(url).pathname === new URL(SHELL.page, BASE).pathname);
}

/** Lead to what was told, in the program where it is open. @param {string} path below this service, with what stands after its # */
async function lead(path) {
  const url = new URL(path, BASE);
  const [open] = url.pathname === new URL(SHELL.page, BASE).pathname ? await windows() : [];
  if (!open) return worker.clients.openWindow(url.href);
  open.postMessage({ hash: url.hash });
  return open.focus();
}

/** Take over from the release before, where that is wanted. @param {unknown} wanted */
async function takeOver(wanted) {
  if (wanted === 'take-over' || (wanted === 'take-over-alone' && (await windows()).length < 2)) await worker.skipWaiting();
}

worker.addEventListener('push', (/** @type {Pushed} */ event) => event.waitUntil(show(event.data)));
worker.addEventListener('notificationclick', (/** @type {Pressed} */ event) => {
  event.notification.close();
  event.waitUntil(lead(event.notification.data));
});
worker.addEventListener('install', (/** @type {WorkerEvent} */ event) => event.waitUntil(install()));
worker.addEventListener('activate', (/** @type {WorkerEvent} */ event) => event.waitUntil(activate()));
worker.addEventListener('message', (/** @type {WorkerEvent} */ event) => event.waitUntil(takeOver(event.data)));
worker.addEventListener('fetch', (/** @type {WorkerEvent} */ event) => {
  const { request } = event;
  const url = new URL(request.url);
  const path = url.href.startsWith(BASE.href) ? url.pathname.slice(BASE.pathname.length) : '';
  if (request.method !== 'GET') return;
  if (Object.hasOwn(SHELL.files, path)) event.respondWith(answer(request, path));
  else if (path === `${SHELL.page}/`) event.respondWith(Promise.resolve(Response.redirect(new URL(SHELL.page + url.search, BASE), 308)));
});
