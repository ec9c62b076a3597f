// Start of the residents' page.
import { part } from '../dom.js';
import { keepProgram, takeNewer } from '../phone/installing.js';
import { tidy } from '../phone/tidying.js';
import { html, render } from '../preact.js';
import { App } from './app.js';

render(html`<${App} />`, part('app'));
// A newer program is taken when the page is opened, and never under somebody's hands, in another tab neither.
keepProgram('r', 'r.shell.js', (newer, early) => { if (early) takeNewer(newer, true); });
tidy().catch((problem) => console.warn(problem));
