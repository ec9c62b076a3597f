// What is not with the service yet: what waits, what somebody else was quicker at, what was refused. Nothing of it goes by itself.
import { newKey } from '../api.js';
import { announce } from '../dom.js';
import { isWritten, keepDraft } from '../drafts.js';
import { count, lately, moment, named, t } from '../i18n.js';
import { html, useEffect, useState } from '../preact.js';
import { askCase } from '../work/loading.js';
import { home } from '../work/masthead.js';
import { Icon } from '../work/parts.js';
import { PhotoStrip } from './keptphotos.js';
import { format, go } from '../work/route.js';
import { known, useStore } from '../work/store.js';
import { checksOf, draftKey } from './checks.js';
import { drain, giveUp, sendAgain } from './outbox.js';

/** @import { Territory } from '../api.js' */
/** @import { Entry } from './outbox.js' */

/** The way to what waits, where something does. @param {{territory: Territory}} props */
export function OutboxWay({ territory }) {
  const { outbox, full } = useStore();
  const mine = outbox.filter((entry) => entry.territory === territory.code);
  const stopped = mine.filter(({ state }) => state !== 'waiting').length;
  return html`
    ${full && html`<p class="note failed" role="alert" id="storage-full">${t('storage_full')}</p>`}
    ${mine.length > 0 && html`
      <a class=${`outbox-way ${stopped ? 'stopped' : ''}`} id="outbox-way" href=${format({ territory: territory.code, view: 'outbox' })}>
        <span>${t('outbox_count', { n: count(mine.length) })}</span>${stopped > 0 && html`<strong>${t('outbox_stopped', { n: count(stopped) })}</strong>`}
      </a>`}`;
}

/** @param {{territory: Territory}} props */
export function OutboxPage({ territory }) {
  const { outbox, away } = useStore();
  const mine = outbox.filter((entry) => entry.territory === territory.code);
  return html`
    <section class="list outbox" aria-labelledby="outbox-title">
      <a class="quiet back" href=${home(territory)}><${Icon} name="back" />${t('to_list')}</a>
      <h2 id="outbox-title">${t('outbox')} <span class="count" id="outbox-total">${count(mine.length)}</span></h2>
      <p>${t(away ? 'outbox_why_away' : 'outbox_why')}</p>
      ${mine.length > 0 && html`<button type="button" class="secondary" id="outbox-send" disabled=${away} onClick=${drain}>${t('outbox_send')}</button>`}
      ${mine.length === 0 && html`<p class="empty" id="outbox-empty">${t('outbox_none')}</p>`}
      <ul class="entries">${mine.map((entry) => html`<${Card} key=${entry.id} territory=${territory} entry=${entry} />`)}</ul>
    </section>`;
}

/** @param {{territory: Territory, entry: Entry}} props */
function Card({ territory, entry }) {
  const { categories } = useStore();
  const { number, title, state, said, body, photos } = entry;
  const category = named(categories.get(territory.code)?.find(({ code }) => code === body.category)?.name, String(body.category ?? ''));
  const words = [...['note', 'reason', 'description'].map((name) => body[name]), .../** @type {string[]} */ (entry.draft.words ?? [])].filter(Boolean);
  return html`
    <li class=${`entry ${state}`} data-entry=${entry.id} data-state=${state}>
      <p><span class="state">${t(`outbox_${state}`)}</span> <strong>${title}</strong> ${category}</p>
      <p>${number && html`<a href=${format({ territory: territory.code, number })}>${number}</a> · `}${lately(new Date(entry.at).toISOString())}</p>
      ${words.map((text) => html`<q>${text}</q>`)}
      <${PhotoStrip} photos=${photos.map((id) => ({ id }))} />
      ${said && html`<p class="field-error" role="alert">${said}</p>`}
      ${state === 'conflict' && html`<${Meanwhile} territory=${territory} entry=${entry} />`}
      ${state !== 'waiting' && html`<${Choices} territory=${territory} entry=${entry} />`}
    </li>`;
}

/** What became of the case, beside what was wanted of it. @param {{territory: Territory, entry: Entry}} props */
function Meanwhile({ territory, entry }) {
  const it = known(territory.code, entry.number);
  useStore();
  useEffect(() => { askCase(territory.code, entry.number); }, [it?.stale]);
  if (!it?.detail) return null;
  const since = it.detail.events.filter(({ version }) => (version ?? 0) > entry.version);
  return html`
    <div class="meanwhile"><h3>${t('outbox_meanwhile')} <span class=${`state ${it.detail.state}`}>${it.detail.state_title}</span></h3>
      <ul>${since.map((event) => html`<li key=${event.version}><strong>${event.title}</strong> ${event.actor_name ?? ''} · ${moment(event.at)}${event.note && html` <q>${event.note}</q>`}</li>`)}</ul></div>`;
}

/** Whether the campaign of an entry still asks for its place. @param {Territory} territory @param {Entry} entry */
function useRuns(territory, { kind, body }) {
  const [runs, tell] = useState(false);
  useEffect(() => {
    if (kind === 'check') checksOf(territory).then((all) => tell(Boolean(all[String(body.campaign)]?.places.some(({ checklist, code }) => checklist === body.checklist && code === body.place))), () => tell(false));
  }, [territory.code, kind, body]);
  return runs;
}

/** @param {{territory: Territory, entry: Entry}} props */
function Choices({ territory, entry }) {
  const { number, body } = entry;
  const detail = known(territory.code, number)?.detail;
  const move = String(body.move ?? '');
  const open = detail?.moves.some((one) => one.move === move);
  const runs = useRuns(territory, entry);
  const [key, place, draft] = entry.kind === 'check'
    ? [draftKey(territory.code, String(body.campaign), String(body.checklist), String(body.place)), { view: 'checks', number: String(body.campaign) }, /** @type {Record<string, unknown>} */ (body.answers)]
    : [number ? `${territory.code} ${number} ${move}` : `${territory.code} find`, number ? { number, move } : { view: 'find' }, entry.draft];
  const edit = () => {
    if (isWritten(key)) announce(t('outbox_edit_newer')); // both stay, and whoever wrote them says which
    else {
      keepDraft(key, draft);
      giveUp(entry, { photos: false });
    }
    go(format({ territory: territory.code, ...place }));
  };
  const unhandled = Object.fromEntries(Object.entries(body).filter(([name]) => name !== 'handled'));
  return html`
    <div class="doing">
      ${entry.state === 'conflict' && detail && open && html`<button type="button" class="primary" data-act="again" onClick=${() => sendAgain(entry, { version: detail.version })}>${t('outbox_again')}</button>`}
      ${entry.state === 'refused' && html`<button type="button" class="secondary" data-act="again" onClick=${() => sendAgain(entry)}>${t('retry')}</button>`}
      ${body.handled && html`<button type="button" class="secondary" data-act="unhandled" onClick=${() => sendAgain(entry, { body: unhandled, key: newKey() })}>${t('outbox_unhandled')}</button>`}
      ${(entry.kind === 'find' || runs || open) && html`<button type="button" class="secondary" data-act="edit" onClick=${edit}>${t('outbox_edit')}</button>`}
      <button type="button" class="secondary" data-act="drop" onClick=${() => { if (confirm(t('outbox_drop_sure'))) giveUp(entry); }}>${t('outbox_drop')}</button>
    </div>`;
}
