// What a case is about, where it names one: the asset with its number, and the other cases of it.
import { address, call, of } from '../api.js';
import { day, named, t } from '../i18n.js';
import { html, useEffect, useState } from '../preact.js';
import { listCases } from './calls.js';
import { format } from './route.js';

/** @import { Territory } from '../api.js' */
/** @import { Case, Row } from './calls.js' */
/** @import { Asset } from 'service' */

const SHOWN = 6;

/** @param {string} territory @param {string} number @returns {Promise<Asset>} */
const assetOf = (territory, number) => call(address(of(territory, `/assets/${encodeURIComponent(number)}`)));

/** @param {{territory: Territory, report: Case, query: URLSearchParams, choose: (move: string) => void}} props */
export function AboutAsset({ territory, report, query, choose }) {
  const [asset, tell] = useState(/** @type {Asset | null} */ (null));
  const [others, list] = useState(/** @type {Row[]} */ ([]));
  const { number, asset: about } = report;
  const offer = report.moves.find(({ move }) => move === 'name-asset');
  useEffect(() => {
    tell(null);
    list([]);
    if (!about) return undefined;
    let wanted = true;
    assetOf(territory.code, about).then((found) => wanted && tell(found), () => { /* it is no longer kept: its number says enough */ });
    listCases(territory.code, new URLSearchParams({ asset: about }), SHOWN + 1).then(({ reports }) => wanted && list(reports.filter((one) => one.number !== number).slice(0, SHOWN)), () => { /* none are named then */ });
    return () => { wanted = false; };
  }, [territory.code, number, about, report.version]);
  if (!about && !offer) return null;
  const said = Object.entries(asset?.attributes ?? {});
  return html`
    <section class="asset" id="case-asset"><h3>${asset ? named(asset.kind.name, asset.kind.code) : t('asset')}</h3>
      <p>${about ? html`<strong>${about}</strong>` : t('asset_none')}${asset?.name && ` · ${asset.name}`}</p>
      ${said.length > 0 && html`<dl class="answers">${said.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`}
      ${offer && html`<button type="button" class="quiet" id="asset-correct" onClick=${() => choose(offer.move)}>${about ? offer.title : t('asset_choose')}</button>`}
      ${others.length > 0 && html`<p><small>${t('asset_cases')}</small></p><ul class="asset-cases">${others.map((one) => html`
        <li key=${one.number}><a href=${format({ territory: territory.code, number: one.number, query })}><code>${one.number}</code> <small>${one.state_title} · ${day(one.received_at)}</small></a></li>`)}</ul>`}
    </section>`;
}
