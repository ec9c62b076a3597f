// The form to file a report at a place, and the receipt.
import { locate } from './api.js';
import { announce, debounce, h, icon, put } from './dom.js';
import { distance, named, t } from './i18n.js';
import { copyButton } from './panel.js';
import { Submission } from './submit.js';

const LONGEST_DESCRIPTION = 2000;

/** The form while it is open; `place(point)` moves its place, `close()` ends it. */
export class ReportForm {
  /** `handlers`: closed(), moved(point), filed(receipt), again(). */
  constructor(body, { territory, categories, point, draft = {} }, handlers) {
    Object.assign(this, { body, territory, categories, handlers, draft, point: null, submission: null, request: null });
    this.where = h('p', { class: 'where', id: 'report-where', 'aria-live': 'polite' }, t('report_pick'));
    this.status = h('div', { class: 'sending', role: 'status', 'aria-live': 'polite' });
    this.lookUp = debounce(150, () => this.findGrid());
    this.draw();
    if (point) this.place(point);
  }

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

  draw() {
    const { draft } = this;
    this.send = h('button', { type: 'submit', class: 'primary', id: 'report-send' }, t('report_send'));
    const choices = [h('option', { value: '' }, t('report_choose')), ...this.categories.map(({ code, name }) =>
      h('option', { value: code, selected: code === draft.category }, named(name, code)))];
    this.form = h('form', { class: 'report', novalidate: true, onsubmit: (event) => this.submit(event), 'aria-labelledby': 'report-title' },
      h('button', { type: 'button', class: 'close', 'aria-label': t('close'), onclick: () => this.handlers.closed() }, icon('close')),
      h('h2', { id: 'report-title', tabindex: '-1' }, t('report_title')),
      h('div', { class: 'field', 'data-field': 'place' }, h('span', { class: 'label' }, t('report_place')), this.where,
        h('button', { type: 'button', class: 'secondary small', id: 'report-position', onclick: () => this.askPosition() }, icon('here'), t('my_position')),
        h('p', { class: 'field-error', id: 'place-error', role: 'alert', hidden: true })),
      this.field('category', t('report_category'), h('select', { required: true }, choices)),
      this.field('description', t('report_description'), h('textarea', { rows: 4, maxlength: LONGEST_DESCRIPTION, value: draft.description ?? '' }), t('report_description_hint')),
      h('fieldset', {}, h('legend', {}, t('report_contact')), h('small', {}, t('report_contact_hint')),
        h('div', { class: 'pair' },
          this.field('name', t('report_name'), h('input', { autocomplete: 'name', maxlength: 100, value: draft.name ?? '' })),
          this.field('phone', t('report_phone'), h('input', { type: 'tel', autocomplete: 'tel', maxlength: 40, value: draft.phone ?? '' })))),
      this.status,
      h('div', { class: 'doing' }, this.send, h('button', { type: 'button', class: 'secondary', onclick: () => this.handlers.closed() }, t('report_cancel'))));
    put(this.body, this.form);
    this.form.querySelector('h2').focus({ preventScroll: true });
  }

  /** What has been filled in, to draw the form again in another language. */
  get filled() {
    const value = (name) => this.form.elements[name]?.value ?? '';
    return { category: value('category'), description: value('description'), name: value('name'), phone: value('phone') };
  }

  get busy() {
    return Boolean(this.submission && !this.submission.over);
  }

  /** Set the place of the report: `{lon, lat, accuracy?}`. A report on its way keeps its place. */
  place(point) {
    if (this.busy) return;
    this.point = point;
    this.error('place', '');
    this.where.textContent = t('report_locating');
    this.lookUp();
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
      if (problem.name !== 'AbortError') put(this.where, h('small', {}, digits));
    }
  }

  outside(nearest) {
    if (nearest) this.error('place', t('outside', { name: nearest.name || nearest.code, code: nearest.code, distance: distance(nearest.distance_m) }));
    else this.error('place', t('outside_title'));
  }

  askPosition() {
    if (!navigator.geolocation || !isSecureContext) return this.error('place', t('position_unavailable'));
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const point = { lon: coords.longitude, lat: coords.latitude, accuracy: Math.max(1, Math.round(coords.accuracy)) };
        this.place(point);
        this.handlers.moved(point);
      },
      () => this.error('place', t('position_denied')),
      { enableHighAccuracy: true, timeout: 10_000, maximumAge: 30_000 });
    return undefined;
  }

  error(field, text) {
    const line = this.form.querySelector(`#${field}-error`);
    if (!line) return false;
    line.textContent = text;
    line.hidden = !text;
    const control = this.form.elements[field];
    if (control) {
      if (text) control.setAttribute('aria-invalid', 'true');
      else control.removeAttribute('aria-invalid');
    }
    return true;
  }

  clearErrors() {
    for (const field of ['place', 'category', 'description', 'name', 'phone']) this.error(field, '');
    put(this.status);
  }

  submit(event) {
    event.preventDefault();
    if (this.busy) return;
    this.clearErrors();
    const filled = this.filled;
    const missing = [];
    if (!this.point && this.error('place', t('report_need_place'))) missing.push('report-position');
    if (!filled.category && this.error('category', t('report_need_category'))) missing.push('report-category');
    if (missing.length) {
      this.form.querySelector(`#${missing[0]}`).focus();
      return;
    }
    const contact = Object.fromEntries(['name', 'phone'].map((key) => [key, filled[key].trim()]).filter(([, value]) => value));
    const { lon, lat, accuracy } = this.point;
    const report = {
      lon, lat, category: filled.category,
      ...(filled.description.trim() ? { description: filled.description.trim() } : {}),
      ...(accuracy ? { accuracy } : {}),
      ...(Object.keys(contact).length ? { contact } : {}),
    };
    this.submission = new Submission(this.territory.code, report, {
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

  waiting(seconds, problem) {
    const text = t(problem.status === 0 ? 'report_offline' : 'report_busy', { n: seconds });
    const line = this.status.querySelector('.waiting');
    if (line) line.firstChild.textContent = text;
    else put(this.status, h('div', { class: 'note waiting' }, h('p', { 'aria-live': 'off' }, text), h('button', { type: 'button', class: 'secondary small', onclick: () => this.submission.send() }, t('report_retry'))));
    if (line === null) announce(text);
  }

  lock(yes) {
    for (const control of this.form.elements) if (!control.closest('.sending') && control.type !== 'button') control.disabled = yes;
  }

  /** The service said no: its words go next to the field they concern, else above the buttons. */
  refused(problem) {
    this.lock(false);
    this.send.textContent = t('report_send');
    put(this.status);
    const unplaced = [];
    if (problem.kind === 'outside-grid') this.error('place', problem.message);
    else {
      for (const { field, message, expected } of problem.fields ?? []) {
        const names = String(field).split('.');
        const name = ['lon', 'lat', 'accuracy', 'datum'].includes(names.at(-1)) ? 'place' : names.at(-1);
        const text = expected ? `${message} (${expected})` : message;
        if (!this.error(name, text)) unplaced.push(`${field}: ${text}`);
      }
      if (!problem.fields?.length && !(problem.kind === 'unknown-category' && this.error('category', problem.message))) unplaced.push(problem.message);
    }
    if (unplaced.length) put(this.status, h('div', { class: 'note failed', role: 'alert' }, h('p', {}, h('strong', {}, problem.title || t('report_refused'))), unplaced.map((text) => h('p', {}, text))));
    this.form.querySelector('[aria-invalid]')?.focus();
    announce(problem.title || t('report_refused'));
  }

  done(receipt) {
    this.handlers.filed(receipt);
    const path = [...receipt.ancestors, receipt.cell].map(({ name, code }) => name || code).join(' › ');
    const title = h('h2', { tabindex: '-1' }, t('report_done'));
    put(this.body, h('div', { class: 'receipt' },
      h('span', { class: 'done', 'aria-hidden': 'true' }, icon('check')), title,
      h('p', { class: 'eyebrow' }, t('report_number')),
      h('p', { class: 'number' }, h('output', { id: 'case-number' }, receipt.number), copyButton(receipt.number)),
      h('p', { class: 'taken', id: 'case-grid' }, t('report_taken', { name: receipt.cell.name || receipt.cell.code }), h('small', {}, path)),
      receipt.synthetic && h('p', { class: 'note' }, t('report_synthetic')),
      h('div', { class: 'doing' },
        h('button', { type: 'button', class: 'primary', onclick: () => this.handlers.closed() }, t('close')),
        h('button', { type: 'button', class: 'secondary', onclick: () => this.handlers.again() }, t('report_another')))));
    title.focus({ preventScroll: true });
    announce(`${t('report_done')}. ${t('report_number')} ${receipt.number}. ${t('report_taken', { name: receipt.cell.name || receipt.cell.code })}`);
  }

  /** End the form; nothing is sent any more. */
  close() {
    this.request?.abort();
    this.submission?.stop();
  }
}
