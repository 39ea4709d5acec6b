// @ts-check
/**
 * The answer to a COLLECT, and what it means: VendorScrip for what the seller has taken back, which goes on to the bank where its
 * person wants that: a crash leaves both, or neither.
 * @module
 */
import { Unreadable } from './errors.js'
import { put } from './holdings.js'
import { toBank } from './leaving.js'
import { received } from './messages.js'
import { sent } from './transcript.js'
import { putWork, search } from './work.js'

/** @import { Context } from './context.js' */
/** @import { Body } from './forms.js' */
/** @import { Answer, Request } from './requests.js' */
/** @import { Change, Merchant, Order, Refund } from './rows.js' */

/**
 * @param {Context} ctx
 * @param {Merchant} merchant
 * @param {Request} request
 * @param {Answer<'COLLECTED'>} answer
 * @returns {Promise<Change[]>} none, where it says nothing new; an answer without money leaves no trace in the transcript
 * @throws {Unreadable} when it is not what was asked for
 */
export async function meaning(ctx, { vendor, name, collect }, request, { opened, entry }) {
  const { amount, refunds } = opened.body
  if (opened.body.vendor !== vendor) throw new Unreadable()
  if (amount === 0) return []
  const { broker: { currency }, refunds: to } = await ctx.profile()
  const money = received(opened, { issuer: vendor, value: amount, currency })
  const kept = await Promise.all(refunds.map(refund => withOrder(ctx, vendor, refund, opened.jws)))
  const again = collect?.shared ? [putWork(search({ ...money, vendor }, undefined, ctx.now()))] : [] // a stored answer
  const holding = { ...money, vendor, work: '', doubt: '', refund: true }
  const back = to === 'bank' && again.length === 0 ? [putWork(toBank(holding, name, ctx.now()))] : []
  return [put(holding), ...again, ...back, sent(request, name, ctx.now()), entry, ...merged(kept.flat())]
}

/**
 * Which order a refund belongs to.
 * @param {Context} ctx
 * @param {string} vendor
 * @param {Body<'COLLECTED'>['refunds'][number]} what
 * @param {string} collected COLLECTED's JWS
 * @returns {Promise<{ order: Order, refund: Refund }[]>} none where it is of no order of that stall
 */
async function withOrder(ctx, vendor, { refund, purchase, amount }, collected) {
  const order = await ctx.purse.get('orders', purchase)
  return order?.vendor === vendor ? [{ order, refund: { refund, amount, at: ctx.now(), collected } }] : []
}

/** @param {{ order: Order, refund: Refund }[]} found @returns {Change[]} one for each order, every refund once */
function merged(found) {
  const orders = /** @type {Map<string, Order>} */ (new Map())
  for (const { order, refund } of found) {
    const now = orders.get(order.tx) ?? order
    const others = (now.refunds ?? []).filter(known => known.refund !== refund.refund)
    orders.set(order.tx, { ...now, refunds: [...others, refund] })
  }
  return [...orders].map(([id, value]) => ({ kind: 'orders', id, value }))
}
