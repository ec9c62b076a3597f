// Files that are made while nobody waits: how far each is, the file in the end, and the way to have it no longer.
import { Problem, wording } from '../api.js';
import { count, moment, t } from '../i18n.js';
import { html, useEffect, useState } from '../preact.js';
import { exportsOf, removeExport } from './calls.js';
import { home } from './masthead.js';
import { Icon } from './parts.js';

/** @import { Territory } from '../api.js' */
/** @import { ExportAnswer } from 'service' */

const LOOK_MS = 1000;
const AGAIN_MS = 10_000;

/** @param {{territory: Territory}} props */
export function ExportsPage({ territory }) {
  const [found, put] = useState(/** @type {ExportAnswer[] | null} */ (null));
  const [problem, tell] = useState('');
  const [pause, wait] = useState(LOOK_MS); // none: who was refused does not ask again
  const look = () => exportsOf(territory.code).then(
    ({ exports }) => { put(exports); tell(''); wait(LOOK_MS); },
    (error) => { tell(wording(error)); wait(error instanceof Problem && error.passing ? AGAIN_MS : 0); },
  );
  const going = pause > 0 && (found?.some(({ state }) => state === 'waiting' || state === 'running') ?? true);
  useEffect(() => { look(); }, [territory.code]);
  useEffect(() => {
    if (!going) return undefined;
    const timer = setInterval(look, pause);
    return () => clearInterval(timer);
  }, [territory.code, going, pause]);
  const remove = (/** @type {string} */ id) => removeExport(territory.code, id).then(look, (error) => tell(wording(error)));
  return html`
    <section class="list outbox" aria-labelledby="exports-title">
      <a class="quiet back" href=${home(territory)}><${Icon} name="back" />${t('to_list')}</a>
      <h2 id="exports-title">${t('exports')}</h2>
      <p>${t('exports_why')}</p>
      ${problem && html`<p class="field-error" role="alert">${problem}</p>`}
      ${found?.length === 0 && html`<p class="empty" id="exports-none">${t('exports_none')}</p>`}
      <ul class="entries">${found?.map((one) => html`<${Card} key=${one.id} one=${one} remove=${remove} />`)}</ul>
    </section>`;
}

/** @param {{one: ExportAnswer, remove: (id: string) => unknown}} props */
function Card({ one, remove }) {
  const { id, state, file, rows, of, size } = one;
  const going = state === 'waiting' || state === 'running';
  const address = one.links.find(({ rel }) => rel === 'enclosure')?.href;
  return html`
    <li class="entry export" data-export=${id} data-state=${state}>
      <p><span class="state">${t(`export_${state}`)}</span> <strong>${file}</strong></p>
      <p>${moment(one.created_at)}${one.filter && html` · <code>${one.filter}</code>`}</p>
      ${state === 'running' && html`<progress aria-label=${file} max=${of || 1} value=${of ? rows ?? 0 : null}></progress>`}
      ${rows !== null && html`<p role="status">${t('export_rows', { n: count(rows), of: count(of) })}${size !== null && ` · ${t('export_size', { n: count(Math.ceil(size / 1e6)) })}`}</p>`}
      ${one.reason && html`<p class="field-error">${t(`export_${one.reason.replaceAll('-', '_')}`)}</p>`}
      <p class="ways">${address && html`<a href=${address} download=${file}>${t('download')}</a>`}
        <button type="button" class="secondary small" aria-label=${`${t(going ? 'export_cancel' : 'export_remove')}: ${file}`} onClick=${() => remove(id)}>${t(going ? 'export_cancel' : 'export_remove')}</button>
        ${!going && html`<small>${t('export_until', { at: moment(one.kept_until) })}</small>`}</p>
    </li>`;
}
