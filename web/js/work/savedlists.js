// The lists that somebody has given a name: with their account, wherever they sign in.
import { wording } from '../api.js';
import { t } from '../i18n.js';
import { html, useEffect, useState } from '../preact.js';
import { forgetList, saveList, savedLists } from './calls.js';
import { tidy } from './filters.js';
import { format } from './route.js';

/** @import { SavedList } from 'service' */
/** @import { Props } from './filtercard.js' */

/** @param {Props} props */
export function Saved({ territory, query }) {
  const [lists, put] = useState(/** @type {SavedList[]} */ ([]));
  const [name, type] = useState('');
  const [problem, tell] = useState('');
  /** Do something to the lists, then read them anew. @param {() => Promise<unknown>} act */
  const after = async (act) => {
    try {
      await act();
      put((await savedLists(territory.code)).lists);
      tell('');
    } catch (error) {
      tell(wording(error));
    }
  };
  useEffect(() => { after(async () => {}); }, [territory.code]);
  const save = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (name.trim()) after(() => saveList(territory.code, { name: name.trim(), query: query.toString() }).then(() => type('')));
  };
  return html`
    <form class="saving" onSubmit=${save}><label><span>${t('save_list')}</span><input id="save-name" maxlength="60" value=${name} onInput=${(/** @type {any} */ event) => type(event.currentTarget.value)} /></label><button class="secondary small" id="save-list">${t('save')}</button></form>
    ${problem && html`<p class="field-error" role="alert">${problem}</p>`}
    ${lists.length > 0 && html`<ul class="saved" aria-label=${t('saved_lists')}>${lists.map((one) => html`
      <li key=${one.id}><a href=${format({ territory: territory.code, query: tidy(new URLSearchParams(one.query)) })} aria-current=${one.query === query.toString() ? 'page' : null}>${one.name}</a>
        <button type="button" class="quiet" aria-label=${t('forget_list', { name: one.name })} onClick=${() => after(() => forgetList(territory.code, one.id))}>×</button></li>`)}</ul>`}`;
}
