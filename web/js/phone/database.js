// What is kept on the device beyond a tab: in IndexedDB, in three stores, each written in a transaction of its own.

/** @typedef {'kept' | 'outbox' | 'photos'} Store kept: cases as they were read; outbox: what is to be sent; photos: those that go with it */

const NAME = 'wangge';
const VERSION = 1;
/** @type {Promise<IDBDatabase> | null} */
let opened = null;

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const answered = (request) => new Promise((done, failed) => {
  request.onsuccess = () => done(request.result);
  request.onerror = () => failed(request.error);
});

function open() {
  opened ??= (() => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore('kept');
      request.result.createObjectStore('outbox', { keyPath: 'id', autoIncrement: true });
      request.result.createObjectStore('photos', { keyPath: 'id' });
    };
    return answered(request);
  })();
  opened.catch(() => { opened = null; });
  return opened;
}

/**
 * Do something with a store, and wait until it is on the disk.
 *
 * @template T
 * @param {Store} name
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} act
 * @returns {Promise<T>}
 */
async function inStore(name, mode, act) {
  const transaction = (await open()).transaction(name, mode, { durability: 'strict' });
  const over = new Promise((done, failed) => {
    transaction.oncomplete = done;
    transaction.onabort = () => failed(transaction.error);
  });
  const request = act(transaction.objectStore(name));
  await over;
  return request.result;
}

/** @param {Store} store @param {IDBValidKey} key @returns {Promise<any>} undefined where there is none */
export const read = (store, key) => inStore(store, 'readonly', (inside) => inside.get(key));

/** Everything in a store, by its keys. @param {Store} store @param {IDBKeyRange} [range] @returns {Promise<any[]>} */
export const readAll = (store, range) => inStore(store, 'readonly', (inside) => inside.getAll(range));

/** @param {Store} store @param {IDBKeyRange} [range] @returns {Promise<IDBValidKey[]>} */
export const keysOf = (store, range) => inStore(store, 'readonly', (inside) => inside.getAllKeys(range));

/** @param {Store} store @param {unknown} value @param {IDBValidKey} [key] where the value has none of its own @returns {Promise<any>} its key */
export const write = (store, value, key) => inStore(store, 'readwrite', (inside) => inside.put(value, key));

/** @param {Store} store @param {IDBValidKey | IDBKeyRange} key */
export const remove = (store, key) => inStore(store, 'readwrite', (inside) => inside.delete(key));

/** @param {Store} store */
export const clear = (store) => inStore(store, 'readwrite', (inside) => inside.clear());

/** Nothing that was read in somebody's name stays on the device; what they have not sent yet does. */
export const forgetKept = () => clear('kept');

/** Keys that begin with something. @param {string} start */
export const beginning = (start) => IDBKeyRange.bound(start, `${start}\uffff`);

/** Whether there was no room for it. @param {unknown} error */
export const isFull = (error) => error instanceof DOMException && error.name === 'QuotaExceededError';
