// @ts-check
/**
 * How much a purchase loads and exchanges: two fields of the checkout, as far as its plan has them.
 * @module
 */
import { moving } from '../checkout.js'
import { tr } from '../language.js'
import { digits, format, read, sign, unit, unread } from '../money.js'
import { bank } from './bank.js'
import { h } from './dom.js'
import { fleeting } from './fleeting.js'
import { FieldError, field } from './form.js'
import { bankPage } from './payin.js'

/** @import { Bank } from './bank.js' */
/** @import { Profile } from '../rows.js' */
/** @import { Quote } from '../quote.js' */
/** @import { Wallet } from '../wallet.js' */

/**
 * @typedef {object} Amounts
 * @property {HTMLElement | false} loading
 * @property {HTMLElement | false} lack that the bank holds too little, and what to do; in the place of paying
 * @property {Bank['whenLacking']} whenLacking
 * @property {HTMLElement | false} more what most people leave as it is
 * @property {() => { load: number | null, exchange: number | null }} typed null where it is no amount
 * @property {() => { load: number, exchange: number }} chosen throws a FieldError; 0 where the plan has no such leg
 * @property {(changed: () => void) => void} watch
 */

/**
 * @param {Wallet} wallet
 * @param {Quote} quote
 * @param {Profile} profile
 * @returns {Amounts}
 */
export function amounts(wallet, quote, { broker, bank: reference }) {
  const { plan: { legs }, merchant, held } = quote
  const total = legs.find(leg => leg.transaction === '6.4')?.amount
  const need = total === undefined ? legs.find(leg => leg.transaction === '6.1')?.amount : total - held
  const least = moving(legs)?.amount
  const load = field({ affix: sign(broker), short: true, ...total === undefined ? first : adding(held, need ?? 0, broker) },
    { inputmode: 'decimal', value: digits(suggest(need ?? 0, total === undefined ? 50 : 10, broker), broker), 'data-testid': 'checkout-load-amount' })
  const exchange = field({ label: tr('How much to set aside for {name}', { name: merchant.name }), affix: sign(broker), short: true, hint: tr('Keep some money with this stall, so that your next purchase here is paid from it, even while the market is away; it is good at this stall only.') },
    { inputmode: 'decimal', value: digits(least ?? 0, broker), 'data-testid': 'checkout-exchange-amount' })
  const typed = () => ({ load: read(load.input.value, broker), exchange: read(exchange.input.value, broker) })
  const chosen = () => {
    const { load: loaded, exchange: exchanged } = typed()
    if (need !== undefined) checkLoad(load.input, loaded, { need, adds: total !== undefined }, broker)
    const there = held + (need === undefined ? 0 : loaded ?? 0)
    if (least !== undefined) checkExchange(exchange.input, exchanged, { least, there, loads: need !== undefined }, broker)
    return { load: need === undefined ? 0 : loaded ?? 0, exchange: least === undefined ? 0 : exchanged ?? 0 }
  }
  const account = need !== undefined && bank(wallet, broker, { url: bankPage(), reference, least: need })
  return {
    typed, chosen, lack: account && account.lack, whenLacking: tell => account && account.whenLacking(tell),
    loading: account && h('div', { class: 'stack' }, load.field, account.element, fleeting(wallet, { quiet: true })),
    more: least !== undefined && h('details', { class: 'choices-more' }, h('summary', { 'data-testid': 'checkout-more' }, tr('More choices')), exchange.field),
    watch: changed => [load, exchange].forEach(({ input }) => input.addEventListener('input', changed)),
  }
}

const first = { label: tr('How much to load'), hint: tr('What this purchase leaves over stays in your wallet.') }

/** @param {number} held @param {number} need @param {Profile['broker']} broker */
const adding = (held, need, broker) =>
  ({ label: tr('How much to add'), hint: tr('Your wallet holds {held}; {missing} is missing. What this purchase leaves over stays in your wallet.', { held: format(held, broker), missing: format(need, broker) }) })

/** A round number, at least so many. @param {number} need @param {number} least @param {Profile['broker']} broker */
function suggest(need, least, broker) {
  const [one, { maxCharge }] = [unit(broker), broker]
  const round = Math.max(least * one, Math.ceil(need / (10 * one)) * 10 * one)
  return maxCharge > 0 && round > maxCharge ? Math.max(need, maxCharge) : round
}

/** @param {HTMLInputElement} input @param {number | null} load @param {{ need: number, adds: boolean }} limits adds: to what is there @param {Profile['broker']} broker */
function checkLoad(input, load, { need, adds }, broker) {
  if (load === null) throw new FieldError(input, unread(input.value, broker))
  const amount = format(need, broker)
  if (load < need) throw new FieldError(input, adds ? tr('Add at least {amount}.', { amount }) : tr('Load at least {amount}.', { amount }))
}

/**
 * @param {HTMLInputElement} input
 * @param {number | null} exchange
 * @param {{ least: number, there: number, loads: boolean }} limits there: what the wallet will hold by then
 * @param {Profile['broker']} broker
 */
function checkExchange(input, exchange, { least, there, loads }, broker) {
  if (exchange === null) throw new FieldError(input, unread(input.value, broker))
  if (exchange < least) throw new FieldError(input, tr('Exchange at least {amount}: this purchase takes that much.', { amount: format(least, broker) }))
  if (exchange > there) {
    throw new FieldError(input, loads ? tr('Exchange at most the {amount} that you hold then, or load more.', { amount: format(there, broker) }) : tr('Exchange at most {amount}: your wallet holds no more.', { amount: format(there, broker) }))
  }
}
