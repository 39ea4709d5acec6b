// @ts-check
/**
 * The page "Ask the seller": the first line of a conversation about a listing.
 * @module
 */
import { tr } from '../language.js'
import { h } from './dom.js'
import { field, form } from './form.js'
import { gate } from './gate.js'

/** @import { Wallet } from '../wallet.js' */

/** @param {Wallet} wallet @param {HTMLElement} mount */
export const askPage = (wallet, mount) => gate(wallet, mount, place => {
  const { vendor = '', offer = '' } = mount.dataset
  const text = field({ label: tr('Your question'), hint: tr('The seller sees it under a name made for this stall alone, and answers in your wallet, under Orders.') }, { rows: 4, maxlength: 2000, dir: 'auto', 'data-testid': 'ask-text' })
  place.replaceChildren(h('section', { class: 'card stack' }, form({ label: tr('Ask'), testid: 'ask-send', submit: async () => {
    const tx = await wallet.ask({ vendor, offer }, text.input.value)
    location.assign(`/wallet/talks/${tx}`)
  } }, text.field), h('p', { class: 'soft small' }, tr('Asking costs nothing and buys nothing.'))))
})
