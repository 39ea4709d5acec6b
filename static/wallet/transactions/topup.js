// @ts-check
/**
 * 6.4: more cash from the bank (T13, T14). The BrokerScrip goes to the broker and comes back worth more. What is added is
 * what the person said, never more: if less is held by now than it takes, nothing is asked for.
 * @module
 */
import { again } from '../again.js'
import { isPassing, newHolding } from '../context.js'
import { Refusal, Unreadable } from '../errors.js'
import { received } from '../messages.js'
import { maxMoney } from '../shape.js'
import { asked, denied, finished, next, patience, poll, proof, toBroker } from './held.js'

/** @import { Answer, Context } from '../context.js' */
/** @import { Item, Outcome, Holding, Work } from '../types.js' */

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item amount: what to add; need: the total that is wanted, where that matters
 * @returns {Promise<Outcome>}
 */
export async function begin(ctx, work, item) {
  const holding = await ctx.brokerScrip()
  if (!holding) return { item: { ...item, transaction: '6.1' }, changes: [] } // all spent meanwhile
  if (holding.work && holding.work !== work.id) return { item, changes: [], wait: patience }
  const { value } = holding.scrip
  const total = value + item.amount
  if (item.need !== undefined && value >= item.need) return { item, changes: [], done: true }
  if (item.need !== undefined && total < item.need) return { item, changes: [], stop: 'insufficient-scrip' }
  if (total > maxMoney) return { item, changes: [], stop: 'amount-out-of-bounds' }
  return asked(ctx, work, { ...item, total, link: '' }, { holding, request: await topUp(ctx, holding, total), to: 'broker' })
}

/**
 * T13 of the BrokerScrip to this total: the same one whenever it is made, until one was declined. A bank may decline a
 * request for good, so that the next attempt has to be another.
 * @param {Context} ctx
 * @param {Holding} holding
 * @param {number} total minor units
 */
export async function topUp(ctx, holding, total) {
  const profile = await ctx.profile()
  const derived = await again('T13', profile.key, holding, [total, holding.declined ?? 0])
  return ctx.toBroker('T13', { again: derived, body: { account: profile.account, total }, attach: proof(holding) }, profile)
}

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item
 * @returns {Promise<Answer | Refusal>}
 */
export const send = (ctx, work, item) =>
  toBroker(ctx, item, { post: envelope => ctx.broker.topUps(envelope), types: ['T14', 'PENDING'] })

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item
 * @param {Answer | Refusal} answer
 * @returns {Promise<Outcome>}
 */
export async function settle(ctx, work, item, answer) {
  if (answer instanceof Refusal && isPassing(answer)) return { item, changes: [], wait: poll }
  if (answer instanceof Refusal) {
    const { declined = 0 } = /** @type {Holding} */ (await ctx.purse.get('holdings', item.scrip))
    return denied(ctx, item, answer, { declined: declined + 1 })
  }
  const { opened, entry } = answer
  if (opened.typ === 'PENDING') {
    const news = item.phase === 'pending' ? [] : [entry]
    return { item: { ...item, phase: 'pending', link: opened.body.link }, changes: news, wait: poll }
  }
  const { broker } = await ctx.profile()
  if (opened.body.value !== item.total) throw new Unreadable()
  const money = received(opened, { issuer: broker.id, value: item.total, currency: broker.currency })
  return {
    item: finished(item), done: true,
    changes: [{ kind: 'holdings', id: item.scrip, value: null }, newHolding(money, { vendor: '', work: next(work), since: ctx.now() }), entry],
  }
}
