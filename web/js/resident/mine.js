// What was reported from this device: a list without an account, which can be forgotten.
import { categories } from '../api.js';
import { followed, forget, forgetAll, fragment } from '../followed.js';
import { moment, named, t } from '../i18n.js';
import { html, useEffect, useState } from '../preact.js';
import { caseOf } from './calls.js';

/** @import { Category, Territory } from '../api.js' */
/** @import { Followed } from '../reporting.js' */
/** @import { FollowedCase } from 'service' */

/** @param {{territories: Territory[]}} props */
export function Mine({ territories }) {
  const [all, set] = useState(followed());
  const [kinds, know] = useState(/** @type {Record<string, Category[]>} by territory */ ({}));
  useEffect(() => {
    for (const code of new Set(all.map(({ territory }) => territory))) {
      categories(code).then((told) => know((before) => ({ ...before, [code]: told.categories })), () => { /* the number names it, too */ });
    }
  }, []);
  const drop = (/** @type {Followed | null} */ one) => {
    if (one) forget(one);
    else forgetAll();
    set(followed());
  };
  return html`
    <h2>${t('r_mine')}</h2>
    <p class="lead">${t('r_mine_lead')}</p>
    ${all.length === 0 ? html`<p class="empty">${t('r_mine_none')}</p>` : html`
      <ul class="reports">${all.map((one) => html`<${One} key=${one.number} one=${one} kind=${named(kinds[one.territory]?.find(({ code }) => code === one.category)?.name, '')} place=${named(territories.find(({ code }) => code === one.territory)?.name, one.territory)} drop=${() => drop(one)} />`)}</ul>
      <button type="button" class="secondary" id="forget-all" onClick=${() => { if (confirm(t('r_forget_sure'))) drop(null); }}>${t('r_forget_all')}</button>`}`;
}

/** @param {{one: Followed, kind: string, place: string, drop: () => void}} props `kind`: what it is about, as far as that is known */
function One({ one, kind, place, drop }) {
  const [told, tell] = useState(/** @type {FollowedCase | null} */ (null));
  const [gone, lose] = useState(false);
  useEffect(() => { caseOf(one).then(tell, (problem) => lose(problem.status === 404)); }, []);
  return html`
    <li class="row" data-number=${one.number}>
      <a class="secondary" href=${`r${fragment(one)}`}><strong>${kind || one.number}</strong><small>${kind && `${one.number} · `}${place} · ${moment(one.at)}</small>
        <span class="stage">${gone ? t('r_gone') : told ? told.stages.find(({ stage }) => stage === told.stage)?.title : '…'}</span></a>
      <button type="button" class="quiet" aria-label=${t('r_forget_one', { number: one.number })} onClick=${drop}>${t('r_forget')}</button>
    </li>`;
}
