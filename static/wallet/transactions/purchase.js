// @ts-check
/**
 * 6.3: the purchase (T9 to the broker, T10 to the merchant, T11 back; the merchant's T12 is not ours). T9 and T10 are
 * written down together; T9 goes its own way (notices.js), and nobody waits for it. It is delivered even if the merchant
 * refuses T10: that a purchase was about to take place stays true. The payment is complete at T11, with the broker on or off.
 * @module
 */
import { newID } from '../base64url.js'
import { isPassing, newHolding, putHolding } from '../context.js'
import { Refusal, Unreadable } from '../errors.js'
import { received } from '../messages.js'
import { refused } from './acquire.js'

/** @import { Answer, Context } from '../context.js' */
/** @import { Change, Item, Merchant, Outcome, Holding, Work } from '../types.js' */

/**
 * The smallest VendorScrip of the merchant that pays the price and is free for this work.
 * @param {Holding[]} holdings
 * @param {{ vendor: string, price: number, work: string, now: number }} wanted
 */
export const choose = (holdings, { vendor, price, work, now }) => holdings
  .filter(({ vendor: of, spent, scrip, work: by }) => of === vendor && !spent && scrip.value >= price && scrip.expires > now && (!by || by === work))
  .toSorted((a, b) => Number(b.work === work) - Number(a.work === work) || a.scrip.value - b.scrip.value)[0]

/**
 * @param {Context} ctx
 * @param {Work} work about: offer, quantity, delivery
 * @param {Item} item vendor, amount: the price
 * @returns {Promise<Outcome>}
 */
export async function begin(ctx, work, item) {
  const { vendor, amount: price } = item
  const holding = choose(await ctx.holdings(), { vendor, price, work: work.id, now: ctx.now() })
  if (!holding) return { item, changes: [], stop: 'insufficient-scrip' }
  const [profile, merchant] = [await ctx.profile(), await ctx.merchant(vendor)]
  const tx = newID()
  const { offer, quantity, delivery } = work.about
  const request = await ctx.toMerchant('T10', {
    tx, body: { vendor, price }, attach: { scrip: holding.scrip, secret: holding.secret, order: { offer, quantity, delivery } },
  }, merchant)
  const digest = request.attached.order
  const notice = await ctx.toBroker('T9', { tx, body: { account: profile.account, vendor, price, order_digest: digest } }, profile)
  return {
    item: { ...item, phase: 'asked', tx, scrip: holding.scrip.scrip_id, had: holding.scrip.value, request },
    changes: [
      putHolding(holding.scrip.scrip_id, { ...holding, work: work.id }),
      { kind: 'notices', id: tx, value: { tx, request: notice } },
      ctx.sent(notice, 'broker', work), ctx.sent(request, merchant.name, work),
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
  const { envelope } = await ctx.stall(merchant).purchases(item.request.envelope)
  return ctx.fromMerchant(envelope, item.request, ['T11'], merchant).catch(refused)
}

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item
 * @param {Answer | Refusal} answer
 * @returns {Promise<Outcome>}
 */
export async function settle(ctx, work, item, answer) {
  if (answer instanceof Refusal) return refusal(ctx, item, answer)
  const { opened, entry } = answer
  const { price, order_digest, change, order_id } = opened.body
  const due = item.had - item.amount
  if (price !== item.amount || order_digest !== item.request.attached.order || change !== due) throw new Unreadable()
  const { broker } = await ctx.profile()
  /** @type {Change[]} */
  const changes = [{ kind: 'holdings', id: item.scrip, value: null }, entry]
  if (change > 0) {
    const money = received(opened, { issuer: item.vendor, value: change, currency: broker.currency })
    changes.push(newHolding(money, { vendor: item.vendor, work: '', since: ctx.now() }))
  }
  const { request, ...rest } = item
  changes.push({ kind: 'orders', id: item.tx, value: await receipt(ctx, work, item, opened.jws) })
  return { item: { ...rest, phase: 'done', order: order_id }, changes, done: true }
}

/**
 * What is kept of a purchase: what both sides signed, with the order that the mandate and T11 name by its digest.
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item
 * @param {string} paid T11's JWS
 */
async function receipt(ctx, work, item, paid) {
  const { name, certificate } = /** @type {Merchant} */ (await ctx.merchant(item.vendor))
  const { title, offer, quantity, delivery } = work.about
  const { jws, attached, attachments } = item.request
  const order = attachments[Object.keys(attached).indexOf('order')]
  return {
    tx: item.tx, at: ctx.now(), vendor: item.vendor, stall: name, title, price: item.amount, quantity, delivery,
    offer, mandate: jws, order, paid, certificate,
  }
}

/**
 * @param {Context} ctx
 * @param {Item} item
 * @param {Refusal} no
 * @returns {Promise<Outcome>}
 */
async function refusal(ctx, item, no) {
  if (isPassing(no)) return { item, changes: [], wait: 3000 }
  const holding = await ctx.purse.get('holdings', item.scrip)
  const changes = [putHolding(item.scrip, { ...holding, work: '', spent: no.reason === 'scrip-spent' || no.reason === 'scrip-invalid' }), ...no.entries]
  return { item: { ...item, phase: 'refused' }, changes, stop: no.reason }
}
