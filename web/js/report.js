// The form to file a report at a place, and the receipt.
import { Problem, givenUp, locate, newKey, suggest, wording } from './api.js';
import { AssetField } from './assetfield.js';
import { announce, debounce, h, icon, put, within } from './dom.js';
import { fileReport } from './filing.js';
import { followLink } from './followlink.js';
import { distance, named, percent, t } from './i18n.js';
import { copyButton } from './copying.js';
import { PhotoField } from './photofield.js';
import { Submission, keepFollowed } from './submit.js';

/** @import { Category, Report, Territory } from './api.js' */
/** @import { Point } from './state.js' */
/** @import { Nearest, ReportBody } from 'service' */
/** @typedef {Point & {accuracy?: number}} Place metres, where the position came from a device */
/** @import { SentPhoto } from './sending.js' */
/** @typedef {{category: string, description: string, asset: string, name: string, phone: string, photos: SentPhoto[]}} Draft */
/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Control */

const LONGEST_DESCRIPTION = 2000;
const FEWEST = 2;
const REST_MS = 400;

/** The form while it is open; `place(point)` moves its place, `close()` ends it. */
export class ReportForm {
  /**
   * @param {HTMLElement} body
   * @param {{territory: Territory, categories: Category[], point: Place, chosen: boolean, draft: Partial<Draft>}} subject `chosen`: somebody said that it is there
   * @param {object} handlers
   * @param {() => unknown} handlers.closed
   * @param {(point: Place) => unknown} handlers.moved
   * @param {(receipt: Report) => unknown} handlers.filed
   * @param {() => unknown} handlers.again
   */
  constructor(body, { territory, categories, point, chosen, draft }, handlers) {
    this.body = body;
    this.territory = territory;
    this.categories = categories;
    this.handlers = handlers;
    this.point = point;
    this.chosen = chosen;
    /** @type {Submission | null} */
    this.submission = null;
    /** @type {AbortController | null} */
    this.request = null;
    this.where = h('p', { class: 'where', id: 'report-where', 'aria-live': 'polite' }, t('report_pick'));
    this.here = h('button', { type: 'button', class: 'secondary', id: 'report-confirm', onclick: () => this.place(this.point) }, icon('check'), t('report_confirm'));
    this.status = h('div', { class: 'sending', role: 'status', 'aria-live': 'polite' });
    this.lookUp = debounce(150, () => this.findGrid());
    this.send = h('button', { type: 'submit', class: 'primary', id: 'report-send' }, t('report_send'));
    this.form = h('form', { class: 'report', novalidate: true, onsubmit: (event) => this.submit(event), 'aria-labelledby': 'report-title' });
    this.suggested = h('div', { class: 'suggested', role: 'status' });
    this.words = debounce(REST_MS, () => this.suggest());
    this.photos = new PhotoField(territory.code, draft.photos ?? []);
    this.asset = new AssetField(territory.code, draft.asset ?? '', { chose: (at) => this.moveTo({ lon: at.lon, lat: at.lat }), typed: () => this.error('asset', '') });
    this.draw(draft);
    this.place(point, chosen);
  }

  /** @param {string} id @param {string} label @param {Control} control @param {string} [hint] */
  field(id, label, control, hint) {
    const described = [hint && `${id}-hint`, `${id}-error`].filter(Boolean).join(' ');
    control.setAttribute('aria-describedby', described);
    control.id = `report-${id}`;
    control.name = id;
    return h('div', { class: 'field', 'data-field': id },
      h('label', { for: `report-${id}` }, label), control,
      hint && h('small', { id: `${id}-hint` }, hint),
      h('p', { class: 'field-error', id: `${id}-error`, role: 'alert', hidden: true }));
  }

  /** @param {Partial<Draft>} draft */
  draw(draft) {
    const choices = [h('option', { value: '' }, t('report_choose')), ...this.categories.map(({ code, name }) =>
      h('option', { value: code, selected: code === draft.category }, named(name, code)))];
    put(this.form,
      h('button', { type: 'button', class: 'close', 'aria-label': t('close'), onclick: () => this.handlers.closed() }, icon('close')),
      h('h2', { id: 'report-title', tabindex: '-1' }, t('report_title')),
      h('div', { class: 'field', 'data-field': 'place' }, h('span', { class: 'label' }, t('report_place')), this.where,
        h('div', { class: 'doing' }, this.here, h('button', { type: 'button', class: 'secondary', id: 'report-position', onclick: () => this.askPosition() }, icon('here'), t('my_position'))),
        h('p', { class: 'field-error', id: 'place-error', role: 'alert', hidden: true })),
      this.photos.node,
      this.field('category', t('report_category'), h('select', { required: true, onchange: () => this.aimAsset() }, choices)),
      this.asset.node,
      this.field('description', t('report_description'), h('textarea', { rows: 4, maxlength: LONGEST_DESCRIPTION, value: draft.description, oninput: () => this.words() }), t('report_description_hint')),
      this.suggested,
      h('fieldset', {}, h('legend', {}, t('report_contact')), h('small', {}, t('report_contact_hint')),
        h('div', { class: 'pair' },
          this.field('name', t('report_name'), h('input', { autocomplete: 'name', maxlength: 100, value: draft.name })),
          this.field('phone', t('report_phone'), h('input', { type: 'tel', autocomplete: 'tel', maxlength: 40, value: draft.phone })))),
      this.status,
      h('div', { class: 'doing' }, this.send, h('button', { type: 'button', class: 'secondary', onclick: () => this.handlers.closed() }, t('report_cancel'))));
    put(this.body, this.form);
    this.form.querySelector('h2')?.focus({ preventScroll: true });
  }

  /** Offer the categories that the words may be of; who chooses another chooses another. */
  async suggest() {
    const text = this.filled.description.trim();
    const { suggestions } = text.length < FEWEST ? { suggestions: [] } : await suggest(this.territory.code, text).catch(() => ({ suggestions: [] }));
    if (text !== this.filled.description.trim()) return; // more was typed meanwhile
    const found = suggestions.flatMap(({ category, confidence }) => this.categories.filter(({ code }) => code === category).map(({ code, name }) =>
      h('button', { type: 'button', class: 'secondary', 'data-suggested': code, onclick: () => this.choose(code) }, named(name, code), confidence !== null && h('small', {}, percent(confidence)))));
    put(this.suggested, found.length > 0 && h('span', { class: 'label' }, t('suggested')), found);
  }

  /** @param {string} category */
  choose(category) {
    const control = this.control('category');
    if (control) control.value = category;
    this.error('category', '');
    this.aimAsset();
  }

  /** What is reported, or where, is another: so is what may be meant. */
  aimAsset() {
    const category = this.control('category')?.value;
    this.asset.update(this.categories.find(({ code }) => code === category), this.chosen ? this.point : null);
  }

  /** The control of a field. @param {string} name @returns {Control | null} */
  control(name) {
    return /** @type {Control | null} */ (this.form.elements.namedItem(name));
  }

  /** What has been filled in, to draw the form again in another language. @returns {Draft} */
  get filled() {
    /** @param {string} name */
    const value = (name) => this.control(name)?.value ?? '';
    return { category: value('category'), description: value('description'), asset: this.asset.value, name: value('name'), phone: value('phone'), photos: this.photos.photos };
  }

  get busy() {
    return Boolean(this.submission && !this.submission.over);
  }

  /** Set the place of the report. A report on its way keeps its place. @param {Place} point @param {boolean} [chosen] by somebody; else it is the middle of the map */
  place(point, chosen = true) {
    if (this.busy) return;
    this.point = point;
    this.chosen = chosen;
    this.here.hidden = chosen;
    this.error('place', '');
    this.where.textContent = t('report_locating');
    this.lookUp();
    this.aimAsset();
  }

  /** Put the place, and the pin on the map with it. @param {Place} point */
  moveTo(point) {
    this.place(point);
    this.handlers.moved(point);
  }

  async findGrid() {
    this.request?.abort();
    this.request = new AbortController();
    const { lon, lat, accuracy } = this.point;
    const digits = `${lat.toFixed(5)}, ${lon.toFixed(5)}${accuracy ? `, ${t('accuracy', { distance: distance(accuracy) })}` : ''}`;
    try {
      const found = await locate(this.territory.code, lon, lat, accuracy, this.request.signal);
      const name = found.cell && t('report_grid', { name: found.cell.name || found.cell.code });
      put(this.where, h('strong', {}, name || t('outside_title')), h('small', {}, digits));
      if (!found.cell) this.outside(found.nearest);
    } catch (problem) {
      if (!givenUp(problem)) put(this.where, h('small', {}, digits));
    }
  }

  /** @param {Nearest | null} nearest */
  outside(nearest) {
    if (nearest) this.error('place', t('outside', { name: nearest.name || nearest.code, code: nearest.code, distance: distance(nearest.distance_m) }));
    else this.error('place', t('outside_title'));
  }

  askPosition() {
    if (!navigator.geolocation || !isSecureContext) {
      this.error('place', t('position_unavailable'));
      return;
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        this.moveTo({ lon: coords.longitude, lat: coords.latitude, accuracy: Math.max(1, Math.round(coords.accuracy)) });
      },
      () => this.error('place', t('position_denied')),
      { enableHighAccuracy: true, timeout: 10_000, maximumAge: 30_000 });
  }

  /** Say what is wrong with a field, or nothing; false where there is no such field. @param {string} field @param {string} text */
  error(field, text) {
    const line = within(this.form, `#${CSS.escape(field)}-error`);
    if (!line) return false;
    line.textContent = text;
    line.hidden = !text;
    const control = this.control(field);
    if (control) {
      if (text) control.setAttribute('aria-invalid', 'true');
      else control.removeAttribute('aria-invalid');
    }
    return true;
  }

  clearErrors() {
    for (const field of ['place', 'category', 'asset', 'description', 'name', 'phone']) this.error(field, '');
    put(this.status);
  }

  /** @param {SubmitEvent} event */
  submit(event) {
    event.preventDefault();
    if (this.busy || this.photos.sending) return;
    this.clearErrors();
    const filled = this.filled;
    if (!this.chosen) {
      this.error('place', t('report_need_place'));
      this.here.focus();
      return;
    }
    if (!filled.category) {
      this.error('category', t('report_need_category'));
      this.control('category')?.focus();
      return;
    }
    const [name, phone] = [filled.name.trim(), filled.phone.trim()];
    const { lon, lat, accuracy } = this.point;
    /** @type {ReportBody} */
    const report = {
      lon, lat, category: filled.category,
      ...(filled.description.trim() ? { description: filled.description.trim() } : {}),
      ...(accuracy ? { accuracy } : {}),
      ...(filled.asset ? { asset: filled.asset } : {}),
      ...(filled.photos.length ? { photos: this.photos.ids } : {}),
      ...(name || phone ? { contact: { ...(name && { name }), ...(phone && { phone }) } } : {}),
    };
    const key = newKey();
    this.submission = new Submission(() => fileReport(this.territory.code, report, key), {
      sending: () => this.sending(),
      waiting: (seconds, problem) => this.waiting(seconds, problem),
      done: (receipt) => this.done(receipt),
      refused: (problem) => this.refused(problem),
    });
    this.submission.send();
  }

  sending() {
    this.lock(true);
    this.send.textContent = t('report_sending');
  }

  /** @param {number} seconds @param {Problem} problem */
  waiting(seconds, problem) {
    const text = t(problem.status === 0 ? 'report_offline' : 'report_busy', { n: seconds });
    const line = this.status.querySelector('.waiting p');
    if (line) line.textContent = text;
    else put(this.status, h('div', { class: 'note waiting' }, h('p', { 'aria-live': 'off' }, text), h('button', { type: 'button', class: 'secondary small', onclick: () => this.submission?.send() }, t('report_retry'))));
    if (line === null) announce(text);
  }

  /** @param {boolean} yes */
  lock(yes) {
    for (const control of this.form.elements) if (!control.closest('.sending') && control.getAttribute('type') !== 'button') control.toggleAttribute('disabled', yes);
  }

  /** The service said no: its words go next to the field they concern, else above the buttons. @param {unknown} error */
  refused(error) {
    const problem = error instanceof Problem ? error : new Problem({ detail: wording(error) }, 0);
    if (problem !== error) reportError(error);
    this.lock(false);
    this.send.textContent = t('report_send');
    put(this.status);
    const unplaced = [];
    if (problem.kind === 'outside-grid') this.error('place', problem.message);
    else if (['wrong-asset', 'far-asset'].includes(problem.kind ?? '')) this.error('asset', problem.message);
    else {
      for (const { field, message, expected } of problem.fields) {
        const last = field.split('.').at(-1) ?? '';
        const name = ['lon', 'lat', 'accuracy', 'datum'].includes(last) ? 'place' : last;
        const text = expected ? `${message} (${expected})` : message;
        if (!this.error(name, text)) unplaced.push(`${field}: ${text}`);
      }
      if (!problem.fields.length && !(problem.kind === 'unknown-category' && this.error('category', problem.message))) unplaced.push(problem.message);
    }
    if (unplaced.length) put(this.status, h('div', { class: 'note failed', role: 'alert' }, h('p', {}, h('strong', {}, problem.title || t('report_refused'))), unplaced.map((text) => h('p', {}, text))));
    within(this.form, '[aria-invalid]')?.focus();
    announce(problem.title || t('report_refused'));
  }

  /** @param {Report} receipt */
  done(receipt) {
    this.handlers.filed(receipt);
    keepFollowed(receipt);
    const path = [...receipt.ancestors, receipt.cell].map(({ name, code }) => name || code).join(' › ');
    const title = h('h2', { tabindex: '-1' }, t('report_done'));
    put(this.body, h('div', { class: 'receipt' },
      h('span', { class: 'done', 'aria-hidden': 'true' }, icon('check')), title,
      h('p', { class: 'eyebrow' }, t('report_number')),
      h('p', { class: 'number' }, h('output', { id: 'case-number' }, receipt.number), copyButton(receipt.number)),
      h('p', { class: 'taken', id: 'case-grid' }, t('report_taken', { name: receipt.cell.name || receipt.cell.code }), h('small', {}, path)),
      receipt.synthetic && h('p', { class: 'note' }, t('report_synthetic')),
      receipt.secret && followLink({ territory: this.territory.code, number: receipt.number, secret: receipt.secret }),
      h('div', { class: 'doing' },
        h('button', { type: 'button', class: 'primary', onclick: () => this.handlers.closed() }, t('close')),
        h('button', { type: 'button', class: 'secondary', onclick: () => this.handlers.again() }, t('report_another')))));
    title.focus({ preventScroll: true });
    title.scrollIntoView({ block: 'nearest' }); // within its panel: the form was longer
    announce(`${t('report_done')}. ${t('report_number')} ${receipt.number}. ${t('report_taken', { name: receipt.cell.name || receipt.cell.code })}`);
  }

  /** End the form; nothing is sent any more. */
  close() {
    this.request?.abort();
    this.submission?.stop();
  }
}
