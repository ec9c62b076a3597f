// Which reports the heat shows: category, days, on or off; and what its colours mean.
import { h, icon, put } from './dom.js';
import { day, named, t } from './i18n.js';
import { get, set } from './state.js';

/** @import { Category, Indicator } from './api.js' */
/** @import { Heat } from './state.js' */

const PRESETS = /** @type {const} */ ([['preset_all', 0], ['preset_30', 30], ['preset_90', 90], ['preset_365', 365]]);

/** The day that lies `days` − 1 before another, so that both ends count: `2025-03-31`, 30 → `2025-03-02`. @param {string} text @param {number} days */
export function daysBefore(text, days) {
  const date = new Date(`${text}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() - days + 1);
  return date.toISOString().slice(0, 10);
}

/** @param {string[]} stops */
function legend(stops) {
  const colours = stops.map((colour, index) => `${colour} ${(100 * index) / (stops.length - 1)}%`).join(', ');
  return h('div', { class: 'legend' },
    h('span', { class: 'ramp', style: { background: `linear-gradient(to right, ${colours})` }, role: 'img', 'aria-label': t('legend') }),
    h('span', {}, t('few')), h('span', { class: 'what' }, t('legend')), h('span', {}, t('many')));
}

/** What the collapsed card says: the filter in words. @param {Heat} heat @param {Category[]} categories */
function summary(heat, categories) {
  const category = heat.category ? named(categories.find(({ code }) => code === heat.category)?.name, heat.category) : t('all_categories');
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
 */
export function drawFilters(node, { categories, newest, ramp, open, indicators }) {
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
  const category = h('select', { id: 'category', onchange: () => change({ category: category.value }) },
    h('option', { value: '' }, t('all_categories')), categories.map(({ code, name }) => h('option', { value: code }, named(name, code))));
  /** @type {HTMLSelectElement} */
  const indicator = h('select', { id: 'indicator', onchange: () => set({ indicator: indicator.value }) },
    h('option', { value: '' }, t('indicator_none')), indicators.map(({ key, name }) => h('option', { value: key }, named(name, key))));
  const presets = PRESETS.filter(([, length]) => !length || newest).map(([key, length]) => h('button', {
    type: 'button', 'data-preset': length, title: length && newest ? t('preset_note', { day: day(newest) }) : undefined,
    onclick: () => change(length && newest ? { from: daysBefore(newest, length), to: newest } : { from: '', to: '' }),
  }, t(key)));
  const body = h('div', { class: 'card-body', id: 'filters-body', hidden: !open },
    h('label', { class: 'wide' }, h('span', {}, t('category')), category),
    h('div', { class: 'presets', role: 'group', hidden: presets.length < 2, 'aria-label': t('period') }, presets),
    h('div', { class: 'days' }, h('label', {}, h('span', {}, t('from')), inputs.from), h('label', {}, h('span', {}, t('to')), inputs.to)),
    wrong, legend(ramp),
    indicators.length > 0 && h('label', { class: 'wide' }, h('span', {}, t('indicator')), indicator),
    h('div', { id: 'classes', hidden: true, 'aria-live': 'polite' }));
  /** @type {HTMLButtonElement} */
  const fold = h('button', { type: 'button', class: 'fold', 'aria-expanded': String(open), 'aria-controls': 'filters-body', onclick: () => {
    body.hidden = !body.hidden;
    fold.setAttribute('aria-expanded', String(!body.hidden));
    node.classList.toggle('open', !body.hidden);
  } }, icon('layers'), h('span', {}, h('strong', {}, t('heat')), words));
  const toggle = h('button', { type: 'button', class: 'switch', id: 'heat-toggle', role: 'switch', 'aria-label': t('heat_toggle'), onclick: () => change({ on: !get().heat.on }) }, h('i'));
  node.setAttribute('aria-label', t('heat_title'));
  node.classList.toggle('open', open);
  put(node, h('div', { class: 'card-head' }, fold, toggle), body);

  /** Bring the controls in step with the state, without disturbing the one in use. */
  return () => {
    const { heat } = get();
    words.textContent = summary(heat, categories);
    toggle.setAttribute('aria-checked', String(heat.on));
    category.value = heat.category;
    indicator.value = get().indicator;
    for (const key of /** @type {const} */ (['from', 'to'])) if (inputs[key].value !== heat[key]) inputs[key].value = heat[key];
    for (const button of presets) {
      const length = Number(button.dataset.preset);
      const chosen = length && newest ? heat.to === newest && heat.from === daysBefore(newest, length) : !heat.from && !heat.to;
      button.setAttribute('aria-pressed', String(chosen));
    }
  };
}
