// Where the link in a message of an area leads: it is confirmed, or ended and erased, without an account.
import { address, call } from '../api.js';
import { t } from '../i18n.js';
import { html, useEffect, useState } from '../preact.js';
import { Failure } from '../work/parts.js';

/** @import { AreaSubscription } from 'service' */

/** @param {{token: string}} props */
export function AreaMail({ token }) {
  const [told, tell] = useState(/** @type {AreaSubscription | null} */ (null));
  const [ended, end] = useState(false);
  const [working, work] = useState(false);
  const [problem, fail] = useState(/** @type {unknown} */ (null));
  const at = (/** @type {string} */ rest) => address(`api/v1/area-subscriptions/${encodeURIComponent(token)}${rest}`);
  const ask = () => call(at('')).then((/** @type {AreaSubscription} */ found) => { fail(null); tell(found); }, fail);
  useEffect(() => { ask(); }, [token]);
  const does = async (/** @type {'confirmation' | 'erasure'} */ what) => {
    work(true);
    try {
      await call(at(`/${what}`), { method: 'POST' });
      if (what === 'erasure') end(true);
      else await ask();
    } catch (refusal) {
      fail(refusal);
    }
    work(false);
  };
  if (problem) return html`<h2>${t('r_area')}</h2><${Failure} problem=${problem} again=${ask} />`;
  if (ended) return html`<h2>${t('r_area')}</h2><p class="lead" role="status">${t('r_area_ended')}</p>`;
  if (!told) return html`<p class="loading">${t('loading')}</p>`;
  return html`
    <h2>${t('r_area')}</h2>
    <p class="lead" role="status">${t(told.confirmed ? 'r_area_confirmed' : 'r_area_question')}</p>
    <dl class="area-facts"><dt>${t('r_subscribe_area')}</dt><dd>${told.area}</dd>
      <dt>${t('category')}</dt><dd>${told.categories.join(t('comma')) || t('r_public_all')}</dd></dl>
    <div class="area-doing">
      ${!told.confirmed && html`<button type="button" class="primary" id="area-confirm" disabled=${working} onClick=${() => does('confirmation')}>${t('r_area_confirm')}</button>`}
      <button type="button" class="secondary" id="area-end" disabled=${working} onClick=${() => does('erasure')}>${t(told.confirmed ? 'r_area_end' : 'r_area_not_me')}</button>
    </div>`;
}
