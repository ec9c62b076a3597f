// What the reporter may do now: say that it is fixed or not, rate, add words and photos, withdraw.
import { t } from '../i18n.js';
import { html, useState } from '../preact.js';
import { PhotoControl, photoIds } from '../work/photos.js';

/** @import { Territory } from '../api.js' */
/** @import { SentPhoto } from '../sending.js' */
/** @import { FollowedCase, ReporterMoveBody } from 'service' */
/** @typedef {(body: ReporterMoveBody) => Promise<string>} Act says why it was not done */

const MOST = 6;
/** A reason is a line. */
const LONGEST = { reopen: 200, rate: 2000, add: 2000 };
const SCORES = [5, 4, 3, 2, 1];

/** @param {{told: FollowedCase, territory: Territory, act: Act}} props */
export function Acting({ told, territory, act }) {
  const [open, show] = useState('');
  const [said, say] = useState('');
  const may = new Set(told.moves);
  const make = async (/** @type {ReporterMoveBody} */ body) => {
    const why = await act(body);
    say(why);
    if (!why) show('');
    return why;
  };
  const toggle = (/** @type {string} */ name) => html`<button type="button" class="secondary" id=${`do-${name}`} aria-expanded=${String(open === name)} onClick=${() => { say(''); show(open === name ? '' : name); }}>${t(`r_do_${name}`)}</button>`;
  const rated = told.entries.some(({ move }) => move === 'rate');
  return html`
    <section class="acting" aria-label=${t('r_acting')}>
      ${may.has('confirm') && html`<h3>${t('r_fixed_question')}</h3>
        <div class="doing"><button type="button" class="primary" id="do-confirm" onClick=${() => make({ move: 'confirm' })}>${t('r_do_confirm')}</button>
          ${may.has('reopen') && toggle('reopen')}</div>`}
      ${open === 'reopen' && may.has('reopen') && html`<${Words} key="reopen" name="reopen" territory=${territory} send=${(/** @type {string} */ text, /** @type {string[] | undefined} */ photos) => make({ move: 'reopen', reason: text, ...(photos && { photos }) })} />`}
      <div class="doing">
        ${may.has('rate') && toggle('rate')}
        ${may.has('add') && toggle('add')}
        ${may.has('withdraw') && html`<button type="button" class="secondary" id="do-withdraw" onClick=${() => { if (confirm(t('r_withdraw_sure'))) make({ move: 'withdraw' }); }}>${t('r_do_withdraw')}</button>`}
      </div>
      ${open === 'rate' && may.has('rate') && html`<${Rating} rated=${rated} make=${make} />`}
      ${open === 'add' && may.has('add') && html`<${Words} key="add" name="add" territory=${territory} send=${(/** @type {string} */ text, /** @type {string[] | undefined} */ photos) => make({ move: 'add', ...(text && { note: text }), ...(photos && { photos }) })} />`}
      ${said && html`<p class="field-error" role="alert">${said}</p>`}
    </section>`;
}

/** Words and photos. @param {{name: 'reopen' | 'add', territory: Territory, send: (text: string, photos: string[] | undefined) => Promise<string>}} props */
function Words({ name, territory, send }) {
  const [text, type] = useState('');
  const [photos, put] = useState(/** @type {SentPhoto[]} */ ([]));
  const [left, busy] = useState(0);
  const [sending, go] = useState(false);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    go(true);
    await send(text.trim(), photoIds(photos));
    go(false);
  };
  const ready = text.trim() || (name === 'add' && photos.length > 0);
  return html`
    <form class="words" onSubmit=${submit}>
      <div class="field"><label for="say">${t(`r_say_${name}`)}</label><textarea id="say" rows="3" maxlength=${LONGEST[name]} value=${text} onInput=${(/** @type {any} */ event) => type(event.currentTarget.value)}></textarea></div>
      <div class="taking"><label class="secondary" for="say-photos">${t('r_take')}</label>
        <${PhotoControl} territory=${territory} id="say-photos" value=${photos} put=${put} invalid=${false} most=${MOST} busy=${busy} /></div>
      <p class="doing"><button type="submit" class="primary" id="say-send" disabled=${!ready || sending || left > 0}>${t('r_send')}</button></p>
    </form>`;
}

/** @param {{rated: boolean, make: Act}} props */
function Rating({ rated, make }) {
  const [score, choose] = useState(0);
  const [text, type] = useState('');
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    make({ move: 'rate', score, ...(text.trim() && { note: text.trim() }) });
  };
  return html`
    <form class="words" onSubmit=${submit}>
      ${rated && html`<p class="lead">${t('r_rated_before')}</p>`}
      <div class="chips" role="radiogroup" aria-label=${t('need_score')}>${SCORES.map((one) => html`
        <label key=${one}><input type="radio" name="score" value=${one} checked=${score === one} onChange=${() => choose(one)} /><span>${t(`score_${one}`)}</span></label>`)}</div>
      <div class="field"><label for="say">${t('r_say_rate')}</label><textarea id="say" rows="2" maxlength=${LONGEST.rate} value=${text} onInput=${(/** @type {any} */ event) => type(event.currentTarget.value)}></textarea></div>
      <p class="doing"><button type="submit" class="primary" id="say-send" disabled=${!score}>${t('r_send')}</button></p>
    </form>`;
}
