// What a receipt is given out with: the link by which the case is followed, as a code, to copy, to save and to send on.
import { copyButton } from './copying.js';
import { announce, h } from './dom.js';
import { linkTo } from './followed.js';
import { t } from './i18n.js';
import { qrCode, qrPicture } from './qr.js';

/** @import { Followed } from './reporting.js' */

/** @param {Pick<Followed, 'territory' | 'number' | 'secret'>} one */
export function followLink(one) {
  const link = linkTo(one);
  const said = h('p', { class: 'field-error', role: 'alert', hidden: true });
  const save = async () => {
    const picture = await qrPicture(link, [t('report_number'), one.number, t('follow_scan')]);
    const url = URL.createObjectURL(picture);
    h('a', { href: url, download: `${one.number}.png` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    announce(t('follow_saved'));
  };
  const failed = () => {
    said.textContent = t('follow_not_saved');
    said.hidden = false;
  };
  const send = () => navigator.share({ title: t('report_number'), text: one.number, url: link }).catch(() => { /* thought better of it */ });
  return h('section', { class: 'follow-link', 'aria-label': t('follow_link') },
    h('p', {}, t('follow_why')),
    h('p', { class: 'link' }, h('a', { id: 'follow-link', class: 'primary', href: link, rel: 'noreferrer' }, t('follow_open'))),
    qrCode(link, t('follow_code')),
    h('div', { class: 'doing' },
      h('span', { class: 'copied' }, h('span', { class: 'visually-hidden' }, link), copyButton(link)),
      h('button', { type: 'button', class: 'quiet', id: 'follow-save', onclick: () => save().catch(failed) }, t('follow_save')),
      'share' in navigator && h('button', { type: 'button', class: 'quiet', onclick: send }, t('follow_send'))),
    said,
    h('small', {}, t('follow_secret')));
}
