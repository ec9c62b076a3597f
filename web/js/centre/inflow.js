// What comes in: the hours of today beside yesterday's and those of the same weekday in the last four weeks.
import { count, day as dayWords, hours, t } from '../i18n.js';
import { html } from '../preact.js';
import { change } from './address.js';
import { inflow, inflowDay } from './calls.js';
import { beside } from './figures.js';
import { useAnswer } from '../answers.js';
import { Beside, Card, mean } from './parts.js';
import { cases, narrowing } from './question.js';

/** @import { Inflow } from './calls.js' */
/** @import { Seen } from './app.js' */

const [WIDE, HIGH, LEFT, BELOW] = [240, 78, 0, 12];

/** @param {number[]} values @param {number} most */
function line(values, most) {
  const step = WIDE / 24;
  return values.map((value, hour) => `${hour ? 'H' : 'M'}${(LEFT + hour * step).toFixed(1)}${hour ? '' : ' '}${hour ? 'V' : ''}${(HIGH - (HIGH * value) / most).toFixed(1)}H${(LEFT + (hour + 1) * step).toFixed(1)}`).join('');
}

/** @param {{told: Inflow, hour: number}} props hour that runs; 24 when the day is over */
function Hours({ told: { today, yesterday, mean: usual }, hour }) {
  const most = Math.max(1, ...today, ...yesterday, ...usual);
  const step = WIDE / 24;
  const said = today.map((n, at) => t('centre_hour', { hours: hours(at), n: count(n), yesterday: count(yesterday[at] ?? 0), mean: mean(usual[at] ?? 0) }));
  return html`
    <svg class="hours" viewBox=${`0 -3 ${WIDE} ${HIGH + BELOW + 3}`} role="img" aria-label=${t('centre_hours_label')}>
      ${today.map((n, at) => html`<g><title>${said[at]}</title>
        <rect class="target" x=${at * step} y="0" width=${step} height=${HIGH} />
        <rect class=${at === hour ? 'now running' : 'now'} x=${at * step + 1} y=${HIGH - (HIGH * n) / most} width=${step - 2} height=${(HIGH * n) / most} /></g>`)}
      <path class="mean" d=${line(usual, most)} /><path class="yesterday" d=${line(yesterday, most)} />
      <line class="axis" x1="0" x2=${WIDE} y1=${HIGH} y2=${HIGH} />
      ${[0, 6, 12, 18].map((at) => html`<text x=${at * step} y=${HIGH + 10}>${at}</text>`)}<text x=${WIDE} y=${HIGH + 10} text-anchor="end">24</text>
    </svg>
    <div class="visually-hidden"><table><caption>${t('centre_hours_label')}</caption>
      <thead><tr><th scope="col">${t('centre_hours')}</th><th scope="col">${t('centre_today')}</th><th scope="col">${t('centre_yesterday')}</th><th scope="col">${t('centre_weekday_mean')}</th></tr></thead>
      <tbody>${today.map((n, at) => html`<tr><th scope="row">${hours(at)}</th><td>${count(n)}</td><td>${count(yesterday[at] ?? 0)}</td><td>${mean(usual[at] ?? 0)}</td></tr>`)}</tbody>
    </table></div>`;
}

/** @param {Seen} props */
export function InflowCard({ territory, address, clock, beat }) {
  const day = inflowDay(address, territory, clock.day);
  const key = JSON.stringify([territory.code, day, narrowing(address)]);
  const { answer, problem, fresh } = useAnswer(key, (signal) => inflow(territory.code, address, day, signal), beat);
  const running = day === clock.day;
  const hour = running ? clock.hour : 24;
  const [total, until] = answer ? [answer.today.reduce((a, b) => a + b, 0), hour] : [0, hour];
  const aside = running ? null : html`<span class="when">${dayWords(day)}${address.day !== '' && html` <button type="button" class="link" onClick=${() => change({ day: '' })}>${t('centre_to_today')}</button>`}</span>`;
  return html`<${Card} id="inflow" title=${running ? t('centre_inflow_today') : t('centre_inflow_day')} aside=${aside} problem=${problem} waiting=${!fresh}>
    ${answer && html`<p class="large"><a id="inflow-total" href=${cases(address, territory.code, { from: day, to: day })}>${count(total)}</a></p>
      <p class="besides"><${Beside} ratio=${beside(answer.today, answer.yesterday, until).ratio} than=${running ? t('centre_than_yesterday') : t('centre_than_day_before')} /><${Beside} ratio=${beside(answer.today, answer.mean, until).ratio} than=${t('centre_than_weekday')} /></p>
      <${Hours} told=${answer} hour=${running ? hour : -1} />
      <p class="keys"><span class="key now">${running ? t('centre_today') : t('centre_that_day')}</span><span class="key yesterday">${running ? t('centre_yesterday') : t('centre_day_before')}</span><span class="key mean">${t('centre_weekday_mean')}</span></p>`}
  </${Card}>`;
}
