// Start of the screens of administration and audit.
import { onLanguage } from '../i18n.js';
import { html, render } from '../preact.js';
import { part } from '../dom.js';
import { begin, signing } from '../work/session.js';
import { change } from '../work/store.js';
import { App } from './app.js';

onLanguage(() => {
  signing().speak();
  change();
});
render(html`<${App} />`, part('app'));
begin();
