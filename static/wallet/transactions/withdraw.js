// @ts-check
/**
 * 6.6: the BrokerScrip goes back to the bank (T20, T21). At T21 it and its secret are deleted for good.
 * @module
 */
import { newID } from '../base64url.js'
import { isPassing } from '../context.js'
import { Refusal, Unreadable } from '../errors.js'
import { asked, denied, finished, patience, poll, proof, toBroker } from './held.js'

/** @import { Answer, Context } from '../context.js' */
/** @import { Item, Outcome, Work } from '../types.js' */

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item amount: what the person was shown
 * @returns {Promise<Outcome>}
 */
export async function begin(ctx, work, item) {
  const purse = await ctx.brokerScrip()
  if (purse?.work && purse.work !== work.id) return { item, changes: [], wait: patience }
  if (!purse || purse.scrip.value !== item.amount) return { item, changes: [], stop: 'wallet-changed' }
  const profile = await ctx.profile()
  const request = await ctx.toBroker('T20', { tx: newID(), body: { account: profile.account, value: item.amount }, attach: proof(purse) }, profile)
  return asked(ctx, work, item, { purse, request, to: 'broker' })
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
  const { opened, note } = answer
  if (opened.body.value !== item.amount) throw new Unreadable()
  return { item: finished(item), done: true, changes: [{ kind: 'purses', id: item.scrip, value: null }, note] }
}
