// @ts-check
/**
 * A word before money is loaded into a browser that may delete the wallet by itself.
 * @module
 */
import { isFleeting } from '../lasting.js'
import { callout, fill, h } from './dom.js'

/** @returns {HTMLElement} empty where the browser has promised to keep it */
export function fleeting() {
  const element = h('div', { hidden: true })
  void isFleeting().then(so => {
    element.hidden = !so
    fill(element, so && callout('warn', 'This browser has not promised to keep your wallet.', { 'data-testid': 'storage-fleeting' },
      h('p', {}, 'It may delete it when space is short or when you have not been here for weeks, and a private window always does. Load what you need soon, and ',
        h('a', { href: '/wallet#backup' }, 'back the wallet up'), ' when you have.')))
  })
  return element
}
