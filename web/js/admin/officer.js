// One officer of the roster: base grids, leave and who stands in, and the ways to change that. The whole entry is sent.
import { of } from '../api.js';
import { day, t } from '../i18n.js';
import { html } from '../preact.js';
import { may } from '../work/session.js';
import { send } from './calls.js';
import { History } from './changes.js';
import { Act, Form, orNull } from './form.js';
import { Head, Sheet, Way, at, facts, today } from './parts.js';
import { useCells } from './places.js';

/** @import { Leave, Officer, Posting } from 'service' */
/** @import { Field, Values } from './form.js' */
/** @import { Props } from './parts.js' */

/** The kinds of posting, with their words. */
const POSTS = { responsible: 'posting_responsible', assistant: 'posting_assistant' };

/** @param {string} role */
const postName = (role) => t(POSTS[/** @type {keyof typeof POSTS} */ (role)] ?? role);

/** An entry as the service takes it. @param {Officer} officer */
const entryOf = ({ name, phone, active, postings, leave }) => ({
  name, phone, active,
  postings: postings.map(({ cell, role, valid_from, valid_to }) => ({ cell, role, valid_from, valid_to })),
  leave,
});

/** @returns {Field[]} */
const ownFields = () => [
  { name: 'name', label: t('of_name') },
  { name: 'phone', label: t('of_phone'), required: false, attributes: { inputmode: 'tel' } },
];

/** @param {{value: string, label: string}[]} places @returns {Field[]} */
const postFields = (places) => [
  { name: 'cell', label: t('cell'), kind: 'list', options: places },
  { name: 'role', label: t('posting'), kind: 'choice', options: Object.keys(POSTS).map((value) => ({ value, label: postName(value) })) },
  { name: 'valid_from', label: t('of_valid_from'), kind: 'date' },
  { name: 'valid_to', label: t('of_valid_to'), kind: 'date', required: false, hint: t('posting_until_hint') },
];

/** @param {Values} values */
const postOf = ({ cell, role, valid_from: from, valid_to: to }) => ({ cell, role, valid_from: orNull(from), valid_to: orNull(to) });

/** @param {Props & {officers: Officer[]}} props */
export function NewOfficer(props) {
  const { territory } = props;
  const places = useCells(territory, territory.levels.at(-1)?.key ?? '');
  const create = (/** @type {Values} */ values) => send('POST', of(territory.code, '/officers'), {
    number: values['number'], name: values['name'], phone: orNull(values['phone']), ...(values['cell'] && { postings: [postOf(values)] }),
  });
  const fields = [{ name: 'number', label: t('of_number') }, ...ownFields(), ...postFields(places).map((field) => (field.name === 'cell' ? { ...field, required: false } : field))];
  return html`
    <${Head} title=${t('officer_new')} back=${at(props)} />
    <${Form} id="officer" title=${t('officer_new')} fields=${fields} start=${{ role: Object.keys(POSTS)[0], valid_from: today() }} action=${t('officer_add')} send=${create} close=${at(props)} />`;
}

/** @param {Props & {officer: Officer, officers: Officer[]}} props */
export function OfficerPage({ officer, officers, ...props }) {
  const { territory, route } = props;
  const edits = may(territory.code, 'edit-roster');
  const here = of(territory.code, `/officers/${encodeURIComponent(officer.number)}`);
  const page = at(props, officer.number);
  const places = useCells(territory, edits && route.move === 'post' ? territory.levels.at(-1)?.key ?? '' : '');
  const keep = (/** @type {Partial<ReturnType<typeof entryOf>>} */ changes) => send('PUT', here, { ...entryOf(officer), ...changes }, officer.version);
  const named = (/** @type {string | null} */ number) => (number ? `${officers.find((one) => one.number === number)?.name ?? ''} ${number}` : t('nobody'));
  const others = officers.filter((one) => one.active && one.number !== officer.number).map(({ number, name }) => ({ value: number, label: name }));
  const form = edits && {
    leave: () => html`<${Form} id="leave" title=${t('officer_leave')} action=${t('officer_leave')} start=${{ away_from: today() }} close=${page}
      fields=${[
    { name: 'away_from', label: t('of_away_from'), kind: 'date' },
    { name: 'back_on', label: t('of_back_on'), kind: 'date' },
    { name: 'substitute', label: t('of_substitute'), kind: 'list', options: others, required: false, hint: t('substitute_hint') },
  ]} send=${(/** @type {Values} */ values) => keep({ leave: [...officer.leave, /** @type {Leave} */ ({ away_from: orNull(values['away_from']), back_on: orNull(values['back_on']), substitute: orNull(values['substitute']) })] })} />`,
    post: () => html`<${Form} id="post" title=${t('posting_add')} action=${t('posting_add')} fields=${postFields(places)} start=${{ role: Object.keys(POSTS)[0], valid_from: today() }} close=${page}
      send=${(/** @type {Values} */ values) => keep({ postings: [...entryOf(officer).postings, /** @type {any} */ (postOf(values))] })} />`,
    change: () => html`<${Form} id="officer" title=${t('admin_change')} action=${t('admin_keep')} fields=${ownFields()} start=${{ name: officer.name, phone: officer.phone ?? '' }} close=${page}
      send=${(/** @type {Values} */ { name, phone }) => keep({ name, phone: orNull(phone) })} />`,
  }[route.move];
  return html`
    <${Head} title=${officer.name} back=${at(props)} lead=${officer.number}>
      ${edits && !route.move && html`
        <${Way} primary id="officer-leave" href=${at(props, officer.number, 'leave')}>${t('officer_leave')}</${Way}>
        <${Way} id="officer-post" href=${at(props, officer.number, 'post')}>${t('posting_add')}</${Way}>
        <${Way} id="officer-change" href=${at(props, officer.number, 'change')}>${t('admin_change')}</${Way}>
        ${officer.active
    ? html`<${Act} final id="officer-remove" label=${t('officer_remove')} act=${() => send('DELETE', here, undefined, officer.version)} />`
    : html`<${Act} id="officer-again" label=${t('officer_again')} act=${() => keep({ active: true })} />`}`}
    </${Head}>
    ${form && form()}
    ${facts([[t('of_phone'), officer.phone], [t('state'), !officer.active && t('officer_off')]])}
    <h3>${t('of_leave')}</h3>
    <${Sheet} id="leave" label=${t('of_leave')} heads=${[t('of_away_from'), t('of_back_on'), t('of_substitute'), ...(edits ? [t('admin_acts')] : [])]} none=${t('leave_none')}
      rows=${officer.leave.map((one) => ({
    key: one.away_from,
    cells: [day(one.away_from), day(one.back_on), named(one.substitute), ...(edits ? [html`<${Act} id=${`leave-off-${one.away_from}`} label=${t('leave_off')} act=${() => keep({ leave: officer.leave.filter((other) => other !== one) })} />`] : [])],
  }))} />
    <h3>${t('of_postings')}</h3>
    <${Sheet} id="postings" label=${t('of_postings')} heads=${[t('cell'), t('posting'), t('of_valid_from'), t('of_valid_to'), ...(edits ? [t('admin_acts')] : [])]} none=${t('officer_nowhere')}
      rows=${officer.postings.map((one) => ({
    key: `${one.cell} ${one.valid_from}`,
    cells: [html`<a href=${`./#t=${encodeURIComponent(territory.code)}&cell=${encodeURIComponent(`${one.level}:${one.cell}`)}`}>${one.cell}</a>`, postName(one.role), day(one.valid_from), one.valid_to ? day(one.valid_to) : t('for_good'), ...(edits ? [ends(one) && html`<${Act} id=${`post-end-${one.cell}`} label=${t('posting_end')} act=${() => keep({ postings: ended(officer, one) })} />`] : [])],
  }))} />
    <${History} ...${props} kind="officer" item=${officer.number} />`;
}

/** @param {Posting} posting */
const ends = ({ valid_to: to }) => to === null || to > today();

/** The postings once one of them ends today; one that was to begin later is gone. @param {Officer} officer @param {Posting} gone */
function ended(officer, gone) {
  return entryOf(officer).postings.flatMap((one, i) => {
    if (officer.postings[i] !== gone) return [one];
    return one.valid_from < today() ? [{ ...one, valid_to: today() }] : [];
  });
}
