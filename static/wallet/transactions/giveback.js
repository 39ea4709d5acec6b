// @ts-check
/**
 * 6.7: VendorScrip goes back to the bank (T22 in two parts to the stall, T25 of the broker back; T23 and T24 go between
 * those two). At T25 it and its secret are deleted for good. While the stall cannot reach the broker it holds the scrip and
 * says so, and the same T22 is sent again.
 * @module
 */
import { again } from '../again.js'
import { isPassing, putHolding } from '../context.js'
import { Unreadable } from '../errors.js'
import { refused } from './acquire.js'
import { denied, patience, poll, proof } from './held.js'

/** @import { Answer, Context } from '../context.js' */
/** @import { Refusal } from '../errors.js' */
/** @import { Item, Outcome, Holding, Work } from '../types.js' */

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item vendor, amount: what the person was shown
 * @returns {Promise<Outcome>}
 */
export async function begin(ctx, work, item) {
  const own = (await ctx.holdings()).filter(({ vendor, spent, scrip }) => vendor === item.vendor && !spent && scrip.value === item.amount)
  const holding = own.find(holding => holding.work === work.id) ?? own.find(holding => !holding.work)
  if (!holding) return own.length > 0 ? { item, changes: [], wait: patience } : { item, changes: [], stop: 'wallet-changed' }
  const { scrip_id } = holding.scrip
  const { entries, ...request } = await giveback(ctx, holding, work)
  return { item: { ...item, phase: 'asked', scrip: scrip_id, ...request }, changes: [putHolding(scrip_id, { ...holding, work: work.id }), ...entries] }
}

/**
 * T22 of a piece of VendorScrip: the same one whenever it is made, until one was declined. A stall keeps the broker's no, so
 * that the next attempt has to be another.
 * @param {Context} ctx
 * @param {Holding} holding
 * @param {Work} work
 */
export async function giveback(ctx, holding, work) {
  const [profile, merchant] = [await ctx.profile(), await ctx.merchant(holding.vendor)]
  if (!merchant.pseudonym) throw new Error('no pseudonym for this merchant')
  const declined = [holding.declined ?? 0]
  const [alias, account] = [await again('T22-order', merchant.pseudonym, holding, declined), await again('T22-payment', profile.key, holding, declined)]
  const body = { vendor: holding.vendor, value: holding.scrip.value }
  const { order, payment } = await ctx.pair({
    tx: alias.tx, order: { typ: 'T22-order', again: alias, body, attach: proof(holding) },
    payment: { typ: 'T22-payment', again: account, body: { account: profile.account, ...body } },
  }, merchant, profile)
  const entries = [ctx.sent(order, merchant.name, work), ctx.sent(payment, `broker, through ${merchant.name}`, work)]
  return { tx: alias.tx, order, payment, entries }
}

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item
 * @returns {Promise<Answer | Refusal>}
 */
export async function send(ctx, work, item) {
  const merchant = await ctx.merchant(item.vendor)
  const answer = await ctx.stall(merchant).givebacks(item.order.envelope, item.payment.envelope)
  // The broker's word that the money is at the bank goes before anything the stall says.
  if (answer.payment !== undefined) return ctx.fromBroker(answer.payment, item.payment, ['T25'], await ctx.profile()).catch(refused)
  return ctx.fromMerchant(answer.order, item.order, [], merchant).catch(refused)
}

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item
 * @param {Answer | Refusal} answer
 * @returns {Promise<Outcome>}
 */
export async function settle(ctx, work, item, answer) {
  if (!('opened' in answer) && isPassing(answer)) return { item, changes: [], wait: poll, trouble: answer.reason }
  if (!('opened' in answer)) {
    const { declined = 0 } = /** @type {Holding} */ (await ctx.purse.get('holdings', item.scrip))
    return denied(ctx, item, answer, { declined: declined + 1 })
  }
  const { opened, entry } = answer
  if (opened.body.value !== item.amount || opened.body.vendor !== item.vendor) throw new Unreadable()
  const { order, payment, ...rest } = item
  return { item: { ...rest, phase: 'done' }, done: true, changes: [{ kind: 'holdings', id: item.scrip, value: null }, entry] }
}
