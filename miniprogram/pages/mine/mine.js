// What was reported from this device, each with how far it is.
const service = require('../../service');
const { followed, t, words } = require('../../words');

Component({
  data: { cases: [], words: {} },
  lifetimes: { attached() { this.ready = this.show(); } },
  pageLifetimes: { show() { this.ready = this.show(); } },
  methods: {
    async show() {
      const all = followed();
      this.setData({ words: words(), cases: all.map(({ number }) => ({ number, stage: '…' })) });
      await Promise.all(all.map(async (one, at) => {
        const told = await service.follow(one).catch((problem) => problem);
        const stage = told.stages ? told.stages.find((each) => each.stage === told.stage).title : told.status === 404 ? t('r_gone') : '…';
        this.setData({ [`cases[${at}].stage`]: stage });
      }));
    },
    open({ currentTarget }) { wx.navigateTo({ url: `/pages/follow/follow?number=${encodeURIComponent(currentTarget.dataset.number)}` }); },
  },
});
