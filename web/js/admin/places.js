// A role and what it is given for, as fields of a form and back.
import { cells, of } from '../api.js';
import { named, t } from '../i18n.js';
import { useEffect, useState } from '../preact.js';
import { grantsIn } from '../work/session.js';
import { useAsked } from './calls.js';

/** @import { Territory } from '../api.js' */
/** @import { Organisations, RoleInfo } from 'service' */
/** @import { Field, Values } from './form.js' */

/** The word for a role. @param {string} role */
export const roleName = (role) => t(`role_${role.replaceAll('-', '_')}`);

/** Cells of a level for a list to choose from; none while they are fetched. @param {Territory} territory @param {string} level */
export function useCells(territory, level) {
  const [found, take] = useState(/** @type {{value: string, label: string}[]} */ ([]));
  useEffect(() => {
    let wanted = true;
    take([]);
    if (level) cells(territory.code, level).then((all) => wanted && take(all.map(({ code, name }) => ({ value: code, label: name }))), () => { /* the code is typed then */ });
    return () => { wanted = false; };
  }, [territory.code, level]);
  return found;
}

/** Organisations to choose from, by their ids. @param {Territory} territory */
export function useOrganisations(territory) {
  const { answer } = /** @type {import('../answers.js').Answered<Organisations>} */ (useAsked(of(territory.code, '/organisations')));
  return (answer?.organisations ?? []).map(({ id, code, name }) => ({ value: String(id), label: named(name, code) }));
}

/**
 * The fields that say which role is given, and for what.
 *
 * @param {object} known
 * @param {Territory} known.territory
 * @param {RoleInfo[]} known.roles
 * @param {{value: string, label: string}[]} known.places cells of the chosen level
 * @param {{value: string, label: string}[]} known.organisations
 * @param {boolean} [known.needed]
 * @param {Values} values
 * @returns {Field[]}
 */
export function placeFields({ territory, roles, places, organisations, needed = true }, values) {
  const all = grantsIn(territory.code).some((grant) => grant.territory === null && grant.rights.includes('edit-accounts'));
  const role = roles.find((one) => one.role === values['role']);
  const where = [{ value: territory.code, label: named(territory.name, territory.code) }, ...(all ? [{ value: '*', label: t('everywhere') }] : [])];
  const fields = /** @type {Field[]} */ ([
    { name: 'role', label: t('of_role'), kind: 'choice', empty: true, required: needed, options: roles.map((one) => ({ value: one.role, label: roleName(one.role) })) },
  ]);
  if (!role) return fields;
  fields.push({ name: 'territory', label: t('territory'), kind: 'choice', options: where });
  if (role.organisation) fields.push({ name: 'organisation', label: t('of_organisation'), kind: 'choice', empty: true, options: organisations });
  else if (values['territory'] !== '*') {
    fields.push({ name: 'level', label: t('of_level'), kind: 'choice', options: [{ value: '', label: t('whole_territory') }, ...territory.levels.map(({ key, name }) => ({ value: key, label: named(name, key) }))] });
    if (values['level']) fields.push({ name: 'code', label: t('cell'), kind: 'list', options: places });
  }
  return fields;
}

/** What these fields say, as the service takes it; undefined when no role was chosen. @param {Values} values */
export function placeOf({ role, territory, level, code, organisation }) {
  if (!role) return undefined;
  return { role, territory: territory === '*' ? null : territory, ...(level && { level, code: code || null }), ...(organisation && { organisation: Number(organisation) }) };
}
