// @ts-check
/**
 * 6.6: the BrokerScrip is withdrawn (T20, T21): what it is worth is at the bank, and at T21 it and its secret are deleted for
 * good. Where a wallet is emptied, it comes after the 6.7 of each stall, but waits for none that is out of reach.
 * @module
 */
import { again } from '../again.js'
import { Refusal, Unreadable } from '../errors.js'
import { gone, proof } from '../holdings.js'
import { toBroker } from '../requests.js'
import { sent } from '../transcript.js'
import { askBroker, denied, held, isBusy, waiting } from './present.js'

/** @import { Context } from '../context.js' */
/** @import { Outcome, Planned, UnderWay, Withdraw } from '../items.js' */
/** @import { Answer } from '../requests.js' */
/** @import { Holding, Work } from '../rows.js' */

/** Seconds that the stalls have for their part before this one goes on without them. */
const headStart = 15

/** @param {Context} ctx @param {Work} work @param {Planned<Withdraw>} item @returns {Promise<Outcome>} */
export async function begin(ctx, work, item) {
  if (await yields(ctx, work, item.after ?? [])) return { item, changes: [], wait: 1000 }
  const holding = await ctx.brokerScrip()
  if (isBusy(holding, work)) return waiting(ctx, work, item)
  if (!holding || holding.scrip.value !== item.amount) return { item, changes: [], stop: 'wallet-changed' }
  const request = await withdrawal(ctx, holding)
  return { item: { ...item, phase: 'asked', scrip: holding.scrip.scrip_id, request }, changes: held(holding, work, sent(request, 'broker', ctx.now())), wait: 0 }
}

/** Whether other works are still to go first. @param {Context} ctx @param {Work} work @param {string[]} after */
async function yields(ctx, work, after) {
  if (ctx.now() >= work.created + headStart) return false
  const works = await Promise.all(after.map(id => ctx.purse.get('works', id)))
  return works.some(other => other?.state === 'running')
}

/**
 * T20 of the BrokerScrip: the same one whenever it is made.
 * @param {Context} ctx
 * @param {Holding} holding
 */
export async function withdrawal(ctx, holding) {
  const profile = await ctx.profile()
  const body = { account: profile.account, value: holding.scrip.value }
  return toBroker(ctx, 'T20', { again: await again('T20', profile.key, holding), body, attach: proof(holding) }, profile)
}

/** @param {Context} ctx @param {UnderWay<Withdraw>} item */
export const send = (ctx, { request }) => askBroker(ctx, request, ['T21'])

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {UnderWay<Withdraw>} item
 * @param {Answer<'T21'> | Refusal} answer
 * @returns {Promise<Outcome>}
 */
export async function settle(ctx, work, item, answer) {
  if (answer instanceof Refusal) return denied(ctx, item, answer)
  const { opened, entry } = answer
  if (opened.body.value !== item.amount) throw new Unreadable()
  const { request, ...rest } = item
  return { item: { ...rest, phase: 'done' }, done: true, changes: [gone(item.scrip), entry] }
}
