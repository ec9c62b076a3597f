// Open cases close by that may be the same matter, reported twice: how likely, and what speaks for it.
import { wording } from '../api.js';
import { announce } from '../dom.js';
import { count, distance, moment, percent, t } from '../i18n.js';
import { html, useEffect, useState } from '../preact.js';
import { doublesOf, moveMany } from './calls.js';
import { happened } from './loading.js';
import { format } from './route.js';

/** @import { Territory } from '../api.js' */
/** @import { Case } from './calls.js' */
/** @import { DoubleCase } from 'service' */

const SHOWN = 6;
/** From here on the words of two cases are worth naming. */
const ALIKE = 0.3;

/** The cases around one, asked for once it is shown. @param {Territory} territory @param {Case} report */
export function useNearby(territory, report) {
  const [found, put] = useState(/** @type {DoubleCase[]} */ ([]));
  useEffect(() => {
    let wanted = true;
    doublesOf(territory.code, report.number).then(({ cases }) => wanted && put(cases), () => { /* none are named then */ });
    return () => { wanted = false; };
  }, [territory.code, report.number, report.category, report.lon, report.lat, report.supports]);
  return found;
}

/** How likely it is the same, how far, since when, and what else speaks for it. @param {{double: DoubleCase}} props */
export function Reasons({ double: { chance, likely, metres, received_at, words, photos, same_asset, same_category } }) {
  const more = [same_asset && t('double_asset'), (words ?? 0) >= ALIKE && t('double_words'), photos && t('double_photos'), !same_category && t('double_other_kind')].filter(Boolean);
  return html`<small class=${likely ? 'likely' : null}>${t('double_chance', { percent: percent(chance) })} · ${distance(metres)} · ${moment(received_at)}${more.map((one) => ` · ${one}`)}</small>`;
}

/** @param {{territory: Territory, report: Case, query: URLSearchParams}} props */
export function Doubles({ territory, report, query }) {
  const found = useNearby(territory, report);
  if (!found.length || report.closed_at) return null;
  return html`
    <section class="doubles" id="case-doubles"><h3>${t('doubles')}</h3>
      <ul>${found.slice(0, SHOWN).map((one) => html`
        <li key=${one.number}><a href=${format({ territory: territory.code, number: one.number, query })}><code>${one.number}</code> <${Reasons} double=${one} />${one.description && html`<span class="said">${one.description}</span>`}</a></li>`)}</ul>
      <${Gather} territory=${territory} report=${report} of=${found.filter((one) => one.same_asset && one.same_category)} />
    </section>`;
}

/** Those of the same asset become one case, in one go: this one. @param {{territory: Territory, report: Case, of: DoubleCase[]}} props */
function Gather({ territory, report, of }) {
  const [said, say] = useState('');
  const [busy, be] = useState(false);
  if (!of.length || !report.moves.some(({ move }) => move === 'merge')) return null;
  const gather = async () => {
    be(true);
    try {
      const { results } = await moveMany(territory.code, of.map(({ number, version }) => ({ move: 'merge', number, version, into: report.number })));
      const made = results.flatMap(({ number, status }) => (number && status === 200 ? [number] : []));
      const refused = results.filter(({ status }) => status !== 200);
      say(refused.map(({ number, problem }) => `${number}: ${String(problem?.detail ?? problem?.title ?? '')}`).join(' '));
      await happened(territory.code, [...made, report.number]);
      announce(t('bulk_done', { n: count(made.length), of: count(results.length) }));
    } catch (problem) {
      say(wording(problem));
    }
    be(false);
  };
  return html`
    <button type="button" class="secondary" id="gather" disabled=${busy} onClick=${gather}>${t('gather', { n: count(of.length) })}</button>
    ${said && html`<p class="note failed" role="alert">${said}</p>`}`;
}
