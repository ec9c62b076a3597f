// The work screens: who works where, and which screen the address asks for.
import { keep, likely } from '../early.js';
import { language, named, t } from '../i18n.js';
import { html, useEffect, useReducer } from '../preact.js';
import { CasePage } from './casepage.js';
import { CaseList } from './caselist.js';
import { ExportsPage } from './exports.js';
import { asQuestion, tidy } from './filters.js';
import { followTerritory } from './live.js';
import { askCategories } from './loading.js';
import { Masthead, home } from './masthead.js';
import { ChecksPage } from '../phone/checks.js';
import { FindForm } from '../phone/find.js';
import { OutboxPage } from '../phone/outboxpage.js';
import { Failure } from './parts.js';
import { current, go, onRoute } from './route.js';
import { takeNewer } from '../phone/installing.js';
import { begin, mine, signing } from './session.js';
import { SignIn, skip } from './signin.js';
import { useStore } from './store.js';

/** @import { Territory } from '../api.js' */
/** @import { Route } from './route.js' */

/** The whole page. */
export function App() {
  const { session, problem, away, newer } = useStore();
  const [, again] = useReducer((/** @type {number} */ n) => n + 1, 0);
  useEffect(() => onRoute(() => again(undefined)), []);
  const route = current();
  const territory = route.territory ? mine().find(({ code }) => code === route.territory) : likely(mine());
  useEffect(() => {
    if (!territory) return;
    keep(territory.code);
    if (!route.territory || (route.view === 'cases' && !location.hash.includes('/cases'))) go(home(territory), { replace: true });
  }, [territory, route.territory]);
  useEffect(() => { if (territory && session?.account) askCategories(territory.code).catch((problem) => console.warn(problem)); }, [territory?.code, session]);
  useEffect(() => (away ? untilBack() : undefined), [away]);
  useEffect(() => { document.title = `${route.number || t('my_work')} · ${territory ? named(territory.name, territory.code) : t('title')}`; }, [route.number, territory, language()]);
  return html`
    <a class="skip" href="#work" onClick=${skip}>${t('skip_to_work')}</a>
    <${Masthead} territory=${territory} route=${route} />
    ${newer && html`<p class="note newer" role="status">${t('newer_program')} <button type="button" class="secondary" id="take-newer" onClick=${() => takeNewer(newer)}>${t('newer_take')}</button></p>`}
    <main class=${`stage ${route.view === 'cases' && route.number ? 'with-case' : 'without-case'}`} id="work" tabindex="-1">${problem ? html`<${Failure} problem=${problem} again=${begin} />` : session && inside(territory, route)}</main>`;
}

const AGAIN_MS = 10_000;

/** Ask for the service until it is there again. @returns {() => void} ends it */
function untilBack() {
  const timer = setInterval(begin, AGAIN_MS);
  addEventListener('online', begin);
  return () => {
    clearInterval(timer);
    removeEventListener('online', begin);
  };
}

/** @param {Territory | undefined} territory @param {Route} route */
function inside(territory, route) {
  if (!signing().told.account && !mine().length) return html`<${SignIn} />`;
  if (!mine().length) return html`<p class="note">${t('no_grants')}</p>`;
  if (!territory) return html`<div class="note" role="alert"><p>${t('unknown_territory_work', { code: route.territory })}</p><ul>${mine().map((one) => html`<li><a href=${home(one)}>${named(one.name, one.code)}</a></li>`)}</ul></div>`;
  if (!route.territory) return null; // the address is about to say where
  if (route.view === 'find') return html`<${FindForm} territory=${territory} />`;
  if (route.view === 'exports') return html`<${ExportsPage} territory=${territory} key=${territory.code} />`;
  if (route.view === 'outbox') return html`<${OutboxPage} territory=${territory} />`;
  if (route.view === 'checks') return html`<${ChecksPage} territory=${territory} campaign=${route.number} key=${route.number} />`;
  return html`<${Cases} territory=${territory} route=${route} />`;
}

/** The list and, beside or in place of it, a case; both follow what happens. @param {{territory: Territory, route: Route}} props */
function Cases({ territory, route }) {
  const { lost } = useStore();
  useEffect(() => (lost ? undefined : followTerritory(territory.code)), [territory.code, lost]);
  const query = tidy(route.query);
  return html`
    <${CaseList} territory=${territory} query=${query} question=${asQuestion(query)} number=${route.number} key=${territory.code} />
    ${route.number && html`<${CasePage} territory=${territory} number=${route.number} move=${route.move} query=${query} key=${route.number} />`}`;
}
