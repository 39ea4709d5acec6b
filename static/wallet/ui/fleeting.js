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

/**
 * @param {Wallet} wallet
 * @param {{ quiet?: boolean }} [how] quiet: in small print, where something else is to be decided
 * @returns {HTMLElement} empty where the browser has promised to keep it, and while a backup has all that is in it
 */
export function fleeting(wallet, { quiet = false } = {}) {
  const element = h('div', { hidden: true })
  let shown = false
  const look = async () => {
    const last = wallet.ctx && await lastBackup(wallet.ctx)
    const so = (!last || last.changed) && await isFleeting()
    if (so === shown) return
    shown = so
    element.hidden = !so
    if (!so) return fill(element)
    const what = tr('This browser has not promised to keep your wallet.')
    const more = placed(tr('It may delete it when space is short or when you have not been here for weeks, and a private window always does. Load what you need soon, and {backup} when you have.'),
      { backup: h('a', { href: '/wallet#backup' }, tr('back the wallet up')) })
    fill(element, quiet ? h('p', { class: 'soft small', 'data-testid': 'storage-fleeting' }, what, ' ', ...more)
      : callout('warn', what, { 'data-testid': 'storage-fleeting' }, h('p', {}, ...more)))
  }
  wallet.watch(look)
  void wallet.inform(look)
  return element
}
