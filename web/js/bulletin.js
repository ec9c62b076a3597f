// The bulletin of a month as PDF, for whoever may read figures: the browser asks for it by itself.
import * as api from './api.js';
import { h } from './dom.js';
import { language, t } from './i18n.js';

/** @import { Territory } from './api.js' */

/** The last month that is over in a time zone, such as 2025-06. @param {string} timezone @param {Date} now */
export function lastMonth(timezone, now = new Date()) {
  const [year = 0, month = 0] = new Intl.DateTimeFormat('en-CA', { timeZone: timezone, year: 'numeric', month: '2-digit' }).format(now).split('-').map(Number);
  return new Date(Date.UTC(year, month - 2)).toISOString().slice(0, 7);
}

/** @param {Territory} territory */
export function drawBulletin({ code, timezone }) {
  const last = lastMonth(timezone);
  const month = { type: 'month', name: 'month', value: last, max: last, required: true, pattern: '[0-9]{4}-[0-9]{2}' };
  return h('form', { class: 'bulletin', action: api.bulletin(code), method: 'get', target: '_blank' },
    h('label', {}, h('span', {}, t('bulletin')), h('input', month)),
    h('input', { type: 'hidden', name: 'lang', value: language() }),
    h('button', { type: 'submit', class: 'secondary' }, t('bulletin_make')));
}
