// The checklists of campaigns that run: what is to be looked at in one's own cells, and what was seen, kept until it is sent.
import { address, call, newKey, of, wording } from '../api.js';
import { announce } from '../dom.js';
import { draftOf, dropDraft, keepDraft } from '../drafts.js';
import { count, lately, named, t } from '../i18n.js';
import { html, useEffect, useState } from '../preact.js';
import { home } from '../work/masthead.js';
import { Icon } from '../work/parts.js';
import { format } from '../work/route.js';
import { grantsIn } from '../work/session.js';
import { useStore } from '../work/store.js';
import { clock } from '../centre/dates.js';
import { inTheStreet, keepChecks, recallChecks } from './keeping.js';
import { deliver, entries } from './outbox.js';

/** @import { Territory } from '../api.js' */
/** @import { Entry } from './outbox.js' */
/** @import { Campaign, CampaignPlaces, Campaigns } from 'service' */
/** @typedef {CampaignPlaces['places'][number]} Place */
/** @typedef {NonNullable<Campaign['checklists']>[number]} Checklist */

/** @param {string} territory @param {string} [rest] */
const campaigns = (territory, rest = '') => call(address(of(territory, `/campaigns${rest}`)));

/** What is written about a place and not sent. @param {string} territory @param {string} campaign @param {string} list @param {string} place */
export const draftKey = (territory, campaign, list, place) => `${territory} check ${campaign} ${list} ${place}`;

/** One that could not be asked for, and was never kept, has a problem. @typedef {{one: Campaign, places: Place[], problem?: unknown}} Found */

/** What waits on this device is seen as if it were sent. @param {Found} found @param {Entry[]} waiting @returns {Found} */
const withWaiting = (found, waiting) => ({
  ...found, places: found.places.map((place) => {
    const seen = waiting.findLast(({ body }) => body.campaign === found.one.code && body.checklist === place.checklist && body.place === place.code);
    return seen ? { ...place, looked_at: new Date(seen.at).toISOString(), answers: /** @type {Place['answers']} */ (seen.body.answers) } : place;
  }),
});

/** One with its places; where they are not told, with those that were kept. @param {string} territory @param {Campaign} one @param {Found | undefined} kept @returns {Promise<Found>} */
async function withPlaces(territory, one, kept) {
  try {
    const { places } = /** @type {CampaignPlaces} */ (await campaigns(territory, `/${encodeURIComponent(one.code)}/places`));
    return { one, places };
  } catch (problem) {
    return kept ? { one, places: kept.places } : { one, places: [], problem };
  }
}

/** Those that run, with their places: as the service tells them, and kept; without a network as they were kept. @param {Territory} territory @returns {Promise<Record<string, Found>>} by code */
export async function checksOf({ code: territory, timezone }) {
  const waiting = (await entries()).filter((entry) => entry.kind === 'check' && entry.territory === territory && entry.state === 'waiting');
  const kept = await recallChecks(territory);
  const byCode = (/** @type {Found[]} */ all) => Object.fromEntries(all.map((found) => [found.one.code, found]));
  const seen = (/** @type {Found[]} */ all) => byCode(all.map((found) => withWaiting(found, waiting)));
  try {
    const { campaigns: all } = /** @type {Campaigns} */ (await campaigns(territory));
    const running = all.filter(({ stage, checklists }) => stage === 'running' && checklists?.length);
    const found = await Promise.all(running.map((one) => withPlaces(territory, one, kept[one.code])));
    await keepChecks(territory, byCode(found.filter(({ problem }) => !problem))).catch((refusal) => console.warn(refusal));
    return seen(found);
  } catch (problem) {
    const running = Object.values(kept).filter(({ one }) => one.until >= clock(timezone).day);
    if (running.length) return seen(running);
    throw problem;
  }
}

/** The way to them, where there are any for who works in the street. @param {{territory: Territory}} props */
export function ChecksWay({ territory: { code }, territory }) {
  const { lost, away } = useStore();
  const [running, tell] = useState(/** @type {Campaign[]} */ ([]));
  const street = inTheStreet(grantsIn(code), territory);
  useEffect(() => {
    if (street && !lost) checksOf(territory).then((checks) => tell(Object.values(checks).map(({ one }) => one)), () => { /* none then */ });
  }, [code, street, lost, away]);
  return running.map((one) => html`<a class="outbox-way" key=${one.code} data-campaign=${one.code} href=${format({ territory: code, view: 'checks', number: one.code })}><span>${t('checks_way', { what: named(one.name, one.code) })}</span></a>`);
}

/** @param {{territory: Territory, campaign: string}} props */
export function ChecksPage({ territory, campaign }) {
  const [told, tell] = useState(/** @type {Found | null} */ (null));
  const [said, say] = useState('');
  useEffect(() => {
    checksOf(territory).then(({ [campaign]: found }) => {
      if (!found || found.problem) say(found ? wording(found.problem) : t('checks_over'));
      else tell(found);
    }, (problem) => say(wording(problem)));
  }, [territory.code, campaign]);
  const done = async (/** @type {Place} */ place, /** @type {boolean} */ sent) => {
    const looked = (/** @type {Place[]} */ places) => places.map((each) => (each.code === place.code && each.checklist === place.checklist ? place : each));
    tell((before) => before && { ...before, places: looked(before.places) });
    if (!sent) return; // it lies over what was kept until it is
    const kept = await recallChecks(territory.code);
    const mine = kept[campaign];
    if (mine) await keepChecks(territory.code, { ...kept, [campaign]: { ...mine, places: looked(mine.places) } }).catch((refusal) => console.warn(refusal));
  };
  const lists = told?.one?.checklists ?? [];
  return html`
    <section class="list outbox" aria-labelledby="checks-title">
      <a class="quiet back" href=${home(territory)}><${Icon} name="back" />${t('to_list')}</a>
      <h2 id="checks-title">${told?.one ? named(told.one.name, campaign) : campaign}</h2>
      ${said && html`<p class="note failed" role="alert">${said}</p>`}
      ${!told && !said && html`<p class="loading" role="status">${t('loading')}</p>`}
      ${lists.map((list) => {
    const mine = told?.places.filter(({ checklist }) => checklist === list.code) ?? [];
    return mine.length > 0 && html`<h3 key=${list.code}>${named(list.name, list.code)} <span class="count">${t('campaign_part', { n: count(mine.filter(({ looked_at: at }) => at).length), all: count(mine.length) })}</span></h3>
        <ul class="entries">${mine.map((place) => html`<${Check} key=${`${list.code} ${place.code}`} territory=${territory.code} campaign=${campaign} list=${list} place=${place} done=${done} />`)}</ul>`;
  })}
    </section>`;
}

/** @param {Checklist} list @param {Record<string, boolean | string>} answers */
const inWords = (list, answers) => list.questions.filter(({ code }) => code in answers)
  .map(({ code, name }) => `${named(name, code)}: ${typeof answers[code] === 'string' ? answers[code] : t(answers[code] ? 'yes' : 'no')}`);

/** What was typed to the questions that there are now. @param {Checklist} list @param {Record<string, unknown>} typed @returns {Place['answers']} */
export const answersTo = (list, typed) => Object.fromEntries(list.questions.filter(({ code, kind }) => typeof typed[code] === (kind === 'text' ? 'string' : 'boolean'))
  .map(({ code }) => [code, /** @type {boolean | string} */ (typed[code])]));

/** One place. @param {{territory: string, campaign: string, list: Checklist, place: Place, done: (place: Place, sent: boolean) => Promise<void>}} props */
function Check({ territory, campaign, list, place, done }) {
  const draft = draftKey(territory, campaign, list.code, place.code);
  const [typed, write] = useState(draftOf(draft));
  const answers = answersTo(list, typed);
  const put = (/** @type {Record<string, boolean | string>} */ next) => { keepDraft(draft, next); write(next); };
  const [said, say] = useState('');
  const [busy, be] = useState(false);
  const title = place.name || place.code;
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    be(true);
    say('');
    const key = newKey();
    const body = { campaign, id: key, checklist: list.code, place: place.code, answers };
    try {
      const sent = await deliver({ territory, kind: 'check', number: '', version: 0, title: `${named(list.name, list.code)}: ${title}`, body, draft: { words: inWords(list, answers) }, photos: [], key });
      announce(t(sent ? 'checks_sent' : 'checks_kept', { what: title }));
      if (draftOf(draft) === typed) dropDraft(draft);
      await done({ ...place, looked_at: new Date().toISOString(), answers }, Boolean(sent));
      write({});
    } catch (problem) {
      say(wording(problem));
    }
    be(false);
  };
  const id = (/** @type {string} */ question) => `check-${list.code}-${place.code}-${question}`;
  return html`
    <li class="entry" data-place=${place.code}>
      <form onSubmit=${send} aria-label=${title}>
        <p><strong>${title}</strong> <small>${place.looked_at ? lately(place.looked_at) : t('checks_not_yet')}</small></p>
        ${list.questions.map(({ code, kind, name }) => (kind === 'text'
    ? html`<div class="field" key=${code}><label for=${id(code)}>${t('optional', { what: named(name, code) })}</label><input id=${id(code)} disabled=${busy} maxlength="500" autocomplete="off" value=${answers[code] ?? ''} onInput=${(/** @type {any} */ event) => put({ ...answers, [code]: event.currentTarget.value })} /></div>`
    : html`<div class="field" key=${code}><label for=${id(code)}>${named(name, code)}</label><select id=${id(code)} disabled=${busy} data-question=${code} value=${code in answers ? String(answers[code]) : ''} required onChange=${(/** @type {any} */ event) => put({ ...answers, [code]: event.currentTarget.value === 'true' })}><option value="" disabled>${t('choose_one')}</option><option value="true">${t('yes')}</option><option value="false">${t('no')}</option></select></div>`))}
        ${said && html`<p class="field-error" role="alert">${said}</p>`}
        <button class="primary" disabled=${busy}>${t('checks_send')}</button>
      </form>
    </li>`;
}
