// @ts-check
/**
 * The receipt of a purchase, as a page shows it.
 * @module
 */
import { pieces } from '../lines.js'
import { orderID } from '../thin.js'
import { addressBlock } from './address.js'
import { facts, h, moment, money, words } from './dom.js'

/** @import { Currency } from '../money.js' */
/** @import { Child } from './dom.js' */
/** @import { Line, Order } from '../rows.js' */

/** @param {Line | undefined} line */
const thing = line => line && h('span', {}, line.quantity > 1 && `${line.quantity} × `, words(line.title))

/** How it goes, where the order says so. @param {Order} order @returns {[string, Child][]} */
function goes({ delivery }) {
  if (!delivery) return []
  return delivery.way === 'post' ? [['Goes to', addressBlock(delivery.address)]] : [['Delivery', 'You collect it']]
}

/** @param {Order} order @param {Currency} currency */
export const receipt = (order, currency) => h('section', { class: 'ticket', 'data-testid': 'receipt', 'aria-label': 'Receipt' },
  h('div', { class: 'ticket__main stack stack--xs' },
    h('h2', { class: 'card__title' }, order.lines.length > 1 ? `${pieces(order.lines)} things` : thing(order.lines[0])),
    order.lines.length > 1 && h('ul', {}, ...order.lines.map(line => h('li', {}, thing(line)))),
    h('p', {}, 'from ', h('a', { href: `/stalls/${order.vendor}` }, words(order.stall)))),
  h('div', { class: 'ticket__stub' }, facts([
    ['Paid', money(order.price, currency, 'money--lg', { 'data-testid': 'receipt-price' })],
    ['When', moment(order.at)],
    ['Order', h('code', { 'data-testid': 'receipt-order' }, orderID(order))],
    ...goes(order), ...order.note ? [/** @type {[string, Node]} */ (['Your note', h('span', { dir: 'auto' }, order.note)])] : [],
  ], 'facts facts--sum')))

/** The body of a JWS that was verified when it came. @param {string} jws @returns {any} */
export function body(jws) {
  const [, payload = ''] = jws.split('.')
  const binary = atob(payload.replaceAll('-', '+').replaceAll('_', '/'))
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, char => char.charCodeAt(0)))).body
}
