// @ts-check
/**
 * 6.4: more cash from the bank (T13, T14). The BrokerScrip goes to the broker and comes back worth more. What is added is
 * what the person said, never more: if less is held by now than it takes, nothing is asked for.
 * @module
 */
import { again } from '../again.js'
import { Refusal, Unreadable } from '../errors.js'
import { hasOtherBooks } from '../heads.js'
import { came, gone, proof } from '../holdings.js'
import { received } from '../messages.js'
import { toBroker } from '../requests.js'
import { maxMoney } from '../shape.js'
import { sent } from '../transcript.js'
import { askBroker, confirming, declined, denied, heir, held, isBusy, waiting } from './present.js'

/** @import { Context } from '../context.js' */
/** @import { Outcome, Planned, TopUp, UnderWay } from '../items.js' */
/** @import { Answer } from '../requests.js' */
/** @import { Holding, Work } from '../rows.js' */

/** @param {Context} ctx @param {Work} work @param {Planned<TopUp>} item @returns {Promise<Outcome>} */
export async function begin(ctx, work, item) {
  const holding = await ctx.brokerScrip()
  if (!holding) return { item: { ...item, transaction: '6.1' }, changes: [], wait: 0 } // all spent meanwhile
  if (isBusy(holding, work)) return waiting(ctx, work, item)
  const { value, scrip_id: scrip } = holding.scrip
  const total = value + item.amount
  if (item.need !== undefined && value >= item.need) return { item, changes: [], done: true }
  if (item.need !== undefined && total < item.need) return { item, changes: [], stop: 'insufficient-scrip' }
  if (total > maxMoney) return { item, changes: [], stop: 'amount-out-of-bounds' }
  if (hasOtherBooks(await ctx.profile())) return { item, changes: [], stop: 'other-books' }
  const request = await topUp(ctx, holding, total)
  return { item: { ...item, phase: 'asked', scrip, total, request }, changes: held(holding, work, sent(request, 'broker', ctx.now())), wait: 0 }
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
  return toBroker(ctx, 'T13', { again: derived, body: { account: profile.account, total }, attach: proof(holding) }, profile)
}

/** @param {Context} ctx @param {UnderWay<TopUp>} item */
export const send = (ctx, { request }) => askBroker(ctx, request, ['T14', 'PENDING'])

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {UnderWay<TopUp>} item
 * @param {Answer<'T14' | 'PENDING'> | Refusal} answer
 * @returns {Promise<Outcome>}
 */
export async function settle(ctx, work, item, answer) {
  if (answer instanceof Refusal) return denied(ctx, item, answer, declined)
  const { opened, entry } = answer
  if (opened.typ === 'PENDING') return confirming(item, opened, entry)
  const { broker } = await ctx.profile()
  if (opened.body.value !== item.total) throw new Unreadable()
  const money = received(opened, { issuer: broker.id, value: item.total, currency: broker.currency })
  const { request, ...rest } = item
  return { item: { ...rest, phase: 'done' }, done: true, changes: [gone(item.scrip), came(money, { vendor: '', work: heir(work) }), entry] }
}
