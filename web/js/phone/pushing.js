// Who carries this phone is told what waits for them, though the program is closed: asked for here, and sealed for this browser alone.
import { address, call, wording } from '../api.js';
import { t } from '../i18n.js';
import { html, useEffect, useState } from '../preact.js';
import { Icon } from '../work/parts.js';
import { grantsIn } from '../work/session.js';
import { store, useStore } from '../work/store.js';
import { inTheStreet } from './keeping.js';

/** @import { Territory } from '../api.js' */
/** @import { OwnPush, OwnPushBody } from 'service' */

const CHOSEN = 'wangge.push';

const own = () => address('api/v1/sessions/push');
/** @param {OwnPushBody} body @returns {Promise<null>} */
const putOwn = (body) => call(own(), { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

const able = () => 'serviceWorker' in navigator && 'PushManager' in globalThis && 'Notification' in globalThis;
const allowed = () => navigator.permissions.query({ name: 'notifications' }).then(({ state }) => state === 'granted', () => Notification.permission === 'granted');
const whose = () => String(store().session?.account?.id ?? '');

/** Who chose it on this phone, for whoever signs in again the next day. @param {string} account */
function choose(account) {
  try { localStorage.setItem(CHOSEN, account); } catch { /* asked again then */ }
}

function chosen() {
  try { return localStorage.getItem(CHOSEN); } catch { return null; }
}

/** Subscribe, and tell the service. @param {string} key */
async function turnOn(key) {
  const { pushManager } = await navigator.serviceWorker.ready;
  await (await pushManager.getSubscription())?.unsubscribe(); // which may be for another who was signed in here
  const { endpoint = '', keys = {} } = (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })).toJSON();
  await putOwn({ endpoint, key: keys.p256dh ?? '', auth: keys.auth ?? '' });
  choose(whose());
}

async function turnOff() {
  choose('');
  await call(own(), { method: 'DELETE' });
  const { pushManager } = await navigator.serviceWorker.ready;
  await (await pushManager.getSubscription())?.unsubscribe();
}

/** What another chose on this phone does not come to who has signed in since; that one is told again when they are back. */
async function endOthers() {
  const before = chosen();
  if (!before || !whose() || before === whose()) return;
  const { pushManager } = await navigator.serviceWorker.ready;
  await (await pushManager.getSubscription())?.unsubscribe();
}

/** How it stands; whoever chose it is told again after signing in. @returns {Promise<OwnPush>} */
async function look() {
  const told = /** @type {OwnPush} */ (await call(own()));
  if (!told.key || !await allowed()) return { ...told, on: false };
  if (told.on || chosen() !== whose()) return told;
  await turnOn(told.key);
  return { ...told, on: true };
}

/** @param {{territory: Territory}} props */
export function PushChoice({ territory }) {
  const { lost, away } = useStore();
  const [told, tell] = useState(/** @type {OwnPush | null} */ (null));
  const [problem, say] = useState('');
  const street = inTheStreet(grantsIn(territory.code), territory);
  useEffect(() => {
    if (street && able() && !lost && !away) look().then(tell, (failed) => console.warn(failed));
  }, [street, lost, away, whose()]);
  useEffect(() => {
    if (able() && !lost && !away) endOthers().catch((failed) => console.warn(failed));
  }, [lost, away, whose()]);
  if (!told?.key) return null;
  const { key, on } = told;
  const turn = async () => {
    say('');
    try {
      if (!on && await Notification.requestPermission() !== 'granted') return say(t('push_denied'));
      await (on ? turnOff() : turnOn(key));
      return tell({ key, on: !on });
    } catch (failed) {
      return say(failed instanceof DOMException ? t('push_failed') : wording(failed));
    }
  };
  return html`
    <button type="button" class="secondary" id="push" aria-pressed=${String(on)} onClick=${turn}><${Icon} name="bell" />${t(on ? 'push_on' : 'push_off')}</button>
    ${problem && html`<p class="field-error" id="push-error" role="alert">${problem}</p>`}`;
}
