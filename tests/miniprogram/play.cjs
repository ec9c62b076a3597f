// The mini-program's pages in miniprogram-simulate, over a service that runs: node play.cjs URL. Prints what happened as JSON.
const path = require('node:path');
const fs = require('node:fs');
const { createRequire } = require('node:module');

const root = path.resolve(__dirname, '../..');
const installed = createRequire(path.join(root, 'scripts/javascript/package.json'));
const { JSDOM } = installed('jsdom');
const dom = new JSDOM('<!doctype html><body></body>', { pretendToBeVisual: true });
Object.assign(global, { window: dom.window, document: dom.window.document });
for (const name of ['Event', 'CustomEvent', 'Node', 'Element', 'HTMLElement', 'MouseEvent', 'TouchEvent', 'Touch']) if (!(name in global) || name === 'Event' || name === 'CustomEvent') global[name] = dom.window[name];
const simulate = installed('miniprogram-simulate');

const [, , service, photo] = process.argv;
const config = require(path.join(root, 'miniprogram/config.js'));
Object.assign(config, { service, templates: ['template-1'] });

// What the platform gives: storage, photos, the position, and requests, which really go out.
const storage = new Map();
const here = { denied: false };
const seen = { requests: [], subscribed: 0, led: [], datum: [] };
const offline = { now: false };
Object.assign(wx, {
  getStorageSync: (key) => (storage.has(key) ? JSON.parse(storage.get(key)) : ''),
  setStorageSync: (key, value) => storage.set(key, JSON.stringify(value)),
  removeStorageSync: (key) => storage.delete(key),
  getAppBaseInfo: () => ({ language: 'en' }),
  chooseMedia: ({ success }) => success({ tempFiles: [{ tempFilePath: photo }] }),
  getFileSystemManager: () => ({
    saveFileSync: (from) => from,
    readFile: ({ filePath, success, fail }) => fs.readFile(filePath, (error, data) => (error ? fail(error) : success({ data }))),
  }),
  getLocation: ({ type, success, fail }) => {
    seen.datum.push(type);
    if (here.denied) fail({ errMsg: 'getLocation:fail auth deny' });
    else success({ longitude: 116.8768, latitude: 38.3171, accuracy: 11.6 });
  },
  requestSubscribeMessage: ({ tmplIds: [id], complete }) => { // refused at first
    seen.subscribed += 1;
    complete(seen.subscribed === 1 ? { errCode: 20004 } : { errMsg: 'requestSubscribeMessage:ok', [id]: 'accept' });
  },
  login: ({ success }) => success({ code: '0a1b2c' }),
  arrayBufferToBase64: (buffer) => Buffer.from(buffer).toString('base64'),
  navigateTo: ({ url }) => seen.led.push(url),
  request: ({ url, method, data, header, success, fail }) => {
    seen.requests.push({ method, path: new URL(url).pathname, headers: Object.keys(header), body: Buffer.isBuffer(data) ? '' : data });
    if (offline.now) { setTimeout(() => fail({ errMsg: 'request:fail' })); return; }
    const body = data === undefined || Buffer.isBuffer(data) || typeof data === 'string' ? data : JSON.stringify(data);
    fetch(url, { method, headers: header, body }).then(async (answer) => {
      const text = await answer.text();
      success({ statusCode: answer.status, data: text ? JSON.parse(text) : '' });
    }, fail);
  },
});

function open(page, properties) {
  const id = simulate.load(path.join(root, `miniprogram/pages/${page}/${page}`), page, { compiler: 'simulate', rootPath: path.join(root, 'miniprogram') });
  const shown = simulate.render(id, properties);
  shown.attach(document.body);
  return shown;
}
const text = (page, selector) => page.querySelectorAll(selector).map((one) => one.dom.textContent.trim());
/** A tap, as far as the page hears it. */
async function tap(page, selector, at = 0) {
  const found = page.querySelectorAll(selector)[at];
  if (!found) throw new Error(`nothing is ${selector}`);
  found.dispatchEvent('tap');
  await simulate.sleep(30);
}
async function until(ready) {
  for (let tries = 0; tries < 400; tries += 1) {
    if (ready()) return;
    await simulate.sleep(25);
  }
  throw new Error(`never: ${ready}`);
}

async function main() {
  const told = {};
  let report = open('report');
  await until(() => text(report, '.chip').length > 0);
  await tap(report, '.send');
  told.faults = [...text(report, '.fault-what'), ...text(report, '.fault-where')];
  here.denied = true;
  await tap(report, '.here');
  told.denied = [text(report, '.fault-where'), report.querySelectorAll('.settings').length];
  here.denied = false;
  await tap(report, '.take');
  await tap(report, '.chip', text(report, '.chip').findIndex((title) => /lamp/i.test(title)));
  report.instance.type({ currentTarget: { dataset: { field: 'description' } }, detail: { value: 'dark in the mini-program' } });
  await tap(report, '.here');
  await until(() => text(report, '.place').length > 0);
  told.place = text(report, '.place')[0];
  offline.now = true;
  await tap(report, '.send');
  await until(() => !report.data.sending);
  told.offline = text(report, '.fault');
  report.detach();
  report = open('report'); // closed, and opened again
  await until(() => text(report, '.chip').length > 0);
  told.kept = [report.data.description, report.data.photos.length, text(report, '.chosen').length];
  offline.now = false;
  await tap(report, '.send');
  await until(() => seen.led.length > 0);
  told.empty = [report.data.description, report.data.photos.length];
  told.sent = seen.requests.filter(({ path: at }) => at.endsWith('/reports')).map(({ body }) => body);

  const [kept] = JSON.parse(storage.get('wangge.followed'));
  told.number = kept.number;
  const mine = open('mine');
  await mine.instance.ready;
  told.mine = text(mine, '.stage');
  const followed = open('follow', { number: kept.number });
  await until(() => followed.data.told);
  told.follow = [text(followed, '.number')[0], text(followed, '.now')[0], text(followed, '.description')[0]];
  followed.instance.type({ detail: { value: 'it is the third one' } });
  await tap(followed, '.add');
  await followed.instance.acted;
  told.added = text(followed, '.entry')[0];
  await tap(followed, '.hear'); // agreed to once more
  await until(() => followed.data.heard || followed.data.fault);
  told.heard = [text(followed, '.heard').length, text(followed, '.fault')[0]];

  process.stdout.write(`${JSON.stringify({ paused: kept })}\n`); // the desk closes it now
  await new Promise((done) => { process.stdin.once('data', done); });
  await followed.instance.ask();
  told.closed = text(followed, '.now')[0];
  await tap(followed, '.score', 4);
  await followed.instance.acted;
  followed.instance.type({ detail: { value: 'still dark' } });
  await tap(followed, '.take');
  await tap(followed, '.reopen');
  await followed.instance.acted;
  told.reopened = [text(followed, '.now')[0], followed.data.photos.length, text(followed, '.fault').length];
  told.wrong = await new Promise((done) => {
    storage.set('wangge.followed', JSON.stringify([{ ...kept, secret: 'A'.repeat(24) }]));
    const gone = open('follow', { number: kept.number });
    until(() => gone.data.gone).then(() => done(text(gone, '.gone').length));
  });
  told.proven = seen.requests.filter(({ headers }) => headers.includes('Proof-Of-Work')).length;
  told.agreed = seen.requests.filter(({ path: at }) => at.endsWith('/wechat')).map(({ headers, body }) => [headers.includes('Case-Secret'), body]);
  told.secret = seen.requests.some(({ path: at }) => at.includes(kept.secret));
  told.seen = { subscribed: seen.subscribed, datum: [...new Set(seen.datum)], led: seen.led };
  process.stdout.write(`${JSON.stringify(told)}\n`);
  process.exit(0);
}

main().catch((problem) => {
  console.error(problem);
  process.exit(1);
});
