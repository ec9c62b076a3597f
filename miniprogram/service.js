// What the mini-program asks of the service; the same addresses and bodies as the pages.
const config = require('./config');
const { digestOf, solvePlainly } = require('./shared/plainproof');

const LONG_MS = 60000;

/** The words of a refusal (RFC 9457), or that nobody was reached (`status` 0). */
class Problem extends Error {
  constructor(body, status) {
    super(body.detail || body.title || '');
    this.kind = (body.type || '').split('/').pop();
    this.status = status;
    this.fields = body.errors || [];
  }
}

const newKey = () => `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}-${Math.random().toString(36).slice(2)}`;

/** @param {string} path below the territory @param {{method?: string, data?: unknown, header?: Record<string, string>}} [options] */
const ask = (path, options, territory = config.territory) => request(`/api/v1/territories/${encodeURIComponent(territory)}${path}`, options);

/** @param {string} path below the service's address @param {{method?: string, data?: unknown, header?: Record<string, string>}} [options] */
function request(path, { method = 'GET', data, header = {} } = {}) {
  return new Promise((done, failed) => {
    wx.request({
      url: `${config.service}${path}`,
      method, data, timeout: LONG_MS, dataType: 'json',
      header: Object.assign({ Accept: 'application/json', 'Accept-Language': language(), 'Content-Type': 'application/json' }, header),
      success({ statusCode, data: body }) {
        if (statusCode >= 200 && statusCode < 300) done(body);
        else failed(new Problem(body && typeof body === 'object' ? body : {}, statusCode));
      },
      fail: () => failed(new Problem({}, 0)),
    });
  });
}

const language = () => (wx.getAppBaseInfo().language.startsWith('zh') ? 'zh' : 'en');

/** A photo that was taken, sent as it is. @param {string} path of the file @returns {Promise<{id: string}>} */
const sendPhoto = (path) => new Promise((done, failed) => {
  wx.getFileSystemManager().readFile({
    filePath: path,
    success: ({ data }) => ask('/photos', { method: 'POST', data, header: { 'Content-Type': 'image/jpeg' } }).then(done, failed),
    fail: () => failed(new Problem({}, 0)),
  });
});

const categories = () => ask('/categories').then((told) => told.categories);
const locate = ({ lon, lat, datum }) => ask(`/locate?lon=${lon}&lat=${lat}&datum=${datum}`);

/** Work that proves that this is meant: for one body, at one address, under one key. The service says whether it wants it. */
async function proofOf(path, data, key) {
  const challenge = await request(`/api/v1/challenge?sent=${digestOf(`${decodeURIComponent(path)}\n${key}\n${data}`)}`);
  const solution = await solvePlainly(challenge.parameters, setTimeout);
  // Nothing in it but ASCII: hex, numbers, names.
  const text = JSON.stringify({ challenge, solution });
  return wx.arrayBufferToBase64(Uint8Array.from(text, (one) => one.charCodeAt(0)).buffer);
}

/** Under the same key it is filed once, however often it is sent. */
async function file(body, key) {
  const path = `/api/v1/territories/${encodeURIComponent(config.territory)}/reports`;
  const data = JSON.stringify(body);
  const header = { 'Idempotency-Key': key };
  try {
    return await request(path, { method: 'POST', data, header });
  } catch (problem) {
    if (problem.kind !== 'proof-wanted') throw problem;
    return request(path, { method: 'POST', data, header: Object.assign({ 'Proof-Of-Work': await proofOf(path, data, key) }, header) });
  }
}
const at = ({ number }, rest = '') => `/reports/${encodeURIComponent(number)}/followed${rest}`;
const follow = (one) => ask(at(one), { header: { 'Case-Secret': one.secret } }, one.territory);
const move = (one, body, version) => ask(at(one, '/moves'), { method: 'POST', data: body, header: { 'Case-Secret': one.secret, 'If-Match': `"${version}"` } }, one.territory);
/** Ask for messages in a tap, as the platform wants it; gives the templates that were accepted. @returns {Promise<string[]>} */
const subscribe = () => new Promise((done) => {
  const accepted = (answer) => done(config.templates.filter((id) => answer[id] === 'accept'));
  if (config.templates.length) wx.requestSubscribeMessage({ tmplIds: config.templates, complete: accepted });
  else done([]);
});
/** Who this is, by a code that is good once, and which messages they agreed to in the tap before. @param {string[]} templates */
const agree = (one, templates) => new Promise((done, failed) => {
  wx.login({
    success: ({ code }) => ask(at(one, '/wechat'), { method: 'POST', data: { code, templates }, header: { 'Case-Secret': one.secret } }, one.territory).then(done, failed),
    fail: () => failed(new Problem({}, 0)),
  });
});

module.exports = { Problem, agree, categories, file, follow, language, locate, move, newKey, sendPhoto, subscribe };
