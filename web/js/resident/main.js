// Start of the residents' page.
import { session } from '../api.js';
import { part } from '../dom.js';
import { html, render } from '../preact.js';
import { App } from './app.js';

session().catch(() => { /* whoever reports needs no account */ });
render(html`<${App} />`, part('app'));
