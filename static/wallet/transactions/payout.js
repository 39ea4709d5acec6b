// @ts-check
/**
 * PAYOUT: what a stall of this account has earned, or the account has as credit, goes to the account's bank, or into its BrokerScrip (PAYOUT, PAID_OUT). Where
 * there is BrokerScrip already it goes along, and comes back worth so much more.
 * @module
 */
import { Refusal, Unreadable } from '../errors.js'
import { came, gone, proof } from '../holdings.js'
import { received } from '../messages.js'
import { toBroker } from '../requests.js'
import { sent } from '../transcript.js'
import { askBroker, denied, heir, held, isBusy, unknown, waiting } from './present.js'

/** @import { Context } from '../context.js' */
/** @import { Outcome, Payout, Planned, UnderWay } from '../items.js' */
/** @import { Answer } from '../requests.js' */
/** @import { Change, Work } from '../rows.js' */

/** @param {Context} ctx @param {Work} work @param {Planned<Payout>} item @returns {Promise<Outcome>} */
export async function begin(ctx, work, item) {
  const { vendor, amount, to } = item
  const holding = to === 'scrip' ? await ctx.brokerScrip() : undefined
  if (isBusy(holding, work)) return waiting(ctx, work, item)
  const profile = await ctx.profile()
  const request = await toBroker(ctx, 'PAYOUT', { body: { account: profile.account, ...vendor && { vendor }, amount, to }, attach: holding && proof(holding) }, profile)
  const entry = sent(request, 'broker', ctx.now())
  return {
    item: { ...item, phase: 'asked', scrip: holding?.scrip.scrip_id ?? '', had: holding?.scrip.value ?? 0, request }, wait: 0,
    changes: holding ? held(holding, work, entry) : [entry],
  }
}

/** @param {Context} ctx @param {UnderWay<Payout>} item */
export const send = (ctx, { request }) => askBroker(ctx, request, ['PAID_OUT'])

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {UnderWay<Payout>} item
 * @param {Answer<'PAID_OUT'> | Refusal} answer
 * @returns {Promise<Outcome>}
 */
export async function settle(ctx, work, item, answer) {
  const { vendor, amount, to, scrip, had } = item
  if (answer instanceof Refusal && scrip) return denied(ctx, item, answer)
  if (answer instanceof Refusal) return { item: { ...item, phase: 'refused' }, changes: [...answer.entries, ...await unknown(ctx, answer)], stop: answer.reason }
  const { opened: { body }, opened, entry } = answer
  const value = to === 'scrip' ? had + amount : 0
  if ((body.vendor ?? '') !== vendor || body.amount !== amount || body.to !== to || body.value !== value) throw new Unreadable()
  const changes = scrip ? [gone(scrip), entry] : [entry]
  if (value > 0) {
    const { broker } = await ctx.profile()
    changes.push(came(received(opened, { issuer: broker.id, value, currency: broker.currency }), { vendor: '', work: heir(work) }))
  }
  if (!vendor) changes.push(await lessCredit(ctx, amount))
  const { request, ...rest } = item
  return { item: { ...rest, phase: 'done' }, done: true, changes }
}

/** The profile, of whose credit so much was paid out. @param {Context} ctx @param {number} amount @returns {Promise<Change>} */
async function lessCredit(ctx, amount) {
  const { credit = 0, ...profile } = await ctx.profile()
  return { kind: 'profile', id: 'me', value: { ...profile, ...credit > amount && { credit: credit - amount } } }
}
