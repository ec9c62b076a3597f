// Start of the work screens.
import { onLanguage } from '../i18n.js';
import { html, render } from '../preact.js';
import { part } from '../dom.js';
import { keepProgram } from '../phone/installing.js';
import { App } from './app.js';
import { drain, refreshOutbox, watchOutbox } from '../phone/outbox.js';
import { begin, onSession, signing } from './session.js';
import { change } from './store.js';

onLanguage(() => {
  signing().speak();
  change();
});
render(html`<${App} />`, part('app'));
onSession(() => { refreshOutbox().then(drain); });
begin();
watchOutbox();
keepProgram('work', 'shell.js', (newer) => change({ newer }));
