// Building the page: every text goes in as a text node, so data can never become markup.

const SVG = 'http://www.w3.org/2000/svg';

/** @typedef {Node | string | null | undefined | false | Child[]} Child What stands inside an element; nothing for null and false. */
/**
 * @typedef {object} Listeners
 * @property {(event: MouseEvent) => unknown} [onclick]
 * @property {(event: Event) => unknown} [onchange]
 * @property {(event: Event) => unknown} [onclose]
 * @property {(event: PointerEvent) => unknown} [onpointerdown]
 * @property {(event: SubmitEvent) => unknown} [onsubmit]
 */
/** @typedef {Listeners & {style?: Record<string, string>, [name: string]: unknown}} Attributes */

/**
 * @template {HTMLElement | SVGElement} E
 * @param {E} node
 * @param {Attributes} attributes
 * @param {Child[]} children
 */
function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (name === 'style') for (const [key, v] of Object.entries(value)) node.style.setProperty(key, String(v));
    else if (name === 'value' && 'value' in node) node.value = value;
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...nodes(children));
  return node;
}

/** The nodes and texts among children, level. @param {Child[]} children @returns {(Node | string)[]} */
function nodes(children) {
  return children.flatMap((child) => {
    if (Array.isArray(child)) return nodes(child);
    return child === null || child === undefined || child === false ? [] : [child];
  });
}

/**
 * An HTML element with attributes, `on…` listeners and children (nodes or texts).
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/**
 * An SVG element.
 *
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

const ICONS = {
  pin: 'M12 21s-6.500-6-6.500-11a6.500 6.500 0 0 1 13 0c0 5-6.500 11-6.500 11zM12 12.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z',
  close: 'M6 6l12 12M18 6L6 18',
  search: 'M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM15.500 15.500L20 20',
  layers: 'M12 4l8 4-8 4-8-4zM4 12l8 4 8-4M4 16l8 4 8-4',
  here: 'M12 8.500a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7zM12 2.500v3M12 18.500v3M2.500 12h3M18.500 12h3',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  frame: 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5',
  copy: 'M9 9h10v11H9zM15 9V4H5v11h4',
  back: 'M14 6l-6 6 6 6',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.500 20.500a7.500 7.500 0 0 1 15 0',
  bell: 'M6 17h12l-1.500-2.500v-4a4.500 4.500 0 0 0-9 0v4zM10 20h4M12 3.500v2',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.500v2M12 19.500v2M2.500 12h2M19.500 12h2M5.300 5.300l1.400 1.400M17.300 17.300l1.400 1.400M5.300 18.700l1.400-1.400M17.300 6.700l1.400-1.400',
  check: 'M5 12.500l4.500 4.500L19 7.500',
};

/** A line icon; decoration only, the name stands beside it or in aria-label. @param {keyof typeof ICONS} name */
export function icon(name) {
  return svg('svg', { class: 'icon', viewBox: '0 0 24 24', 'aria-hidden': 'true' }, svg('path', { d: ICONS[name] }));
}

/** Replace all children of a node. @param {Element} node @param {...Child} children */
export function put(node, ...children) {
  node.replaceChildren(...nodes(children).filter(Boolean));
}

/** A part of the page that is always there. @param {string} id @returns {HTMLElement} */
export function part(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`the page has no #${id}`);
  return node;
}

/** The first element in a node that a selector picks. @param {Element} node @param {string} selector @returns {HTMLElement | null} */
export const within = (node, selector) => node.querySelector(selector);

/** Say something to people who listen to the page instead of seeing it. @param {string} text */
export function announce(text) {
  const region = part('announcer');
  region.textContent = '';
  // A change of text within one turn is not announced twice by screen readers, hence the next frame.
  requestAnimationFrame(() => { region.textContent = text; });
}

/**
 * The function, called once after `wait` ms of quiet.
 *
 * @param {number} wait
 * @param {() => unknown} call
 */
export function debounce(wait, call) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(call, wait);
  };
}
