// To ask for news of an area by e-mail: a message with a link goes to the address, and nothing more until it is confirmed there.
import { address, known, newKey, of, posted, wording } from '../api.js';
import { send } from '../filing.js';
import { named, t } from '../i18n.js';
import { html, useEffect, useState } from '../preact.js';

/** @import { Category, Territory } from '../api.js' */
/** @import { AreaSubscriptionBody } from 'service' */

/** @param {{territory: Territory, area: Pick<AreaSubscriptionBody, 'cell' | 'level' | 'circle'>, kinds: Category[], category: string}} props `kinds`: those that are told exactly; `category`: the one that is looked at */
export function AskForMail({ territory, area, kinds, category }) {
  const [email, type] = useState('');
  const [chosen, choose] = useState(category ? [category] : /** @type {string[]} */ ([]));
  const [said, say] = useState('');
  const [done, end] = useState(false);
  const [working, work] = useState(false);
  useEffect(() => choose(category ? [category] : []), [category]);
  const toggle = (/** @type {string} */ code) => choose(chosen.includes(code) ? chosen.filter((one) => one !== code) : [...chosen, code]);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    work(true);
    say('');
    try {
      await known(); // what a change of somebody who is signed in must carry comes with it
      const options = posted({ email: email.trim(), ...area, categories: chosen });
      await send(address(of(territory.code, '/area-subscriptions')), { ...options, headers: { ...options.headers, 'Idempotency-Key': newKey() } });
      end(true);
    } catch (problem) {
      say(wording(problem));
    }
    work(false);
  };
  if (done) return html`<p class="note" role="status" id="mail-asked">${t('r_mail_asked', { email: email.trim() })}</p>`;
  return html`
    <form class="words" id="mail" onSubmit=${submit}>
      <div class="field"><label for="mail-address">${t('r_mail')}</label>
        <input id="mail-address" type="email" autocomplete="email" required maxlength="254" value=${email} aria-describedby="mail-hint" onInput=${(/** @type {any} */ event) => type(event.currentTarget.value)} />
        <small id="mail-hint">${t('r_mail_hint')}</small></div>
      ${kinds.length > 1 && html`<fieldset class="mail-kinds"><legend>${t('r_mail_kinds')}</legend>
        <div class="chips">${kinds.map(({ code, name }) => html`
          <label key=${code}><input type="checkbox" value=${code} checked=${chosen.includes(code)} onChange=${() => toggle(code)} /><span>${named(name, code)}</span></label>`)}</div></fieldset>`}
      <button type="submit" class="secondary" id="mail-ask" disabled=${working}>${t('r_mail_ask')}</button>
      ${said && html`<p class="field-error" role="alert">${said}</p>`}
    </form>`;
}
