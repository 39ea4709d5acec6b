// @ts-check
/**
 * How a purchase is paid, in words: where the money comes from, and what the wallet does, step by step.
 * @module
 */
import { partsOf } from '../cash.js'
import { tr } from '../language.js'
import { format } from '../money.js'
import { fill, h, money, placed, words } from './dom.js'
import { feeSentences } from './payin.js'

/** @import { Quote } from '../quote.js' */
/** @import { Profile } from '../rows.js' */
/** @import { Amounts } from './amounts.js' */
/** @import { Child } from './dom.js' */

/**
 * How a purchase is paid, said anew with what is typed.
 * @param {Quote} quote
 * @param {Profile['broker']} broker
 * @param {Pick<Amounts, 'typed' | 'watch'>} amounts
 */
export function howPaid(quote, broker, { typed, watch }) {
  const list = h('ol', { class: 'plain-steps', 'data-testid': 'checkout-plan' })
  const [from, fees] = [h('span'), h('span', { 'data-testid': 'checkout-fees' })]
  const show = () => {
    fill(list, ...quote.plan.legs.map(leg => h('li', { 'data-transaction': leg.transaction }, ...says(leg, quote, broker, typed()))))
    fill(from, ...paidFrom(quote, broker, typed()))
    fill(fees, feeSentences(loadOf(quote, typed()), broker).join(' '))
  }
  watch(show)
  show()
  return h('div', { class: 'stack stack--sm' }, h('h2', { class: 'card__title' }, tr('How it is paid')), h('p', { 'data-testid': 'checkout-paid-from' }, from, ' ', fees),
    h('details', { class: 'choices-more' }, h('summary', { 'data-testid': 'checkout-plan-open' }, tr('What your wallet does')), list))
}

/** What is loaded: what was typed, and where that is too little or no amount, what is needed. @param {number | null} typed @param {number} need */
const loaded = (typed, need) => Math.max(typed ?? 0, need)

/** How much comes from the bank, minor units. @param {Pick<Quote, 'plan' | 'held'>} quote @param {{ load: number | null }} typed */
function loadOf({ plan: { legs }, held }, { load }) {
  const leg = legs.find(({ transaction }) => transaction === '6.1' || transaction === '6.4')
  return leg ? loaded(load, leg.transaction === '6.4' ? leg.amount - held : leg.amount) : 0
}

/**
 * In a sentence where the money comes from.
 * @param {Quote} quote
 * @param {Profile['broker']} broker
 * @param {{ load: number | null }} typed
 * @returns {Child[]}
 */
function paidFrom(quote, broker, { load }) {
  const { plan: { legs }, merchant, held } = quote
  const leg = legs.find(({ transaction }) => transaction === '6.1' || transaction === '6.4')
  if (leg) {
    const amount = loadOf(quote, { load })
    const beside = leg.transaction === '6.4' && held > 0
    const parts = inParts(amount, broker)
    const said = !parts ? beside ? tr('From your bank: {amount}, beside the {held} in your wallet.') : tr('From your bank: {amount}.')
      : beside ? tr('From your bank: {amount}, in {n} parts of at most {most}, one after the other by themselves; your bank may ask you to confirm each, beside the {held} in your wallet.', parts)
        : tr('From your bank: {amount}, in {n} parts of at most {most}, one after the other by themselves; your bank may ask you to confirm each.', parts)
    return placed(said, { amount: money(amount, broker), held: format(held, broker) })
  }
  if (legs.some(({ transaction }) => transaction === '6.2')) return [tr('From your wallet.')]
  const stall = words(merchant.name)
  return legs.some(({ transaction }) => transaction === '6.5') ? placed(tr('From your wallet, and what you have at {stall}.'), { stall }) : placed(tr('From what you have at {stall}.'), { stall })
}

/**
 * @param {import('../plan.js').Leg} leg
 * @param {Quote} quote
 * @param {Profile['broker']} broker
 * @param {{ load: number | null, exchange: number | null }} typed
 */
function says({ transaction, amount }, { merchant, held }, broker, { load, exchange }) {
  const stall = words(merchant.name)
  if (transaction === '6.8') return placed(tr('Renew {amount}, so that it stays good'), { amount: money(amount, broker) })
  if (transaction === '6.3') return placed(tr('Pay {amount} to {stall}'), { amount: money(amount, broker), stall })
  if (transaction === '6.4' || transaction === '6.1') {
    const from = loaded(load, transaction === '6.4' ? amount - held : amount)
    return placed(loads(transaction, inParts(from, broker)), { amount: money(from, broker), held: money(held, broker) })
  }
  const moved = exchange ?? amount
  return placed(setsAside(transaction, moved > amount), { amount: money(moved, broker), stall, kept: money(moved - amount, broker) })
}

/** @param {'6.1' | '6.4'} transaction @param {ReturnType<typeof inParts>} parts */
function loads(transaction, parts) {
  if (transaction === '6.1') {
    return parts ? tr('Load {amount} from your bank, in {n} parts of at most {most}, one after the other by themselves; your bank may ask you to confirm each', parts) : tr('Load {amount} from your bank')
  }
  return parts ? tr('Add {amount} from your bank to the {held} you hold, in {n} parts of at most {most}, one after the other by themselves; your bank may ask you to confirm each', parts)
    : tr('Add {amount} from your bank to the {held} you hold')
}

/** @param {string} transaction @param {boolean} keeps whether something of it is left there */
function setsAside(transaction, keeps) {
  if (transaction !== '6.5') return keeps ? tr('Set {amount} aside for {stall}; {kept} of it stays there for your next purchase') : tr('Set {amount} aside for {stall}')
  return keeps ? tr('Set {amount} aside for {stall}, to add to what you have there; {kept} of it stays there for your next purchase') : tr('Set {amount} aside for {stall}, to add to what you have there')
}

/** In how many parts an amount is loaded, and how much is loaded at once; undefined where that is all of it. @param {number} amount @param {Profile['broker']} broker */
function inParts(amount, broker) {
  const n = partsOf(amount, broker.maxCharge)
  return n > 1 ? { n, most: format(broker.maxCharge, broker) } : undefined
}
