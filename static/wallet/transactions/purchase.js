// @ts-check
/**
 * 6.3: the purchase (T9 to the broker, T10 to the stall, T11 back; the stall's T12 is not ours). T9 and T10 are written down
 * together; T9 goes its own way (notices.js), and nobody waits for it. The payment is complete at T11, with the broker on or
 * off.
 * @module
 */
import { newID } from '../base64url.js'
import { basketOf, without } from '../basket.js'
import { choose } from '../choose.js'
import { Refusal, Unreadable } from '../errors.js'
import { came, gone, proof } from '../holdings.js'
import { promised, protection } from '../hold.js'
import { named, offersOf } from '../lines.js'
import { received } from '../messages.js'
import { toBroker, toMerchant } from '../requests.js'
import { sent } from '../transcript.js'
import { chosen } from '../trust.js'
import { askStall, denied, heir, held } from './present.js'

/** @import { Context } from '../context.js' */
/** @import { Outcome, Planned, Purchase, UnderWay } from '../items.js' */
/** @import { Answer } from '../requests.js' */
/** @import { Order, Work } from '../rows.js' */

/** @param {Context} ctx @param {Work} work @param {Planned<Purchase>} item @returns {Promise<Outcome>} */
export async function begin(ctx, work, item) {
  const { vendor, amount: price, lines, delivery, note } = item
  const holding = await paying(ctx, work, item)
  if (!holding) return { item, changes: [], stop: 'insufficient-scrip' }
  const [profile, merchant] = [await ctx.profile(), await ctx.merchant(vendor)]
  const tx = newID()
  const protect = protection(promised(offersOf(lines), chosen(delivery)), ctx.reckoning.brokerTime())
  const request = await toMerchant(ctx, 'T10', { tx, body: { vendor, price, ...protect && { protect } }, attach: { ...proof(holding), order: { lines: await named(lines), delivery, note } } }, merchant)
  const body = { account: profile.account, vendor, price, order_digest: /** @type {string} */ (request.attached.order) }
  const notice = await toBroker(ctx, 'T9', { tx, body }, profile)
  return {
    item: { ...item, phase: 'asked', tx, scrip: holding.scrip.scrip_id, had: holding.scrip.value, request }, wait: 0,
    changes: [
      { kind: 'notices', id: tx, value: { tx, request: notice } },
      ...held(holding, work, sent(notice, 'broker', ctx.now()), sent(request, merchant.name, ctx.now())),
    ],
  }
}

/**
 * The VendorScrip that pays: what the work holds already, if that does; else what is free. Expired scrip pays nothing.
 * @param {Context} ctx
 * @param {Work} work
 * @param {Planned<Purchase>} item
 */
async function paying(ctx, work, { vendor, amount: price }) {
  const now = ctx.reckoning.earliest()
  const there = (await ctx.holdings()).filter(({ vendor: of, scrip }) => of === vendor && scrip.value >= price && scrip.expires > now)
  const from = (/** @type {string} */ owner) => choose(there.filter(holding => holding.work === owner), price, now)
  return from(work.id) ?? from('')
}

/** @param {Context} ctx @param {UnderWay<Purchase>} item @returns {Promise<Answer<'T11'> | Refusal>} */
export const send = async (ctx, { vendor, request }) => askStall(ctx, request, ['T11'], await ctx.merchant(vendor))

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {UnderWay<Purchase>} item
 * @param {Answer<'T11'> | Refusal} answer
 * @returns {Promise<Outcome>}
 */
export async function settle(ctx, work, item, answer) {
  if (answer instanceof Refusal) return refused(ctx, item, answer)
  const { opened, entry } = answer
  const { price, order_digest, change, order_id } = opened.body
  if (price !== item.amount || order_digest !== item.request.attached.order || change !== item.had - item.amount) throw new Unreadable()
  const { broker: { currency } } = await ctx.profile()
  const { vendor, scrip, tx } = item
  const changes = [gone(scrip), entry]
  if (change > 0) changes.push(came(received(opened, { issuer: vendor, value: change, currency }), { vendor, work: heir(work) }))
  changes.push({ kind: 'orders', id: tx, value: await bought(ctx, item, opened.jws) }, ...await emptied(ctx, work))
  const { request, ...rest } = item
  return { item: { ...rest, phase: 'done', id: order_id }, changes, done: true }
}

/** What was bought leaves its stall's basket, also where it was bought by itself. @param {Context} ctx @param {Work} work */
async function emptied(ctx, work) {
  if (work.purpose !== 'checkout') return []
  const { vendor, lines } = work.about
  const basket = await basketOf(ctx, vendor)
  return basket?.lines.some(({ offer }) => lines.some(({ offerID }) => offerID === offer)) ? [without(basket, lines)] : []
}

/** It does not take place, so its notice, if it still waits, is not sent. @param {Context} ctx @param {UnderWay<Purchase>} item @param {Refusal} no @returns {Promise<Outcome>} */
async function refused(ctx, item, no) {
  const { changes, stop } = await denied(ctx, item, no)
  const announced = await ctx.purse.get('notices', item.tx) === undefined
  return { item: { ...item, phase: 'refused', announced, ...no.line !== undefined && { line: no.line } }, changes: [...changes, { kind: 'notices', id: item.tx, value: null }], stop }
}

/**
 * What is kept of the purchase.
 * @param {Context} ctx
 * @param {UnderWay<Purchase>} item
 * @param {string} paid T11's JWS
 * @returns {Promise<Order>}
 */
async function bought(ctx, { tx, vendor, amount, lines, delivery, note, request: { jws, attached, attachments } }, paid) {
  const { name, certificate } = await ctx.merchant(vendor)
  const order = /** @type {string} */ (attachments[Object.keys(attached).indexOf('order')])
  return { tx, at: ctx.now(), vendor, stall: name, price: amount, lines, delivery, note, mandate: jws, order, paid, certificate }
}
