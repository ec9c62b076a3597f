// The board of places: who may see it, which part of it is shown.
import { useAnswer } from '../answers.js';
import { clock } from '../centre/dates.js';
import { Failing } from '../centre/parts.js';
import { keep, likely } from '../early.js';
import { language, named, t } from '../i18n.js';
import { html, useEffect, useMemo } from '../preact.js';
import { drawLanguages, drawTerritory } from '../territory.js';
import { useWordsAndColours } from '../watching.js';
import { Host, Icon } from '../work/parts.js';
import { PARTS, change, useAddress } from './address.js';
import { Board } from './board.js';
import { attributes } from './calls.js';
import { Overlays } from './overlays.js';
import { Upload } from './upload.js';

/** @import { Account } from '../account.js' */
/** @import { Territory } from '../api.js' */
/** @import { AttributeInfo, Right, SessionAnswer } from 'service' */
/** @import { Address } from './address.js' */

/**
 * @typedef {object} Seen what every part goes by
 * @property {Territory} territory
 * @property {Address} address
 * @property {AttributeInfo[]} kept what is kept of the cells
 * @property {string} level that is shown
 * @property {string} on the day
 */

/** Where somebody has a right. @param {SessionAnswer | null} session @param {Territory[]} all @param {Right} right */
function where(session, all, right) {
  const grants = session?.account?.grants ?? [];
  return all.filter(({ code }) => grants.some(({ rights, territory }) => rights.includes(right) && [null, code].includes(territory)));
}

/** What is of one territory alone, and means nothing in another. */
const ELSEWHERE = () => ({ level: '', attribute: '', cell: null, overlay: '', view: null });

/** @param {{account: Account, session: SessionAnswer | null, territories: Territory[] | null, problem: unknown}} props */
export function App({ account, session, territories, problem }) {
  useWordsAndColours();
  const address = useAddress();
  const mine = useMemo(() => where(session, territories ?? [], 'read-figures'), [session, territories]);
  const territory = address.territory ? mine.find(({ code }) => code === address.territory) : likely(mine);
  const edits = territory !== undefined && where(session, mine, 'edit-rules').includes(territory);
  useEffect(() => {
    if (!territory) return;
    keep(territory.code);
    if (!address.territory) change({ territory: territory.code }, { replace: true });
  }, [territory?.code]);
  useEffect(() => { document.title = `${t('places_title')} · ${territory ? named(territory.name, territory.code) : t('title')}`; });
  return html`
    <a class="skip" href="#main" onClick=${(/** @type {Event} */ event) => { event.preventDefault(); document.getElementById('main')?.focus(); }}>${t('places_skip')}</a>
    <${Masthead} account=${account.node} territories=${mine} territory=${territory} />
    <main id="main" tabindex="-1"><h1 class="visually-hidden">${t('places_title')}</h1>
      ${Boolean(problem) && html`<${Failing} problem=${problem} />`}
      ${session && territories && (territory ? html`<${Places} territory=${territory} edits=${edits} key=${territory.code} />` : html`<${Refusal} account=${account} session=${session} mine=${mine} wanted=${address.territory} />`)}</main>`;
}

/** @param {{account: HTMLElement, territories: Territory[], territory: Territory | undefined}} props */
function Masthead({ account, territories, territory }) {
  const code = territory && encodeURIComponent(territory.code);
  const chooser = (/** @type {HTMLElement} */ node) => territory && drawTerritory(node, territories, territory, (chosen) => change({ ...ELSEWHERE(), territory: chosen }));
  return html`<header class="masthead">
    <p class="brand"><img src="web/icon.svg" width="26" height="26" alt="" /><strong>${t('places_title')}</strong></p>
    ${territory && html`<${Host} class="territory" when=${[territory.code, language(), territories]} draw=${chooser} />`}
    <nav class="ways" aria-label=${t('work_ways')}>
      ${code && html`<a href=${`centre#t=${code}`}><${Icon} name="frame" /><span>${t('centre_title')}</span></a>`}
      <a href=${code ? `./#t=${code}` : './'}><${Icon} name="layers" /><span>${t('the_map')}</span></a>
    </nav>
    <${Host} class="languages" role="group" when=${[language()]} draw=${drawLanguages} />
    <${Host} class="account" when=${[account]} draw=${(/** @type {HTMLElement} */ node) => node.replaceChildren(account)} />
  </header>`;
}

/** A clear word for whoever may not see the figures. @param {{account: Account, session: SessionAnswer, mine: Territory[], wanted: string}} props */
function Refusal({ account, session, mine, wanted }) {
  if (!session.account) return html`<div class="refusal"><h2>${t('places_sign_in_title')}</h2><p>${t('centre_sign_in')}</p><button type="button" class="primary" id="places-sign-in" onClick=${() => account.open()}>${t('sign_in')}</button></div>`;
  if (!mine.length) return html`<div class="refusal" role="alert"><h2>${t('centre_no_figures_title')}</h2><p>${t('centre_no_figures')}</p><a class="primary" href="work">${t('my_work')}</a></div>`;
  return html`<div class="refusal" role="alert"><p>${t('centre_unknown', { code: wanted })}</p><ul>${mine.map(({ code, name }) => html`<li><a href=${`places#t=${encodeURIComponent(code)}`}>${named(name, code)}</a></li>`)}</ul></div>`;
}

/** The parts for one territory. @param {{territory: Territory, edits: boolean}} props */
function Places({ territory, edits }) {
  const address = useAddress();
  const told = useAnswer(territory.code, () => attributes(territory.code));
  const levels = territory.levels.map(({ key }) => key);
  const level = levels.includes(address.level) ? address.level : levels.at(-2) ?? levels[0] ?? '';
  const on = address.on || clock(territory.timezone).day;
  const part = address.part === 'upload' && !edits ? 'board' : address.part;
  /** @type {Seen} */
  const seen = { territory, address, kept: told.answer?.attributes ?? [], level, on };
  return html`<section class="filterbar" aria-label=${t('places_shown')}>
      <div class="segments" role="group" aria-label=${t('places_parts')}>${PARTS.filter((one) => one !== 'upload' || edits).map((one) => html`<button type="button" data-part=${one} aria-pressed=${String(one === part)} onClick=${() => change({ part: one, cell: null })}>${t(`places_${one}`)}</button>`)}</div>
      <label class="on"><span>${t('places_on')}</span><input type="date" id="on" value=${on} onChange=${(/** @type {any} */ event) => change({ on: event.currentTarget.value })} /></label>
    </section>
    ${Boolean(told.problem) && html`<${Failing} problem=${told.problem} />`}
    ${part === 'overlays' ? html`<${Overlays} ...${seen} edits=${edits} />` : part === 'upload' ? html`<${Upload} ...${seen} />` : told.answer && html`<${Board} ...${seen} />`}`;
}
