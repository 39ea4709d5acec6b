// @ts-check
/**
 * BANK: the account has another bank account from now on (BANK, NOTED). Its counter is T1's: a T1 that waits for the bank
 * account of before is over with it. Sent until answered.
 * @module
 */
import { Refusal } from '../errors.js'
import { toBroker } from '../requests.js'
import { sent } from '../transcript.js'
import { caughtUp } from './acquire.js'
import { askBroker } from './present.js'

/** @import { Context } from '../context.js' */
/** @import { ChangeBank, Outcome, Planned, UnderWay } from '../items.js' */
/** @import { Answer } from '../requests.js' */
/** @import { Work } from '../rows.js' */

/** @param {Context} ctx @param {Work} work @param {Planned<ChangeBank>} item @returns {Promise<Outcome>} */
export async function begin(ctx, work, item) {
  const profile = await ctx.profile()
  const counter = profile.counter + 1
  const request = await toBroker(ctx, 'BANK', { body: { account: profile.account, bank: item.bank, counter } }, profile)
  return {
    item: { ...item, phase: 'asked', request }, wait: 0,
    changes: [{ kind: 'profile', id: 'me', value: { ...profile, counter } }, sent(request, 'broker', ctx.now())],
  }
}

/** @param {Context} ctx @param {UnderWay<ChangeBank>} item */
export const send = (ctx, { request }) => askBroker(ctx, request, ['NOTED'])

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {UnderWay<ChangeBank>} item
 * @param {Answer<'NOTED'> | Refusal} answer
 * @returns {Promise<Outcome>}
 */
export async function settle(ctx, work, { request, ...item }, answer) {
  if (answer instanceof Refusal) {
    const counter = answer.isStale ? [await caughtUp(ctx, answer)] : []
    return { item: { ...item, phase: 'refused' }, changes: [...answer.entries, ...counter], stop: answer.reason }
  }
  const profile = { ...await ctx.profile(), bank: item.bank }
  return { item: { ...item, phase: 'done' }, done: true, changes: [{ kind: 'profile', id: 'me', value: profile }, answer.entry] }
}
