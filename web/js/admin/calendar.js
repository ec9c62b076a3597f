// Which days are worked, month by month, and the days of which the territory says so itself.
import { of } from '../api.js';
import { day, month, t, weekday } from '../i18n.js';
import { html } from '../preact.js';
import { may } from '../work/session.js';
import { send, useAsked } from './calls.js';
import { Act, Form, orNull } from './form.js';
import { Head, Sheet, Way, at, filtered, shown, today } from './parts.js';

/** @import { CalendarDay, CalendarPage } from 'service' */
/** @import { Values } from './form.js' */
/** @import { Props } from './parts.js' */

/** A month so many after another. @param {string} name such as 2026-10 @param {number} by */
const monthAfter = (name, by) => {
  const [year = 0, number = 1] = name.split('-').map(Number);
  return new Date(Date.UTC(year, number - 1 + by, 1)).toISOString().slice(0, 7);
};

/** @param {Props} props */
export function Calendar(props) {
  const { territory, route } = props;
  const asked = /^\d{4}-\d\d$/.test(route.query.get('month') ?? '') ? String(route.query.get('month')) : '';
  const which = asked || (route.number || today()).slice(0, 7);
  const last = new Date(Date.parse(`${monthAfter(which, 1)}-01`) - 86_400_000).toISOString().slice(0, 10);
  const answer = useAsked(of(territory.code, '/calendar'), { from: `${which}-01`, to: last });
  const edits = may(territory.code, 'edit-rules');
  const back = filtered({ territory, route: { ...route, number: '', move: '' } }, { month: which });
  const path = (/** @type {string} */ date) => of(territory.code, `/calendar/${date}`);
  return shown(answer, (/** @type {CalendarPage} */ { hours, days }) => {
    const one = days.find((each) => each.day === route.number);
    if (one && edits) return html`<${Head} title=${day(one.day)} back=${back} /><${DayForm} one=${one} back=${back} keep=${(/** @type {Values} */ values) => send('PUT', path(one.day), { work: values['work'] === 'yes', name: orNull(values['name']) })} />`;
    return html`
      <${Head} title=${t('admin_calendar')} lead=${t('admin_calendar_lead', { hours: hours.join(', ') })} />
      <p class="months"><${Way} id="month-before" href=${filtered(props, { month: monthAfter(which, -1) })}>‹ ${month(monthAfter(which, -1))}</${Way}><strong id="month">${month(which, 'long')}</strong><${Way} id="month-after" href=${filtered(props, { month: monthAfter(which, 1) })}>${month(monthAfter(which, 1))} ›</${Way}></p>
      <${Sheet} id="days" label=${t('admin_calendar')} heads=${[t('day'), t('weekday'), t('of_work'), t('why'), ...(edits ? [t('admin_acts')] : [])]}
        rows=${days.map((each) => ({
    key: each.day,
    off: !each.work,
    cells: [
      day(each.day), weekday((new Date(`${each.day}T00:00Z`).getUTCDay() + 6) % 7), t(each.work ? 'day_worked' : 'day_rest'), [each.set && t('day_set'), each.name].filter(Boolean).join(': ') || '–',
      ...(edits ? [html`<${Way} href=${at(props, each.day)}>${t('day_say')}</${Way}>${each.set && html`<${Act} id=${`day-leave-${each.day}`} label=${t('day_leave')} act=${() => send('DELETE', path(each.day))} />`}`] : []),
    ],
  }))} />`;
  });
}

/** @param {{one: CalendarDay, back: string, keep: (values: Values) => Promise<unknown>}} props */
function DayForm({ one, back, keep }) {
  return html`<${Form} id="day" title=${t('day_say')} action=${t('admin_keep')} close=${back} send=${keep} start=${{ work: one.work ? 'no' : 'yes', name: one.set ? one.name ?? '' : '' }}
    fields=${[
    { name: 'work', label: t('of_work'), kind: 'choice', options: [{ value: 'yes', label: t('day_worked') }, { value: 'no', label: t('day_rest') }] },
    { name: 'name', label: t('why'), required: false },
  ]} />`;
}
