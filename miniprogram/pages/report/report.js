// Reporting: photos, what, where, how to answer. What was typed stays until it was sent; under one key it is filed once.
const config = require('../../config');
const service = require('../../service');
const { named, remember, t, wording, words } = require('../../words');
const { bodyOf, faultsOf, stepOf } = require('../../shared/reporting');

const MOST = 6;
const STORE = 'wangge.report';
/** For where there is no network. */
const CATEGORIES = 'wangge.categories';
/** What wx gives where it is asked for nothing else is said with the report; the service converts it. */
const DATUM = 'gcj02';
const EMPTY = { photos: [], category: '', description: '', point: null, inside: false, answers: {}, name: '', phone: '', email: '', consent: '', key: '', sent: null };

Component({
  data: Object.assign({ categories: [], words: {}, faults: {}, place: '', denied: false, sending: false }, EMPTY),
  lifetimes: {
    attached() {
      this.setData(Object.assign({ words: words() }, EMPTY, wx.getStorageSync(STORE) || {}));
      this.ready = service.categories().then((all) => {
        wx.setStorageSync(CATEGORIES, all);
        this.know(all);
      }, (problem) => {
        const kept = wx.getStorageSync(CATEGORIES);
        if (kept) this.know(kept);
        else this.setData({ 'faults.what': wording(problem) });
      });
    },
  },
  methods: {
    know(all) {
      this.all = all;
      this.setData({ categories: all.map(({ code, name }) => ({ code, title: named(name, code) })) });
    },
    /** Keep what was told; another report than the one that was on its way has another key. */
    put(changes) {
      this.setData(Object.assign({ key: '', sent: null }, changes));
      this.keep();
    },
    keep() {
      wx.setStorageSync(STORE, Object.fromEntries(Object.keys(EMPTY).map((name) => [name, this.data[name]])));
    },
    take() {
      wx.chooseMedia({
        count: MOST - this.data.photos.length, mediaType: ['image'], sizeType: ['original'],
        success: ({ tempFiles }) => {
          // Temporary files go with the program: they are saved, to be there when it is opened again.
          const files = wx.getFileSystemManager();
          const kept = tempFiles.map(({ tempFilePath }) => ({ path: files.saveFileSync(tempFilePath), id: '' }));
          this.put({ photos: [...this.data.photos, ...kept].slice(0, MOST) });
        },
      });
    },
    choose({ currentTarget }) { this.put({ category: currentTarget.dataset.code, 'faults.what': '' }); },
    type({ currentTarget, detail }) { this.put({ [currentTarget.dataset.field]: detail.value }); },
    here() {
      wx.getLocation({
        type: DATUM, isHighAccuracy: true,
        success: ({ longitude, latitude, accuracy }) => this.placed({ lon: longitude, lat: latitude, accuracy: Math.max(1, Math.round(accuracy)), datum: DATUM }),
        fail: () => this.setData({ denied: true, 'faults.where': t('position_denied') }),
      });
    },
    pick() {
      wx.chooseLocation({ // a map of Tencent's: no fault where nothing is picked
        success: ({ longitude, latitude }) => this.placed({ lon: longitude, lat: latitude, datum: DATUM }),
      });
    },
    /** A place that was chosen; without a network the service says at the sending where it is. */
    placed(point) {
      this.put({ point, inside: false, place: '', denied: false, 'faults.where': '' });
      this.located = service.locate(point).then(({ cell, nearest }) => {
        if (cell) this.put({ inside: true, place: t('report_taken', { name: cell.name || cell.code }) + (point.accuracy ? ` ±${point.accuracy} m` : '') });
        else this.setData({ 'faults.where': nearest ? `${t('outside_title')} ${nearest.name || nearest.code}` : t('outside_title') });
      }, () => this.put({ inside: true }));
    },
    async send() {
      const found = Object.entries(faultsOf(this.data));
      this.setData({ faults: Object.fromEntries(found.map(([step, text]) => [step, t(text)])) });
      if (found.length || this.data.sending) return;
      this.setData({ sending: true });
      const accepted = await service.subscribe(); // whoever refuses reports all the same
      try {
        const filed = await this.post();
        // What was agreed to is told before the page goes; the report is filed, whatever comes of it.
        if (filed.secret && accepted.length) await service.agree(filed, accepted).catch((problem) => console.warn(problem));
        this.done(filed);
      } catch (problem) {
        if (problem.kind === 'unknown-photo') this.setData({ photos: this.data.photos.map(({ path }) => ({ path, id: '' })), sent: null });
        this.setData({ [`faults.${problem.status ? stepOf(problem) : 'contact'}`]: wording(problem) });
        this.keep();
      }
      this.setData({ sending: false });
    },
    /** Send photos that are not with the service yet, then the report: each try the same, under the same key. */
    async post() {
      for (const [at, { path, id }] of this.data.photos.entries()) {
        if (!id) this.setData({ [`photos[${at}].id`]: (await service.sendPhoto(path)).id });
        this.keep();
      }
      const ids = this.data.photos.map(({ id }) => id);
      const sent = this.data.sent || Object.assign(bodyOf(this.data, this.all || []), ids.length ? { photos: ids } : {});
      this.setData({ sent, key: this.data.key || service.newKey() });
      this.keep();
      return service.file(sent, this.data.key);
    },
    done({ territory, number, secret, category, received_at: at }) {
      this.setData(Object.assign({ place: '' }, EMPTY));
      wx.removeStorageSync(STORE);
      if (!secret) return;
      remember({ territory, number, secret, category, at });
      wx.navigateTo({ url: `/pages/follow/follow?number=${encodeURIComponent(number)}` });
    },
  },
});
