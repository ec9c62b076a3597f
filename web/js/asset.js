// The field for what a report is about, in screens of Preact.
import { AssetField } from './assetfield.js';
import { language } from './i18n.js';
import { html, useEffect, useRef } from './preact.js';

/** @import { Category } from './api.js' */
/** @import { Spot } from './assetfield.js' */
/** @import { NearAsset } from 'service' */

/**
 * @param {{territory: string, category: Category | undefined, spot: Spot | null, value: string, put: (number: string, asset?: NearAsset) => void}} props
 * `put` is told the number, and the asset where it was chosen of those nearby
 */
export function Asset({ territory, category, spot, value, put }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const field = useRef(/** @type {AssetField | null} */ (null));
  const latest = useRef(put);
  latest.current = put;
  useEffect(() => {
    field.current = new AssetField(territory, value, { chose: (asset) => latest.current(asset.number, asset), typed: (number) => latest.current(number) });
    place.current?.append(field.current.node);
    return () => field.current?.node.remove();
  }, [territory]);
  useEffect(() => field.current?.update(category, spot), [territory, category?.code, category?.asset_kinds?.length, spot?.lon, spot?.lat, spot?.accuracy, language()]);
  useEffect(() => field.current?.set(value), [value]);
  return html`<div ref=${place}></div>`;
}
