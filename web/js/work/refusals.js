// A refusal of the service, by the fields of the form that was sent.
import { Problem, wording } from '../api.js';

/** @import { FieldProblem } from 'service' */

/** Refusals that are about one field, whatever else was sent. @type {Record<string, string>} */
const ABOUT = { 'wrong-asset': 'asset', 'far-asset': 'asset' };

/** What a refusal says of each field, and of the rest. @param {unknown} error @param {{name: string}[]} needs @param {string} [entry] what is made: its code, the first field, stands in the address */
export function refusalOf(error, needs, entry) {
  const about = error instanceof Problem ? ABOUT[error.kind ?? ''] : undefined;
  if (about && needs.some(({ name }) => name === about)) return { fields: { [about]: wording(error) }, rest: '' };
  const told = error instanceof Problem ? error.fields : [];
  /** @param {FieldProblem} one */
  const fieldOf = ({ field }) => needs.find(({ name }) => name === field.split('.')[0])?.name ?? (field === entry ? needs[0]?.name : undefined);
  const fields = Object.fromEntries(told.flatMap((one) => { const name = fieldOf(one); return name ? [[name, one.message]] : []; }));
  const rest = told.filter((one) => !fieldOf(one)).map(({ message }) => message).join(' ');
  return { fields, rest: rest || (told.length ? '' : wording(error)) };
}
