// Categories that a text may be of, offered while it is typed; whoever chooses another chooses another.
import { suggest } from './api.js';
import { named, percent, t } from './i18n.js';
import { html, useEffect, useState } from './preact.js';

/** @import { Category } from './api.js' */
/** @import { Suggestion } from 'service' */

const FEWEST = 2;
const REST_MS = 400;

/** What a text suggests, asked for once nothing more is typed. @param {string} territory @param {string} words */
function useSuggestions(territory, words) {
  const [found, put] = useState(/** @type {Suggestion[]} */ ([]));
  const text = words.trim();
  useEffect(() => {
    if (text.length < FEWEST) {
      put([]);
      return undefined;
    }
    const request = new AbortController();
    const rest = setTimeout(() => suggest(territory, text, request.signal).then(({ suggestions }) => put(suggestions), () => { /* it is chosen from the list then */ }), REST_MS);
    return () => { clearTimeout(rest); request.abort(); };
  }, [territory, text]);
  return found;
}

/** @param {{territory: string, words: string, categories: Category[], chosen: string, choose: (code: string) => void}} props */
export function Suggested({ territory, words, categories, chosen, choose }) {
  const found = useSuggestions(territory, words)
    .flatMap(({ category, confidence }) => categories.filter(({ code }) => code === category).map((one) => ({ ...one, confidence })));
  return html`<div class="suggested" role="status">${found.length > 0 && html`
    <span class="label">${t('suggested')}</span>
    ${found.map(({ code, name, confidence }) => html`<button type="button" class="secondary" key=${code} data-suggested=${code} aria-pressed=${String(code === chosen)} onClick=${() => choose(code)}>${named(name, code)}${confidence !== null && html` <small>${percent(confidence)}</small>`}</button>`)}`}</div>`;
}
