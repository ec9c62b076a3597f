// Who answers for the chosen cell, for staff: its officers today, its organisations, and how much lies there.
import { h } from './dom.js';
import { count, day, named, t } from './i18n.js';

/** @import { Child } from './dom.js' */
/** @import { DeskDetail, OfficerOnDuty, OrganisationRef } from 'service' */

const SHOWN = 4;

/** @param {string | null} number */
const phone = (number) => number && h('a', { class: 'phone', href: `tel:${number.replace(/[^\d+]/g, '')}` }, number);

/** The first few of a list, the rest behind a line that opens it. @param {Child[]} rows @returns {Child} */
function some(rows) {
  if (rows.length <= SHOWN + 1) return h('ul', {}, rows);
  return [
    h('ul', {}, rows.slice(0, SHOWN)),
    h('details', {}, h('summary', {}, t('duty_more', { n: rows.length - SHOWN })), h('ul', {}, rows.slice(SHOWN))),
  ];
}

/** @param {OfficerOnDuty} officer */
function officer({ name, number, phone: called, role, stands_in_for: absent, back_on: back }) {
  const words = [t(`duty_${role}`), absent && t('duty_stands_in', { number: absent }), back && t('duty_away', { day: day(back) })];
  return h('li', { class: back ? 'away' : null, 'data-officer': number },
    h('span', {}, name, h('small', {}, words.filter(Boolean).join(' · '))), phone(called));
}

/** @param {OrganisationRef} organisation */
function organisation({ code, name, phone: called }) {
  return h('li', { 'data-organisation': code }, h('span', {}, named(name, code)), phone(called));
}

/** The part of a cell's panel that says who answers. @param {DeskDetail} desk @param {string} base key of the level of the base grids */
export function drawDuty({ officers, organisations, load, phone: called, level }, base) {
  const { open, overdue } = load ?? { open: 0, overdue: 0 };
  const numbers = [t('duty_open', { n: count(open) }), overdue > 0 && t('duty_overdue', { n: count(overdue) })];
  return h('section', { class: 'duty', 'aria-labelledby': 'duty-title' },
    h('header', {}, h('h3', { id: 'duty-title' }, t('duty')),
      h('small', { id: 'duty-load', class: overdue > 0 ? 'overdue' : null }, numbers.filter(Boolean).join(' · '))),
    called && h('p', { class: 'line' }, t('duty_desk'), phone(called)),
    officers.length > 0 ? some(officers.map(officer)) : level === base && h('p', { class: 'empty' }, t('duty_nobody')),
    organisations.length > 0 && [h('h4', {}, t('duty_organisations')), some(organisations.map(organisation))]);
}
