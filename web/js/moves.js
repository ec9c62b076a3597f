// The form of one move, drawn from what the service says that the move needs.
import { Problem, wording } from './api.js';
import { h, put, within } from './dom.js';
import { named, t } from './i18n.js';
import { get } from './state.js';

/** @import { Case, Category } from './api.js' */
/** @import { Kind, Moved, NeedInfo, OpenMove, PartyInfo } from 'service' */
/** @typedef {{report: Case, offer: OpenMove, categories: Category[]}} Subject */
/** @typedef {{node: HTMLElement, read: () => unknown, hint?: string}} Control `read` gives undefined when nothing was filled in. */

const LONG = new Set(['note', 'description']);

/** @param {NeedInfo} need @returns {Control} */
function text(need) {
  const node = LONG.has(need.name) ? h('textarea', { rows: 3, maxlength: 2000 }) : h('input', { maxlength: 200 });
  return { node, read: () => node.value.trim() || undefined };
}

/** Makes the control of a need. @type {Record<Kind, (need: NeedInfo, subject: Subject) => Control>} */
const CONTROLS = {
  text,
  case: text,
  texts: () => {
    const node = h('textarea', { rows: 2 });
    const lines = () => node.value.split('\n').map((line) => line.trim()).filter(Boolean);
    return { node, read: () => (lines().length ? lines() : undefined) };
  },
  flag: (need) => {
    const yes = { true: t('yes'), false: t('no') };
    const node = h('select', {}, !need.required && h('option', { value: '' }, '–'), Object.entries(yes).map(([value, label]) => h('option', { value }, label)));
    return { node, read: () => (node.value ? node.value === 'true' : undefined) };
  },
  time: () => {
    const node = h('input', { type: 'datetime-local' });
    return { node, read: () => (node.value ? new Date(node.value).toISOString() : undefined) };
  },
  point: (_need, { report }) => {
    const centre = get().view ?? report;
    const node = h('input', { value: `${centre.lon.toFixed(6)}, ${centre.lat.toFixed(6)}`, inputmode: 'decimal' });
    const read = () => {
      const [lon, lat] = node.value.split(',').map(Number);
      return Number.isFinite(lon) && Number.isFinite(lat) ? { lon, lat } : undefined;
    };
    return { node, read };
  },
  task: (need, { report, offer }) => choice(offer.tasks.map((id) => {
    const task = report.tasks.find((one) => one.id === id);
    return { value: String(id), read: id, label: task ? named(task.party.name, task.party.code) : String(id) };
  }), need.required || offer.tasks.length === 1),
  desk: (need, { report }) => choice(report.parties.filter(({ desk }) => desk && desk !== report.holder?.desk).map((party) => ({ value: String(party.desk), read: party.desk, label: called(party) })), need.required),
  parties: (_need, { report }) => {
    const boxes = report.parties.map((party) => ({ party, box: h('input', { type: 'checkbox' }) }));
    const node = h('div', { class: 'choices', role: 'group' }, boxes.map(({ party, box }) => h('label', {}, box, called(party))));
    const read = () => {
      const chosen = boxes.filter(({ box }) => box.checked).map(({ party }) => (party.desk ? { desk: party.desk } : { organisation: party.organisation }));
      return chosen.length ? chosen : undefined;
    };
    return { node, read, hint: t('need_parties_hint') };
  },
  category: (need, { report, categories }) => choice(categories.map(({ code, name }) => ({ value: code, read: code, label: named(name, code) })).filter(({ value }) => value !== report.category), need.required),
  urgency: (need) => choice(['normal', 'urgent'].map((value) => ({ value, read: value, label: t(`urgency_${value}`) })), need.required),
};
/** @param {PartyInfo} party */
function called({ level, code, name }) {
  return level === null && code === '' ? t('centre') : named(name, code);
}

/** @param {{value: string, read: unknown, label: string}[]} options @param {boolean} required @returns {Control} */
function choice(options, required) {
  const node = h('select', {}, !required && h('option', { value: '' }, '–'), options.map(({ value, label }) => h('option', { value }, label)));
  return { node, read: () => options.find(({ value }) => value === node.value)?.read };
}

/** The form of a move while it is open. */
export class MoveForm {
  /**
   * @param {HTMLElement} place
   * @param {Subject} subject
   * @param {object} handlers
   * @param {(move: Record<string, unknown>) => Promise<Moved>} handlers.send
   * @param {(answer: Moved) => unknown} handlers.sent
   * @param {(message: string) => unknown} handlers.stale
   * @param {() => unknown} handlers.closed
   */
  constructor(place, subject, handlers) {
    this.place = place;
    this.subject = subject;
    this.handlers = handlers;
    this.said = h('p', { class: 'note failed', role: 'alert', hidden: true });
    this.sender = h('button', { type: 'submit', class: 'primary', id: 'move-send' }, subject.offer.title);
    this.fields = subject.offer.needs
      .filter(({ kind }) => kind !== 'task' || subject.offer.tasks.length > 1)
      .map((need) => ({ need, ...CONTROLS[need.kind](need, subject) }));
  }

  draw() {
    const { offer } = this.subject;
    put(this.place, h('form', { novalidate: true, 'aria-label': offer.title, onsubmit: (event) => this.submit(event) },
      h('h4', {}, offer.title), this.fields.map((field) => this.field(field)), this.said,
      h('div', { class: 'doing' }, this.sender, h('button', { type: 'button', class: 'secondary', onclick: () => this.handlers.closed() }, t('report_cancel')))));
    (within(this.place, 'input, textarea, select') ?? this.sender).focus();
  }

  /** @param {Control & {need: NeedInfo}} field */
  field({ need, node, hint }) {
    const id = `move-${need.name}`;
    const label = need.required ? t(`need_${need.name}`) : t('optional', { what: t(`need_${need.name}`) });
    node.id = id;
    return h('div', { class: 'field', 'data-field': need.name },
      h('label', { for: id }, label), node, hint && h('small', {}, hint), h('p', { class: 'field-error', role: 'alert', hidden: true }));
  }

  /** @param {SubmitEvent} event */
  async submit(event) {
    event.preventDefault();
    /** @type {Record<string, unknown>} */
    const move = { move: this.subject.offer.move };
    for (const { need, read } of this.fields) {
      const value = read();
      if (value !== undefined) move[need.name] = value;
    }
    this.sender.disabled = true;
    try {
      this.handlers.sent(await this.handlers.send(move));
    } catch (problem) {
      this.sender.disabled = false;
      this.refuse(problem);
    }
  }

  /** Say what is wrong at its field, and the rest above the buttons. @param {unknown} error */
  refuse(error) {
    if (!(error instanceof Problem)) reportError(error);
    const problem = error instanceof Problem ? error : null;
    if (problem?.kind === 'stale') {
      this.handlers.stale(t('case_changed'));
      return;
    }
    for (const place of this.place.querySelectorAll('.field-error')) place.toggleAttribute('hidden', true);
    const rest = [];
    for (const { field, message } of problem?.fields ?? []) {
      const place = within(this.place, `[data-field="${CSS.escape(field.split('.')[0] ?? '')}"] .field-error`);
      if (place) Object.assign(place, { textContent: message, hidden: false });
      else rest.push(message);
    }
    this.said.textContent = rest.join(' ') || (problem?.fields.length ? '' : wording(error));
    this.said.hidden = !this.said.textContent;
    within(this.place, '.field:has(.field-error:not([hidden])) :is(input, textarea, select)')?.focus();
  }
}
