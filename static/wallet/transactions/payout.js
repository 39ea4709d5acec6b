// @ts-check
/**
 * What a stall of this account has earned goes to the account's bank, or into its BrokerScrip (PAYOUT, PAID_OUT). Where there
 * is BrokerScrip already it goes along, and comes back worth so much more.
 * @module
 */
import { newID } from '../base64url.js'
import { isPassing, newHolding } from '../context.js'
import { Refusal, Unreadable } from '../errors.js'
import { received } from '../messages.js'
import { asked, denied, finished, next, patience, poll, proof, toBroker } from './held.js'

/** @import { Answer, Context } from '../context.js' */
/** @import { Change, Item, Outcome, Work } from '../types.js' */

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item vendor, amount, to: 'bank' or 'scrip'
 * @returns {Promise<Outcome>}
 */
export async function begin(ctx, work, item) {
  const { vendor, amount, to } = item
  const holding = to === 'scrip' ? await ctx.brokerScrip() : undefined
  if (holding?.work && holding.work !== work.id) return { item, changes: [], wait: patience }
  const profile = await ctx.profile()
  const body = { account: profile.account, vendor, amount, to }
  const request = await ctx.toBroker('PAYOUT', { tx: newID(), body, attach: holding && proof(holding) }, profile)
  const more = { ...item, had: holding?.scrip.value ?? 0 }
  if (holding) return asked(ctx, work, more, { holding, request, to: 'broker' })
  return { item: { ...more, phase: 'asked', scrip: '', request }, changes: [ctx.sent(request, 'broker', work)] }
}

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item
 * @returns {Promise<Answer | Refusal>}
 */
export const send = (ctx, work, item) => toBroker(ctx, item, { post: envelope => ctx.broker.payouts(envelope), types: ['PAID_OUT'] })

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item
 * @param {Answer | Refusal} answer
 * @returns {Promise<Outcome>}
 */
export async function settle(ctx, work, item, answer) {
  if (answer instanceof Refusal) {
    if (isPassing(answer)) return { item, changes: [], wait: poll, trouble: answer.reason }
    return item.scrip ? denied(ctx, item, answer) : { item: { ...finished(item), phase: 'refused' }, changes: answer.entries, stop: answer.reason }
  }
  const { opened: { body }, opened, entry } = answer
  const value = item.to === 'scrip' ? item.had + item.amount : 0
  if (body.vendor !== item.vendor || body.amount !== item.amount || body.to !== item.to || body.value !== value) throw new Unreadable()
  /** @type {Change[]} */
  const changes = item.scrip ? [{ kind: 'holdings', id: item.scrip, value: null }, entry] : [entry]
  if (value > 0) {
    const { broker } = await ctx.profile()
    changes.push(newHolding(received(opened, { issuer: broker.id, value, currency: broker.currency }), { vendor: '', work: next(work), since: ctx.now() }))
  }
  return { item: finished(item), done: true, changes }
}
