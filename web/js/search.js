// Finding a cell by name or code, and a street or station by name: a combobox over the lists of all levels, each fetched
// at first use, and what the service finds in the backdrop.
import { cells, places, wording } from './api.js';
import { announce, debounce, h, icon, put } from './dom.js';
import { count, named, t } from './i18n.js';

/** @import { Territory } from './api.js' */
/** @import { CellRef, NamedPlace } from 'service' */

const MOST = 12;
/** @param {string | null} text */
const plain = (text) => (text ?? '').toLowerCase().replace(/\s+/g, '');

/** How well a cell fits what was typed: exact, from the start, inside, or not (0). @param {CellRef} cell @param {string} wanted */
export function fitness(cell, wanted) {
  const [name, code] = [plain(cell.name), plain(cell.code)];
  if (name === wanted || code === wanted) return 4;
  if (name.startsWith(wanted)) return 3;
  if (code.startsWith(wanted)) return 2;
  return name.includes(wanted) || code.includes(wanted) ? 1 : 0;
}

/**
 * Draw the search field; `choose(cell)` or, where places are looked for too, `go(place)` is called with what was picked.
 * @param {HTMLElement} node @param {Territory} territory @param {(cell: CellRef) => unknown} choose @param {(place: NamedPlace) => unknown} [go]
 */
export function drawSearch(node, territory, choose, go) {
  /** @type {(CellRef | NamedPlace)[]} */
  let found = [];
  let active = -1;
  let asked = 0;
  const list = h('ul', { id: 'search-list', role: 'listbox', 'aria-label': t('search'), hidden: true });
  const input = h('input', {
    id: 'search-input', type: 'search', role: 'combobox', placeholder: t('search'), 'aria-label': t('search'), autocomplete: 'off', spellcheck: 'false',
    'aria-expanded': 'false', 'aria-controls': 'search-list', 'aria-autocomplete': 'list', enterkeyhint: 'search',
  });

  /** @param {boolean} yes */
  const open = (yes) => {
    list.hidden = !yes;
    input.setAttribute('aria-expanded', String(yes));
    if (!yes) mark(-1);
  };
  /** @param {number} index */
  const mark = (index) => {
    active = index;
    [...list.children].forEach((row, i) => row.setAttribute('aria-selected', String(i === index)));
    const row = list.children[index];
    if (row?.id) input.setAttribute('aria-activedescendant', row.id);
    else input.removeAttribute('aria-activedescendant');
    row?.scrollIntoView({ block: 'nearest' });
  };
  /** @param {CellRef | NamedPlace} one */
  const pick = (one) => {
    open(false);
    input.value = one.name || ('code' in one ? one.code : '');
    if ('code' in one) choose(one);
    else go?.(one);
  };
  /** @param {CellRef | NamedPlace} one */
  const told = (one) => ('code' in one
    ? [one.name || one.code, `${named(territory.levels.find(({ key }) => key === one.level)?.name, one.level)} · ${one.code}`]
    : [one.name, [t(`place_${one.kind}`), one.cell?.name].filter(Boolean).join(' · ')]);
  /** @param {string} text */
  const say = (text) => {
    found = [];
    put(list, h('li', { class: 'hint', role: 'presentation' }, text));
    open(true);
  };

  const look = async () => {
    const wanted = plain(input.value);
    const turn = ++asked;
    if (!wanted) {
      open(false);
      return;
    }
    const waiting = setTimeout(() => turn === asked && say(t('search_loading')), 250);
    try {
      const [there, ...lists] = await Promise.all([
        go ? places(territory.code, input.value.trim()) : [], ...territory.levels.map(({ key }) => cells(territory.code, key)),
      ]);
      if (turn !== asked) return;
      const scored = lists.flat().map((cell) => ({ cell, score: fitness(cell, wanted) })).filter(({ score }) => score);
      scored.sort((a, b) => b.score - a.score);
      // Half of what is shown may be places, more where there are fewer cells.
      const some = scored.slice(0, Math.max(MOST / 2, MOST - there.length)).map(({ cell }) => cell);
      found = [...some, ...there.slice(0, MOST - some.length)];
      if (!found.length) say(t('search_none', { query: input.value.trim() }));
      else {
        put(list, found.map((one, index) => h('li', { role: 'option', id: `search-${index}`, 'aria-selected': 'false', onpointerdown: (event) => event.preventDefault(), onclick: () => pick(one) },
          ...told(one).map((text, at) => h(at ? 'small' : 'span', {}, text)))));
        open(true);
        mark(0);
      }
      announce(t('search_found', { n: count(scored.length + there.length) }));
    } catch (problem) {
      if (turn === asked) say(wording(problem));
    } finally {
      clearTimeout(waiting);
    }
  };

  input.addEventListener('input', debounce(120, look));
  input.addEventListener('focus', () => input.value && look());
  input.addEventListener('blur', () => open(false));
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (found.length) mark((active + (event.key === 'ArrowDown' ? 1 : found.length - 1) + (active < 0 && event.key === 'ArrowUp' ? 1 : 0)) % found.length);
    } else if (event.key === 'Enter' && !list.hidden) {
      const one = found[active];
      if (one) pick(one);
    } else if (event.key === 'Escape' && !list.hidden) {
      event.stopPropagation();
      open(false);
    }
  });
  put(node, h('label', { class: 'search-field' }, icon('search'), input, h('kbd', { 'aria-hidden': 'true' }, '/')), list);
}
