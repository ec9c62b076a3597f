// Campaigns: a time with categories, checklists and a board of its own; declared, changed and ended here.
import { of } from '../api.js';
import { count, day, language, named, t } from '../i18n.js';
import { html, useEffect, useRef } from '../preact.js';
import { theme } from '../theme.js';
import { may } from '../work/session.js';
import { send, useAsked } from './calls.js';
import { History } from './changes.js';
import { ChecklistCards, checklistsOf, typedOf } from './checklistcards.js';
import { Act, Form, barred, linesOf, orNull, unlike } from './form.js';
import { BESIDE, Beginning, Head, Sheet, Way, at, facts, shown, today } from './parts.js';

/** @import { CampaignBoard as Told, Campaign, CampaignPlaces, Campaigns as Found } from 'service' */
/** @import { Territory } from '../api.js' */
/** @import { Typed } from './checklistcards.js' */
/** @import { Field, Values } from './form.js' */
/** @import { Props } from './parts.js' */

const FIRST = 7; // rows of a board that are shown before anybody asks for all

/** @param {Territory} territory @returns {Field[]} */
const fields = (territory) => [
  { name: 'zh', label: t('name_zh') }, { name: 'en', label: t('name_en'), required: false },
  { name: 'since', label: t('campaign_since'), kind: 'date' }, { name: 'until', label: t('campaign_until'), kind: 'date' },
  { name: 'cells', label: t('campaign_cells'), kind: 'long', required: false, hint: t('campaign_cells_hint') },
  { name: 'categories', label: t('campaign_categories'), kind: 'long', required: false, hint: t('campaign_categories_hint') },
  { name: 'checklists', label: t('campaign_checklists'), draw: (/** @type {Typed[]} */ typed, put) => html`<${ChecklistCards} territory=${territory} checklists=${typed ?? []} put=${put} />` },
];

/** @param {Campaign} one @returns {Values} */
const startOf = (one) => ({
  zh: one.name['zh'], en: one.name['en'], since: one.since, until: one.until,
  cells: one.cells.map(({ level, code }) => `${level}:${code}`).join('\n'),
  categories: one.categories.map(({ code, name, urgency }) => barred(code, name['zh'], name['en'], urgency)).join('\n'),
  checklists: typedOf(one.checklists ?? []),
});

/** @param {Values} values */
function bodyOf({ zh, en, since, until, cells, categories, checklists }) {
  return {
    name: { zh: orNull(zh), en: orNull(en) }, since, until,
    cells: linesOf(cells).map(([cell = '']) => ({ level: cell.split(':')[0], code: cell.split(':').slice(1).join(':') })),
    categories: linesOf(categories).map(([code, inZh, inEn, urgency]) => ({ code, name: { zh: orNull(inZh), en: orNull(inEn) }, urgency: urgency || 'normal' })),
    checklists: checklistsOf(checklists ?? []),
  };
}

const stageOf = (/** @type {Campaign} */ { stage }) => t(`campaign_${stage}`);

/** @param {Props} props */
export function Campaigns(props) {
  const { territory, route } = props;
  const asked = useAsked(of(territory.code, '/campaigns'));
  const edits = may(territory.code, 'edit-rules');
  const keep = (/** @type {string} */ code, /** @type {Values} */ values, version = 0) => send('PUT', of(territory.code, `/campaigns/${encodeURIComponent(code)}`), bodyOf(values), version);
  return shown(asked, (/** @type {Found} */ { campaigns }) => {
    if (route.number === BESIDE.new && edits) {
      return html`<${Head} title=${t('campaign_new')} back=${at(props)} />
        <${Form} id="campaign" title=${t('campaign_new')} fields=${[{ name: 'code', label: t('of_code'), hint: t('campaign_code_hint') }, ...fields(territory)]} start=${{ since: today(), until: today() }} action=${t('admin_keep')} close=${at(props)}
          send=${async (/** @type {Values} */ { code, ...values }) => keep(unlike(code, campaigns), values)} />`;
    }
    const one = campaigns.find(({ code }) => code === route.number);
    if (one) return html`<${Page} ...${props} one=${one} edits=${edits && one.stage !== 'over'} keep=${keep} />`;
    return html`
      <${Head} title=${t('admin_campaigns')} lead=${t('admin_campaigns_lead')}>${edits && html`<${Way} primary id="campaign-new" href=${at(props, BESIDE.new)}>${t('campaign_new')}</${Way}>`}</${Head}>
      ${route.number && html`<p class="note" role="alert">${t('admin_gone')}</p>`}
      <${Sheet} id="campaigns" label=${t('admin_campaigns')} heads=${[t('of_code'), t('of_name'), t('campaign_since'), t('campaign_until'), t('state')]}
        rows=${campaigns.map((each) => ({ key: each.code, off: each.stage === 'over', cells: [html`<a href=${at(props, each.code)} data-campaign=${each.code}>${each.code}</a>`, named(each.name, each.code), day(each.since), day(each.until), stageOf(each)] }))} />`;
  });
}

/** @param {Props & {one: Campaign, edits: boolean, keep: (code: string, values: Values, version?: number) => Promise<unknown>}} props */
function Page({ one, edits, keep, ...props }) {
  const { territory, route } = props;
  const end = () => send('POST', of(territory.code, `/campaigns/${encodeURIComponent(one.code)}/end`));
  if (edits && route.move === 'change') {
    return html`<${Head} title=${named(one.name, one.code)} back=${at(props, one.code)} lead=${one.code} />
      <${Form} id="campaign" title=${t('admin_change')} fields=${fields(territory)} start=${startOf(one)} action=${t('admin_keep')} close=${at(props, one.code)} send=${(/** @type {Values} */ values) => keep(one.code, values, one.version)} />`;
  }
  return html`
    <${Head} title=${named(one.name, one.code)} back=${at(props)} lead=${t('campaign_span', { state: stageOf(one), from: day(one.since), to: day(one.until) })}>
      <${Way} id="campaign-cases" href=${`work#/${encodeURIComponent(territory.code)}/cases?campaign=${encodeURIComponent(one.code)}`}>${t('campaign_cases')}</${Way}>
      ${edits && html`<${Way} id="campaign-change" href=${at(props, one.code, 'change')}>${t('admin_change')}</${Way}><${Act} final id="campaign-end" label=${t('campaign_end')} act=${end} />`}
    </${Head}>
    <${Board} ...${props} one=${one} />
    <${History} ...${props} kind="campaign" item=${one.code} />`;
}

/** The places that may be seen, and whether anybody looked. @param {{territory: Territory, code: string}} props */
function PlacesMap({ territory, code }) {
  const { answer } = /** @type {import('../answers.js').Answered<CampaignPlaces>} */ (useAsked(of(territory.code, `/campaigns/${encodeURIComponent(code)}/places`)));
  const node = useRef(/** @type {HTMLElement | null} */ (null));
  const places = answer?.places ?? [];
  const seen = places.map((one) => `${one.checklist} ${one.code} ${one.looked_at}`).join();
  useEffect(() => {
    if (!seen) return undefined;
    let end = () => {};
    let wanted = true;
    import('./campaignmap.js').then(({ campaignMap }) => {
      if (!wanted || !node.current) return;
      const map = campaignMap(node.current, territory, places);
      end = () => map.remove();
    }).catch((problem) => console.warn(problem));
    return () => { wanted = false; end(); };
  }, [territory.code, seen, theme(), language()]);
  return places.length > 0 && html`
    <section class="past"><h3>${t('campaign_map')}</h3><div class="case-map" id="campaign-map" ref=${node}></div>
      <p><small>${t('campaign_map_says', { n: count(places.filter(({ looked_at: at }) => at).length), all: count(places.length) })}</small></p></section>`;
}

/** @param {Told} board @param {string} checklist @param {string} question */
const kindOf = ({ campaign }, checklist, question) => campaign.checklists?.find(({ code }) => code === checklist)?.questions.find(({ code }) => code === question)?.kind;

/** What was seen last, counted. @param {Told['checklists'][number]['questions'][number]} asked @param {string | undefined} kind */
const seen = ({ code, name, yes, no, texts }, kind) => (kind === 'text'
  ? t('campaign_texts', { what: named(name, code), n: count(texts) })
  : t('campaign_answers', { what: named(name, code), yes: count(yes), no: count(no) }));

/** @param {Props & {one: Campaign}} props */
function Board({ territory, route, one, ...props }) {
  const level = route.query.get('level') ?? '';
  const asked = useAsked(of(territory.code, `/campaigns/${encodeURIComponent(one.code)}/board`), level ? { level } : {});
  const part = (/** @type {number} */ n, /** @type {number} */ all) => html`<span class="progress"><meter min="0" max=${all || 1} value=${n} aria-hidden="true"></meter> ${t('campaign_part', { n: count(n), all: count(all) })}</span>`;
  return shown(asked, (/** @type {Told} */ board) => html`
    ${facts([[t('campaign_count'), count(board.cases)], [t('campaign_open'), count(board.open)], [t('campaign_overdue'), count(board.overdue)], ...board.by_state.map(({ title, count: n }) => /** @type {[string, unknown]} */ ([title, count(n)]))])}
    <section class="past"><h3>${t('campaign_checklists')}</h3><${Sheet} id="campaign-checklists" label=${t('campaign_checklists')} heads=${[t('of_name'), t('campaign_looked_at'), t('campaign_seen')]}
      rows=${board.checklists.map((each) => ({ key: each.code, cells: [named(each.name, each.code), part(each.looked_at, each.places), html`<ul class="plain">${each.questions.map((asked) => html`<li>${seen(asked, kindOf(board, each.code, asked.code))}</li>`)}</ul>`] }))} /></section>
    ${(one.checklists?.length ?? 0) > 0 && html`<${PlacesMap} territory=${territory} code=${one.code} />`}
    <section class="past"><h3>${t('campaign_by_cell')} <small>${t('campaign_worst_first')}</small></h3>
      <nav class="by-level" aria-label=${t('levels')}>${territory.levels.map(({ key, name }) => html`<a key=${key} data-level=${key} aria-current=${key === board.level ? 'true' : null} href=${`${at({ territory, route, ...props }, one.code)}?level=${encodeURIComponent(key)}`}>${named(name, key)}</a>`)}</nav>
      <${Beginning} id="campaign-cells" first=${FIRST} label=${t('campaign_by_cell')} heads=${[t('of_cell'), t('campaign_looked_at'), t('campaign_count'), t('campaign_open'), t('campaign_overdue')]}
        rows=${board.cells.map(({ cell, places, looked_at: looked, cases, open, overdue }) => ({ key: cell.code, cells: [cell.name || cell.code, part(looked, places), count(cases), count(open), count(overdue)] }))} /></section>
    <section class="past"><h3>${t('campaign_by_day')}</h3><${Beginning} id="campaign-days" first=${FIRST} label=${t('campaign_by_day')} heads=${[t('campaign_day'), t('campaign_received'), t('campaign_closed'), t('campaign_looked_at')]}
      rows=${[...board.days].reverse().map((each) => ({ key: each.day, cells: [day(each.day), count(each.received), count(each.closed), count(each.looked_at)] }))} /></section>`);
}
