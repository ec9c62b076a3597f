// Texts, from the pages' own; and the cases that are followed on this device.
const texts = require('./shared/words');
const { casesIn, withFirst, without } = require('./shared/reporting');
const { language } = require('./service');

const STORE = 'wangge.followed';
/** What the pages need no word for: a browser asks for the position itself. */
const OWN = {
  zh: { allow_position: '在设置中允许使用位置', hear: '有进展时用微信告诉我', heard: '好的，有进展会用微信告诉您' },
  en: { allow_position: 'Allow the position in the settings', hear: 'Tell me in WeChat what becomes of it', heard: 'You will be told in WeChat' },
};

const words = () => Object.assign({}, texts[language()], OWN[language()]);
/** @param {string} key @param {Record<string, unknown>} [facts] */
const t = (key, facts = {}) => (words()[key] || key).replace(/\{(\w+)\}/g, (whole, name) => (name in facts ? String(facts[name]) : whole));
/** A name given per language, in the reader's or another. */
const named = (names, fallback) => (names && (names[language()] || Object.values(names)[0])) || fallback;
const wording = (problem) => problem.message || t('unreachable');

const followed = () => casesIn(wx.getStorageSync(STORE));
const remember = (one) => wx.setStorageSync(STORE, withFirst(followed(), one));
const forget = (one) => wx.setStorageSync(STORE, without(followed(), one));

module.exports = { followed, forget, named, remember, t, wording, words };
