// The head of the page: where, which days, what else narrows, whether it is live, who is signed in.
import { count, language, moment, named, span as spanWords, t } from '../i18n.js';
import { html } from '../preact.js';
import { PERIODS, change } from './address.js';
import { drawLanguages, drawTerritory } from '../territory.js';
import { Host, Icon } from '../work/parts.js';
import { cases } from './question.js';

/** @import { Territory } from '../api.js' */
/** @import { Seen } from './app.js' */
/** @import { Pulse } from './live.js' */

/** What the figures are of, in words. @param {Pick<Seen, 'address' | 'categories' | 'span' | 'cellName'>} seen */
export function words({ address, categories, span, cellName }) {
  const chosen = categories.filter(({ code }) => address.categories.includes(code)).map(({ name, code }) => named(name, code));
  return [spanWords(span.from, span.to), chosen.length ? chosen.join(', ') : t('all_categories'), ...(address.cell ? [cellName] : []), ...(address.area.length ? [t('centre_area')] : [])];
}

/** What is of one territory alone, and means nothing in another. */
const ELSEWHERE = () => ({ level: '', cell: null, area: [], categories: [], finding: '', view: null, at: '', indicator: '' });

/** @param {{account: HTMLElement, territories: Territory[], territory: Territory | undefined, pulse: Pulse | null}} props */
export function Masthead({ account, territories, territory, pulse }) {
  const at = pulse && moment(pulse.at.toISOString());
  const code = territory && encodeURIComponent(territory.code);
  const chooser = (/** @type {HTMLElement} */ node) => territory && drawTerritory(node, territories, territory, (chosen) => change({ ...ELSEWHERE(), territory: chosen }));
  return html`<header class="masthead">
    <p class="brand"><img src="web/icon.svg" width="26" height="26" alt="" /><strong>${t('centre_title')}</strong></p>
    ${territory && html`<${Host} class="territory" when=${[territory.code, language(), territories]} draw=${chooser} />`}
    ${pulse && html`<p class=${`pulse ${pulse.standing}`} id="pulse" role="status"><i aria-hidden="true"></i>${pulse.standing === 'live' ? t('centre_live') : t('centre_as_of', { at: at ?? '' })}${pulse.standing === 'away' ? ` · ${t('centre_away')}` : ''}</p>`}
    <nav class="ways" aria-label=${t('work_ways')}>
      ${territory && html`<a href=${`work#/${code}/cases`}><${Icon} name="check" /><span>${t('my_work')}</span></a>`}
      ${territory && html`<a href=${`places#t=${code}`}><${Icon} name="pin" /><span>${t('places_title')}</span></a>`}
      ${territory && html`<a id="campaigns-way" href=${`admin#/${code}/campaigns`}><${Icon} name="check" /><span>${t('admin_campaigns')}</span></a>`}
      <a href=${code ? `./#t=${code}` : './'}><${Icon} name="layers" /><span>${t('the_map')}</span></a>
    </nav>
    <${Host} class="languages" role="group" when=${[language()]} draw=${drawLanguages} />
    <${Host} class="account" when=${[account]} draw=${(/** @type {HTMLElement} */ node) => node.replaceChildren(account)} />
  </header>`;
}

/** Which days, and what else narrows all figures. @param {Seen & {total: number | null}} props */
export function FilterBar(props) {
  const { territory, address, span, cellName, total } = props;
  /** @param {'from' | 'to'} end @param {string} value */
  const date = (end, value) => {
    const next = { ...span, [end]: value };
    if (next.from && next.to && next.from <= next.to) change({ ...next });
  };
  /** @param {string} id @param {string} text @param {() => unknown} off */
  const chip = (id, text, off) => html`<span class="chip" id=${id}>${text}<button type="button" aria-label=${t('centre_without', { what: text })} onClick=${off}><${Icon} name="close" /></button></span>`;
  return html`<section class="filterbar" aria-label=${t('centre_filter')}>
    <div class="segments" role="group" aria-label=${t('period')}>${PERIODS.map((days) => html`<button type="button" data-days=${days} aria-pressed=${String(!address.from && address.days === days)} onClick=${() => change({ days, from: '', to: '', at: '' })}>${t('centre_days', { n: days })}</button>`)}</div>
    <label><span class="visually-hidden">${t('from')}</span><input type="date" id="from" value=${span.from} onChange=${(/** @type {Event & {currentTarget: HTMLInputElement}} */ event) => date('from', event.currentTarget.value)} /></label>
    <label><span class="visually-hidden">${t('to')}</span><input type="date" id="to" value=${span.to} onChange=${(/** @type {Event & {currentTarget: HTMLInputElement}} */ event) => date('to', event.currentTarget.value)} /></label>
    ${address.cell && chip('chip-cell', cellName, () => change({ cell: null }))}
    ${address.categories.length > 0 && chip('chip-categories', words(props)[1] ?? '', () => change({ categories: [] }))}
    ${address.area.length > 0 && chip('chip-area', t('centre_area'), () => change({ area: [] }))}
    <a class="all-cases" id="all-cases" href=${cases(address, territory.code, span)}>${total === null ? t('centre_cases') : t('centre_n_cases', { n: count(total) })}</a>
  </section>`;
}
