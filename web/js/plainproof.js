// Proof of work without what a browser has for it: SHA-256 and PBKDF2 (RFC 8018) in plain JavaScript, for pages without https and for the mini-program,
// which has a copy (scripts/copy_shared.py). Pure.

/** @typedef {{algorithm: string, nonce: string, salt: string, cost: number, keyLength: number, keyPrefix: string}} Work what a challenge of ALTCHA, version 2, asks for */

const BLOCK = 64;
const DIGEST = 32;

/** The first bits of the fractions of roots of primes, of which the standard (FIPS 180-4) makes its constants. @param {number} root */
function fractions(root) {
  /** @type {number[]} */
  const primes = [];
  for (let n = 2; primes.length < 64; n += 1) if (primes.every((prime) => n % prime)) primes.push(n);
  return primes.map((prime) => ((prime ** (1 / root)) % 1) * 2 ** 32 | 0);
}
/** An Int32Array of 8, 16 or 64, of whose length the checker of types knows nothing. @typedef {any} Words */
/** @type {Words} */
const ROUNDS = Int32Array.from(fractions(3));
/** @type {Words} */
const START = Int32Array.from(fractions(2).slice(0, 8));
/** @type {Words} */
const words = new Int32Array(64);

/** @param {number} word @param {number} by */
const turned = (word, by) => (word >>> by) | (word << (32 - by));

/** Take one block of 16 words into a state. @param {Words} state @param {Words} block */
function take(state, block) {
  for (let at = 0; at < 64; at += 1) {
    if (at < 16) { words[at] = block[at]; continue; }
    const early = words[at - 15];
    const late = words[at - 2];
    words[at] = (words[at - 16] + (turned(early, 7) ^ turned(early, 18) ^ (early >>> 3)) + words[at - 7] + (turned(late, 17) ^ turned(late, 19) ^ (late >>> 10))) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let at = 0; at < 64; at += 1) {
    const one = (h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g)) + ROUNDS[at] + words[at]) | 0;
    const two = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((word, at) => { state[at] += word; });
}

/** Blocks of what is hashed after some bytes that were taken before, with the end that the standard asks for. @param {Uint8Array} bytes @param {number} before */
function blocksOf(bytes, before) {
  const length = Math.ceil((bytes.length + 9) / BLOCK) * BLOCK;
  const filled = new Uint8Array(length);
  filled.set(bytes);
  filled[bytes.length] = 0x80;
  const view = new DataView(filled.buffer);
  view.setUint32(length - 8, Math.floor((before + bytes.length) / 2 ** 29));
  view.setUint32(length - 4, (before + bytes.length) * 8);
  return Array.from({ length: length / BLOCK }, (_, block) => Int32Array.from({ length: 16 }, (__, at) => view.getInt32(block * BLOCK + at * 4)));
}

/** @param {Words} state */
function bytesOfState(state) {
  const bytes = new Uint8Array(DIGEST);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < state.length; at += 1) view.setInt32(at * 4, state[at]);
  return bytes;
}

/** @param {Uint8Array} bytes */
function sha256(bytes) {
  const state = START.slice();
  for (const block of blocksOf(bytes, 0)) take(state, block);
  return bytesOfState(state);
}

/** PBKDF2 with HMAC-SHA-256, of at most 32 bytes. @param {Uint8Array} password @param {Uint8Array} salt @param {number} rounds @param {number} length */
function pbkdf2(password, salt, rounds, length) {
  const key = new Uint8Array(BLOCK);
  key.set(password.length > BLOCK ? sha256(password) : password);
  const [inner, outer] = [0x36, 0x5c].map((mask) => {
    /** @type {Words} */
    const state = START.slice();
    const view = new DataView(key.map((byte) => byte ^ mask).buffer);
    take(state, Int32Array.from({ length: 16 }, (_, at) => view.getInt32(at * 4)));
    return state;
  });
  /** @type {Words} */
  const end = new Int32Array(16); // a digest fills half a block, and what ends it is always the same
  end[8] = 0x80000000 | 0;
  end[15] = (BLOCK + DIGEST) * 8;
  /** @type {Words} */
  const state = new Int32Array(8);
  const seal = () => {
    end.set(state);
    state.set(outer);
    take(state, end);
  };
  state.set(inner);
  for (const block of blocksOf(Uint8Array.from([...salt, 0, 0, 0, 1]), BLOCK)) take(state, block);
  seal();
  const sum = state.slice();
  for (let round = 1; round < rounds; round += 1) {
    end.set(state);
    state.set(inner);
    take(state, end);
    seal();
    for (let at = 0; at < 8; at += 1) sum[at] ^= state[at];
  }
  return bytesOfState(sum).slice(0, length);
}

/** @param {Uint8Array} bytes */
const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
/** @param {string} hex */
const bytesOf = (hex) => Uint8Array.from((hex.match(/../g) || []).map((pair) => Number.parseInt(pair, 16)));

/** What a text is in UTF-8. @param {string} text */
const utf8 = (text) => Uint8Array.from(Array.from(unescape(encodeURIComponent(text)), (one) => one.charCodeAt(0)));

/** The digest of a text, as a challenge is asked for by it. @param {string} text */
export const digestOf = (text) => hexOf(sha256(utf8(text)));

/** Whether `counter` solves it, with the key that says so; null where it does not. @param {Work} work @param {number} counter */
export function tried({ nonce, salt, cost, keyLength, keyPrefix }, counter) {
  const password = Uint8Array.from([...bytesOf(nonce), counter >>> 24, counter >>> 16, counter >>> 8, counter]);
  const key = hexOf(pbkdf2(password, bytesOf(salt), cost, keyLength));
  return key.startsWith(keyPrefix) ? key : null;
}

/** Solve it, and let the screen breathe between two tries. @param {Work} work @param {(go: () => void) => void} breathe @returns {Promise<{counter: number, derivedKey: string}>} */
export function solvePlainly(work, breathe) {
  return new Promise((done) => {
    let counter = 0;
    const go = () => {
      const key = tried(work, counter);
      if (key) {
        done({ counter, derivedKey: key });
        return;
      }
      counter += 1;
      breathe(go);
    };
    go();
  });
}
