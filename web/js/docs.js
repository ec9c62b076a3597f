// The page of the API's documentation. Swagger UI speaks English only: its own words are put into the reader's language as it
// writes them; what the service says of itself (headings, refusals) comes from the service in that language.
/* global SwaggerUIBundle */
import english from './i18n/en.js';
import { language, languages, onLanguage, speak, t } from './i18n.js';

const WORDS = 'docs_';
/** What is no word of the page's: code, names, and texts of the description. */
const QUOTED = 'code, pre, textarea, .markdown, .renderedMarkdown, .opblock-summary-path, .parameter__name, .property, .model';

/** Keys of the texts by what Swagger UI writes. */
const known = new Map(Object.entries(english).filter(([key]) => key.startsWith(WORDS)).map(([key, text]) => [String(text), key]));

/** @param {Node} node */
function translate(node) {
  const text = node.nodeValue ?? '';
  const key = known.get(text.trim());
  if (key && !node.parentElement?.closest(QUOTED)) node.nodeValue = text.replace(text.trim(), t(key));
}

/** @param {Node} root */
function translateAll(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) translate(node);
}

function buttons() {
  const all = languages().map(({ code, name }) => {
    const button = document.createElement('button');
    button.lang = code;
    button.textContent = name;
    button.setAttribute('aria-pressed', String(code === language()));
    button.addEventListener('click', () => speak(code));
    return button;
  });
  const bar = /** @type {HTMLElement} */ (document.getElementById('speak'));
  bar.setAttribute('aria-label', t('choose_language'));
  bar.replaceChildren(...all);
}

function draw() {
  document.title = t('docs_title');
  buttons();
  SwaggerUIBundle({
    url: new URL('openapi.json', document.baseURI).href,
    dom_id: '#docs',
    deepLinking: true,
    validatorUrl: null, // it would call another host
    /** @param {{headers: Record<string, string>}} request */
    requestInterceptor: (request) => {
      request.headers['Accept-Language'] ??= language();
      return request;
    },
  });
}

const page = /** @type {HTMLElement} */ (document.getElementById('docs'));
if (language() !== 'en') {
  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === 'characterData') translate(target);
      for (const node of addedNodes) node.nodeType === Node.TEXT_NODE ? translate(node) : translateAll(node);
    }
  }).observe(page, { subtree: true, childList: true, characterData: true });
}
draw();
onLanguage(() => location.reload()); // Swagger UI keeps what it once wrote
