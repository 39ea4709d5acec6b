// @ts-check
/**
 * From a quote to a work that buys: on the person's word the work is written down. Running it is runner.js; how far it has
 * come, message by message, is progress.js.
 * @module
 */
import { loadings } from './cash.js'
import { agreed } from './delivery.js'
import { Advice } from './errors.js'
import { mayAdd } from './heads.js'
import { newSigningKey } from './keys.js'
import { tr } from './language.js'
import { isStale, planFor } from './quote.js'
import { sentence } from './refusals.js'
import { clean } from './text.js'
import { newWork, putWork } from './work.js'

/** @import { Context } from './context.js' */
/** @import { Delivery } from './forms.js' */
/** @import { Item } from './items.js' */
/** @import { Leg } from './plan.js' */
/** @import { Quote } from './quote.js' */
/** @import { Change, Profile, Work } from './rows.js' */

/** Longest note to the seller, in characters as people count them. */
export const maxNote = 500

/**
 * @typedef {object} Choice
 * @property {Delivery} delivery as in the quote, with the address
 * @property {string} note to the seller
 * @property {boolean} [remember] whether the wallet is to keep the address, for the next purchase
 * @property {boolean} [basket] whether it is what lies in the stall's basket
 * @property {number} load minor units, if 6.1 or 6.4 is part of the plan: what is loaded, or added
 * @property {number} [exchange] minor units, if 6.2 or 6.5 is part of the plan and some is to stay with the stall: at least
 *   what the plan says
 */

/**
 * Writes the purchase down, to be run: what was shown, or nothing. Call with the wallet's lock held.
 * @param {Context} ctx
 * @param {Quote} quote what the buyer saw
 * @param {Choice} choice
 * @returns {Promise<Work>}
 * @throws {Advice} "wallet-changed" where it would not be what was shown any more
 */
export async function start(ctx, quote, choice) {
  const { merchant, lines, price } = quote
  const profile = await ctx.profile()
  const { broker } = profile
  const note = clean(choice.note)
  if ([...note].length > maxNote) throw new Advice(tr('The note to the seller can have at most {n} characters.', { n: maxNote }))
  const delivery = agreed(choice.delivery, quote.delivery)
  const running = await unfinished(ctx, merchant.vendor, offersOf(quote))
  if (running) return running
  if (await isStale(ctx, quote)) throw new Advice(tr('Your wallet has changed since this page was opened. Look at the plan again.'), 'wallet-changed')
  const { plan, held } = await planFor(ctx, merchant.vendor, price, choice.exchange)
  if (!quote.plan.legs.some(loads) && (choice.exchange ?? 0) > quote.held) throw new Advice(tr('That is more than your wallet holds.'))
  if (plan.legs.some(loads)) mayAdd(profile)
  const cash = (await ctx.brokerScrip())?.scrip.scrip_id
  const items = plan.legs.flatMap(leg => itemsOf(leg, quote, { ...choice, delivery, note }, { cash, held, most: broker.maxCharge }))
  const about = { vendor: merchant.vendor, stall: merchant.name, lines: lines.map(({ offer, quantity }) => ({ offerID: offer.offer, title: offer.title, quantity })), ...choice.basket && { basket: true } }
  const work = newWork({ purpose: 'checkout', items, about }, ctx.now())
  const known = await ctx.purse.get('merchants', merchant.vendor)
  const value = { ...known, ...merchant, pseudonym: known?.pseudonym ?? await newSigningKey() }
  const kept = choice.remember && delivery.address ? [profileWith({ ...profile, address: delivery.address })] : []
  await ctx.purse.apply([{ kind: 'merchants', id: merchant.vendor, value }, putWork(work), ...kept])
  return work
}

/**
 * The items of a leg: one; of a loading above what the broker gives at once, several.
 * @param {Leg} leg
 * @param {Quote} quote
 * @param {Choice} choice
 * @param {{ cash: string | undefined, held: number, most: number }} limits cash: scrip_id of the BrokerScrip; most: that the broker gives at once
 * @returns {Item[]}
 */
function itemsOf(leg, { merchant: { vendor }, lines, price }, { delivery, note, load }, { cash, held, most }) {
  const { transaction, amount } = leg
  switch (transaction) {
    case '6.1': return loadings(transaction, checkLoad(load, amount), most, amount)
    case '6.4': return loadings(transaction, checkLoad(load, amount - held), most, amount)
    case '6.2': return [{ transaction, vendor, amount }]
    case '6.5': return [{ transaction, vendor, amount, need: price }]
    case '6.3': return [{ transaction, vendor, amount, lines: lines.map(({ offer: { title }, jws, quantity }) => ({ title, quantity, offer: jws })), delivery, note }]
    case '6.8': return [{ transaction, amount, scrip: leg.scrip, vendor: leg.scrip === cash ? '' : vendor }]
  }
}

/** @param {Profile} value @returns {Change} */
const profileWith = value => ({ kind: 'profile', id: 'me', value })

/** Whether a leg takes money from the bank. @param {Leg} leg */
const loads = ({ transaction }) => transaction === '6.1' || transaction === '6.4'

/** The leg that makes money of the stall, if there is one. @param {Leg[]} legs */
export const moving = legs => legs.find(({ transaction }) => transaction === '6.2' || transaction === '6.5')

/** @param {number} load @param {number} least */
function checkLoad(load, least) {
  if (!Number.isSafeInteger(load) || load < least) throw new Advice(sentence('exchange-too-small'))
  return load
}

/**
 * A purchase of some of these offers that is still running, if there is one.
 * @param {Context} ctx
 * @param {string} vendor
 * @param {string[]} offers their IDs
 * @returns {Promise<Work<'checkout'> | undefined>}
 */
export async function unfinished(ctx, vendor, offers) {
  return (await checkouts(ctx, vendor, offers)).find(({ state }) => state === 'running')
}

/** The IDs of what is bought. @param {Quote} quote */
const offersOf = ({ lines }) => lines.map(({ offer: { offer } }) => offer)

/** The works that buy some of these offers. @param {Context} ctx @param {string} vendor @param {string[]} offers */
const checkouts = async (ctx, vendor, offers) => (await ctx.works()).filter(work => work.purpose === 'checkout')
  .filter(({ about }) => about.vendor === vendor && about.lines.some(({ offerID }) => offers.includes(offerID)))

/**
 * A purchase of some of the same that was begun since a quote was made, in another tab, and did not come to nothing.
 * @param {Context} ctx
 * @param {Quote} quote
 * @returns {Promise<Work<'checkout'> | undefined>}
 */
export async function begunSince(ctx, quote) {
  return (await checkouts(ctx, quote.merchant.vendor, offersOf(quote))).find(({ id, state }) => state === 'running' || state === 'done' && !quote.before.has(id))
}
