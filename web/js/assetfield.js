// What a report is about, where its category has things with numbers: one of those nearby with a tap, or the number on its plate.
import { address, call, of } from './api.js';
import { debounce, h, put, within } from './dom.js';
import { distance, named, t } from './i18n.js';

/** @import { Category } from './api.js' */
/** @import { NearAsset, NearAssets } from 'service' */
/** @typedef {{lon: number, lat: number, accuracy?: number, datum?: string}} Spot */
/** @typedef {{chose: (asset: NearAsset) => unknown, typed: (number: string) => unknown}} Handlers */

const LONGEST = 64;
const REST_MS = 250;

/** What reports of a category may be about around a place. @param {string} territory @param {string} category @param {Spot} spot @returns {Promise<NearAssets>} */
export const nearest = (territory, category, { lon, lat, accuracy, datum }) => call(address(of(territory, '/assets/nearest'), { category, lon, lat, accuracy, datum }));

/** The field of a form; hidden where the category has nothing of the kind. */
export class AssetField {
  /** @param {string} territory @param {string} value @param {Handlers} handlers */
  constructor(territory, value, handlers) {
    this.territory = territory;
    this.handlers = handlers;
    this.category = '';
    /** @type {Spot | null} */
    this.spot = null;
    /** @type {NearAsset[]} */
    this.near = [];
    this.label = h('label', { for: 'report-asset' });
    this.chips = h('div', { class: 'near-assets' });
    this.input = h('input', { id: 'report-asset', name: 'asset', autocomplete: 'off', maxlength: LONGEST, value, 'aria-describedby': 'asset-hint asset-error', oninput: () => { handlers.typed(this.input.value); this.draw(); } });
    this.hint = h('small', { id: 'asset-hint' });
    this.node = h('div', { class: 'field asset', 'data-field': 'asset', hidden: true }, this.label, this.chips, this.input, this.hint, h('p', { class: 'field-error', id: 'asset-error', role: 'alert', hidden: true }));
    this.look = debounce(REST_MS, () => this.find());
  }

  /** What is meant; empty where the category has nothing of the kind. */
  get value() {
    return this.node.hidden ? '' : this.input.value.trim();
  }

  /** @param {string} value */
  set(value) {
    if (this.input.value.trim() !== value.trim()) this.input.value = value;
    this.draw();
  }

  /** What is reported, and where. @param {Category | undefined} category @param {Spot | null} spot */
  update(category, spot) {
    const kinds = category?.asset_kinds ?? []; // categories that a phone has kept from an earlier version say nothing of them
    this.category = category?.code ?? '';
    this.spot = spot;
    this.node.hidden = !kinds.length;
    const kind = kinds.map(({ name, code }) => named(name, code)).join(t('comma'));
    this.label.textContent = t('optional', { what: t('asset_number', { kind }) });
    this.hint.textContent = t('asset_hint');
    if (kinds.length && spot) this.look();
    else this.show([]);
  }

  async find() {
    const { category, spot } = this;
    if (!spot || this.node.hidden) return;
    const { assets } = await nearest(this.territory, category, spot).catch(() => ({ assets: [] })); // then it is typed, or left out
    if (category === this.category && spot === this.spot) this.show(assets);
  }

  /** @param {NearAsset[]} near */
  show(near) {
    this.near = near;
    this.draw();
  }

  draw() {
    const value = this.input.value.trim().toLowerCase();
    put(this.chips, this.near.map((asset) => h('button', { type: 'button', class: 'secondary', 'data-asset': asset.number, 'aria-pressed': String(asset.number.toLowerCase() === value), onclick: () => this.choose(asset) },
      asset.number, asset.name && h('span', {}, asset.name), h('small', {}, distance(asset.distance_m)))));
  }

  /** @param {NearAsset} asset */
  choose(asset) {
    this.input.value = asset.number;
    this.draw();
    within(this.chips, '[aria-pressed=true]')?.focus();
    this.handlers.chose(asset);
  }
}
