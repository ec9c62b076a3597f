// For auditors: who read contacts, what was erased, and what was published.
import { of } from '../api.js';
import { count, day, moment, named, period, t } from '../i18n.js';
import { html } from '../preact.js';
import { nextOf, useAsked } from './calls.js';
import { Further } from './changes.js';
import { Head, Sheet, shown } from './parts.js';

/** @import { ContactErasures, ContactReads, PhotoErasures, Releases as Published } from 'service' */
/** @import { Props } from './parts.js' */

const PAGE = 50;

/** A case in the work screens. @param {string} territory @param {string} number */
export const caseLink = (territory, number) => html`<a href=${`work#/${encodeURIComponent(territory)}/cases/${encodeURIComponent(number)}`} data-number=${number}><code>${number}</code></a>`;

/** @param {Props} props */
export function Contacts(props) {
  const { territory, route } = props;
  const asked = useAsked(of(territory.code, '/audit/contact-reads'), { limit: PAGE, ...Object.fromEntries(route.query) });
  return html`
    <${Head} title=${t('admin_contacts')} lead=${t('admin_contacts_lead')} />
    ${shown(asked, (/** @type {ContactReads} */ { reads, links }) => html`
      <${Sheet} id="reads" label=${t('admin_contacts')} heads=${[t('at_time'), t('case'), t('by_whom'), t('need_reason')]}
        rows=${reads.map((one) => ({ key: String(one.id), cells: [moment(one.at), caseLink(territory.code, one.number), one.reader, one.reason] }))} />
      <${Further} ...${props} next=${nextOf(links, 'before')} />`)}`;
}

/** @param {Props} props */
export function Erasures({ territory }) {
  const contacts = useAsked(of(territory.code, '/audit/contact-erasures'));
  const photos = useAsked(of(territory.code, '/audit/photo-erasures'));
  return html`
    <${Head} title=${t('admin_erasures')} lead=${t('admin_erasures_lead')} />
    <h3>${t('erased_contacts')}</h3>
    ${shown(contacts, (/** @type {ContactErasures} */ { erasures }) => html`
      <${Sheet} id="erased-contacts" label=${t('erased_contacts')} heads=${[t('at_time'), t('how_many'), t('by_whom'), t('erased_closed'), t('erased_received')]}
        rows=${erasures.map((one) => ({ key: String(one.id), cells: [moment(one.at), count(one.count), one.actor, day(one.closed_before), day(one.received_before)] }))} />`)}
    <h3>${t('erased_photos')}</h3>
    ${shown(photos, (/** @type {PhotoErasures} */ { erasures }) => html`
      <${Sheet} id="erased-photos" label=${t('erased_photos')} heads=${[t('at_time'), t('how_many'), t('cases')]}
        rows=${erasures.map((one) => ({ key: String(one.id), cells: [moment(one.at), count(one.count), count(one.report_ids.length)] }))} />`)}`;
}

/** @param {Props} props */
export function Releases({ territory }) {
  const asked = useAsked(of(territory.code, '/releases'));
  /** @param {string | null} key */
  const level = (key) => (key === null ? t('whole_territory') : named(territory.levels.find((one) => one.key === key)?.name, key));
  return html`
    <${Head} title=${t('admin_releases')} lead=${t('admin_releases_lead')} />
    ${shown(asked, (/** @type {Published} */ { releases }) => html`
      <${Sheet} id="releases" label=${t('admin_releases')} heads=${[t('release_period'), t('release_step'), t('release_all'), t('release_group'), t('release_category')]}
        rows=${releases.map((one) => ({ key: one.period, cells: [period(one), count(one.step), level(one.finest['all'] ?? null), level(one.finest['group'] ?? null), level(one.finest['category'] ?? null)] }))} />`)}`;
}
