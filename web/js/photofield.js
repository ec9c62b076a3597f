// Photos that go with a report: chosen or taken, sent at once, shown, left out again.
import { h, put } from './dom.js';
import { t } from './i18n.js';
import { sendPhotos } from './sending.js';

/** @import { SentPhoto } from './sending.js' */

const MOST = 6;

/** The field; `photos` are those that were sent. */
export class PhotoField {
  /** @param {string} territory @param {SentPhoto[]} photos */
  constructor(territory, photos) {
    this.territory = territory;
    this.photos = photos;
    this.sending = 0;
    this.list = h('ul', { class: 'photo-strip' });
    this.said = h('p', { class: 'sending', role: 'status' });
    this.failed = h('p', { class: 'field-error', id: 'photos-error', role: 'alert', hidden: true });
    this.input = h('input', { type: 'file', id: 'report-photos', accept: 'image/*', multiple: true, 'aria-describedby': 'photos-hint photos-error', onchange: () => this.take() });
    this.node = h('div', { class: 'field', 'data-field': 'photos' }, h('label', { for: 'report-photos' }, t('report_photos')), this.list, this.input,
      h('small', { id: 'photos-hint' }, t('report_photos_hint')), this.said, this.failed);
    this.draw();
  }

  get ids() {
    return this.photos.map(({ id }) => id);
  }

  draw() {
    put(this.list, this.photos.map((one, at) => h('li', {}, h('img', { src: one.small, alt: t('photo_number', { n: at + 1 }) }),
      h('button', { type: 'button', class: 'quiet', 'aria-label': t('photo_drop', { n: at + 1 }), onclick: () => this.drop(one.id) }, '×'))));
    this.input.hidden = this.photos.length >= MOST;
    this.said.textContent = this.sending ? t('photo_sending', { n: this.sending }) : '';
  }

  /** @param {string} id */
  drop(id) {
    this.photos = this.photos.filter((one) => one.id !== id);
    this.draw();
  }

  async take() {
    const files = [...this.input.files ?? []].slice(0, MOST - this.photos.length);
    this.input.value = '';
    this.failed.hidden = true;
    await sendPhotos(this.territory, files, {
      going: (left) => {
        this.sending = left;
        this.draw();
      },
      sent: (photo) => { this.photos = [...this.photos, photo]; },
      failed: (said) => {
        this.failed.textContent = said;
        this.failed.hidden = false;
      },
    });
  }
}
