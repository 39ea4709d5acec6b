// @ts-check
/**
 * The receipt of a purchase, as a page shows it.
 * @module
 */
import { tr } from '../language.js'
import { pieces } from '../lines.js'
import { orderID } from '../thin.js'
import { addressBlock } from './address.js'
import { facts, h, moment, money, placed, words } from './dom.js'

/** @import { Currency } from '../money.js' */
/** @import { Child } from './dom.js' */
/** @import { Line, Order } from '../rows.js' */

/** @param {Line | undefined} line */
const thing = line => line && h('span', {}, line.quantity > 1 && `${line.quantity} × `, words(line.title))

/** How it goes, where the order says so. @param {Order} order @returns {[string, Child][]} */
function goes({ delivery }) {
  if (!delivery) return []
  if (delivery.way === 'none') return []
  return delivery.way === 'post' ? [[tr('Goes to'), addressBlock(delivery.address)]] : [[tr('Delivery'), tr('You collect it')]]
}

/** What each thing costs, and the parcel, as far as what was signed is here. @param {Order} order @param {Currency} currency @returns {[Child, Child][]} */
function parts({ lines, price, delivery }, currency) {
  const each = lines.map(line => /** @type {[Child, number | undefined]} */ ([thing(line), line.quantity * (offered(line)?.price ?? NaN)]))
  const postage = each.reduce((left, [, cost]) => left - (cost ?? NaN), price)
  if (!(postage >= 0)) return lines.length > 1 ? lines.map(line => [thing(line), '']) : []
  const parcel = delivery && delivery.way !== 'post' ? [] : [/** @type {[Child, Child]} */ ([tr('Postage'), postage > 0 ? money(postage, currency) : tr('Free')])]
  return [...each.map(([name, cost]) => /** @type {[Child, Child]} */ ([name, money(cost ?? 0, currency)])), ...parcel]
}

/** The offer of a line, which was verified when it was bought; nothing where a backup had no room for it. @param {Line | undefined} line @returns {{ price: number, photos?: { digest: string }[], reference?: string } | undefined} */
export const offered = line => line?.offer ? body(line.offer) : undefined

/** By what the seller knows a payment. @param {Order} order @returns {[string, Child][]} */
const references = ({ lines }) => lines.map(line => offered(line)?.reference).filter(reference => reference !== undefined)
  .map(reference => [tr('Reference'), h('span', { 'data-testid': 'receipt-reference' }, words(reference))])

/** @param {Order} order @param {Currency} currency */
export const receipt = (order, currency) => h('section', { class: 'ticket', 'data-testid': 'receipt', 'aria-label': tr('Receipt') },
  h('div', { class: 'ticket__main stack stack--xs' },
    h('h2', { class: 'card__title' }, order.lines.length > 1 ? tr('{n} things', { n: pieces(order.lines) }) : thing(order.lines[0])),
    h('p', {}, ...placed(tr('from {stall}'), { stall: h('a', { href: `/stalls/${order.vendor}` }, words(order.stall)) }))),
  h('div', { class: 'ticket__stub' }, facts([
    ...parts(order, currency),
    [tr('Paid'), money(order.price, currency, 'money--lg', { 'data-testid': 'receipt-price' })],
    [tr('When'), moment(order.at)],
    [tr('Order'), h('code', { 'data-testid': 'receipt-order' }, orderID(order))], ...references(order),
    ...goes(order), ...order.note ? [/** @type {[string, Node]} */ ([tr('Your note'), h('span', { dir: 'auto' }, order.note)])] : [],
  ], 'facts facts--sum'), h('div', { class: 'actions' }, h('button', { class: 'btn btn--sm btn--quiet', type: 'button', 'data-testid': 'receipt-print', onclick: () => print() }, tr('Print')))))

/** The body of a JWS that was verified when it came. @param {string} jws @returns {any} */
export function body(jws) {
  const [, payload = ''] = jws.split('.')
  const binary = atob(payload.replaceAll('-', '+').replaceAll('_', '/'))
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, char => char.charCodeAt(0)))).body
}
