// One case as it stands in a list.
import { moment, named, t } from '../i18n.js';
import { html } from '../preact.js';
import { Due, placeOf } from './parts.js';
import { format } from './route.js';
import { useStore } from './store.js';

/** @import { Territory } from '../api.js' */
/** @import { Row } from './calls.js' */

/**
 * @typedef {object} Props
 * @property {Territory} territory
 * @property {Row} row
 * @property {URLSearchParams} query of the list
 * @property {boolean} open whether it is the one beside the list
 * @property {boolean} [chosen]
 * @property {((number: string, yes: boolean) => void) | null} pick null while nothing is chosen
 */

/** @param {Props} props */
export function CaseRow({ territory, row, query, open, chosen, pick }) {
  const { categories, outbox } = useStore();
  const waits = outbox.some((entry) => entry.territory === territory.code && entry.number === row.number);
  const category = named(categories.get(territory.code)?.find(({ code }) => code === row.category)?.name, row.category);
  const closed = Boolean(row.closed_at);
  return html`
    <li class=${`row ${open ? 'open' : ''}`}>
      ${pick && html`<label class="tick"><input type="checkbox" checked=${Boolean(chosen)} data-pick=${row.number} onChange=${(/** @type {any} */ event) => pick(row.number, event.currentTarget.checked)} /><span class="visually-hidden">${t('bulk_pick', { number: row.number })}</span></label>`}
      <a href=${format({ territory: territory.code, number: row.number, query })} data-number=${row.number} aria-current=${open ? 'true' : null}>
        <strong>${row.urgency === 'urgent' && html`<em class="urgent">${t('urgency_urgent')}</em>${' '}`}${category}</strong>
        ${waits && html`<span class="state waits">${t('outbox_waiting')}</span>`}${row.state_title && html`<span class=${`state ${row.state}`}>${row.state_title}</span>`}
        ${row.description && html`<span class="said">${row.description}</span>`}
        <span class="where">${placeOf(row).slice(-2).join(' · ')}</span>
        <span class="foot"><code>${row.number}</code>${closed ? html`<span class="due">${t('case_closed_at', { at: moment(row.closed_at ?? '') })}</span>` : html`<${Due} report=${row} />`}</span>
      </a>
    </li>`;
}
