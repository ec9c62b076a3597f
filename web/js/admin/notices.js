// Notices: by which ways they go, what was sent, what waits, and what could not be sent, to be tried again.
import { of } from '../api.js';
import { count, moment, t } from '../i18n.js';
import { html } from '../preact.js';
import { may } from '../work/session.js';
import { caseLink } from './audit.js';
import { nextOf, send, useAsked } from './calls.js';
import { Further } from './changes.js';
import { Act } from './form.js';
import { Filter, Head, Sheet, shown } from './parts.js';

/** @import { Notices as Found } from 'service' */
/** @import { Props } from './parts.js' */

const PAGE = 50;
const STATES = ['waiting', 'sent', 'failed', 'dropped'];

/** @param {Props} props */
export function Notices(props) {
  const { territory, route } = props;
  const path = of(territory.code, '/notices');
  const asked = useAsked(path, { limit: PAGE, ...Object.fromEntries(route.query) });
  const edits = may(territory.code, 'edit-accounts');
  return html`
    <${Head} title=${t('admin_notices')} lead=${t('admin_notices_lead')} />
    ${shown(asked, (/** @type {Found} */ { ways, notices, links }) => html`
      <p class="note" id="ways">${ways.length ? t('notice_ways', { ways: ways.map((way) => t(`notice_way_${way}`)).join(', ') }) : t('notice_no_way')}</p>
      <div class="filters"><${Filter} ...${props} name="state" label=${t('state')} options=${STATES.map((value) => ({ value, label: t(`delivery_${value}`) }))} /></div>
      <${Sheet} id="notices" label=${t('admin_notices')} heads=${[t('at_time'), t('notice_to'), t('notice_what'), t('state'), t('delivery_tries'), t('delivery_error')]}
        rows=${notices.map((one) => ({
    key: String(one.id),
    cells: [
      moment(one.done_at ?? one.due_at), one.channel === 'area' ? one.recipient : `${one.recipient} (${t(one.staff ? 'notice_staff' : 'notice_reporter')})`,
      one.channel === 'area' ? t('notice_area') : html`<ul class="plain">${one.news.map(({ kind, number }) => html`<li>${t(`notice_${kind}`)} ${number && caseLink(territory.code, number)}</li>`)}</ul>`,
      html`${t(`delivery_${one.state}`)}${edits && one.state === 'failed' && html` <${Act} id=${`notice-again-${one.id}`} label=${t('notice_again')} act=${() => send('POST', `${path}/${one.id}/tries`)} />`}`,
      count(one.attempts), one.error ?? '–',
    ],
  }))} />
      <${Further} ...${props} next=${nextOf(links, 'before')} />`)}`;
}
