// A case as its reporter follows it, and what they may say about it: fixed or not, how it was, more of it, that it is settled.
const service = require('../../service');
const { followed, t, wording, words } = require('../../words');

/** What each move takes of the words that were typed. */
const SAID = { reopen: 'reason', rate: 'note', add: 'note' };

Component({
  properties: { number: String },
  data: { told: null, may: {}, scores: [], said: '', fault: '', gone: false, words: {} },
  lifetimes: {
    attached() {
      const titles = [t('score_5'), t('score_4'), t('score_3'), t('score_2'), t('score_1')];
      this.setData({ words: words(), scores: titles.map((title, at) => ({ score: 5 - at, title })) });
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
    async act({ currentTarget }) {
      const { move, score } = currentTarget.dataset;
      const said = this.data.said.trim();
      const body = Object.assign({ move }, score ? { score: Number(score) } : {}, SAID[move] && said ? { [SAID[move]]: said } : {});
      this.setData({ fault: '' });
      this.acted = service.move(this.one(), body, this.data.told.version).then((told) => {
        this.show(told);
        this.setData({ said: '' });
      }, (problem) => {
        this.setData({ fault: problem.kind === 'stale' ? t('r_stale') : wording(problem) });
        return problem.kind === 'stale' ? this.ask() : null;
      });
      await this.acted;
    },
  },
});
