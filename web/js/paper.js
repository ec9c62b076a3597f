// Maps on paper: what is printed is a picture, for the map itself is empty there; of a dark map a light one, in the same hues.
import { theme } from './theme.js';

/** @import { GridMap } from './map.js' */

const remove = () => document.querySelectorAll('.printed').forEach((image) => image.remove());

/** Put a picture of each map into its holder while the page is printed; returns how to stop. @param {() => [HTMLElement, GridMap][]} maps @param {() => string} says of each picture, to who cannot see it */
export function onPaper(maps, says) {
  const before = () => {
    remove();
    const turned = theme() === 'dark';
    document.documentElement.toggleAttribute('data-turned', turned);
    for (const [holder, map] of maps()) holder.append(Object.assign(new Image(), { className: 'printed', src: map.snapshot({ turned }), alt: says() }));
  };
  const after = () => {
    remove();
    document.documentElement.removeAttribute('data-turned');
  };
  addEventListener('beforeprint', before);
  addEventListener('afterprint', after);
  return () => {
    removeEventListener('beforeprint', before);
    removeEventListener('afterprint', after);
  };
}
