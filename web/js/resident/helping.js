// For eyes that see little, and hands that hit large things only: large type, one thing a screen; and reading aloud.
import { language, t } from '../i18n.js';

const STORE = 'wangge.large';
const CLASS = 'large';

function kept() {
  try {
    return localStorage.getItem(STORE) === 'yes';
  } catch {
    return false;
  }
}

let on = kept();
document.documentElement.classList.toggle(CLASS, on);

export const isLarge = () => on;

/** @param {boolean} wanted */
export function setLarge(wanted) {
  on = wanted;
  document.documentElement.classList.toggle(CLASS, on);
  try { localStorage.setItem(STORE, on ? 'yes' : 'no'); } catch { /* not kept then */ }
}

export const canSpeak = () => 'speechSynthesis' in globalThis;

/** Read a part of the page aloud, in the language of the page; `over` when it ends. @param {HTMLElement} node @param {() => void} over */
export function readAloud(node, over) {
  speechSynthesis.cancel();
  const said = new SpeechSynthesisUtterance(node.innerText);
  said.lang = language() === 'zh' ? 'zh-CN' : t('locale');
  said.rate = 0.9;
  said.addEventListener('end', over);
  said.addEventListener('error', over);
  speechSynthesis.speak(said);
}

export const beQuiet = () => { if (canSpeak()) speechSynthesis.cancel(); };
