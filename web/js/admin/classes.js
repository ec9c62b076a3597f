// Which class of the national platform (数字城管) each category is: seen by all, changed in one form.
import { of } from '../api.js';
import { named, t } from '../i18n.js';
import { html } from '../preact.js';
import { send, useAsked } from './calls.js';
import { History } from './changes.js';
import { Form } from './form.js';
import { BESIDE, Head, Sheet, Way, at, shown } from './parts.js';

/** @import { Category, ClassesAnswer } from 'service' */
/** @import { Values } from './form.js' */
/** @import { Props } from './parts.js' */
/** @typedef {Record<string, {major: string, minor: string}>} Typed what is typed for each category */

/** @param {ClassesAnswer} answer @returns {Typed} */
const typedOf = ({ classes }) => Object.fromEntries(classes.map(({ category, major_class: major, minor_class: minor }) => [category, { major, minor }]));

/** What was typed, as the service takes it; a category with neither is of no class. @param {Typed} typed */
const bodyOf = (typed) => ({
  classes: Object.entries(typed).map(([category, { major, minor }]) => ({ category, major_class: major.trim(), minor_class: minor.trim() })).filter((one) => one.major_class || one.minor_class),
});

/** @param {Props & {categories: Category[], edits: boolean}} props */
export function Classes({ categories, edits, ...props }) {
  const { territory, route } = props;
  const asked = useAsked(of(territory.code, '/classes'));
  const here = at(props, BESIDE.classes);
  const heads = [t('of_code'), t('of_name'), t('class_major'), t('class_minor')];
  return shown(asked, (/** @type {ClassesAnswer} */ answer) => {
    const kept = typedOf(answer);
    /** @param {(code: string, part: 'major' | 'minor') => unknown} cell */
    const sheet = (cell) => html`<${Sheet} id="classes" label=${t('admin_classes')} heads=${heads} rows=${categories.map(({ code, name }) => ({ key: code, cells: [code, named(name, code), cell(code, 'major'), cell(code, 'minor')] }))} />`;
    /** @param {Typed} typed @param {(value: Typed) => void} put */
    const draw = (typed, put) => sheet((code, part) => html`<input maxlength="64" autocomplete="off" spellcheck=${false} id=${`class-${code}-${part}`} aria-label=${`${named(categories.find((one) => one.code === code)?.name, code)}: ${t(`class_${part}`)}`} value=${typed[code]?.[part] ?? ''}
      onInput=${(/** @type {any} */ { currentTarget }) => put({ ...typed, [code]: { major: '', minor: '', ...typed[code], [part]: currentTarget.value } })} />`);
    const changes = edits && route.move === 'change';
    return html`
      <${Head} title=${t('admin_classes')} back=${at(props)} lead=${t('admin_classes_lead')}>${edits && !changes && html`<${Way} primary id="classes-change" href=${at(props, BESIDE.classes, 'change')}>${t('admin_change')}</${Way}>`}</${Head}>
      ${changes ? html`<${Form} id="classes" title=${t('admin_change')} fields=${[{ name: 'classes', label: t('admin_classes'), draw }]} start=${{ classes: kept }} action=${t('admin_keep')} close=${here} send=${(/** @type {Values} */ values) => send('PUT', of(territory.code, '/classes'), bodyOf(values['classes']), answer.version)} />`
    : sheet((code, part) => kept[code]?.[part] ?? '–')}
      <${History} ...${props} kind="classes" item=${territory.code} />`;
  });
}
