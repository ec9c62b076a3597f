// Which reports the heat shows: category, days, on or off; and what its colours mean.
import { h, icon, put } from './dom.js';
import { count, day, named, period, t } from './i18n.js';
import { get, set } from './state.js';

/** @import { Category, CategoryGroup, Indicator, Release } from './api.js' */
/** @import { LevelInfo } from 'service' */
/** @import { Heat } from './state.js' */

const PRESETS = /** @type {const} */ ([['preset_all', 0], ['preset_30', 30], ['preset_90', 90], ['preset_365', 365]]);

/** The day that lies `days` − 1 before another, so that both ends count: `2025-03-31`, 30 → `2025-03-02`. @param {string} text @param {number} days */
export function daysBefore(text, days) {
  const date = new Date(`${text}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() - days + 1);
  return date.toISOString().slice(0, 10);
}

const GROUP = 'group:';

/** The chooser of what was published, by months, years and weeks. @param {Release[]} published @param {(name: string) => unknown} choose */
function drawReleases(published, choose) {
  /** @type {HTMLSelectElement} */
  const select = h('select', { id: 'release', onchange: () => choose(select.value) },
    /** @type {const} */ (['month', 'year', 'week']).map((kind) => {
      const those = published.filter((one) => one.kind === kind);
      return those.length > 0 && h('optgroup', { label: t(`releases_${kind}`) }, those.map((one) => h('option', { value: one.period }, period(one))));
    }));
  return select;
}

/** How fine and how exact the counts are that the map shows. @param {Release | null} release @param {Heat} heat @param {LevelInfo[]} levels */
function toldOf(release, { category, group }, levels) {
  if (!release) return t('release_none');
  const finest = release.finest[category ? 'category' : group ? 'group' : 'all'];
  if (!finest) return t('release_not_drawn');
  return t('release_told', { level: named(levels.find(({ key }) => key === finest)?.name, finest).toLowerCase(), n: release.step });
}

/** @param {string[]} stops */
function legend(stops) {
  const colours = stops.map((colour, index) => `${colour} ${(100 * index) / (stops.length - 1)}%`).join(', ');
  return h('div', { class: 'legend' },
    h('span', { class: 'ramp', style: { background: `linear-gradient(to right, ${colours})` }, role: 'img', 'aria-label': t('legend') }),
    h('div', { class: 'scale', id: 'scale' }));
}

/** What the points of open cases mean. @param {Record<string, string>} colours */
function caseLegend(colours) {
  return h('div', { id: 'case-legend', hidden: true }, h('p', { class: 'told' }, t('cases_legend')),
    h('ul', { class: 'classes dots' }, Object.entries(colours).map(([standing, colour]) => h('li', {}, h('i', { style: { background: colour } }), t(`cases_${standing}`)))));
}

/** How special grids are told from the others. @param {string} colour */
function specialLegend(colour) {
  return h('ul', { class: 'classes', id: 'special-legend' }, h('li', {}, h('i', { class: 'broken', style: { 'border-color': colour, color: colour } }), t('special_grid')));
}

/** A number as it can be told of something so rough: `1234` → `1200`. @param {number} n */
const rough = (n) => Number(n.toPrecision(2));

/**
 * The numbers below the heat's colours, as these are at a zoom; words where nothing is drawn.
 *
 * @param {[zoom: number, hottest: number][]} hottest reports per km² where the colours end
 * @param {number} zoom
 */
export function drawScale(hottest, zoom) {
  const node = document.getElementById('scale');
  if (!node) return;
  const at = hottest.findLastIndex(([from]) => from <= zoom);
  const [[low, least] = [0, 0], [high, most] = [0, 0]] = [hottest[Math.max(0, at)], hottest[Math.min(hottest.length - 1, at + 1)]];
  const ends = rough(high > low ? least * (most / least) ** Math.min(1, Math.max(0, (zoom - low) / (high - low))) : least);
  const said = ends ? [count(0), count(rough(ends / 2)), t('and_more', { n: count(ends) })] : [t('few'), '', t('many')];
  if (node.dataset.said === said.join()) return;
  node.dataset.said = said.join();
  put(node, said.map((text) => h('span', {}, text)), h('span', { class: 'what' }, t(ends ? 'legend_density' : 'legend')));
}

/** What is counted, in words. @param {Heat} heat @param {Category[]} categories @param {CategoryGroup[]} groups */
export function kindWords({ category, group }, categories, groups) {
  if (category) return named(categories.find(({ code }) => code === category)?.name, category);
  return group ? named(groups.find(({ code }) => code === group)?.name, group) : t('all_categories');
}

/**
 * What the collapsed card says: the filter in words.
 *
 * @param {Heat} heat @param {Category[]} categories @param {CategoryGroup[]} groups @param {Release | null} shown
 */
function summary(heat, categories, groups, shown) {
  const category = kindWords(heat, categories, groups);
  if (shown) return `${category} · ${period(shown)}`;
  if (!heat.from && !heat.to) return category;
  return `${category} · ${heat.from ? day(heat.from) : '…'} – ${heat.to ? day(heat.to) : '…'}`;
}

/**
 * Draw the card.
 *
 * @param {HTMLElement} node
 * @param {object} subject
 * @param {Category[]} subject.categories
 * @param {string | null} subject.newest day of the newest report, from which presets count back
 * @param {string[]} subject.ramp the heat's colours
 * @param {boolean} subject.open
 * @param {Indicator[]} subject.indicators
 * @param {CategoryGroup[]} subject.groups
 * @param {Release[] | null} subject.published what was published, for whoever sees nothing else; null for staff
 * @param {() => Release | null} subject.shown what of it the map shows
 * @param {LevelInfo[]} subject.levels
 * @param {Record<string, string> | null} subject.cases colours of open cases by deadline, for whoever may read them
 * @param {string | null} subject.special the colour of special grids, where there are any
 * @param {() => Release | null} subject.rest what of the cells of others the map shows
 */
export function drawFilters(node, { categories, newest, ramp, open, indicators, groups, published, shown, levels, cases, special, rest }) {
  /** @param {Partial<Heat>} changes */
  const change = (changes) => set({ heat: { ...get().heat, ...changes } });
  const wrong = h('p', { class: 'field-error', id: 'period-error', role: 'alert', hidden: true }, t('bad_period'));
  const words = h('small', {});
  const days = () => {
    const [from, to] = [inputs.from.value, inputs.to.value];
    wrong.hidden = !(from && to && from > to);
    if (wrong.hidden) change({ from, to });
  };
  /** @param {string} id */
  const date = (id) => h('input', { type: 'date', id, max: '9999-12-31', 'aria-describedby': 'period-error', onchange: days });
  const inputs = { from: date('from'), to: date('to') };
  /** @type {HTMLSelectElement} */
  const category = h('select', { id: 'category', onchange: () => change(category.value.startsWith(GROUP) ? { category: '', group: category.value.slice(GROUP.length) } : { category: category.value, group: '' }) },
    h('option', { value: '' }, t('all_categories')),
    published && groups.length > 0 && h('optgroup', { label: t('groups') }, groups.map(({ code, name }) => h('option', { value: GROUP + code }, named(name, code)))),
    published && groups.length > 0
      ? h('optgroup', { label: t('category') }, categories.map(({ code, name }) => h('option', { value: code }, named(name, code))))
      : categories.map(({ code, name }) => h('option', { value: code }, named(name, code))));
  const release = published && drawReleases(published, (name) => change({ period: name }));
  const told = h('p', { class: 'told', id: 'release-told' });
  /** @type {HTMLSelectElement} */
  const indicator = h('select', { id: 'indicator', onchange: () => set({ indicator: indicator.value }) },
    h('option', { value: '' }, t('indicator_none')), indicators.map(({ key, name }) => h('option', { value: key }, named(name, key))));
  const presets = PRESETS.filter(([, length]) => !length || newest).map(([key, length]) => h('button', {
    type: 'button', 'data-preset': length, title: length && newest ? t('preset_note', { day: day(newest) }) : undefined,
    onclick: () => change(length && newest ? { from: daysBefore(newest, length), to: newest } : { from: '', to: '' }),
  }, t(key)));
  /** @type {HTMLInputElement} */
  const every = h('input', { type: 'checkbox', id: 'cases-toggle', onchange: () => set({ cases: every.checked }) });
  const body = h('div', { class: 'card-body', id: 'filters-body', hidden: !open },
    h('label', { class: 'wide' }, h('span', {}, t('category')), category),
    release ? [release.length > 0 && h('label', { class: 'wide' }, h('span', {}, t('published_period')), release)] : [
      h('div', { class: 'presets', role: 'group', hidden: presets.length < 2, 'aria-label': t('period') }, presets),
      h('div', { class: 'days' }, h('label', {}, h('span', {}, t('from')), inputs.from), h('label', {}, h('span', {}, t('to')), inputs.to)),
      wrong,
    ],
    legend(ramp), told, special && specialLegend(special),
    cases && caseLegend(cases), cases && h('label', { class: 'tick' }, every, h('span', {}, t('cases_toggle'))),
    indicators.length > 0 && h('label', { class: 'wide' }, h('span', {}, t('indicator')), indicator),
    h('div', { id: 'classes', hidden: true, 'aria-live': 'polite' }));
  /** @type {HTMLButtonElement} */
  const fold = h('button', { type: 'button', class: 'fold', 'aria-expanded': String(open), 'aria-controls': 'filters-body', onclick: () => {
    body.hidden = !body.hidden;
    fold.setAttribute('aria-expanded', String(!body.hidden));
    node.classList.toggle('open', !body.hidden);
  } }, icon('layers'), h('span', {}, h('strong', {}, t('heat')), words));
  /** An indicator colours the cells instead. */
  const hidden = () => indicators.some(({ key }) => key === get().indicator);
  const toggle = h('button', { type: 'button', class: 'switch', id: 'heat-toggle', role: 'switch', 'aria-label': t('heat_toggle'), onclick: () => (hidden() ? set({ indicator: '', heat: { ...get().heat, on: true } }) : change({ on: !get().heat.on })) }, h('i'));
  node.setAttribute('aria-label', t('heat_title'));
  node.classList.toggle('open', open);
  put(node, h('div', { class: 'card-head' }, fold, toggle), body);

  /** Bring the controls in step with the state, without disturbing the one in use. */
  return () => {
    const { heat } = get();
    words.textContent = summary(heat, categories, groups, shown());
    toggle.setAttribute('aria-checked', String(heat.on && !hidden()));
    category.value = published && heat.group ? GROUP + heat.group : heat.category;
    if (release) release.value = shown()?.period ?? '';
    const others = rest();
    told.textContent = published ? toldOf(shown(), heat, levels) : others ? t('rest_told', { period: period(others) }) : '';
    told.hidden = !told.textContent;
    every.checked = get().cases;
    indicator.value = get().indicator;
    for (const key of /** @type {const} */ (['from', 'to'])) if (inputs[key].value !== heat[key]) inputs[key].value = heat[key];
    for (const button of presets) {
      const length = Number(button.dataset.preset);
      const chosen = length && newest ? heat.to === newest && heat.from === daysBefore(newest, length) : !heat.from && !heat.to;
      button.setAttribute('aria-pressed', String(chosen));
    }
  };
}
