// @ts-check
/**
 * What the buyer says of a purchase for everyone to read (RATE), kept with the order. A RATE is written down before it is sent,
 * and sent again until it is answered. The broker publishes it; that it does, anyone can hold it to, by its log. The twin of
 * services/wallet/rating.go.
 * @module
 */
import { Advice, Refusal, Unreadable } from './errors.js'
import { isHeld } from './holds.js'
import { signer } from './keys.js'
import { tr } from './language.js'
import { digestOf, included, recorded } from './log.js'
import { evidence } from './messages.js'
import { sentence } from './refusals.js'
import { fromBroker, pseudonymToBroker } from './requests.js'
import { clean } from './text.js'
import { ever } from './succession.js'
import { caughtUpFrom } from './transactions/acquire.js'

/** @import { Context } from './context.js' */
/** @import { Exclusive } from './refunds.js' */
/** @import { Change, Order } from './rows.js' */

/** @typedef {{ stars: number, words: string }} Said */
/** @typedef {Said & { at: number, digest: string }} Rating at: unix seconds, by this device */

/** Seconds in which another rating takes the place of the first, and characters of its words. */
const changes = 30 * 86_400
const maxWords = 500

/** @param {Order} value @returns {Change} */
const put = value => ({ kind: 'orders', id: value.tx, value })

/** What was said of an order, and noted. @param {Context} ctx @param {Order} order @returns {Promise<Rating | undefined>} */
export async function ratingOf(ctx, { rated, tx }) {
  if (!rated) return undefined
  const { broker } = await ctx.profile()
  const { body, claims, digest } = await evidence(rated.jws, 'RATE', { aud: broker.id })
  if (body.purchase !== tx) throw new Unreadable()
  return { stars: body.stars, words: body.words, at: claims.iat, digest }
}

/** Whether it may be rated, as far as this device knows: while money of it is held, only thirty days after it was paid. @param {Context} ctx @param {Order} order */
export const may = (ctx, order) => !isHeld(order) || ctx.now() >= order.at + changes

/** Whether it may still be changed, as far as this device knows. @param {Context} ctx @param {Order} order */
export const mayChange = (ctx, { rated }) => !rated || ctx.now() < rated.first + changes

/**
 * Rates an order, or rates it anew. What was written down and not answered goes first.
 * @param {Context} ctx
 * @param {Exclusive} exclusive
 * @param {string} tx
 * @param {Said} said
 * @throws {Advice} the broker declined it, or it is too long
 */
export async function rate(ctx, exclusive, tx, { stars, words }) {
  const said = { stars, words: clean(words) }
  if ([...said.words].length > maxWords) throw new Advice(tr('That is too long. Use at most 500 characters.'))
  let no = await once(ctx, exclusive, tx, said, 0)
  if (no?.isStale) no = await once(ctx, exclusive, tx, said, caughtUpFrom(no.stale.counter, no.stale) + 1)
  if (no) throw new Advice(sentence(no.reason, 'rate'), no.reason)
}

/** Rates once no other rating of the order waits: what that is refused for does not matter any more. @param {Context} ctx @param {Exclusive} exclusive @param {string} tx @param {Said} said @param {number} least the counter is at least that @returns {Promise<Refusal | undefined>} */
async function once(ctx, exclusive, tx, said, least) {
  for (;;) {
    const no = await send(ctx, exclusive, tx)
    if (no?.passing) return no
    if (await exclusive('peerscrip-wallet', () => write(ctx, tx, said, least))) return send(ctx, exclusive, tx)
  }
}

/** @param {Context} ctx @param {string} tx @param {Said} said @param {number} least @returns {Promise<boolean>} whether it is written down; not: another goes first */
async function write(ctx, tx, said, least) {
  const order = await ctx.purse.get('orders', tx)
  if (!order) throw new Advice(sentence('not-found'))
  if (order.rating) return false
  const last = order.rated ? (await evidence(order.rated.jws, 'RATE', { aud: (await ctx.profile()).broker.id })).body.counter : 0
  const body = { vendor: order.vendor, purchase: tx, ...said, counter: Math.max(ctx.now() * 1000, last + 1, least) }
  const rating = await pseudonymToBroker(ctx, 'RATE', { body }, await ctx.merchant(order.vendor), await ctx.profile())
  await ctx.purse.apply([put({ ...order, rating })])
  return true
}

/**
 * Sends the RATE of an order that waits for its answer, if one does, and keeps what became of it.
 * @param {Context} ctx
 * @param {Exclusive} exclusive
 * @param {string} tx
 * @returns {Promise<Refusal | undefined>} why not, where it is refused
 */
export async function send(ctx, exclusive, tx) {
  const request = (await ctx.purse.get('orders', tx))?.rating
  if (!request) return undefined
  const profile = await ctx.profile()
  const me = await signer((await ctx.merchant((await ctx.purse.get('orders', tx))?.vendor ?? '')).pseudonym)
  try {
    const { envelope } = await ctx.broker.ask(request)
    const { entry } = await fromBroker(ctx, envelope, request, ['NOTED'], { profile, aud: me.thumbprint })
    await exclusive('peerscrip-wallet', () => keep(ctx, tx, request.tx, order => [
      put({ ...order, rated: { jws: request.jws, first: order.rated?.first ?? ctx.now() } }), entry,
    ]))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    if (!error.passing) await exclusive('peerscrip-wallet', () => keep(ctx, tx, request.tx, order => [put(order), ...error.entries]))
    return error
  }
}

/** Keeps what became of a RATE, where it still waits. @param {Context} ctx @param {string} tx @param {string} asked its own tx @param {(order: Order) => Change[]} after the order without it */
async function keep(ctx, tx, asked, after) {
  const order = await ctx.purse.get('orders', tx)
  if (order?.rating?.tx !== asked) return
  const { rating, ...rest } = order
  await ctx.purse.apply(after(rest))
}

/**
 * Holds the broker to a rating: that it publishes it, and that its log proves it.
 * @param {Context} ctx
 * @param {Order} order
 * @returns {Promise<{ shown: boolean, proven: boolean, answer: string }>} answer: the seller's words; "" for none
 */
export async function published(ctx, order) {
  const rating = await ratingOf(ctx, order)
  if (!rating) return { shown: false, proven: false, answer: '' }
  const { broker } = await ctx.profile()
  const { signing } = await ctx.merchant(order.vendor)
  let found
  for (let before = 0; !found;) {
    const { ratings } = await ctx.broker.ratings(order.vendor, before)
    found = (await Promise.all(ratings.map(async one => await digestOf(one.rating).catch(() => '') === rating.digest && one))).find(Boolean)
    const last = ratings.at(-1)?.number ?? 0
    if (ratings.length < 50 || before && last >= before) break
    before = last
  }
  const answered = found && found.answer && await evidence(found.answer, 'ANSWER', { aud: broker.id, signers: { [order.vendor]: [signing] } }).catch(() => null)
  const answer = answered && answered.body.rating === rating.digest ? answered.body.words : ''
  return { shown: Boolean(found), proven: await isProven(ctx, rating.digest), answer }
}

/** Whether the broker's log has a RATE, by a proof that anyone can check. @param {Context} ctx @param {string} digest */
async function isProven(ctx, digest) {
  const { broker } = await ctx.profile()
  try {
    const { leaf, ...logged } = await ctx.broker.logMessage(digest)
    await included(logged, broker.id, ever(broker))
    return Boolean(recorded(logged, digest, 'RATE'))
  } catch {
    return false // it is not there, or not yet
  }
}
