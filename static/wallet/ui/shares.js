// @ts-check
/**
 * All the money of the wallet, by where it is: what is under way, on its way back, still to come or hard to get has a name here.
 * @module
 */
import { nameOf, sum } from '../shares.js'
import { facts, fill, h, money } from './dom.js'

/** @import { Profile } from '../rows.js' */
/** @import { Wallet } from '../wallet.js' */

/**
 * @param {Wallet} wallet
 * @param {Profile} profile
 * @returns {{ element: HTMLElement, refresh: () => Promise<void> }} hidden while all of it is free, which the rest of the page shows
 */
export function whereItIs(wallet, { broker }) {
  const element = h('section', { class: 'card stack', hidden: true, 'data-testid': 'shares' })
  const refresh = async () => {
    const [shares, doubtful, stalls] = await Promise.all([wallet.shares(), wallet.doubtful(), wallet.stallNames()])
    element.hidden = doubtful === 0 && shares.every(({ kind }) => kind === 'ready' || kind === 'stall')
    if (element.hidden) return
    const rows = shares.map(share => /** @type {[string, Node]} */ ([nameOf(share, stalls.get(share.vendor) ?? ''), money(share.amount, broker, '', { 'data-testid': 'share', 'data-kind': share.kind })]))
    fill(element,
      h('h2', { class: 'card__title' }, 'Where all your money is'),
      facts([...rows, ['together', h('strong', {}, money(sum(shares), broker, '', { 'data-testid': 'shares-total' }))]], 'facts facts--sum facts--amounts'),
      doubtful > 0 && h('p', { 'data-testid': 'doubtful' }, money(doubtful, broker), ' more is not accepted by who issued it, and in no sum here: it was spent elsewhere, perhaps by another copy of this wallet, or it is too old. What is too old by the issuer\'s clock alone is asked for again.'))
  }
  return { element, refresh }
}
