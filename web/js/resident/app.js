// The residents' page: to report, to follow what was reported, and all that was reported from this device.
import { session, territories } from '../api.js';
import { keep, likely } from '../early.js';
import { keepTerritories, recallSession, recallTerritories } from '../phone/keeping.js';
import { underWay } from '../phone/reportdrafts.js';
import { followed } from '../followed.js';
import { language, languages, named, onLanguage, speak, t } from '../i18n.js';
import { html, useEffect, useReducer, useState } from '../preact.js';
import { Failure, Icon } from '../work/parts.js';
import { go, onRoute } from '../work/route.js';
import { AreaMail } from './areamail.js';
import { Follow } from './follow.js';
import { beQuiet, canSpeak, isLarge, readAloud, setLarge } from './helping.js';
import { Mine } from './mine.js';
import { Notices } from './notices.js';
import { Report } from './report.js';
import { MINE, knowing, parse, reporting } from './route.js';

/** @import { Territory } from '../api.js' */
/** @import { Route } from './route.js' */

/** The whole page. */
export function App() {
  const [, again] = useReducer((/** @type {number} */ n) => n + 1, 0);
  const [known, know] = useState(/** @type {Territory[] | null} */ (null));
  const [problem, fail] = useState(/** @type {unknown} */ (null));
  const [account, be] = useAccount();
  const ask = () => {
    fail(null);
    territories().then((told) => {
      know(told);
      keepTerritories(told).catch((refusal) => console.warn(refusal));
    }, async (refusal) => {
      const kept = await recallTerritories();
      if (kept) know(kept);
      else fail(refusal);
    });
  };
  useEffect(() => { onLanguage(() => again(undefined)); ask(); }, []);
  useEffect(() => onRoute(() => { beQuiet(); again(undefined); }), []);
  const route = parse(location.hash);
  const territory = known?.find(({ code }) => code === route.territory) ?? (route.territory || !known ? undefined : known.find(({ code }) => underWay(account ?? 0).includes(code)) ?? likely(known));
  const title = t(`r_${route.view}`);
  useEffect(() => { document.title = `${title} · ${t('title')}`; }, [title]);
  useEffect(() => { if (territory && route.view === 'report') keep(territory.code); }, [territory, route.view]);
  return html`
    <a class="skip" href="#main" onClick=${skip}>${t('r_skip')}</a>
    <${Head} again=${() => again(undefined)} />
    <main id="main" tabindex="-1" class=${route.view}>
      ${problem ? html`<${Failure} problem=${problem} again=${ask} />` : known && inside(route, territory, known, account, be)}
    </main>
    <${Foot} route=${route} territory=${territory} />`;
}

/** @param {Event} event */
function skip(event) {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

/** Whose account it is that reports, where somebody is signed in, and 0 otherwise, null until that is known; and to say that it is another. @returns {[number | null, (account: number) => void]} */
function useAccount() {
  const [account, be] = useState(/** @type {number | null} */ (null));
  useEffect(() => {
    const ask = () => session().then((told) => be(told.account?.id ?? 0));
    const nobody = () => be(0);
    const looked = () => { if (document.visibilityState === 'visible') ask().catch(() => { /* as before */ }); };
    ask().catch(async () => be((await recallSession())?.account.id ?? 0)); // whoever reports needs no account
    addEventListener('session-over', nobody);
    document.addEventListener('visibilitychange', looked);
    return () => {
      removeEventListener('session-over', nobody);
      document.removeEventListener('visibilitychange', looked);
    };
  }, []);
  return [account, be];
}

/** @param {Route} route @param {Territory | undefined} territory @param {Territory[]} known @param {number | null} account @param {(account: number) => void} be */
function inside(route, territory, known, account, be) {
  if (route.view === 'mine') return html`<${Mine} territories=${known} />`;
  if (route.view === 'notices') return html`<${Notices} token=${route.secret} key=${route.secret} />`;
  if (route.view === 'area') return html`<${AreaMail} token=${route.secret} key=${route.secret} />`;
  if (!territory) return html`<p class="note" role="alert">${t('r_no_territory', { code: route.territory })}</p>`;
  if (route.view === 'follow') return html`<${Follow} which=${route} territory=${territory} key=${`${route.number} ${route.secret}`} />`;
  if (route.view === 'public') return html`<${Later} territory=${territory} query=${route.query} key=${territory.code} />`;
  if (account === null) return html`<p class="loading">${t('loading')}</p>`;
  return html`
    ${known.length > 1 && html`<div class="territory-choice field"><label for="territory">${t('r_territory')}</label>
      <select id="territory" value=${territory.code} onChange=${(/** @type {any} */ event) => go(reporting(event.currentTarget.value))}>${known.map(({ code, name }) => html`<option value=${code} selected=${code === territory.code}>${named(name, code)}</option>`)}</select></div>`}
    <${Report} territory=${territory} account=${account} another=${be} key=${`${territory.code} ${account}`} />`;
}

/** What anybody may know, whose code is fetched when it is looked at. @param {{territory: Territory, query: URLSearchParams}} props */
function Later(props) {
  const [part, have] = useState(/** @type {{PublicCases: typeof import('./known.js').PublicCases} | null} */ (null));
  const [problem, fail] = useState(/** @type {unknown} */ (null));
  const fetchPart = () => { import('./known.js').then(have, () => fail(new Error(t('unreachable')))); };
  useEffect(fetchPart, []);
  if (problem) return html`<${Failure} problem=${problem} again=${() => location.reload()} />`;
  return part ? html`<${part.PublicCases} ...${props} />` : html`<p class="loading">${t('loading')}</p>`;
}

/** @param {{again: () => void}} props */
function Head({ again }) {
  const [speaking, say] = useState(false);
  const aloud = () => {
    const main = document.getElementById('main');
    if (speaking || !main) {
      beQuiet();
      say(false);
      return;
    }
    say(true);
    readAloud(main, () => say(false));
  };
  const large = () => {
    setLarge(!isLarge());
    again();
  };
  return html`
    <header class="masthead">
      <h1 class="brand"><img src="web/icon.svg" width="26" height="26" alt=${t('title')} /></h1>
      <div class="helps">
        <button type="button" id="large" aria-pressed=${String(isLarge())} onClick=${large}>${t('r_large')}</button>
        ${canSpeak() && html`<button type="button" id="aloud" aria-pressed=${String(speaking)} onClick=${aloud}>${t(speaking ? 'r_quiet' : 'r_aloud')}</button>`}
      </div>
      <div class="languages" role="group" aria-label=${t('languages')}>${languages().map(({ code, name }) => html`
        <button type="button" key=${code} lang=${code} aria-pressed=${String(code === language())} onClick=${() => speak(code)}>${name}</button>`)}</div>
    </header>`;
}

/** @param {{route: Route, territory: Territory | undefined}} props */
function Foot({ route, territory }) {
  const mine = followed().length;
  const home = `r${territory ? reporting(territory.code) : ''}`;
  return html`
    <nav class="foot" aria-label=${t('r_ways')}>
      <a href=${home} aria-current=${route.view === 'report' ? 'page' : null}><${Icon} name="plus" /><span>${t('r_report')}</span></a>
      <a href=${`r${MINE}`} id="mine" aria-current=${route.view === 'mine' ? 'page' : null}><${Icon} name="check" /><span>${t('r_mine')}${mine > 0 && ` (${mine})`}</span></a>
      ${territory && html`<a href=${`r${knowing(territory.code)}`} id="known" aria-current=${route.view === 'public' ? 'page' : null}><${Icon} name="pin" /><span>${t('r_public')}</span></a>`}
      <a href=${`./${territory ? `#t=${encodeURIComponent(territory.code)}` : ''}`}><${Icon} name="layers" /><span>${t('the_map')}</span></a>
    </nav>`;
}
