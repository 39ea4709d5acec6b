// @ts-check
/**
 * A word before money is loaded into a browser that may delete the wallet by itself.
 * @module
 */
import { lastBackup } from '../backup.js'
import { tr } from '../language.js'
import { isFleeting } from '../lasting.js'
import { callout, fill, h, placed } from './dom.js'

/** @import { Wallet } from '../wallet.js' */

/** @param {Wallet} wallet @returns {HTMLElement} empty where the browser has promised to keep it, and while a backup has all that is in it */
export function fleeting(wallet) {
  const element = h('div', { hidden: true })
  let shown = false
  const look = async () => {
    const last = wallet.ctx && await lastBackup(wallet.ctx)
    const so = (!last || last.changed) && await isFleeting()
    if (so === shown) return
    shown = so
    element.hidden = !so
    fill(element, so && callout('warn', tr('This browser has not promised to keep your wallet.'), { 'data-testid': 'storage-fleeting' },
      h('p', {}, ...placed(tr('It may delete it when space is short or when you have not been here for weeks, and a private window always does. Load what you need soon, and {backup} when you have.'),
        { backup: h('a', { href: '/wallet#backup' }, tr('back the wallet up')) }))))
  }
  wallet.watch(look)
  void wallet.inform(look)
  return element
}
