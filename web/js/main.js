// Start: read the address, ask for the territories, draw, and listen.
import { Account } from './account.js';
import * as api from './api.js';
import { debounce, h, icon, part as id, put } from './dom.js';
import { foresee } from './early.js';
import { onLanguage, t } from './i18n.js';
import { GridMap } from './map.js';
import { Page } from './page.js';
import { drawFailure } from './panel.js';
import { onPaper } from './paper.js';
import { adopt, get, on, parse, set } from './state.js';
import { onTheme } from './theme.js';

/** @import { Point } from './state.js' */

/** Where the work screens are: everybody who signs in lands there. */
const WORK = 'work';

/** A small card that follows the pointer with the name of the cell under it. */
function hoverTip() {
  const tip = h('div', { class: 'tip', 'aria-hidden': 'true', hidden: true });
  id('map').append(tip);
  /** @param {Record<string, string> | null} cell @param {{x: number, y: number} | null} at */
  return (cell, at) => {
    tip.hidden = !cell;
    if (!cell || !at) return;
    if (tip.dataset.code !== cell.code) {
      tip.dataset.code = cell.code;
      put(tip, h('strong', {}, cell.name || cell.code), cell.name !== cell.code && h('small', {}, cell.code), cell.purpose && h('small', {}, t(/** @type {'purpose_park'} */ (`purpose_${cell.purpose}`))));
    }
    const right = Math.min(at.x + 16, id('map').clientWidth - tip.offsetWidth - 8);
    tip.style.transform = `translate(${Math.round(right)}px, ${Math.round(at.y + 18)}px)`;
  };
}

/** A line over the map while tiles of it cannot be fetched. */
function failureNotice() {
  const line = h('p', { class: 'tiles-failing', id: 'tiles-failing', role: 'status', hidden: true });
  id('map').after(line);
  const say = () => { line.textContent = line.hidden ? '' : t('tiles_failing'); };
  onLanguage(say);
  /** @param {boolean} failing */
  return (failing) => {
    line.hidden = !failing;
    say();
  };
}

/** @param {{lng: number, lat: number}} at @returns {Point} */
const pointOf = ({ lng, lat }) => ({ lon: lng, lat });

/** The map, telling the page what people do on it. @param {Page} page */
function makeMap(page) {
  const tip = hoverTip();
  const touch = matchMedia('(hover: none)');
  return new GridMap('map', {
    ask: (at) => page.pointAt(pointOf(at)),
    report: () => page.report(),
    pinned: (at) => page.moveReport(pointOf(at)),
    hover: (cell, at) => tip(touch.matches ? null : cell, at),
    moving: () => page.hereSoon(),
    moved: () => {
      set({ view: { ...pointOf(page.map.map.getCenter()), zoom: page.map.map.getZoom() } });
      page.rememberSoon();
    },
    drawn: () => page.hereSoon(),
    failing: failureNotice(),
  }, t('map_label'));
}

/** @param {Page} page */
function listenToKeys(page) {
  const canvas = page.map.map.getCanvas();
  /** @param {boolean} shown */
  const crosshair = (shown) => { id('crosshair').hidden = !shown; };
  canvas.addEventListener('focus', () => crosshair(canvas.matches(':focus-visible')));
  canvas.addEventListener('keydown', () => crosshair(true));
  canvas.addEventListener('pointerdown', () => crosshair(false));
  canvas.addEventListener('blur', () => crosshair(false));
  id('skip').addEventListener('click', (event) => {
    event.preventDefault();
    canvas.focus();
    crosshair(true);
  });
  document.addEventListener('keydown', (event) => {
    const typing = event.target instanceof Element && event.target.matches('input, textarea, select');
    if (event.key === 'Escape') page.escape();
    else if (event.key === '/' && !typing) {
      event.preventDefault();
      document.getElementById('search-input')?.focus();
    }
  });
}

/** Whoever is signed in is one tap from their work, everybody else from what they reported. @param {boolean} known */
function drawWay(known) {
  const [href, way] = known ? [WORK, 'my_work'] : ['r', 'r_mine'];
  const name = t(way);
  put(id('way'), h('a', { class: 'secondary', id: way.replace('_', '-'), href, 'aria-label': name, title: name }, icon('check'), h('span', {}, name)));
}

async function start() {
  adopt();
  const wanted = parse(location.hash);
  const asked = api.territories();
  const early = foresee(wanted);
  /** @type {Page | null} */
  let page = null;
  const account = new Account(id('account'), { territories: () => page?.territories ?? [], entered: () => location.assign(WORK), told: drawWay });
  account.speak();
  account.ask();
  try {
    // Making the map takes as long as the answer: a WebGL context is slow to come by.
    page = new Page(makeMap, early);
  } catch (error) {
    console.error(error);
    put(id('panel-body'), h('div', { class: 'subject failed', role: 'alert' }, h('h2', {}, t('failed')), h('p', {}, t('no_webgl'))));
    return;
  }
  page.territories = await asked;
  if (!page.territories.length) {
    put(id('panel-body'), h('div', { class: 'subject' }, h('h2', {}, t('no_territories'))));
    return;
  }
  listen(page, account);
  await page.go(wanted);
}

/** Follow what changes: the state, the language, the light, the address. @param {Page} page @param {Account} account */
function listen(page, account) {
  const redrawFigures = debounce(80, () => !page.form && page.asking.refilter());
  on('heat', () => {
    if (page.entering || !page.entered) return;
    page.reheat();
    page.showFilter();
    page.rememberSoon();
    redrawFigures();
  });
  on('cases', () => {
    if (page.entering || !page.entered) return;
    page.showCases();
    page.rememberSoon();
  });
  on('indicator', () => {
    if (page.entering || !page.entered) return;
    page.showFilter();
    page.colour();
    page.rememberSoon();
  });
  onLanguage(() => {
    page.speak();
    account.speak();
  });
  onTheme(() => page.repaint());
  /** @returns {Promise<void>} */
  const follow = async () => {
    if (page.hasLeft()) return;
    await page.go(parse(location.hash)).catch((problem) => drawFailure(page.body, problem, follow));
  };
  addEventListener('popstate', follow);
  addEventListener('pagehide', () => page.keepDraft());
  listenToKeys(page);
  onPaper(() => [[id('map'), page.map]], () => t('map_label'));
  // For people who look under the bonnet, and for tests.
  // eslint-disable-next-line no-restricted-syntax -- nothing of ours reads it
  globalThis.wangge = Object.freeze({ map: page.map.map, state: get });
}

/** @returns {Promise<void>} */
const begin = () => start().catch((problem) => drawFailure(id('panel-body'), problem, () => location.reload()));
begin();
