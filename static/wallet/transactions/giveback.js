// @ts-check
/**
 * 6.7: VendorScrip is given back (T22 in two parts to the stall, T25 of the broker back; T23 and T24 go between those two):
 * what it is worth is at the bank, and at T25 it and its secret are deleted for good. While the stall cannot reach the broker
 * it holds the scrip and says so, and the same T22 is sent again.
 * @module
 */
import { again } from '../again.js'
import { Refusal, Unreadable, orRefusal } from '../errors.js'
import { gone, proof } from '../holdings.js'
import { signer } from '../keys.js'
import { fromBroker, fromMerchant, pair } from '../requests.js'
import { sent } from '../transcript.js'
import { declined, denied, held, isBusy, waiting } from './present.js'

/** @import { Context } from '../context.js' */
/** @import { GiveBack, Outcome, Planned, UnderWay } from '../items.js' */
/** @import { Answer } from '../requests.js' */
/** @import { Holding, Work } from '../rows.js' */

/** @param {Context} ctx @param {Work} work @param {Planned<GiveBack>} item @returns {Promise<Outcome>} */
export async function begin(ctx, work, item) {
  const own = (await ctx.holdings()).filter(({ vendor, scrip }) => vendor === item.vendor && scrip.value === item.amount)
  const holding = own.find(holding => holding.work === work.id) ?? own.find(holding => !isBusy(holding, work))
  if (!holding) return own.length > 0 ? waiting(ctx, work, item) : { item, changes: [], stop: 'wallet-changed' }
  const { entries, ...requests } = await giveback(ctx, holding)
  return { item: { ...item, phase: 'asked', scrip: holding.scrip.scrip_id, ...requests }, changes: held(holding, work, ...entries), wait: 0 }
}

/**
 * T22 of VendorScrip: the same one whenever it is made, until one was declined. A stall keeps the broker's no, so that the
 * next attempt has to be another.
 * @param {Context} ctx
 * @param {Holding} holding
 */
export async function giveback(ctx, holding) {
  const [profile, merchant] = [await ctx.profile(), await ctx.merchant(holding.vendor)]
  const content = [holding.declined ?? 0]
  const [alias, account] = [await again('T22-order', merchant.pseudonym, holding, content), await again('T22-payment', profile.key, holding, content)]
  const body = { vendor: holding.vendor, value: holding.scrip.value }
  const { thumbprint: pseudonym } = await signer(merchant.pseudonym)
  const { order, payment } = await pair(ctx, {
    tx: alias.tx, order: { typ: 'T22-order', again: alias, body, attach: proof(holding) },
    payment: { typ: 'T22-payment', again: account, body: { account: profile.account, ...body, pseudonym } },
  }, merchant, profile)
  const entries = [sent(order, merchant.name, ctx.now()), sent(payment, `broker, through ${merchant.name}`, ctx.now())]
  return { tx: alias.tx, order, payment, entries }
}

/** @param {Context} ctx @param {UnderWay<GiveBack>} item @returns {Promise<Answer<'T25'> | Refusal>} */
export async function send(ctx, { vendor, order, payment }) {
  const merchant = await ctx.merchant(vendor)
  const answer = await ctx.stall(merchant).askPair({ order, payment })
  // The broker's word that the money is at the bank goes before anything the stall says.
  if (answer.payment !== undefined) return orRefusal(fromBroker(ctx, answer.payment, payment, ['T25'], { profile: await ctx.profile() }))
  return orRefusal(fromMerchant(ctx, answer.order, order, [], merchant))
}

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {UnderWay<GiveBack>} item
 * @param {Answer<'T25'> | Refusal} answer
 * @returns {Promise<Outcome>}
 */
export async function settle(ctx, work, item, answer) {
  if (answer instanceof Refusal) return denied(ctx, item, answer, declined)
  const { opened, entry } = answer
  if (opened.body.value !== item.amount || opened.body.vendor !== item.vendor) throw new Unreadable()
  const { order, payment, tx, ...rest } = item
  return { item: { ...rest, phase: 'done' }, done: true, changes: [gone(item.scrip), entry] }
}
