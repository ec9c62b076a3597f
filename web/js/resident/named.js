// A street, a station or another place by its name, where the territory has such names; the map then shows it, to be put right.
import { hasPlaces, places } from '../api.js';
import { t } from '../i18n.js';
import { html, useEffect, useState } from '../preact.js';

/** @import { Territory } from '../api.js' */
/** @import { Point } from '../reporting.js' */
/** @import { NamedPlace } from 'service' */

const AFTER_MS = 250;

/** @param {{territory: Territory, choose: (point: Point) => void}} props */
export function Named({ territory, choose }) {
  const [offered, offer] = useState(false);
  const [words, say] = useState('');
  const [taken, take] = useState('');
  const [found, find] = useState(/** @type {NamedPlace[] | null} */ (null));
  useEffect(() => {
    hasPlaces(territory.code).then(offer, () => offer(false));
  }, [territory.code]);
  useEffect(() => {
    let wanted = true;
    if (!words.trim() || words === taken) {
      find(null);
      return undefined;
    }
    const later = setTimeout(() => places(territory.code, words.trim()).then((some) => wanted && find(some), () => wanted && find(null)), AFTER_MS);
    return () => {
      wanted = false;
      clearTimeout(later);
    };
  }, [words, taken, territory.code]);
  if (!offered) return null;
  const pick = (/** @type {NamedPlace} */ { name, lon, lat }) => {
    take(name);
    say(name);
    choose({ lon, lat });
  };
  return html`
    <label class="field"><span>${t('r_by_name')}</span>
      <input id="place-name" type="search" autocomplete="off" maxlength="100" value=${words} onInput=${(/** @type {{currentTarget: HTMLInputElement}} */ { currentTarget }) => say(currentTarget.value)} /></label>
    ${found && !found.length && html`<p class="quiet" id="place-unnamed" role="status">${t('r_no_name', { query: words.trim() })}</p>`}
    ${Boolean(found?.length) && found && html`<ul class="named" id="place-names" aria-label=${t('r_by_name')}>
      ${found.map((place) => html`<li key=${`${place.kind} ${place.name}`}><button type="button" class="secondary" onClick=${() => pick(place)}>
        <span>${place.name}</span> <small>${[t(`place_${place.kind}`), place.cell?.name].filter(Boolean).join(' · ')}</small></button></li>`)}
    </ul>`}`;
}
