// What each page of people at work begins with: the way past the masthead, and the form to sign in where nobody is.
import { language, t } from '../i18n.js';
import { html } from '../preact.js';
import { Host } from './parts.js';
import { signing } from './session.js';

/** @param {Event} event */
export function skip(event) {
  event.preventDefault();
  document.getElementById('work')?.focus();
}

/** The form to sign in, alone on the page. */
export function SignIn() {
  const draw = (/** @type {HTMLElement} */ node) => {
    node.replaceChildren(signing().form(t('work_sign_in')));
    node.querySelector('input')?.focus();
  };
  return html`<${Host} class="account-dialog alone" when=${[language(), signing().told.oidc]} draw=${draw} />`;
}
