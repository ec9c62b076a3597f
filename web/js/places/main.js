// Start of the board of places.
import { start } from '../starting.js';
import { current } from './address.js';
import { App } from './app.js';

start(App, current);
