// @ts-check
/**
 * 6.4: more cash from the bank (T13, T14). The BrokerScrip goes to the broker and comes back worth more. What is added is
 * what the person said, never more: if less is held by now than it takes, nothing is asked for.
 * @module
 */
import { newID } from '../base64url.js'
import { isPassing, newPurse } from '../context.js'
import { Refusal, Unreadable } from '../errors.js'
import { received } from '../messages.js'
import { maxMoney } from '../shape.js'
import { asked, denied, finished, next, patience, poll, proof, toBroker } from './held.js'

/** @import { Answer, Context } from '../context.js' */
/** @import { Item, Outcome, Work } from '../types.js' */

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item amount: what to add; need: the total that is wanted, where that matters
 * @returns {Promise<Outcome>}
 */
export async function begin(ctx, work, item) {
  const purse = await ctx.brokerScrip()
  if (!purse) return { item: { ...item, transaction: '6.1' }, changes: [] } // all spent meanwhile
  if (purse.work && purse.work !== work.id) return { item, changes: [], wait: patience }
  const { value } = purse.scrip
  const total = value + item.amount
  if (item.need !== undefined && value >= item.need) return { item, changes: [], done: true }
  if (item.need !== undefined && total < item.need) return { item, changes: [], stop: 'insufficient-scrip' }
  if (total > maxMoney) return { item, changes: [], stop: 'amount-out-of-bounds' }
  const profile = await ctx.profile()
  const request = await ctx.toBroker('T13', { tx: newID(), body: { account: profile.account, total }, attach: proof(purse) }, profile)
  return asked(ctx, work, { ...item, total, link: '' }, { purse, request, to: 'broker' })
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
  if (answer instanceof Refusal) return isPassing(answer) ? { item, changes: [], wait: poll } : denied(ctx, item, answer)
  const { opened, note } = answer
  if (opened.typ === 'PENDING') {
    const news = item.phase === 'pending' ? [] : [note]
    return { item: { ...item, phase: 'pending', link: opened.body.link }, changes: news, wait: poll }
  }
  const { broker } = await ctx.profile()
  if (opened.body.value !== item.total) throw new Unreadable()
  const money = received(opened, { issuer: broker.id, value: item.total, currency: broker.currency })
  return {
    item: finished(item), done: true,
    changes: [{ kind: 'purses', id: item.scrip, value: null }, newPurse(money, { vendor: '', work: next(work), since: ctx.now() }), note],
  }
}
