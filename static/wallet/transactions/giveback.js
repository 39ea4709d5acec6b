// @ts-check
/**
 * 6.7: VendorScrip goes back to the bank (T22 in two parts to the stall, T25 of the broker back; T23 and T24 go between
 * those two). At T25 it and its secret are deleted for good. While the stall cannot reach the broker it holds the scrip and
 * says so, and the same T22 is sent again.
 * @module
 */
import { newID } from '../base64url.js'
import { isPassing, putPurse } from '../context.js'
import { Unreadable } from '../errors.js'
import { refused } from './acquire.js'
import { denied, patience, poll, proof } from './held.js'

/** @import { Answer, Context } from '../context.js' */
/** @import { Refusal } from '../errors.js' */
/** @import { Item, Outcome, Purse, Work } from '../types.js' */

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item vendor, amount: what the person was shown
 * @returns {Promise<Outcome>}
 */
export async function begin(ctx, work, item) {
  const own = (await ctx.purses()).filter(({ vendor, spent, scrip }) => vendor === item.vendor && !spent && scrip.value === item.amount)
  const purse = own.find(purse => purse.work === work.id) ?? own.find(purse => !purse.work)
  if (!purse) return own.length > 0 ? { item, changes: [], wait: patience } : { item, changes: [], stop: 'wallet-changed' }
  const [profile, merchant] = [await ctx.profile(), await ctx.merchant(item.vendor)]
  const tx = newID()
  const { scrip_id, value } = purse.scrip
  const body = { vendor: item.vendor, value }
  const { order, payment } = await ctx.pair({
    tx, order: { typ: 'T22-order', body, attach: proof(purse) },
    payment: { typ: 'T22-payment', body: { account: profile.account, ...body } },
  }, merchant, profile)
  return {
    item: { ...item, phase: 'asked', tx, scrip: scrip_id, order, payment },
    changes: [
      putPurse(scrip_id, { ...purse, work: work.id }),
      ctx.sent(order, merchant.name, work), ctx.sent(payment, `broker, through ${merchant.name}`, work),
    ],
  }
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
  if (!('opened' in answer)) return isPassing(answer) ? { item, changes: [], wait: poll, trouble: answer.reason } : denied(ctx, item, answer)
  const { opened, note } = answer
  if (opened.body.value !== item.amount || opened.body.vendor !== item.vendor) throw new Unreadable()
  const { order, payment, ...rest } = item
  return { item: { ...rest, phase: 'done' }, done: true, changes: [{ kind: 'purses', id: item.scrip, value: null }, note] }
}
