// @ts-check
/**
 * 6.1: BrokerScrip from the bank (T1, T2). The account's counter and the message are written down together; the same T1 is
 * sent until the answer comes, however long the bank takes. An account has at most one BrokerScrip, so what is loaded
 * while there is one is added to it (6.4).
 * @module
 */
import { newID } from '../base64url.js'
import { Refusal, Unreadable } from '../errors.js'
import { hasOtherBooks } from '../heads.js'
import { came } from '../holdings.js'
import { received } from '../messages.js'
import { toBroker } from '../requests.js'
import { sent } from '../transcript.js'
import { askBroker, confirming, heir, unknown, waiting } from './present.js'

/** @import { Context } from '../context.js' */
/** @import { Stale } from '../errors.js' */
/** @import { Acquire, Outcome, Planned, UnderWay } from '../items.js' */
/** @import { Answer } from '../requests.js' */
/** @import { Change, Work } from '../rows.js' */

/** @param {Context} ctx @param {Work} work @param {Planned<Acquire>} item @returns {Promise<Outcome>} */
export async function begin(ctx, work, item) {
  if (await ctx.brokerScrip()) return { item: { ...item, transaction: '6.4' }, changes: [], wait: 0 }
  if ((await ctx.works()).some(other => other.id !== work.id && isAsking(other))) return waiting(ctx, work, item)
  const profile = await ctx.profile()
  if (hasOtherBooks(profile)) return { item, changes: [], stop: 'other-books' }
  const [counter, nonce] = [profile.counter + 1, newID()]
  const request = await toBroker(ctx, 'T1', { body: { account: profile.account, amount: item.amount, nonce, counter } }, profile)
  return {
    item: { ...item, phase: 'asked', request, nonce }, wait: 0,
    changes: [{ kind: 'profile', id: 'me', value: { ...profile, counter } }, sent(request, 'broker', ctx.now())],
  }
}

/** Whether a work waits for an answer to T1. @param {Work} work */
const isAsking = ({ state, items, at }) => {
  const item = state === 'running' ? items[at] : undefined
  return item?.transaction === '6.1' && item.phase !== undefined
}

/** @param {Context} ctx @param {UnderWay<Acquire>} item */
export const send = (ctx, { request }) => askBroker(ctx, request, ['T2', 'PENDING'])

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {UnderWay<Acquire>} item
 * @param {Answer<'T2' | 'PENDING'> | Refusal} answer
 * @returns {Promise<Outcome>}
 */
export async function settle(ctx, work, item, answer) {
  if (answer instanceof Refusal) {
    const counter = answer.isStale ? [await caughtUp(ctx, answer)] : []
    return { item: { ...item, phase: 'refused' }, changes: [...answer.entries, ...counter, ...await unknown(ctx, answer)], stop: answer.reason }
  }
  const { opened, entry } = answer
  if (opened.typ === 'PENDING') return confirming(item, opened, entry)
  const { request, nonce, ...rest } = item
  const { broker } = await ctx.profile()
  if (opened.body.nonce !== nonce || opened.body.value !== item.amount) throw new Unreadable()
  const money = received(opened, { issuer: broker.id, value: item.amount, currency: broker.currency })
  return { item: { ...rest, phase: 'done' }, done: true, changes: [came(money, { vendor: '', work: heir(work) }), entry] }
}

/**
 * The account's counter from which it goes on after one that was stale: another copy of this wallet, from a backup, has
 * counted on, or a clock was wrong.
 * @param {Context} ctx
 * @param {Refusal} refusal
 * @returns {Promise<Change>}
 */
export async function caughtUp(ctx, { stale }) {
  const profile = await ctx.profile()
  return { kind: 'profile', id: 'me', value: { ...profile, counter: caughtUpFrom(profile.counter, stale) } }
}

/** Longest leap of a counter ahead of the clock that anybody takes, and a day, in milliseconds. */
const [maxLeap, day] = [366 * 24 * 60 * 60 * 1000, 24 * 60 * 60 * 1000]

/**
 * The counter from which a sender goes on whose last one was stale: where the refuser's count stands, unless that leaves no number
 * that it takes. Of one that tells none: by the clock; in milliseconds, above any clock in seconds that was ever wrong; and after
 * that each time twice as far ahead, as far as anybody takes. Pure; the Go side's twin.
 * @param {number} counter
 * @param {Stale} said
 */
export function caughtUpFrom(counter, { counter: told, at }) {
  const ms = at * 1000
  if (told > 0 && told < ms + maxLeap) return told
  if (counter < at) return at
  if (counter < ms || counter > ms + maxLeap) return ms
  return Math.max(counter, Math.min(counter + Math.max(day, counter - ms), ms + maxLeap - day))
}
