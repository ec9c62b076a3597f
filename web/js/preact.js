// The one place that names the vendored versions of Preact and htm.
import { Fragment, h, render } from '../vendor/preact/11.2.0/preact.mjs';
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from '../vendor/preact/11.2.0/hooks.mjs';
import htm from '../vendor/htm/3.1.1/htm.mjs';

/** @import { VNode } from 'preact' */
/** @typedef {(strings: TemplateStringsArray, ...values: any[]) => VNode<any>} Html */

/** Elements and components from a template; what is put in is text or nodes, never markup. */
export const html = /** @type {Html} */ (htm.bind(h));
export { Fragment, render, useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState };
