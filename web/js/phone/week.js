// What came to one's own grids this week, beside what is usual there. Finds do not count: who finds most is nobody's measure.
import { count, t } from '../i18n.js';
import { html, useEffect, useState } from '../preact.js';
import { myWeek } from '../work/calls.js';
import { grantsIn } from '../work/session.js';
import { useStore } from '../work/store.js';
import { inTheStreet } from './keeping.js';

/** @import { Territory } from '../api.js' */
/** @import { MyWeek as Told } from 'service' */

const COUNTED = /** @type {const} */ (['given', 'done', 'open']);

/** @param {{territory: Territory}} props */
export function MyWeek({ territory }) {
  const { lost, away } = useStore();
  const street = inTheStreet(grantsIn(territory.code), territory) && grantsIn(territory.code).some(({ organisation }) => !organisation);
  const [told, tell] = useState(/** @type {Told | null} */ (null));
  useEffect(() => {
    if (street && !lost && !away) myWeek(territory.code).then(tell, () => { /* it stays as it was */ });
  }, [territory.code, street, lost, away]);
  const [level] = told?.levels ?? [];
  if (!level) return null;
  return html`
    <dl class="week" id="my-week" aria-label=${t('my_week')}>${COUNTED.map((name) => html`
      <div key=${name} data-count=${name}><dt>${t(`my_week_${name}`)}</dt><dd><strong>${count(level.own[name])}</strong>${level.median && html` <small>${t('my_week_median', { n: count(level.median[name]) })}</small>`}</dd></div>`)}</dl>`;
}
