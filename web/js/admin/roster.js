// The roster: who answers for which base grid, who is away, and who stands in.
import { of } from '../api.js';
import { count, day, t } from '../i18n.js';
import { html } from '../preact.js';
import { may } from '../work/session.js';
import { useAsked } from './calls.js';
import { BESIDE, Filter, Head, Sheet, Way, Words, at, fits, shown, today } from './parts.js';
import { NewOfficer, OfficerPage } from './officer.js';
import { RosterFile } from './rosterfile.js';

/** @import { Leave, Officer, Officers } from 'service' */
/** @import { Props } from './parts.js' */

/** The leave on which an officer is on a day. @param {Officer} officer @param {string} [on] @returns {Leave | undefined} */
export const awayOn = ({ leave }, on = today()) => leave.find(({ away_from: from, back_on: back }) => from <= on && on < back);

/** The postings that hold on a day. @param {Officer} officer @param {string} [on] */
export const postedOn = ({ postings }, on = today()) => postings.filter(({ valid_from: from, valid_to: to }) => from <= on && (to === null || on < to));

/** Where an officer is on duty, in words. @param {Officer} officer @param {Map<string, Officer>} all */
function dutyOf(officer, all) {
  const away = awayOn(officer);
  if (!officer.active) return t('officer_off');
  if (!away) return postedOn(officer).length ? t('officer_there') : t('officer_nowhere');
  const substitute = away.substitute && (all.get(away.substitute)?.name ?? away.substitute);
  return substitute ? t('officer_away_for', { day: day(away.back_on), name: substitute }) : t('officer_away', { day: day(away.back_on) });
}

/** @type {Record<string, (officer: Officer) => boolean>} */
const STATES = {
  away: (officer) => officer.active && Boolean(awayOn(officer)),
  nowhere: (officer) => officer.active && !postedOn(officer).length,
  off: ({ active }) => !active,
};

/** @param {Props} props */
export function Roster(props) {
  const { territory, route } = props;
  const asked = useAsked(of(territory.code, '/officers'), { load: 'true' });
  const edits = may(territory.code, 'edit-roster');
  return shown(asked, (/** @type {Officers} */ { officers }) => {
    if (route.number === BESIDE.file && edits) return html`<${RosterFile} ...${props} />`;
    if (route.number === BESIDE.new && edits) return html`<${NewOfficer} ...${props} officers=${officers} />`;
    const one = officers.find(({ number }) => number === route.number);
    if (one) return html`<${OfficerPage} ...${props} officer=${one} officers=${officers} />`;
    const all = new Map(officers.map((officer) => [officer.number, officer]));
    const state = route.query.get('state') ?? '';
    const kept = officers.filter((officer) => (state ? STATES[state]?.(officer) ?? true : officer.active)
      && fits(route, [officer.number, officer.name, officer.phone, ...officer.postings.map(({ cell }) => cell)]));
    return html`
      <${Head} title=${t('admin_roster')} lead=${t('admin_roster_lead')}>
        ${edits && html`<${Way} id="roster-file" href=${at(props, BESIDE.file)}>${t('roster_file')}</${Way}><${Way} primary id="officer-new" href=${at(props, BESIDE.new)}>${t('officer_new')}</${Way}>`}
      </${Head}>
      ${route.number && html`<p class="note" role="alert">${t('admin_gone')}</p>`}
      <div class="filters"><${Words} ...${props} label=${t('officer_search')} /><${Filter} ...${props} name="state" label=${t('state')} any=${t('officer_on_roster')} options=${Object.keys(STATES).map((value) => ({ value, label: t(`officer_list_${value}`) }))} /></div>
      <p class="tally" role="status">${t('officers_found', { n: count(kept.length) })}</p>
      <${Sheet} id="officers" label=${t('admin_roster')} heads=${[t('of_number'), t('of_name'), t('of_phone'), t('of_postings'), t('officer_today'), t('officer_load')]}
        rows=${kept.map((officer) => ({
    key: officer.number,
    off: !officer.active,
    cells: [
      html`<a href=${at(props, officer.number)} data-officer=${officer.number}>${officer.number}</a>`,
      officer.name, officer.phone ?? '–', postedOn(officer).map(({ cell }) => cell).join(', ') || '–', dutyOf(officer, all),
      officer.load ? t('officer_cases', { open: count(officer.load.open), overdue: count(officer.load.overdue) }) : '–',
    ],
  }))} />`;
  });
}
