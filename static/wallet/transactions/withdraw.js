// @ts-check
/**
 * 6.6: the BrokerScrip goes back to the bank (T20, T21). At T21 it and its secret are deleted for good. Where a wallet is
 * emptied, it comes after 6.7 for each stall, but waits for none that is out of reach.
 * @module
 */
import { again } from '../again.js'
import { isPassing } from '../context.js'
import { Refusal, Unreadable } from '../errors.js'
import { asked, denied, finished, patience, poll, proof, toBroker } from './held.js'

/** @import { Answer, Context } from '../context.js' */
/** @import { Item, Outcome, Holding, Work } from '../types.js' */

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item amount: what the person was shown; after: the works that go first, where a wallet is emptied
 * @returns {Promise<Outcome>}
 */
export async function begin(ctx, work, item) {
  if (await yields(ctx, work, item)) return { item, changes: [], wait: 1000 }
  const holding = await ctx.brokerScrip()
  if (holding?.work && holding.work !== work.id) return { item, changes: [], wait: patience }
  if (!holding || holding.scrip.value !== item.amount) return { item, changes: [], stop: 'wallet-changed' }
  return asked(ctx, work, item, { holding, request: await withdrawal(ctx, holding), to: 'broker' })
}

/**
 * T20 of the BrokerScrip: the same one whenever it is made.
 * @param {Context} ctx
 * @param {Holding} holding
 */
export async function withdrawal(ctx, holding) {
  const profile = await ctx.profile()
  const says = { again: await again('T20', profile.key, holding), body: { account: profile.account, value: holding.scrip.value }, attach: proof(holding) }
  return ctx.toBroker('T20', says, profile)
}

/** Seconds that the stalls have for their part before this one goes on without them. */
const headStart = 15

/** Whether others are still to go first. @param {Context} ctx @param {Work} work @param {Item} item */
async function yields(ctx, work, { after = [] }) {
  if (ctx.now() >= work.created + headStart) return false
  const works = /** @type {Work[]} */ (await Promise.all(after.map((/** @type {string} */ id) => ctx.purse.get('works', id))))
  return works.some(other => other.state === 'running')
}

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item
 * @returns {Promise<Answer | Refusal>}
 */
export const send = (ctx, work, item) => toBroker(ctx, item, { post: envelope => ctx.broker.withdrawals(envelope), types: ['T21'] })

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item
 * @param {Answer | Refusal} answer
 * @returns {Promise<Outcome>}
 */
export async function settle(ctx, work, item, answer) {
  if (answer instanceof Refusal) return isPassing(answer) ? { item, changes: [], wait: poll } : denied(ctx, item, answer)
  const { opened, entry } = answer
  if (opened.body.value !== item.amount) throw new Unreadable()
  return { item: finished(item), done: true, changes: [{ kind: 'holdings', id: item.scrip, value: null }, entry] }
}
