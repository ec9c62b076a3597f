// What is known already: open cases of the same kind nearby, to be supported instead of reported again.
import { wording } from '../api.js';
import { fragment, remember } from '../followed.js';
import { day, distance, t } from '../i18n.js';
import { html, useEffect, useState } from '../preact.js';
import { similar, support } from './calls.js';

/** @import { Territory } from '../api.js' */
/** @import { Draft } from './report.js' */
/** @import { SimilarCase } from 'service' */

const REST_MS = 250;

/** @param {{territory: Territory, draft: Draft}} props */
export function Similar({ territory, draft: { category, asset = '', point, inside } }) {
  const [found, find] = useState(/** @type {SimilarCase[]} */ ([]));
  const [said, say] = useState('');
  useEffect(() => {
    find([]);
    if (!category || !point || !inside) return undefined;
    const request = new AbortController();
    const ask = () => similar(territory.code, point, category, asset.trim(), request.signal).then(({ cases }) => find(cases), () => { /* then it is reported, and merged */ });
    const asked = setTimeout(ask, REST_MS); // a number is typed
    return () => { clearTimeout(asked); request.abort(); };
  }, [category, asset, point?.lon, point?.lat, inside]);
  if (!found.length) return null;
  const join = async (/** @type {SimilarCase} */ one) => {
    try {
      const { number, secret } = await support(territory.code, one.number);
      const kept = { territory: territory.code, number, secret, category, at: new Date().toISOString() };
      remember(kept);
      location.hash = fragment(kept);
    } catch (problem) {
      say(wording(problem));
    }
  };
  return html`
    <section class="similar" id="similar" role="status"><h3>${t('r_similar')}</h3>
      <ul>${found.map((one) => html`
        <li key=${one.number}><span>${one.same_asset ? t('r_similar_asset', { since: day(one.since), number: asset.trim() }) : t('r_similar_one', { since: day(one.since), distance: distance(one.distance_m) })}<small>${one.stage_title}${one.supports > 0 && ` · ${t('r_supports', { n: one.supports })}`}</small></span>
          <button type="button" class="secondary" data-support=${one.number} onClick=${() => join(one)}>${t('r_support')}</button></li>`)}</ul>
      <small>${t('r_similar_hint')}</small>
      ${said && html`<p class="field-error" role="alert">${said}</p>`}
    </section>`;
}
