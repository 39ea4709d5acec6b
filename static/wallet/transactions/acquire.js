// @ts-check
/**
 * 6.1: BrokerScrip from the bank (T1, T2). The account counter and the message are written down together; the same T1 is
 * sent until the answer comes, however long the bank takes. An account has at most one BrokerScrip, so what is loaded
 * while there is one is added to it (6.4).
 * @module
 */
import { newID } from '../base64url.js'
import { isPassing, newHolding } from '../context.js'
import { Refusal, Unreadable } from '../errors.js'
import { received } from '../messages.js'

/** @import { Answer, Context } from '../context.js' */
/** @import { Item, Outcome, Work } from '../types.js' */

/** Milliseconds between two looks at whether the bank has confirmed. */
const poll = 3000

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item amount: what to load; need: how much is wanted, where that matters
 * @returns {Promise<Outcome>}
 */
export async function begin(ctx, work, item) {
  const held = await ctx.brokerScrip()
  if (held) return { item: { ...item, transaction: '6.4' }, changes: [] }
  const others = /** @type {Work[]} */ (await ctx.purse.all('works'))
  if (others.some(other => other.id !== work.id && isAsking(other))) return { item, changes: [], wait: poll }
  const profile = await ctx.profile()
  const counter = profile.counter + 1
  const nonce = newID()
  const body = { account: profile.account, amount: item.amount, nonce, counter }
  const request = await ctx.toBroker('T1', { tx: newID(), body }, profile)
  return {
    item: { ...item, phase: 'asked', request, nonce, link: '' },
    changes: [{ kind: 'profile', id: 'me', value: { ...profile, counter } }, ctx.sent(request, 'broker', work)],
  }
}

/**
 * The counter above any that this account has used: another copy of this wallet, from a backup, has counted on. Both count
 * by the clock from here, so neither is stale for long.
 * @param {Context} ctx
 * @returns {Promise<import('../types.js').Change>}
 */
async function caughtUp(ctx) {
  const profile = await ctx.profile()
  return { kind: 'profile', id: 'me', value: { ...profile, counter: Math.max(profile.counter, ctx.now()) } }
}

/** @param {Work} work whether it waits for an answer to T1 */
const isAsking = work => {
  const item = work.state === 'running' ? work.items[work.at] : undefined
  return item?.transaction === '6.1' && item.phase !== undefined
}

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item
 * @returns {Promise<Answer | Refusal>}
 */
export async function send(ctx, work, item) {
  const { envelope } = await ctx.broker.acquisitions(item.request.envelope)
  return ctx.fromBroker(envelope, item.request, ['T2', 'PENDING'], await ctx.profile()).catch(refused)
}

/** @param {unknown} error @returns {Refusal} */
export function refused(error) {
  if (error instanceof Refusal) return error
  throw error
}

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item
 * @param {Answer | Refusal} answer
 * @returns {Promise<Outcome>}
 */
export async function settle(ctx, work, item, answer) {
  if (answer instanceof Refusal) {
    if (isPassing(answer)) return { item, changes: [], wait: poll }
    return { item, changes: [...answer.entries, ...answer.reason === 'counter-stale' ? [await caughtUp(ctx)] : []], stop: answer.reason }
  }
  const { opened, entry } = answer
  if (opened.typ === 'PENDING') {
    const news = item.phase === 'pending' ? [] : [entry]
    return { item: { ...item, phase: 'pending', link: opened.body.link }, changes: news, wait: poll }
  }
  const { broker } = await ctx.profile()
  if (opened.body.nonce !== item.nonce || opened.body.value !== item.amount) throw new Unreadable()
  const money = received(opened, { issuer: broker.id, value: item.amount, currency: broker.currency })
  const { request, ...rest } = item
  return {
    item: { ...rest, phase: 'done' }, done: true,
    changes: [newHolding(money, { vendor: '', work: work.kind === 'checkout' ? work.id : '', since: ctx.now() }), entry],
  }
}
