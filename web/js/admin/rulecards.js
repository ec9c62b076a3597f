// The rules of a territory as cards, in their order: moved, opened, changed, added and taken out.
import { announce } from '../dom.js';
import { count, t } from '../i18n.js';
import { html, useEffect, useRef, useState } from '../preact.js';
import { CONDITIONS, called, conditionsOf, partiesOf, targetOf, titleOf, whomOf } from './rulenames.js';

/** @import { RuleBody } from 'service' */
/** @import { Names, Options } from './rulenames.js' */
/** @typedef {Map<number, string[]>} Faults what is wrong, by the place of the rule */

/** The same card stays the same while its rule is changed and moved. @type {WeakMap<RuleBody, number>} */
const ids = new WeakMap();
let last = 0;

/** @param {RuleBody} rule */
function idOf(rule) {
  const id = ids.get(rule) ?? (last += 1);
  ids.set(rule, id);
  return id;
}

/** @param {{rules: RuleBody[], put: (rules: RuleBody[]) => void, names: Names, faults: Faults}} props */
export function RuleCards({ rules, put, names, faults }) {
  const [opened, open] = useState(0);
  const focus = useRef('');
  useEffect(() => {
    if (focus.current) /** @type {HTMLElement | null} */ (document.querySelector(focus.current))?.focus();
    focus.current = '';
  }, [rules]);
  useEffect(() => {
    const first = [...faults.keys()].sort((a, b) => a - b)[0];
    const rule = first === undefined ? undefined : rules[first];
    if (rule) open(idOf(rule));
  }, [faults]);
  const change = (/** @type {number} */ i, /** @type {Partial<RuleBody>} */ said) => {
    const [before, after] = [/** @type {RuleBody} */ (rules[i]), { .../** @type {RuleBody} */ (rules[i]), ...said }];
    ids.set(after, idOf(before));
    put(rules.with(i, after));
  };
  const move = (/** @type {number} */ from, /** @type {number} */ to) => {
    const rule = /** @type {RuleBody} */ (rules[from]);
    const end = to === 0 || to === rules.length - 1;
    focus.current = `#rule-${idOf(rule)} [data-act=${(to < from) === end ? 'down' : 'up'}]`;
    put(rules.toSpliced(from, 1).toSpliced(to, 0, rule));
    announce(t('rule_moved', { n: to + 1 }));
  };
  const add = () => {
    const rule = /** @type {RuleBody} */ ({ to: [] });
    open(idOf(rule));
    focus.current = `#rule-${idOf(rule)} input`;
    put([...rules, rule]);
  };
  return html`
    <ol class="rule-cards" id="rule-cards">${rules.map((rule, i) => {
    const id = idOf(rule);
    const title = titleOf(rule, names);
    const act = (/** @type {string} */ key, /** @type {string} */ sign, /** @type {() => void} */ go, off = false) => html`<button type="button" class="secondary" data-act=${key} disabled=${off} aria-label=${t(`rule_${key}`, { n: i + 1 })} title=${t(`rule_${key}`, { n: i + 1 })} onClick=${go}>${sign}</button>`;
    return html`
      <li key=${id} id=${`rule-${id}`} data-place=${i + 1} class=${faults.get(i) ? 'faulty' : null}>
        <div class="rule-line">
          <button type="button" class="rule-title" aria-expanded=${opened === id ? 'true' : 'false'} onClick=${() => open(opened === id ? 0 : id)}><strong>${count(i + 1)}. ${title}</strong><small>${rule.name && conditionsOf(rule, names)} → ${partiesOf(rule, names) || '–'}</small></button>
          <span class="rule-acts">${act('up', '↑', () => move(i, i - 1), i === 0)}${act('down', '↓', () => move(i, i + 1), i === rules.length - 1)}${act('out', '×', () => put(rules.toSpliced(i, 1)))}</span>
        </div>
        ${faults.get(i)?.map((message) => html`<p class="field-error" role="alert">${message}</p>`)}
        ${opened === id && html`<${RuleFields} id=${`rule-${id}`} rule=${rule} names=${names} put=${(/** @type {Partial<RuleBody>} */ said) => change(i, said)} />`}
      </li>`;
  })}</ol>
    <p class="doing"><button type="button" class="secondary" id="rule-add" onClick=${add}>${t('rule_add')}</button></p>`;
}

/** @param {{id: string, rule: RuleBody, names: Names, put: (said: Partial<RuleBody>) => void}} props */
function RuleFields({ id, rule, names, put }) {
  const [from = '', to = ''] = (rule.hours ?? '').split('-');
  const text = (/** @type {string} */ key, /** @type {string} */ label, /** @type {string} */ value, /** @type {(value: string) => void} */ tell, type = 'text') => html`
    <div class="field"><label for=${`${id}-${key}`}>${label}</label><input id=${`${id}-${key}`} data-part=${key} type=${type} maxlength="200" autocomplete="off" value=${value} onInput=${(/** @type {any} */ { currentTarget }) => tell(currentTarget.value)} /></div>`;
  const name = (/** @type {string} */ key, /** @type {string} */ value) => {
    const said = Object.fromEntries(Object.entries({ ...rule.name, [key]: value }).filter(([, one]) => one));
    put({ name: Object.keys(said).length ? said : null });
  };
  const hours = (/** @type {string} */ first, /** @type {string} */ end) => put({ hours: first || end ? `${first}-${end}` : null });
  const needed = (/** @type {number} */ i, /** @type {boolean} */ value) => put({ to: rule.to.map((one, n) => (n === i ? targetOf(whomOf(one), value) : one)) });
  return html`
    <div class="rule-fields">
      ${text('zh', t('optional', { what: t('name_zh') }), rule.name?.['zh'] ?? '', (value) => name('zh', value))}
      ${text('en', t('optional', { what: t('name_en') }), rule.name?.['en'] ?? '', (value) => name('en', value))}
      ${CONDITIONS.filter((key) => key !== 'areas' || names.areas.length || rule.areas?.length).map((key) => html`
        <${Several} key=${key} id=${`${id}-${key}`} part=${key} label=${t(`rule_${key}`)} options=${names[key]} typed=${key === 'within' || key === 'kinds'} chosen=${rule[key] ?? []} put=${(/** @type {string[]} */ said) => put({ [key]: said })} />`)}
      <fieldset class="field hours"><legend>${t('rule_hours')}</legend><div>${text('from', t('rule_from'), from, (value) => hours(value, to), 'time')}${text('until', t('rule_until'), to, (value) => hours(from, value), 'time')}</div></fieldset>
      <${Several} id=${`${id}-to`} part="to" label=${t('rule_to')} options=${names.to} chosen=${rule.to.map(whomOf)} none=${t('rule_nobody')}
        put=${(/** @type {string[]} */ said) => put({ to: said.map((value) => rule.to.find((one) => whomOf(one) === value) ?? targetOf(value, true)) })}
        beside=${(/** @type {number} */ i) => html`<label class="tick-line"><input type="checkbox" checked=${rule.to[i]?.needed !== false} onChange=${(/** @type {any} */ { currentTarget }) => needed(i, currentTarget.checked)} /><span>${t('rule_needed')}</span></label>`} />
    </div>`;
}

/**
 * Several of what may be chosen, each taken out again by its own button.
 *
 * @param {object} props
 * @param {string} props.id
 * @param {string} props.part of the rule
 * @param {string} props.label
 * @param {Options} props.options
 * @param {string[]} props.chosen
 * @param {(chosen: string[]) => void} props.put
 * @param {boolean} [props.typed] whether a code may be written, too; there are too many for a choice
 * @param {string} [props.none] said when none is chosen
 * @param {(i: number) => unknown} [props.beside] what stands beside one that was chosen
 */
function Several({ id, part, label, options, chosen, put, typed = false, none = t('rule_any'), beside }) {
  const take = (/** @type {any} */ { currentTarget: node }) => {
    const value = node.value.trim();
    if (value && !chosen.includes(value)) put([...chosen, value]);
    node.value = '';
  };
  const enter = (/** @type {any} */ event) => {
    if (event.key !== 'Enter') return;
    event.preventDefault(); // it would send the form
    take(event);
  };
  const free = options.filter(({ value }) => !chosen.includes(value));
  return html`
    <div class="field several" data-part=${part}>
      <label for=${id}>${label}</label>
      <ul class="chosen">${chosen.map((value, i) => html`<li key=${value} data-value=${value}><span>${called(options, value)}</span>${beside?.(i)}<button type="button" class="secondary" aria-label=${t('take_out', { what: called(options, value) })} onClick=${() => put(chosen.toSpliced(i, 1))}>×</button></li>`)}${!chosen.length && html`<li class="none">${none}</li>`}</ul>
      ${typed
    ? html`<input id=${id} list=${`${id}-list`} autocomplete="off" placeholder=${t('rule_choose')} onChange=${take} onKeyDown=${enter} /><datalist id=${`${id}-list`}>${free.map((one) => html`<option key=${one.value} value=${one.value}>${one.label}</option>`)}</datalist>`
    : html`<select id=${id} value="" onChange=${take}><option value="">${t('rule_choose')}</option>${free.map((one) => html`<option key=${one.value} value=${one.value}>${one.label}</option>`)}</select>`}
    </div>`;
}
