// @ts-check
/**
 * Haggling: the page "Make an offer", and in a conversation what was proposed and offered, and the way to buy it.
 * @module
 */
import { tr } from '../language.js'
import { digits, format, read, sign, unit, unread } from '../money.js'
import { callout, h, moment, money, placed } from './dom.js'
import { FieldError, field, form } from './form.js'
import { gate } from './gate.js'

/** @import { BrokerPin } from '../rows.js' */
/** @import { Conversation, Said } from '../talks.js' */
/** @import { Wallet } from '../wallet.js' */

/** @typedef {{ price: number, quantity: number, text: string }} Terms price: of one, minor units */

/** The terms of an event that has some, in a line. @param {Said} event @param {BrokerPin} broker */
export const terms = ({ price, quantity = 1 }, broker) => price !== undefined &&
  h('span', {}, ...quantity > 1 ? placed(tr('{amount} each, for {n} of them', { n: quantity }), { amount: money(price, broker) }) : [money(price, broker)])

/** @param {Wallet} wallet @param {HTMLElement} mount */
export const proposePage = (wallet, mount) => gate(wallet, mount, async place => {
  const { vendor = '', offer = '', stock = '1' } = mount.dataset
  const { broker } = await wallet.profile()
  place.replaceChildren(h('section', { class: 'card stack' }, proposing(broker, Number(stock), async said => {
    const tx = await wallet.propose({ vendor, offer }, said)
    location.assign(`/wallet/talks/${tx}`)
  }), h('p', { class: 'soft small' }, tr('Nothing is paid, and neither of you is bound yet: the seller answers in your wallet, under Orders, with an offer for you alone, or declines.'))))
})

/**
 * The form that proposes a price.
 * @param {BrokerPin} broker
 * @param {number} stock how many can be bought
 * @param {(terms: Terms) => Promise<void>} submit
 */
export function proposing(broker, stock, submit) {
  const price = field({ label: stock > 1 ? tr('What you would pay for each') : tr('What you would pay'), affix: sign(broker), short: true, hint: tr('Without postage.') }, { inputmode: 'decimal', 'data-testid': 'propose-price' })
  const count = field({ label: tr('How many'), short: true }, { type: 'number', min: 1, max: 1000, value: 1, 'data-testid': 'propose-quantity' })
  const text = field({ label: tr('A word to the seller'), optional: true }, { rows: 2, maxlength: 500, dir: 'auto', 'data-testid': 'propose-text' })
  return form({ label: tr('Make the offer'), testid: 'propose-send', submit: async () => {
    const amount = read(price.input.value, broker)
    if (amount === null) throw new FieldError(price.input, unread(price.input.value, broker))
    if (amount === 0) throw new FieldError(price.input, tr('Write an amount like {example}.', { example: digits(10 * unit(broker), broker) }))
    const quantity = Number(count.input.value)
    if (!Number.isSafeInteger(quantity) || quantity < 1 || quantity > 1000) throw new FieldError(count.input, tr('Write a number from 1 to 1000.'))
    await submit({ price: amount, quantity, text: text.input.value })
  } }, price.field, stock > 1 && count.field, text.field)
}

/**
 * What a conversation has come to: a private offer, and whether it was bought, can be, or is over.
 * @param {Wallet} wallet
 * @param {Conversation} conversation
 * @param {BrokerPin} broker
 */
export async function dealing(wallet, conversation, broker) {
  const made = await wallet.deal(conversation)
  if (!made) return undefined
  const { offer: { offer, price = 0, quantity = 1, until = 0 }, order } = made
  if (order) return callout('success', tr('You bought it for the price that you agreed on.'), { 'data-testid': 'deal-bought' }, h('p', {}, h('a', { href: `/wallet/orders/${order.tx}` }, tr('View the order'))))
  if (wallet.parts.now() >= until) return callout('info', tr('The seller\'s offer has run out.'), { 'data-testid': 'deal-over' }, h('p', {}, tr('You can make another offer, or ask for a new one.')))
  return h('section', { class: 'card card--sunken stack stack--sm', 'aria-label': tr('An offer for you alone'), 'data-testid': 'deal' }, h('h3', { class: 'card__title' }, tr('An offer for you alone')),
    h('p', {}, ...placed(quantity > 1 ? tr('{n} for {amount} each, until {date}.', { n: quantity }) : tr('{amount}, until {date}.'), { amount: money(price, broker), date: moment(until) })),
    h('p', { class: 'soft small' }, tr('Once, and as long as it is not sold. Postage is added at the checkout.')),
    h('p', {}, h('a', { class: 'btn btn--primary', href: `/l/${conversation.talk.vendor}/${offer}/private?quantity=${quantity}`, 'data-testid': 'deal-buy' }, tr('Buy for {amount}', { amount: format(price * quantity, broker) }))))
}
