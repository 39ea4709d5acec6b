// @ts-check
/**
 * What the buyer says of a protected purchase: it is here and fine (RELEASE), it was not sent (RECLAIM), something is wrong
 * (DISPUTE). The broker answers each with how the money stands then (HELD), be it that something changed or not, so the same
 * is sent until that comes. With it goes the proof of the purchase: its seller may never have reported it.
 * @module
 */
import { Refusal, Unreadable } from '../errors.js'
import { isOf, told } from '../holds.js'
import { signer } from '../keys.js'
import { pseudonymToBroker } from '../requests.js'
import { sent } from '../transcript.js'
import { askBroker } from './present.js'

/** @import { Context } from '../context.js' */
/** @import { Outcome, Planned, Protect, UnderWay } from '../items.js' */
/** @import { Answer } from '../requests.js' */
/** @import { Work } from '../rows.js' */

/** @param {Context} ctx @param {Work} _work @param {Planned<Protect>} item @returns {Promise<Outcome>} */
export async function begin(ctx, _work, item) {
  const { vendor, purchase, says, text = '', shows = [], photo } = item
  const picture = photo && await ctx.purse.get('photos', photo)
  if (photo && !picture) return { item, done: true, changes: [] } // photos are in no backup: after a restore there is nothing to show
  const { mandate, paid } = await ctx.must('orders', purchase)
  const body = { vendor, purchase, ...mandate && { mandate, paid } }
  const [merchant, profile] = [await ctx.merchant(vendor), await ctx.profile()]
  const request = says === 'DISPUTE'
    ? await pseudonymToBroker(ctx, says, { body: { ...body, text, shows: shows.map(message => ({ message })), ...photo && { photo } }, ...picture && { attach: { photo: picture.jpeg } } }, merchant, profile)
    : await pseudonymToBroker(ctx, says, { body }, merchant, profile)
  return { item: { ...item, phase: 'asked', request }, wait: 0, changes: photo ? [] : [sent(request, 'broker', ctx.now())] } // a transcript has no room for photos
}

/** @param {Context} ctx @param {UnderWay<Protect>} item @returns {Promise<Answer<'HELD'> | Refusal>} */
export async function send(ctx, { vendor, request }) {
  const { thumbprint } = await signer((await ctx.merchant(vendor)).pseudonym)
  return askBroker(ctx, request, ['HELD'], thumbprint)
}

/**
 * How the money stands is kept with the order, whatever was asked: it was sent meanwhile, for instance.
 * @param {Context} ctx
 * @param {Work} _work
 * @param {UnderWay<Protect>} item
 * @param {Answer<'HELD'> | Refusal} answer
 * @returns {Promise<Outcome>}
 */
export async function settle(ctx, _work, item, answer) {
  if (answer instanceof Refusal) return { item: { ...item, phase: 'refused' }, changes: answer.entries, stop: answer.reason }
  const { opened, entry } = answer
  const order = await ctx.must('orders', item.purchase)
  if (!isOf(order, opened.body)) throw new Unreadable()
  const { request, ...rest } = item
  return { item: { ...rest, phase: 'done' }, done: true, changes: [entry, ...await told(ctx, [{ order, held: opened.jws }])] }
}
