// Where whoever gets messages about reports says that they want none, or want them again: by the link in a message, without an account.
import { address, call } from '../api.js';
import { t } from '../i18n.js';
import { html, useState } from '../preact.js';
import { Failure } from '../work/parts.js';

/** @param {{token: string}} props */
export function Notices({ token }) {
  const [refused, set] = useState(false);
  const [working, work] = useState(false);
  const [problem, fail] = useState(/** @type {unknown} */ (null));
  const say = async (/** @type {boolean} */ none) => {
    work(true);
    fail(null);
    try {
      await call(address(`api/v1/notices/${encodeURIComponent(token)}/refusal`), { method: none ? 'POST' : 'DELETE' });
      set(none);
    } catch (error) {
      fail(error);
    }
    work(false);
  };
  return html`
    <h2>${t('r_notices')}</h2>
    <p class="lead" role="status">${t(refused ? 'r_notices_none' : 'r_notices_lead')}</p>
    ${problem ? html`<${Failure} problem=${problem} again=${() => say(!refused)} />` : html`
      <button type="button" id="notices" class=${refused ? 'secondary' : 'primary'} disabled=${working} onClick=${() => say(!refused)}>${t(refused ? 'r_notices_again' : 'r_notices_stop')}</button>`}`;
}
