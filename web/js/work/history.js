// What happened to a case, the last first: who, where they work, what was said and what was changed.
import { moment, named, t } from '../i18n.js';
import { html } from '../preact.js';

/** @import { Case } from './calls.js' */
/** @import { Event as Happened } from 'service' */

const SERVICE = 'wangge';
const REPORTER = 'reporter';

/** Who did it: the name and where they work, for a key or another system its own name. @param {Happened} event */
function by({ actor, actor_name: name, actor_role: role, actor_place: place }) {
  if (actor === SERVICE) return t('the_service');
  if (actor === REPORTER && !name) return t('the_reporter');
  const where = place ? named(place) : role && t(`role_${role.replaceAll('-', '_')}`);
  return [name ?? actor, where].filter(Boolean).join(t('comma'));
}

/** For whom it was filed, where somebody filed for another. @param {Happened} event */
function behalfOf({ facts }) {
  const told = /** @type {{by: string, consent: string} | undefined} */ (facts.on_behalf);
  return told && t(`on_behalf_${told.consent}`, { name: told.by });
}

/** @param {{report: Case, category: (code: string) => string}} props */
export function History({ report, category }) {
  return html`
    <section><h3>${t('history')}</h3>
      <ol class="history" id="case-history">${[...report.events].reverse().map((event, index) => html`
        <li key=${report.events.length - index} data-move=${event.move}>
          <strong>${event.title}</strong>
          <small>${moment(event.at)} · ${by(event)}</small>
          ${event.move !== 'assign' && typeof event.facts.category === 'string' && html`<p>${t('now_category', { name: category(event.facts.category) })}</p>`}
          ${event.move === 'name-asset' && html`<p>${t('now_asset', { now: String(event.facts.asset ?? t('asset_none')), before: String(event.facts.from_asset ?? t('asset_none')) })}</p>`}
          ${typeof event.facts.reason === 'string' && html`<p>${event.facts.reason}</p>`}
          ${typeof event.facts.score === 'number' && html`<p>${t(`score_${event.facts.score}`)}</p>`}
          ${event.move === 'receive' && behalfOf(event) && html`<p>${behalfOf(event)}</p>`}
          ${event.note && html`<p>${event.note}</p>`}
        </li>`)}</ol>
    </section>`;
}
