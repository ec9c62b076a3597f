// A button that copies a text.
import { announce, h, icon } from './dom.js';
import { t } from './i18n.js';

/** A button that puts a text on the clipboard and says so. @param {string} text */
export function copyButton(text) {
  const label = h('span', {}, t('report_copy'));
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // No clipboard on an insecure origin: select the text, so that one key press copies it.
      if (button.previousElementSibling) getSelection()?.selectAllChildren(button.previousElementSibling);
      return;
    }
    label.textContent = t('report_copied');
    announce(t('report_copied'));
  };
  /** @type {HTMLButtonElement} */
  const button = h('button', { type: 'button', class: 'quiet', onclick: copy }, icon('copy'), label);
  return button;
}
