// The receipt: the number, who answers, and the link by which it goes on.
import { announce } from '../dom.js';
import { followLink } from '../followlink.js';
import { language, t } from '../i18n.js';
import { html, useEffect, useRef } from '../preact.js';
import { Host } from '../work/parts.js';
import { knowing } from './route.js';

/** @import { Report } from '../api.js' */

/** @param {{filed: Report, behalf: boolean, again: () => void}} props `behalf`: staff filed it for somebody, who takes it along */
export function Receipt({ filed, behalf, again }) {
  const title = useRef(/** @type {HTMLElement | null} */ (null));
  const name = filed.cell.name || filed.cell.code;
  useEffect(() => {
    title.current?.focus({ preventScroll: true });
    announce(`${t('report_done')}. ${t('report_number')} ${filed.number}. ${t('report_taken', { name })}`);
  }, []);
  const one = filed.secret ? { territory: filed.territory, number: filed.number, secret: filed.secret } : null;
  return html`
    <div class="receipt">
      <h2 tabindex="-1" ref=${title}>${t('report_done')}</h2>
      <p class="eyebrow">${t('report_number')}</p>
      <p class="number"><output id="case-number">${filed.number}</output></p>
      <p id="case-grid">${t('report_taken', { name })} <small>${[...filed.ancestors, filed.cell].map((cell) => cell.name || cell.code).join(' › ')}</small></p>
      ${filed.synthetic && html`<p class="note">${t('report_synthetic')}</p>`}
      ${one && html`<${Host} when=${[filed.number, language()]} draw=${(/** @type {HTMLElement} */ node) => node.replaceChildren(followLink(one))} />`}
      ${!behalf && html`<p id="receipt-public"><a href=${`r${knowing(filed.territory)}`}>${t('r_public_link')}</a></p>`}
      <p class="doing">${behalf && html`<button type="button" class="primary" id="receipt-print" onClick=${() => print()}>${t('r_print')}</button>`}
        <button type="button" class="secondary" id="report-another" onClick=${again}>${t(behalf ? 'r_next_person' : 'report_another')}</button></p>
    </div>`;
}
