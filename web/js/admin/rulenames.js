// What routing rules may name, and what it is called: categories, cells, areas of overlays, desks, organisations and their types.
import { address, call, cells, isOfCampaign, of } from '../api.js';
import { named, t, weekday } from '../i18n.js';
import { useEffect, useState } from '../preact.js';
import { askCategories } from '../work/loading.js';
import { useStore } from '../work/store.js';
import { useAsked } from './calls.js';

/** @import { Territory } from '../api.js' */
/** @import { Answered } from '../answers.js' */
/** @import { Organisations, OrganisationTypes, OverlayList, RuleBody, TargetBody } from 'service' */
/** @typedef {{value: string, label: string}[]} Options */
/** @typedef {{categories: Options, kinds: Options, within: Options, areas: Options, days: Options, to: Options}} Names */
/** @typedef {'categories' | 'kinds' | 'within' | 'areas' | 'days'} Condition that names several */

export const CONDITIONS = /** @type {const} */ (['categories', 'kinds', 'within', 'areas', 'days']);
const DAYS = /** @type {const} */ (['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);
const KINDS = ['urban', 'rural'];
const WHOM = /** @type {const} */ (['desk', 'organisation', 'type']);

/** All cells and areas of a territory; none while they are fetched. @param {Territory} territory */
function usePlaces(territory) {
  const [places, take] = useState({ within: /** @type {Options} */ ([]), areas: /** @type {Options} */ ([]) });
  useEffect(() => {
    let wanted = true;
    const tell = (/** @type {Partial<typeof places>} */ found) => { if (wanted) take((before) => ({ ...before, ...found })); };
    const none = () => { /* the code is typed then */ };
    Promise.all(territory.levels.map(({ key }) => cells(territory.code, key))).then((all) => tell({ within: all.flat().map(({ code, name }) => ({ value: code, label: `${name} ${code}` })) })).catch(none);
    areasOf(territory.code).then((areas) => tell({ areas })).catch(none);
    return () => { wanted = false; };
  }, [territory.code]);
  return places;
}

/** Areas of the overlays as rules name them. @param {string} territory @returns {Promise<Options>} */
async function areasOf(territory) {
  const { overlays } = /** @type {OverlayList} */ (await call(address(of(territory, '/overlays'))));
  const names = new Map(overlays.map(({ key, name }) => [key, named(name, key)]));
  const all = await Promise.all([...names].map(async ([key, name]) => {
    const { features } = await call(address(of(territory, `/overlays/${encodeURIComponent(key)}`)));
    return features.map((/** @type {any} */ { properties: { code, name: own } }) => ({ value: `${key}:${code}`, label: `${name}: ${own || code}` }));
  }));
  return all.flat();
}

/** @param {Territory} territory @returns {Names} */
export function useNames(territory) {
  const { categories } = useStore();
  useEffect(() => { askCategories(territory.code); }, [territory.code]);
  const { answer: bodies } = /** @type {Answered<Organisations>} */ (useAsked(of(territory.code, '/organisations')));
  const { answer: types } = /** @type {Answered<OrganisationTypes>} */ (useAsked(of(territory.code, '/organisation-types')));
  const levels = territory.levels.map(({ key, name }) => ({ value: `desk:${key}`, label: t('rule_desk_of', { level: named(name, key) }) }));
  return {
    ...usePlaces(territory),
    categories: (categories.get(territory.code) ?? []).filter((one) => !isOfCampaign(one)).map(({ code, name }) => ({ value: code, label: named(name, code) })),
    kinds: KINDS.map((value) => ({ value, label: t(`cell_kind_${value}`) })),
    days: DAYS.map((value, i) => ({ value, label: weekday(i) })),
    to: [
      { value: 'desk:centre', label: t('rule_centre') }, ...levels,
      ...(bodies?.organisations ?? []).map(({ code, name }) => ({ value: `organisation:${code}`, label: named(name, code) })),
      ...(types?.types ?? []).map(({ code, name }) => ({ value: `type:${code}`, label: t('rule_type_of', { type: named(name, code) }) })),
    ],
  };
}

/** What an entry is called; its code while nobody knows, or where it is gone. @param {Options} options @param {string} value */
export const called = (options, value) => options.find((one) => one.value === value)?.label ?? value;

/** A party as one value of a choice. @param {TargetBody} target */
export const whomOf = (target) => WHOM.flatMap((key) => (target[key] ? [`${key}:${target[key]}`] : []))[0] ?? '';

/** A party out of the value of a choice. @param {string} value @param {boolean} needed @returns {TargetBody} */
export function targetOf(value, needed) {
  const [key = '', ...code] = value.split(':');
  return { [key]: code.join(':'), ...(!needed && { needed }) };
}

/** What a rule is called; else when it fits. @param {RuleBody} rule @param {Names} names */
export const titleOf = ({ name, ...rule }, names) => named(/** @type {Record<string, string> | null | undefined} */ (name), conditionsOf(rule, names));

/** When a rule fits, in one line. @param {RuleBody} rule @param {Names} names */
export function conditionsOf(rule, names) {
  const said = CONDITIONS.filter((key) => rule[key]?.length).map((key) => `${t(`rule_${key}`)}: ${(rule[key] ?? []).map((value) => called(names[key], value)).join(', ')}`);
  return [...said, ...(rule.hours ? [`${t('rule_hours')}: ${rule.hours}`] : [])].join(' · ') || t('rule_always');
}

/** Where a rule sends, in one line. @param {RuleBody} rule @param {Names} names */
export const partiesOf = ({ to }, names) => to.map((target) => (target.needed === false ? t('rule_beside', { party: called(names.to, whomOf(target)) }) : called(names.to, whomOf(target)))).join(', ');
