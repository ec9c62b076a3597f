// What happens to cases, as it happens: one stream of a territory, opened again whenever it breaks.
// By fetch rather than EventSource: that tells neither a session that is over from a cut line, nor when nothing comes any more.

/**
 * @typedef {object} CaseEvent something happened to a case that the reader sees; `version` says whether one has that already
 * @property {'case'} name
 * @property {string} id
 * @property {string} number
 * @property {string} move
 * @property {string} state
 * @property {number} version
 * @property {string} at
 * @property {string} cell
 * @property {string} category
 * @property {string} urgency
 * @property {string | null} due_at
 * @property {boolean} nearly_due
 * @property {boolean} overdue
 */
/** @typedef {{name: 'gone', id: string, number: string}} GoneEvent the case is the reader's no longer */
/** @typedef {{name: 'reset', id: string}} ResetEvent everything is to be asked anew: what came meanwhile cannot be told */
/** @typedef {CaseEvent | GoneEvent | ResetEvent} StreamEvent */
/**
 * @typedef {'catching-up' | 'live' | 'broken' | 'ended'} StreamState
 * catching-up: what came meanwhile is on its way; live: all of it was told, and what happens comes at once; broken: what is
 * shown may be old, and it is tried again; ended: nothing more comes, because the session is over or the reader may not.
 */
/** @typedef {{onEvent: (event: StreamEvent) => void, onState?: (state: StreamState, why?: string) => void, after?: string}} Listening */

const base = new URL('.', document.baseURI);

/** The server shows every 15 seconds that it is there. */
const SILENT_MS = 40_000;
/** A page that nobody looks at leaves its connection to others: browsers have six for one host. */
const HIDDEN_MS = 60_000;
const AGAIN_MS = 1_000;
const AGAIN_MOST_MS = 30_000;

/** A stream that was refused or is over; `again` in how many milliseconds it may be tried, null for never. */
class Over extends Error {
  /** @param {string} kind @param {number | null} again */
  constructor(kind, again) {
    super(kind);
    this.kind = kind;
    this.again = again;
  }
}

/** @param {unknown} type the `type` of a problem */
const kindOf = (type) => String(type ?? '').split('/').pop() ?? '';

/** The fields of one event as they were sent. @param {string} block */
function fieldsOf(block) {
  /** @type {Record<string, string>} */
  const fields = {};
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 1).replace(/^ /, '');
  }
  return fields;
}

/** What a refusal says. @param {Response} response */
async function refusal(response) {
  const body = await response.json().catch(() => null);
  const never = [400, 401, 403, 404, 422].includes(response.status);
  return new Over(kindOf(body?.type), never ? null : (Number.parseInt(response.headers.get('Retry-After') ?? '', 10) || 2) * 1_000);
}

/**
 * Follow what happens in a territory until it is closed; what came while the line was cut comes first.
 *
 * @param {string} territory
 * @param {Listening} listening `after`: go on after this `id`
 * @returns {{close: () => void, state: () => StreamState}}
 */
export function followEvents(territory, { onEvent, onState = () => {}, after = '' }) {
  const address = new URL(`api/v1/territories/${encodeURIComponent(territory)}/events`, base);
  /** @type {StreamState} */
  let state = 'catching-up';
  let last = after;
  let tries = 0;
  let closed = false;
  let line = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let silence;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let hiding;

  /** @param {StreamState} next @param {string} [why] */
  const become = (next, why) => {
    if (closed || (next === state && next !== 'ended')) return;
    state = next;
    onState(next, why);
  };

  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(() => line.abort(), SILENT_MS);
  };

  /** @param {string} block */
  function take(block) {
    const { id, event, data } = fieldsOf(block);
    if (id) last = id;
    if (!event) return;
    const told = JSON.parse(data ?? '{}');
    if (event === 'end') throw new Over(kindOf(told.type), null);
    if (event === 'live') {
      tries = 0;
      become('live');
    } else if (event === 'case' || event === 'gone' || event === 'reset') onEvent({ ...told, name: event, id });
  }

  /** Read until the line is cut. Throws what it is cut by. @param {AbortSignal} signal */
  async function read(signal) {
    const url = new URL(address);
    if (last) url.searchParams.set('after', last);
    const response = await fetch(url, { headers: { Accept: 'text/event-stream' }, cache: 'no-store', signal });
    if (!response.ok || !response.body) throw await refusal(response);
    if (state !== 'catching-up') become('catching-up');
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heard();
      const blocks = (rest + value).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) take(block);
    }
  }

  async function open() {
    clearTimeout(waiting);
    line.abort();
    line = new AbortController();
    const { signal } = line;
    heard();
    /** @type {number | null} */
    let again = Math.min(AGAIN_MS * 2 ** tries, AGAIN_MOST_MS);
    try {
      await read(signal);
    } catch (error) {
      if (error instanceof Over) {
        again = error.again === null ? null : Math.max(again, error.again);
        if (again === null) {
          become('ended', error.kind);
          if (error.kind === 'bad-credentials' && !closed) dispatchEvent(new CustomEvent('session-over'));
        }
      }
    }
    clearTimeout(silence);
    if (closed || line.signal !== signal || again === null) return;
    tries += 1;
    become('broken');
    // Not all screens of a city at the same moment, when a server comes back.
    waiting = setTimeout(open, again * (0.5 + Math.random()));
  }

  // A fetch that is under way does not notice by itself that the network has gone.
  const cut = () => line.abort();
  const now = () => {
    if (!closed && state === 'broken') open();
  };
  const looked = () => {
    clearTimeout(hiding);
    if (document.visibilityState === 'hidden') {
      hiding = setTimeout(() => {
        if (document.visibilityState !== 'hidden' || state === 'ended') return;
        clearTimeout(waiting);
        const left = line;
        line = new AbortController(); // of nobody: the one that is left is not opened again
        left.abort();
        become('broken');
      }, HIDDEN_MS);
    } else now();
  };
  addEventListener('online', now);
  addEventListener('offline', cut);
  document.addEventListener('visibilitychange', looked);
  open();
  return {
    state: () => state,
    close() {
      closed = true;
      removeEventListener('online', now);
      removeEventListener('offline', cut);
      document.removeEventListener('visibilitychange', looked);
      for (const timer of [silence, waiting, hiding]) clearTimeout(timer);
      line.abort();
    },
  };
}
