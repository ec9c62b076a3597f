// Indicators as they are declared.
import { of } from '../api.js';
import { named, t } from '../i18n.js';
import { html } from '../preact.js';
import { useAsked } from './calls.js';
import { Head, Sheet, facts, at, shown } from './parts.js';

/** @import { IndicatorDefinitions } from 'service' */
/** @import { Props } from './parts.js' */

/** A condition or a sum as it is written down. @param {unknown} value */
const written = (value) => (typeof value === 'string' ? value : JSON.stringify(value));

/** @param {Props} props */
export function Indicators(props) {
  const { territory, route } = props;
  const asked = useAsked(of(territory.code, '/indicators/definitions'));
  return shown(asked, (/** @type {IndicatorDefinitions} */ { indicators }) => {
    const one = indicators.find(({ key }) => key === route.number);
    if (one) {
      return html`<${Head} title=${named(one.name, one.key)} back=${at(props)} lead=${one.key} />
        ${facts(Object.entries(one).filter(([key, value]) => !['key', 'name'].includes(key) && value !== null).map(([key, value]) => [t(`indicator_${key}`), html`<code>${written(value)}</code>`]))}`;
    }
    return html`
      <${Head} title=${t('admin_indicators')} lead=${t('admin_indicators_lead')} />
      <${Sheet} id="indicators" label=${t('admin_indicators')} heads=${[t('of_code'), t('of_name')]}
        rows=${indicators.map((each) => ({ key: each.key, cells: [html`<a href=${at(props, each.key)} data-indicator=${each.key}>${each.key}</a>`, named(each.name, each.key)] }))} />`;
  });
}
