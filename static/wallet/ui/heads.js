// @ts-check
/**
 * What contradicts the bank: that it showed somebody else other books.
 * @module
 */
import { tr } from '../language.js'
import { callout, fill, h } from './dom.js'

/** @import { Wallet } from '../wallet.js' */

/** The place on the wallet's page; empty while all is well. @param {Wallet} wallet */
export function otherBooks(wallet) {
  const element = h('div', { hidden: true })
  let shown = ''
  const refresh = async () => {
    const list = await wallet.contradictions()
    element.hidden = list.length === 0
    const text = list.map(({ evidence }) => evidence).join('\n')
    if (text === shown) return
    shown = text
    const link = h('a', { href: URL.createObjectURL(new Blob([text], { type: 'text/plain' })), download: 'peerscrip-evidence.txt', 'data-testid': 'wallet-evidence' }, tr('Save the evidence'))
    fill(element, list[0] && callout('error', list[0].says, { 'data-testid': 'wallet-other-books' }, h('p', {}, link)))
  }
  return { element, refresh }
}
