// The filters of a list as its address has them, and where each person begins.

/** @import { Territory } from '../api.js' */
/** @import { HeldGrant } from 'service' */

export const KEYS = ['open', 'mine', 'overdue', 'nearly_due', 'returned', 'parked', 'closed_since', 'state', 'campaign', 'counted', 'category', 'group', 'urgency', 'from', 'to', 'weekday', 'hour', 'level', 'cell', 'kind', 'area', 'q'];
const LATELY_DAYS = 30;
/** @typedef {'open' | 'overdue' | 'nearly_due' | 'returned' | 'parked' | 'closed' | 'all'} View */

const lately = () => new Date(Date.now() - LATELY_DAYS * 86_400_000).toISOString().slice(0, 10);

/** What is looked at, each a set of filters that exclude each other. @type {Record<View, () => Record<string, string>>} */
export const VIEWS = {
  open: () => ({ open: 'true' }),
  overdue: () => ({ open: 'true', overdue: 'true' }),
  nearly_due: () => ({ open: 'true', nearly_due: 'true' }),
  returned: () => ({ open: 'true', returned: 'true' }),
  parked: () => ({ parked: 'true' }),
  closed: () => ({ closed_since: lately() }),
  all: () => ({}),
};
const VIEWED = ['open', 'overdue', 'nearly_due', 'returned', 'parked', 'closed_since'];

/** @param {URLSearchParams} query @returns {View} */
export function viewOf(query) {
  if (query.has('closed_since')) return 'closed';
  for (const view of /** @type {const} */ (['overdue', 'nearly_due', 'returned', 'parked'])) if (query.get(view) === 'true') return view;
  return query.get('open') === 'true' ? 'open' : 'all';
}

/** @param {URLSearchParams} query @param {View} view */
export function looking(query, view) {
  const next = new URLSearchParams(query);
  for (const key of VIEWED) next.delete(key);
  for (const [key, value] of Object.entries(VIEWS[view]())) next.set(key, value);
  return tidy(next);
}

/** The same list with some filters changed; an empty value takes one away. @param {URLSearchParams} query @param {Record<string, string>} changes */
export function changed(query, changes) {
  const next = new URLSearchParams(query);
  for (const [key, value] of Object.entries(changes)) value ? next.set(key, value) : next.delete(key);
  return tidy(next);
}

/** What is sensible of a query, in one order, so that a list has one address. @param {URLSearchParams} query */
export function tidy(query) {
  const next = new URLSearchParams();
  for (const key of KEYS) for (const value of query.getAll(key)) if (value) next.append(key, value);
  if (next.has('q')) next.set('q', (next.get('q') ?? '').slice(0, 200));
  return next;
}

/** Whether somebody is looked for by telephone number: each such question is on record, so it is asked once and not again by itself. @param {URLSearchParams} query */
export function byPhone(query) {
  const words = (query.get('q') ?? '').normalize('NFKC');
  return /^[\d+()\- ]+$/.test(words) && words.replace(/\D/g, '').length >= 7;
}

/** What the service is asked for a list: the most pressing first, or the newest where nothing is due any more. @param {URLSearchParams} query */
export function asQuestion(query) {
  const question = tidy(query);
  if (['open', 'overdue', 'nearly_due', 'returned'].includes(viewOf(question))) question.set('sort', 'due');
  return question;
}

/**
 * Where somebody begins. Whoever answers for all of a territory, or for base grids, sees what is open there; a desk
 * between them and a party, what lies with them.
 *
 * @param {HeldGrant[]} grants
 * @param {Territory} territory
 */
export function beginning(grants, territory) {
  const base = territory.levels.at(-1)?.key;
  const everything = grants.some(({ code, organisation }) => !code && !organisation);
  const officer = grants.every(({ level, organisation }) => level === base && !organisation);
  return tidy(new URLSearchParams({ open: 'true', ...(!everything && !officer && { mine: 'true' }) }));
}
