// Start: read the address, ask for the territories, draw, and listen.
import { Account } from './account.js';
import * as api from './api.js';
import { debounce, h, put } from './dom.js';
import { onLanguage, t } from './i18n.js';
import { GridMap } from './map.js';
import { Page } from './page.js';
import { drawFailure } from './panel.js';
import { get, on, parse, set } from './state.js';
import { onTheme } from './theme.js';

const id = (name) => document.getElementById(name);

/** A small card that follows the pointer with the name of the cell under it. */
function hoverTip() {
  const tip = h('div', { class: 'tip', 'aria-hidden': 'true', hidden: true });
  id('map').append(tip);
  return (cell, at) => {
    tip.hidden = !cell;
    if (!cell) return;
    if (tip.dataset.code !== cell.code) {
      tip.dataset.code = cell.code;
      put(tip, h('strong', {}, cell.name || cell.code), cell.name !== cell.code && h('small', {}, cell.code));
    }
    const right = Math.min(at.x + 16, id('map').clientWidth - tip.offsetWidth - 8);
    tip.style.transform = `translate(${Math.round(right)}px, ${Math.round(at.y + 18)}px)`;
  };
}

/** The map, telling the page what people do on it. */
function makeMap(page) {
  const tip = hoverTip();
  const touch = matchMedia('(hover: none)');
  return new GridMap('map', {
    ask: (at) => page.pointAt(at),
    report: () => page.report(),
    pinned: (at) => page.moveReport({ lon: at.lng, lat: at.lat }),
    hover: (cell, at) => tip(touch.matches ? null : cell, at),
    moving: () => page.hereSoon(),
    moved: () => {
      const { lng, lat } = page.map.map.getCenter();
      set({ view: { lon: lng, lat, zoom: page.map.map.getZoom() } });
      page.rememberSoon();
    },
    drawn: () => page.hereSoon(),
  }, t('map_label'));
}

function listenToKeys(page) {
  const canvas = page.map.map.getCanvas();
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
    const typing = event.target.matches?.('input, textarea, select');
    if (event.key === 'Escape') page.escape();
    else if (event.key === '/' && !typing) {
      event.preventDefault();
      id('search-input')?.focus();
    }
  });
}

async function start() {
  const wanted = parse(location.hash);
  const asked = api.territories();
  // Making the map takes as long as the answer: a WebGL context is slow to come by.
  const page = new Page();
  page.foresee(wanted);
  const account = new Account(id('account'), () => page.territories);
  account.speak();
  account.ask();
  try {
    page.map = makeMap(page);
  } catch (error) {
    console.error(error);
    return put(id('panel-body'), h('div', { class: 'subject failed', role: 'alert' }, h('h2', {}, t('failed')), h('p', {}, t('no_webgl'))));
  }
  page.territories = await asked;
  if (!page.territories.length) return put(id('panel-body'), h('div', { class: 'subject' }, h('h2', {}, t('no_territories'))));
  const redrawFigures = debounce(80, () => !page.form && page.asking.chosen && page.asking.again());
  on('heat', () => {
    if (page.entering || !page.territory) return;
    page.reheat();
    page.showFilter?.();
    page.rememberSoon();
    redrawFigures();
  });
  on('indicator', () => {
    if (page.entering || !page.territory) return;
    page.showFilter?.();
    page.colour();
    page.rememberSoon();
  });
  onLanguage(() => {
    page.speak();
    account.speak();
  });
  onTheme(() => page.repaint());
  const follow = () => page.go(parse(location.hash)).catch((problem) => drawFailure(page.body, problem, follow));
  addEventListener('popstate', follow);
  listenToKeys(page);
  // For people who look under the bonnet, and for tests.
  // eslint-disable-next-line no-restricted-syntax -- nothing of ours reads it
  globalThis.wangge = Object.freeze({ map: page.map.map, state: get });
  await page.go(wanted);
  return undefined;
}

const begin = () => start().catch((problem) => drawFailure(id('panel-body'), problem, () => location.reload()));
begin();
