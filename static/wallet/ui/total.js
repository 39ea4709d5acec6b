// @ts-check
/**
 * What a purchase costs, in all and each.
 * @module
 */
import { tr } from '../language.js'
import { facts, h, money, placed, words } from './dom.js'

/** @import { Quote } from '../quote.js' */
/** @import { Profile } from '../rows.js' */
/** @import { Child } from './dom.js' */

/** What the parcel costs. @param {Quote} quote */
const postageOf = ({ lines, price }) => price - lines.reduce((sum, { offer, quantity }) => sum + offer.price * quantity, 0)

/** All that is paid, at the end of the column. @param {Quote} quote @param {Profile['broker']} broker */
export function inAll(quote, broker) {
  const { lines, merchant, price } = quote
  return h('section', { class: 'stack stack--sm checkout__total' },
    ...lines.length > 1 ? together(quote, broker) : lines.map(({ offer, quantity }) => h('h2', { class: 'card__title', 'data-testid': 'checkout-item' }, quantity > 1 && `${quantity} × `, words(offer.title))),
    h('p', {}, ...placed(tr('{amount} to {stall}'), { amount: money(price, broker, 'money--lg', { 'data-testid': 'checkout-price' }), stall: words(merchant.name) })))
}

/** Tells the summary beside it what it costs this way. @param {Quote} quote @param {Profile['broker']} broker */
export function summed(quote, broker) {
  const postage = postageOf(quote)
  document.getElementById('summary-postage')?.replaceChildren(postage > 0 ? money(postage, broker) : tr('None'))
  document.getElementById('summary-total')?.replaceChildren(money(quote.price, broker, 'money--lg'))
}

/** What several things cost, each and in all. @param {Quote} quote @param {Profile['broker']} broker */
function together(quote, broker) {
  const each = quote.lines.map(({ offer, quantity }) => /** @type {[Child, Node]} */ ([h('span', {}, quantity > 1 && `${quantity} × `, words(offer.title)), money(offer.price * quantity, broker)]))
  const postage = postageOf(quote)
  return [h('h2', { class: 'card__title', 'data-testid': 'checkout-item' }, tr('Together')),
    facts([...each, ...postage > 0 ? [/** @type {[Child, Node]} */ ([tr('Postage, for one parcel'), money(postage, broker)])] : []], 'facts facts--sum')]
}
