// @ts-check
/**
 * Credit: what the account had back of protected purchases is taken into the wallet. How much it is, the broker says (STATEMENT,
 * STATED), and the item goes on as a PAYOUT of that; nothing is there, where another copy of this wallet was faster.
 * @module
 */
import { Refusal, Unreadable } from '../errors.js'
import { toBroker } from '../requests.js'
import { maxMoney } from '../shape.js'
import { sent } from '../transcript.js'
import { askBroker } from './present.js'

/** @import { Context } from '../context.js' */
/** @import { Credit, Outcome, Planned, UnderWay } from '../items.js' */
/** @import { Answer } from '../requests.js' */
/** @import { Work } from '../rows.js' */

/** @param {Context} ctx @param {Work} _work @param {Planned<Credit>} item @returns {Promise<Outcome>} */
export async function begin(ctx, _work, item) {
  const profile = await ctx.profile()
  const request = await toBroker(ctx, 'STATEMENT', { body: { account: profile.account } }, profile)
  return { item: { ...item, phase: 'asked', expected: profile.credit ?? 0, request }, wait: 0, changes: [sent(request, 'broker', ctx.now())] }
}

/** @param {Context} ctx @param {UnderWay<Credit>} item */
export const send = (ctx, { request }) => askBroker(ctx, request, ['STATED'])

/**
 * That nothing is there is so for what was known when it was asked; what became known since is asked for once more.
 * @param {Context} ctx
 * @param {Work} _work
 * @param {UnderWay<Credit>} item
 * @param {Answer<'STATED'> | Refusal} answer
 * @returns {Promise<Outcome>}
 */
export async function settle(ctx, _work, item, answer) {
  if (answer instanceof Refusal) return { item: { ...item, phase: 'refused' }, changes: answer.entries, stop: answer.reason }
  const { opened: { body: { account, credit } }, entry } = answer
  const { credit: known, ...profile } = await ctx.profile()
  if (account !== profile.account) throw new Unreadable()
  if (credit > 0) {
    const held = (await ctx.brokerScrip())?.scrip.value ?? 0
    return { item: { transaction: 'payout', vendor: '', amount: credit, to: held + credit > maxMoney ? 'bank' : 'scrip' }, changes: [entry], wait: 0 }
  }
  if (known !== undefined && known !== item.expected) return { item: { transaction: 'credit' }, changes: [entry], wait: 0 }
  return { item: { transaction: 'credit', phase: 'done' }, done: true, changes: [entry, { kind: 'profile', id: 'me', value: profile }] }
}
