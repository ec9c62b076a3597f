// The screens of administration and audit, in their order, each with the rights of which one is enough to see it.
import { grantsIn } from '../work/session.js';
import { Accounts } from './accounts.js';
import { Assets } from './assets.js';
import { Attributes } from './attributes.js';
import { Audits } from './audits.js';
import { Calendar } from './calendar.js';
import { Campaigns } from './campaigns.js';
import { Categories } from './categories.js';
import { Changes } from './changes.js';
import { Contacts, Erasures, Releases } from './audit.js';
import { Indicators } from './indicators.js';
import { Desks } from './desks.js';
import { Integrity } from './integrity.js';
import { Keys } from './keys.js';
import { Members } from './members.js';
import { Notices } from './notices.js';
import { Organisations } from './organisations.js';
import { Peers } from './peers.js';
import { Roster } from './roster.js';
import { Rules } from './rules.js';
import { Templates } from './templates.js';
import { Webhooks } from './webhooks.js';

/** @import { VNode } from 'preact' */
/** @import { Right } from 'service' */
/** @import { Props } from './parts.js' */
/** @typedef {{key: string, rights: Right[], whole?: boolean, Page: (props: Props) => VNode | null}} Section `whole`: had in the whole territory */

/** @type {Section[]} */
const SECTIONS = [
  { key: 'accounts', rights: ['edit-accounts', 'read-audit'], Page: Accounts },
  { key: 'roster', rights: ['read-roster'], Page: Roster },
  { key: 'desks', rights: ['read-roster'], Page: Desks },
  { key: 'organisations', rights: ['read-roster'], Page: Organisations },
  { key: 'members', rights: ['read-roster'], Page: Members },
  { key: 'rules', rights: ['read-roster'], Page: Rules },
  { key: 'categories', rights: ['read'], Page: Categories },
  { key: 'assets', rights: ['read'], Page: Assets },
  { key: 'campaigns', rights: ['read-figures'], Page: Campaigns },
  { key: 'calendar', rights: ['read'], Page: Calendar },
  { key: 'indicators', rights: ['read-figures'], Page: Indicators },
  { key: 'attributes', rights: ['read-figures'], Page: Attributes },
  { key: 'templates', rights: ['read'], Page: Templates },
  { key: 'keys', rights: ['edit-accounts', 'read-audit'], Page: Keys },
  { key: 'webhooks', rights: ['export'], Page: Webhooks },
  { key: 'peers', rights: ['edit-accounts', 'read-audit'], whole: true, Page: Peers },
  { key: 'notices', rights: ['edit-accounts', 'read-audit'], whole: true, Page: Notices },
  { key: 'changes', rights: ['edit-accounts', 'read-audit'], Page: Changes },
  { key: 'contacts', rights: ['read-audit'], Page: Contacts },
  { key: 'erasures', rights: ['read-audit'], Page: Erasures },
  { key: 'audits', rights: ['read-figures'], whole: true, Page: Audits },
  { key: 'integrity', rights: ['read-figures'], Page: Integrity },
  { key: 'releases', rights: ['read'], Page: Releases },
];

/** Those that the reader may see in a territory. @param {string} territory */
export const sectionsOf = (territory) => SECTIONS.filter(({ rights, whole }) => grantsIn(territory).some((grant) => (!whole || !grant.level) && rights.some((right) => grant.rights.includes(right))));
