// What a report and a list of followed cases are, on any screen. Pure: the mini-program has a copy, which scripts/copy_shared.py makes.

/** @import { Category } from './api.js' */
/** @import { ReportBody } from 'service' */
/** @typedef {{lon: number, lat: number, accuracy?: number, datum?: 'wgs84' | 'gcj02'}} Point where the datum is not said, it is WGS-84 */
/** @typedef {Record<string, string>} Answers as they were typed, by question */
/** @typedef {{category: string, description: string, asset?: string, point: Point | null, inside: boolean, answers: Answers, name: string, phone: string, email: string, consent: '' | 'spoken' | 'written'}} Told `point` was chosen by whoever reports; `inside`: it has a base grid; `consent`: of staff who file for somebody, how that person agreed */
/** @typedef {'photos' | 'what' | 'where' | 'contact'} Step */
/** @typedef {{territory: string, number: string, secret: string, category: string, at: string}} Followed */

const LONGEST = 200;
/** Of the cases that a device follows the oldest go. */
const MOST = 100;

/** What a report carries of what was answered; undefined where that is nothing. What is left empty is not sent. @param {Pick<Category, 'questions'> | undefined} category @param {Answers | undefined} answers @returns {Record<string, string | number> | undefined} */
export function answersOf(category, answers = {}) {
  const filled = (category ? category.questions : []).flatMap(({ code, kind }) => {
    const said = (answers[code] || '').trim().slice(0, LONGEST);
    if (!said) return [];
    if (kind !== 'number') return [[code, said]];
    return Number.isFinite(Number(said)) ? [[code, Number(said)]] : [];
  });
  return filled.length ? Object.fromEntries(filled) : undefined;
}

/** A report as it is sent, without its photos. @param {Told} told with a point @param {Category[]} categories @returns {ReportBody} */
export function bodyOf({ category, description, asset = '', point, answers, name, phone, email, consent }, categories) {
  const contact = { ...(name.trim() && { name: name.trim() }), ...(phone.trim() && { phone: phone.trim() }), ...(email.trim() && { email: email.trim() }) };
  const { lon, lat, accuracy, datum } = /** @type {Point} */ (point);
  const chosen = categories.find(({ code }) => code === category);
  const said = answersOf(chosen, answers);
  const about = chosen && chosen.asset_kinds && chosen.asset_kinds.length ? asset.trim() : '';
  return {
    lon, lat, category, ...(datum && { datum }), ...(accuracy ? { accuracy } : {}), ...(description.trim() && { description: description.trim() }),
    ...(about && { asset: about }), ...(said && { answers: said }), ...(Object.keys(contact).length && { contact }), ...(consent && { on_behalf: consent }),
  };
}

/** What keeps a report from being sent: by step, the name of the text that says so. @param {Pick<Told, 'category' | 'point' | 'inside'>} told @returns {Partial<Record<Step, string>>} */
export const faultsOf = ({ category, point, inside }) => ({ ...(!category && { what: 'report_need_category' }), ...(!(point && inside) && { where: 'r_need_place' }) });

/** Next to which step a refusal of the service stands. @param {{kind?: string | undefined, status: number, fields: {field: string}[]}} problem @returns {Step} */
export function stepOf({ kind = '', status, fields }) {
  if (['outside-grid', 'wrong-asset', 'far-asset'].includes(kind)) return 'where';
  if (kind.includes('photo') || (status === 404 && !kind)) return 'photos'; // one that is no picture, say, or is no longer on this device
  const [{ field } = { field: '' }] = fields;
  if (/^(lon|lat|accuracy)/.test(field)) return 'where';
  return field.startsWith('contact') ? 'contact' : 'what';
}

/** A list without a case. @param {Followed[]} all @param {Pick<Followed, 'territory' | 'number'>} one */
export const without = (all, { territory, number }) => all.filter((kept) => kept.number !== number || kept.territory !== territory);

/** A list with a case first, or with its newest secret. @param {Followed[]} all @param {Followed} one */
export const withFirst = (all, one) => [one, ...without(all, one)].slice(0, MOST);

/** What was kept, as far as it is a list of cases. @param {unknown} kept @returns {Followed[]} */
export const casesIn = (kept) => (Array.isArray(kept) ? kept.filter((one) => one && [one.territory, one.number, one.secret].every((part) => typeof part === 'string')) : []);
