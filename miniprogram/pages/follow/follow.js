// A case as its reporter follows it, and what they may say about it: fixed or not, how it was, more of it, that it is settled.
const config = require('../../config');
const service = require('../../service');
const { followed, t, wording, words } = require('../../words');

const MOST = 6;
/** The moves that take photos along. */
const SHOWN = ['reopen', 'add'];
/** What each move takes of the words that were typed. */
const SAID = { reopen: 'reason', rate: 'note', add: 'note' };

Component({
  properties: { number: String },
  data: { told: null, may: {}, scores: [], said: '', photos: [], busy: false, fault: '', gone: false, tellable: false, heard: false, words: {} },
  lifetimes: {
    attached() {
      const titles = [t('score_5'), t('score_4'), t('score_3'), t('score_2'), t('score_1')];
      this.setData({ words: words(), tellable: config.templates.length > 0, scores: titles.map((title, at) => ({ score: 5 - at, title })) });
      this.ready = this.ask();
    },
  },
  methods: {
    one() { return followed().find(({ number }) => number === this.data.number); },
    show(told) {
      this.setData({ told: Object.assign({}, told, { entries: [...told.entries].reverse() }), may: Object.fromEntries(told.moves.map((move) => [move, true])) });
    },
    async ask() {
      const one = this.one();
      try {
        if (one) this.show(await service.follow(one));
        else this.setData({ gone: true });
      } catch (problem) {
        this.setData(problem.status === 404 ? { gone: true } : { fault: wording(problem) });
      }
    },
    type({ detail }) { this.setData({ said: detail.value }); },
    take() {
      wx.chooseMedia({
        count: MOST - this.data.photos.length, mediaType: ['image'], sizeType: ['original'],
        success: ({ tempFiles }) => this.setData({ photos: [...this.data.photos, ...tempFiles.map(({ tempFilePath }) => ({ path: tempFilePath, id: '' }))].slice(0, MOST) }),
      });
    },
    drop({ currentTarget }) { this.setData({ photos: this.data.photos.filter((_, at) => at !== Number(currentTarget.dataset.at)) }); },
    /** Send photos that are not with the service yet. */
    async send() {
      for (const [at, { path, id }] of this.data.photos.entries()) if (!id) this.setData({ [`photos[${at}].id`]: (await service.sendPhoto(path)).id });
      return this.data.photos.map(({ id }) => id);
    },
    act({ currentTarget }) {
      if (this.data.busy) return this.acted;
      this.setData({ busy: true });
      this.acted = this.doing(currentTarget.dataset).then(() => this.setData({ busy: false }));
      return this.acted;
    },
    /** Each acceptance is good for one message: whoever has had theirs may ask for the next. */
    async hear() {
      const accepted = await service.subscribe();
      if (!accepted.length) return;
      try {
        await service.agree(this.one(), accepted);
        this.setData({ heard: true, fault: '' });
      } catch (problem) {
        this.setData({ fault: wording(problem) });
      }
    },
    async doing({ move, score }) {
      const said = this.data.said.trim();
      const body = Object.assign({ move }, score ? { score: Number(score) } : {}, SAID[move] && said ? { [SAID[move]]: said } : {});
      this.setData({ fault: '' });
      try {
        const photos = SHOWN.includes(move) ? await this.send() : [];
        this.show(await service.move(this.one(), photos.length ? Object.assign({ photos }, body) : body, this.data.told.version));
        this.setData(Object.assign({ said: '' }, photos.length ? { photos: [] } : {}));
      } catch (problem) {
        if (problem.kind === 'unknown-photo') this.setData({ photos: this.data.photos.map(({ path }) => ({ path, id: '' })) });
        this.setData({ fault: problem.kind === 'stale' ? t('r_stale') : wording(problem) });
        if (problem.kind === 'stale') await this.ask();
      }
    },
  },
});
