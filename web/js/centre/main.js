// Start of the command centre.
import { start } from '../starting.js';
import { current } from './address.js';
import { App } from './app.js';

start(App, current);
