// @ts-check
/**
 * What a purchase costs, in all and each.
 * @module
 */
import { tr } from '../language.js'
import { format } from '../money.js'
import { facts, h, money, placed, words } from './dom.js'
import { thumb } from './thumb.js'

/** @import { Quote } from '../quote.js' */
/** @import { Profile } from '../rows.js' */
/** @import { Child } from './dom.js' */

/** What the parcel costs. @param {Quote} quote */
const postageOf = ({ lines, price }) => price - lines.reduce((sum, { offer, quantity }) => sum + offer.price * quantity, 0)

/**
 * All that is paid, at the end of the column, with its parts where no summary beside it has them.
 * @param {Quote} quote
 * @param {Profile['broker']} broker
 */
export function inAll(quote, broker) {
  const { lines, merchant, price } = quote
  const title = lines.length > 1 ? tr('Together') : h('span', {}, ...lines.map(thing))
  return h('section', { class: 'stack stack--sm checkout__total' }, h('h2', { class: 'card__title', 'data-testid': 'checkout-item' }, title),
    document.getElementById('summary') ? undefined : facts(parts(quote, broker), 'facts facts--sum'),
    h('p', {}, ...placed(tr('Total: {amount} to {stall}'), { amount: money(price, broker, 'money--lg', { 'data-testid': 'checkout-price' }), stall: words(merchant.name) })))
}

/** @param {Quote['lines'][number]} line */
const thing = ({ offer, quantity }) => h('span', {}, quantity > 1 && `${quantity} × `, words(offer.title))

/** What each costs, and the parcel. @param {Quote} quote @param {Profile['broker']} broker @returns {[Child, Child][]} */
function parts(quote, broker) {
  const { lines, delivery } = quote
  const postage = postageOf(quote)
  const each = lines.map(line => /** @type {[Child, Child]} */ ([lines.length > 1 ? thing(line) : tr('Price'), money(line.offer.price * line.quantity, broker)]))
  const parcel = lines.length > 1 ? tr('Postage, for one parcel') : tr('Postage')
  return delivery.way === 'post' ? [...each, [parcel, postage > 0 ? money(postage, broker) : tr('Free')]] : each
}

/** Tells the page around it what it costs this way: the summary of a listing, the rows of a basket. @param {Quote} quote @param {Profile['broker']} broker */
export function summed(quote, broker) {
  const postage = postageOf(quote)
  document.getElementById('summary-postage')?.replaceChildren(postage > 0 ? money(postage, broker) : tr('Free'))
  document.getElementById('summary-without')?.remove()
  document.getElementById('summary-total')?.replaceChildren(money(quote.price, broker, 'money--lg'))
  for (const { offer, quantity } of quote.lines) {
    const row = document.querySelector(`[data-testid="basket-line"][data-offer="${offer.offer}"]`)
    row?.querySelector('[data-price]')?.replaceChildren(quantity > 1 ? `${quantity} × ${format(offer.price, broker)} = ` : '', money(offer.price * quantity, broker))
    row?.querySelector('[data-photo]')?.replaceChildren(thumb(offer.photos))
  }
}
