// @ts-check
/**
 * 6.8: scrip that has expired, or soon will, for new scrip of the same value (T26 to its issuer, T27 back). The broker is
 * asked by the account's key, a stall by its pseudonym's; either key is its own name.
 * @module
 */
import { again } from '../again.js'
import { isPassing, newHolding } from '../context.js'
import { Refusal, Unreadable } from '../errors.js'
import { signer } from '../keys.js'
import { received } from '../messages.js'
import { refused } from './acquire.js'
import { asked, denied, finished, next, patience, poll, proof, toBroker } from './held.js'

/** @import { Answer, Context } from '../context.js' */
/** @import { Item, Outcome, Holding, Work } from '../types.js' */

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item scrip: which
 * @returns {Promise<Outcome>}
 */
export async function begin(ctx, work, item) {
  const holding = /** @type {Holding | undefined} */ (await ctx.purse.get('holdings', item.scrip))
  if (!holding || holding.spent) return { item, changes: [], done: true } // renewed or spent meanwhile
  if (holding.work && holding.work !== work.id) return { item, changes: [], wait: patience }
  const more = { ...item, vendor: holding.vendor, amount: holding.scrip.value }
  return asked(ctx, work, more, { holding, ...await renewal(ctx, holding) })
}

/**
 * T26 of a piece of scrip: the same one whenever it is made.
 * @param {Context} ctx
 * @param {Holding} holding
 */
export async function renewal(ctx, holding) {
  const { scrip_id, value } = holding.scrip
  const says = { body: { scrip_id, value }, attach: proof(holding) }
  if (!holding.vendor) {
    const profile = await ctx.profile()
    return { to: 'broker', request: await ctx.toBroker('T26', { ...says, again: await again('T26', profile.key, holding) }, profile) }
  }
  const merchant = await ctx.merchant(holding.vendor)
  if (!merchant.pseudonym) throw new Error('no pseudonym for this merchant')
  return { to: merchant.name, request: await ctx.toMerchant('T26', { ...says, again: await again('T26', merchant.pseudonym, holding) }, merchant) }
}

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item
 * @returns {Promise<Answer | Refusal>}
 */
export async function send(ctx, work, item) {
  if (!item.vendor) {
    const { thumbprint } = await signer((await ctx.profile()).key)
    return toBroker(ctx, item, { post: envelope => ctx.broker.renewals(envelope), types: ['T27'], aud: thumbprint })
  }
  const merchant = await ctx.merchant(item.vendor)
  const { envelope } = await ctx.stall(merchant).renewals(item.request.envelope)
  return ctx.fromMerchant(envelope, item.request, ['T27'], merchant).catch(refused)
}

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item
 * @param {Answer | Refusal} answer
 * @returns {Promise<Outcome>}
 */
export async function settle(ctx, work, item, answer) {
  if (answer instanceof Refusal) return isPassing(answer) ? { item, changes: [], wait: poll } : denied(ctx, item, answer, { refused: answer.reason })
  const { opened, entry } = answer
  const { broker } = await ctx.profile()
  if (opened.body.value !== item.amount) throw new Unreadable()
  const money = received(opened, { issuer: item.vendor || broker.id, value: item.amount, currency: broker.currency })
  return {
    item: finished(item), done: true,
    changes: [{ kind: 'holdings', id: item.scrip, value: null }, newHolding(money, { vendor: item.vendor, work: next(work), since: ctx.now() }), entry],
  }
}
