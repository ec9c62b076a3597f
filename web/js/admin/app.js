// Administration and audit: who looks after which territory, and which screen the address asks for.
import { keep, likely } from '../early.js';
import { language, named, t } from '../i18n.js';
import { html, useEffect, useReducer } from '../preact.js';
import { Masthead } from '../work/masthead.js';
import { Failure } from '../work/parts.js';
import { current, format, go, onRoute } from '../work/route.js';
import { begin, mine, signing } from '../work/session.js';
import { SignIn, skip } from '../work/signin.js';
import { useStore } from '../work/store.js';
import { happened } from './calls.js';
import { sectionsOf } from './sections.js';

/** @import { Territory } from '../api.js' */
/** @import { Route } from '../work/route.js' */

/** The whole page. */
export function App() {
  const { session, problem, lost } = useStore();
  const [, again] = useReducer((/** @type {number} */ n) => n + 1, 0);
  useEffect(() => onRoute(() => again(undefined)), []);
  useEffect(() => { if (!lost) happened(); }, [lost]); // what could not be read meanwhile is
  const route = current();
  const territory = route.territory ? mine().find(({ code }) => code === route.territory) : likely(mine());
  const sections = territory ? sectionsOf(territory.code) : [];
  const section = sections.find(({ key }) => key === route.view);
  useEffect(() => {
    if (!territory) return;
    keep(territory.code);
    const [begins] = sections;
    if (begins && (!route.territory || route.view === 'cases')) go(format({ territory: territory.code, view: begins.key }), { replace: true });
  }, [territory, route.territory, route.view]);
  useEffect(() => { document.title = `${section ? t(`admin_${section.key}`) : t('admin')} · ${territory ? named(territory.name, territory.code) : t('title')}`; }, [section, territory, language()]);
  return html`
    <a class="skip" href="#work" onClick=${skip}>${t('admin_skip')}</a>
    <${Masthead} territory=${territory} route=${route} at="admin" />
    <main class="stage admin" id="work" tabindex="-1">${problem ? html`<${Failure} problem=${problem} again=${begin} />` : session && inside(territory, route, sections, section)}</main>`;
}

/** @typedef {ReturnType<typeof sectionsOf>[number]} Section */

/** @param {Territory | undefined} territory @param {Route} route @param {Section[]} sections @param {Section | undefined} section */
function inside(territory, route, sections, section) {
  if (!signing().told.account && !mine().length) return html`<${SignIn} />`;
  if (!mine().length) return html`<p class="note">${t('no_grants')}</p>`;
  if (!territory) return html`<div class="note" role="alert"><p>${t('unknown_territory_work', { code: route.territory })}</p><ul>${mine().map((one) => html`<li><a href=${format({ territory: one.code })}>${named(one.name, one.code)}</a></li>`)}</ul></div>`;
  const choose = (/** @type {any} */ event) => go(format({ territory: territory.code, view: event.currentTarget.value }));
  return html`
    <nav class="sections" aria-label=${t('admin')}>
      <ul>${sections.map(({ key }) => html`<li key=${key}><a href=${format({ territory: territory.code, view: key })} data-section=${key} aria-current=${section?.key === key ? 'page' : null}>${t(`admin_${key}`)}</a></li>`)}</ul>
      <label><span class="visually-hidden">${t('admin')}</span><select id="section-select" value=${section?.key ?? ''} onChange=${choose}>${sections.map(({ key }) => html`<option key=${key} value=${key} selected=${section?.key === key}>${t(`admin_${key}`)}</option>`)}</select></label>
    </nav>
    <div class="section" role="region" aria-labelledby="section-title" tabindex="0" key=${`${territory.code} ${route.view} ${route.number} ${route.move}`}>
      ${section ? html`<${section.Page} territory=${territory} route=${route} />` : route.view !== 'cases' && html`<p class="note" role="alert">${t('admin_none')}</p>`}
    </div>`;
}
