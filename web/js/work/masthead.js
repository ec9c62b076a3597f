// The head of the work screens: the same parts as the map's.
import { language, t } from '../i18n.js';
import { html } from '../preact.js';
import { drawLanguages, drawTerritory } from '../territory.js';
import { inSunlight, wearSunlight } from '../phone/look.js';
import { Host, Icon } from './parts.js';
import { beginning } from './filters.js';
import { format, go } from './route.js';
import { askAgain, grantsIn, mine, signing } from './session.js';
import { change, useStore } from './store.js';

/** @import { Territory } from '../api.js' */
/** @import { Route } from './route.js' */

/** The address at which somebody's work in a territory begins. @param {Territory} territory */
export const home = (territory) => format({ territory: territory.code, query: beginning(grantsIn(territory.code), territory) });

/** What leads to administration and audit: any of these rights. */
const LOOKS_AFTER = ['edit-accounts', 'edit-roster', 'edit-rules', 'read-audit'];

/** @param {{territory: Territory | undefined, route: Route, at?: 'work' | 'admin'}} props */
export function Masthead({ territory, route, at = 'work' }) {
  const { session, live, lost, away } = useStore();
  const chooser = (/** @type {HTMLElement} */ node) => territory && drawTerritory(node, mine(), territory, (code) => {
    const chosen = mine().find((one) => one.code === code);
    if (chosen) go(at === 'work' ? home(chosen) : format({ territory: code, view: route.view }));
  });
  return html`
    <header class="masthead">
      <h1 class="brand"><img src="web/icon.svg" width="26" height="26" alt="" /><strong>网格</strong><span>Wangge</span></h1>
      ${territory && html`<${Host} class="territory" when=${[territory.code, language(), session]} draw=${chooser} />`}
      <nav class="ways" aria-label=${t('work_ways')}>
        ${territory && html`<a href=${`${at === 'work' ? '' : 'work'}${home(territory)}`} aria-current=${at === 'work' ? 'page' : null}><${Icon} name="check" /><span>${t('my_work')}</span></a>`}
        ${territory && grantsIn(territory.code).some(({ rights }) => rights.includes('read-figures')) && html`<a href=${`centre#t=${encodeURIComponent(territory.code)}`}><${Icon} name="frame" /><span>${t('centre_title')}</span></a>
          <a href=${`places#t=${encodeURIComponent(territory.code)}`}><${Icon} name="pin" /><span>${t('places_title')}</span></a>`}
        ${territory && grantsIn(territory.code).some(({ rights }) => rights.some((right) => LOOKS_AFTER.includes(right))) && html`<a href=${`${at === 'admin' ? '' : 'admin'}#/${encodeURIComponent(territory.code)}`} aria-current=${at === 'admin' ? 'page' : null}><${Icon} name="person" /><span>${t('admin')}</span></a>`}
        <a href=${territory ? `./#t=${encodeURIComponent(territory.code)}` : './'}><${Icon} name="layers" /><span>${t('the_map')}</span></a>
      </nav>
      ${lost && html`<button type="button" class="primary small" onClick=${askAgain}>${t('sign_in')}</button>`}
      <p class=${`live ${away ? 'away' : live}`} id="live" role="status">${!lost && (away ? t('away') : ['broken', 'ended'].includes(live) && t(`live_${live}`))}</p>
      <button type="button" class="quiet sunlight" id="sunlight" aria-pressed=${String(inSunlight())} aria-label=${t('sunlight')} title=${t('sunlight')} onClick=${() => { wearSunlight(!inSunlight()); change(); }}><${Icon} name="sun" /></button>
      <${Host} class="languages" role="group" when=${[language()]} draw=${drawLanguages} />
      <${Host} class="account" when=${[signing().node]} draw=${(/** @type {HTMLElement} */ node) => node.replaceChildren(signing().node)} />
    </header>`;
}
