// Start of the residents' page.
import { session } from '../api.js';
import { part } from '../dom.js';
import { keepProgram, takeNewer } from '../phone/installing.js';
import { html, render } from '../preact.js';
import { App } from './app.js';

session().catch(() => { /* whoever reports needs no account */ });
render(html`<${App} />`, part('app'));
// A newer program is taken when the page is opened, and never under somebody's hands.
keepProgram('r', 'r.shell.js', (newer, early) => { if (early) takeNewer(newer); });
