// Cases for those who carry them: what is open in a cell, and one case with its history and the moves that are open.
import * as api from './api.js';
import { announce, h, icon, put } from './dom.js';
import { count, moment, named, t } from './i18n.js';
import { MoveForm } from './moves.js';

/** @import { Case, Category, Report, Territory } from './api.js' */
/** @import { Cell } from './state.js' */
/** @import { FindingCase, OpenMove } from 'service' */
/** @typedef {Report | FindingCase} Listed */
/**
 * @typedef {object} List
 * @property {string} title
 * @property {string} none
 * @property {string} back
 * @property {() => Promise<{cases: Listed[], more: string}>} ask `more` says that not all are there
 */
/** @typedef {{territory: Territory, categories: Category[], list: List}} Subject */
/** @typedef {{due_at: string | null, state?: string, overdue?: boolean, nearly_due?: boolean}} Due */

const LIST = 20;
const LIST_OF_FINDING = 100;

/** Overdue first, then by deadline, then what has none. @param {Report} a @param {Report} b */
const pressing = (a, b) => (a.due_at ?? '9').localeCompare(b.due_at ?? '9') || a.number.localeCompare(b.number);

/** What is open in a cell, the most pressing first. @param {string} territory @param {Cell} cell @returns {List} */
export const openCases = (territory, cell) => ({
  title: t('cases_open'),
  none: t('cases_none'),
  back: t('cases_back'),
  ask: async () => {
    const { reports, links } = await api.openCases(territory, cell, LIST);
    return { cases: reports.sort(pressing), more: links.some(({ rel }) => rel === 'next') ? t('cases_more', { n: LIST }) : '' };
  },
});

/** What a finding is of, the newest first. @param {string} territory @param {string} id @param {number} reports @returns {List} */
export const casesOfFinding = (territory, id, reports) => ({
  title: t('finding_cases'),
  none: t('finding_cases_none'),
  back: t('finding_cases_back'),
  ask: async () => {
    const { cases } = await api.findingCases(territory, id, LIST_OF_FINDING);
    return { cases, more: cases.length < reports ? t('finding_cases_some', { n: count(cases.length), of: count(reports) }) : '' };
  },
});

/** @param {Due} report */
function due(report) {
  if (!report.due_at || report.state === 'parked') return false; // a stopped clock shows no time
  const kind = report.overdue ? 'overdue' : report.nearly_due ? 'nearly' : 'due';
  return h('span', { class: `due ${kind}` }, t(`case_${kind}`, { at: moment(report.due_at) }));
}

/** The part of the panel that shows cases: a list, or in its place one of them. */
export class Cases {
  /** @param {HTMLElement} place where to draw @param {Subject} subject @param {() => unknown} moved told after a move */
  constructor(place, subject, moved) {
    this.place = place;
    this.subject = subject;
    this.moved = moved;
  }

  /** @param {string} code */
  category(code) {
    return named(this.subject.categories.find((one) => one.code === code)?.name, code);
  }

  /** The cases that one may choose from. */
  async list() {
    const { title, none, ask } = this.subject.list;
    try {
      const { cases, more } = await ask();
      put(this.place, h('h3', {}, title),
        cases.length === 0 && h('p', { class: 'empty' }, none),
        h('ul', { class: 'cases' }, cases.map((one) => this.row(one))),
        cases.length > 0 && more && h('p', { class: 'empty' }, more));
    } catch (problem) {
      this.fail(problem, () => this.list());
    }
  }

  /** @param {Listed} report */
  row(report) {
    return h('li', {}, h('button', { type: 'button', 'data-number': report.number, onclick: () => this.open(report.number) },
      h('strong', {}, this.category(report.category)), h('code', {}, report.number),
      'description' in report
        ? [report.description && h('span', { class: 'said' }, report.description), due(report)]
        : h('span', { class: 'said' }, `${report.state_title} · ${moment(report.received_at)}`)));
  }

  /** One case, under the version that it has now; `note` stands above it. @param {string} number @param {string} [say] @param {string} [note] */
  async open(number, say = '', note = '') {
    let report;
    try {
      report = await api.caseOf(this.subject.territory.code, number);
    } catch (problem) {
      this.fail(problem, () => this.open(number));
      return;
    }
    this.draw(report, note);
    this.place.scrollIntoView({ block: 'start' });
    this.place.querySelector('h3')?.focus({ preventScroll: true });
    announce(say || `${number}: ${report.state_title}`);
  }

  /** @param {Case} report @param {string} note */
  draw(report, note) {
    const form = h('div', { class: 'move-form' });
    /** @param {OpenMove} offer */
    const choose = (offer) => new MoveForm(form, { report, offer, categories: this.subject.categories }, {
      send: (move) => api.moveCase(this.subject.territory.code, report.number, move, report.version),
      sent: (after) => {
        this.moved();
        this.open(report.number, `${offer.title}: ${after.state_title}`);
      },
      stale: (message) => this.open(report.number, message, message),
      closed: () => put(form),
    }).draw();
    put(this.place,
      h('button', { type: 'button', class: 'quiet back', onclick: () => this.list() }, icon('back'), this.subject.list.back),
      h('h3', { tabindex: '-1', class: 'case-title' }, this.category(report.category), h('code', { id: 'case-number-shown' }, report.number)),
      h('p', { class: 'standing' }, h('strong', { id: 'case-state' }, report.state_title), due(report),
        report.holder && h('small', {}, t('case_held', { name: this.called(report.holder, report) }))),
      note && h('p', { class: 'note', id: 'case-note' }, note),
      report.description && h('p', { class: 'said' }, report.description),
      this.others(report),
      this.tasks(report),
      report.moves.length > 0 && h('div', { class: 'moves', role: 'group', 'aria-label': t('moves_open') },
        report.moves.map((offer) => h('button', { type: 'button', class: 'secondary small', 'data-move': offer.move, onclick: () => choose(offer) }, offer.title))),
      form, this.history(report));
  }

  /** @param {{level: string | null, code: string}} holder @param {Case} report */
  called({ level, code }, report) {
    if (!level) return t('centre');
    /** @param {{level: string | null, code: string}} one */
    const is = (one) => one.level === level && one.code === code;
    const cell = [...report.ancestors, report.cell].find(is);
    return cell?.name || named(report.parties.find(is)?.name, code);
  }

  /** Where else an inexact place may lie than with those who have it. @param {Case} report */
  others({ candidates, holder }) {
    const names = candidates.filter(({ code }) => code !== holder?.code).map(({ code, name }) => name || code);
    return names.length > 0 && h('p', { class: 'note', id: 'case-others' }, t('case_others', { names: names.join(t('comma')) }));
  }

  /** @param {Case} report */
  tasks({ tasks }) {
    const live = tasks.filter(({ state }) => state !== 'cancelled');
    return live.length > 0 && h('ul', { class: 'tasks' }, live.map((task) => h('li', {},
      h('span', {}, named(task.party.name, task.party.code)), h('small', {}, t(`task_${task.state}`)), due({ due_at: task.state === 'reported' ? null : task.due_at }))));
  }

  /** @param {Case} report */
  history({ events }) {
    return h('section', {}, h('h3', {}, t('history')), h('ol', { class: 'history' }, [...events].reverse().map((event) => h('li', { 'data-move': event.move },
      h('strong', {}, event.title), h('small', {}, `${moment(event.at)} · ${event.actor === 'wangge' ? t('the_service') : event.actor}`),
      typeof event.facts.reason === 'string' && h('p', {}, event.facts.reason), event.note && h('p', {}, event.note)))));
  }

  /** @param {unknown} problem @param {() => unknown} again */
  fail(problem, again) {
    if (api.givenUp(problem)) return;
    put(this.place, h('p', { class: 'note', role: 'alert' }, api.wording(problem)),
      h('button', { type: 'button', class: 'secondary', onclick: again }, t('retry')));
  }
}
