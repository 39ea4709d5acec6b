// @ts-check
/**
 * From an offer to a work that buys it: look at the signed offer (quote), show the plan, and on the person's word write the
 * work down (start). Running it is runner.js; how far it has come, message by message, is progress.js.
 * @module
 */
import { Advice, Problem, Unreachable } from './errors.js'
import { newSigningKey } from './keys.js'
import { plan } from './plan.js'
import { Stall } from './stall.js'
import { merchant as certified, offer as signed, total } from './trust.js'
import { newWork } from './work.js'

/** @import { Context } from './context.js' */
/** @import { Item, Merchant, Offer, Holding, Work } from './types.js' */
/** @import { Plan, Leg } from './plan.js' */

/** Longest delivery note, in characters as people count them. */
export const maxDelivery = 500

/**
 * @typedef {object} Quote
 * @property {Omit<Merchant, 'pseudonym' | 'collect'>} merchant
 * @property {Offer} offer as signed
 * @property {string} jws
 * @property {number} stock what is left; told, not signed
 * @property {number} quantity
 * @property {number} price of all, postage included, minor units
 * @property {Plan} plan
 * @property {number} held BrokerScrip in the wallet, minor units
 */

/**
 * @typedef {object} Choice
 * @property {string} delivery the note to the seller
 * @property {number} load minor units, if 6.1 or 6.4 is part of the plan: what is loaded, or added
 * @property {number} [exchange] minor units, if 6.2 or 6.5 is part of the plan and some is to stay with the stall: at least
 *   what the plan says
 */

/**
 * Fetches and verifies everything a buyer has to see before paying.
 * @param {Context} ctx
 * @param {{ vendor: string, offer: string, quantity: number }} wanted
 * @returns {Promise<Quote>}
 */
export async function quote(ctx, { vendor, offer: id, quantity }) {
  const { broker } = await ctx.profile()
  const merchant = await findMerchant(ctx, vendor)
  const { offer: jws, stock } = await fetchOffer(merchant, id)
  const offer = await signed(jws, id, merchant, { currency: broker.currency, now: ctx.now() })
  const price = total(offer, quantity)
  if (!(stock >= quantity)) throw new Advice(stock > 0 ? `Only ${stock} left. Go back and choose fewer.` : 'This is sold out. Nothing was paid.', 'out-of-stock')
  return { merchant, offer, jws, stock, quantity, price, ...await planFor(ctx, vendor, price) }
}

/** @param {Context} ctx @param {string} vendor @param {number} price @param {number} [exchange] */
async function planFor(ctx, vendor, price, exchange = 0) {
  const holdings = (await ctx.holdings()).filter(holding => !holding.spent)
  const works = /** @type {Work[]} */ (await ctx.purse.all('works'))
  const renewing = new Set(works.filter(({ kind, state }) => kind === 'renew' && state === 'running').map(work => work.id))
  // What is being renewed just now counts as due, so that the purchase waits for it.
  const piece = (/** @type {Holding} */ { scrip: { value, expires, scrip_id: id }, since, work }) => ({ value, expires: renewing.has(work) ? 0 : expires, since, id })
  const cash = holdings.find(holding => holding.vendor === '')
  const own = holdings.filter(holding => holding.vendor === vendor && (!holding.work || renewing.has(holding.work)) && !holding.refused)
  const broker = cash ? piece(cash) : null
  return { plan: plan({ price, exchange, broker, vendor: own.map(piece), now: ctx.now() }), held: cash?.scrip.value ?? 0 }
}

/**
 * The merchant under the broker's certificate; from the wallet's purse while the broker is away.
 * @param {Context} ctx
 * @param {string} vendor
 */
async function findMerchant(ctx, vendor) {
  const { broker } = await ctx.profile()
  try {
    const { certificate, revoked } = await ctx.broker.stall(vendor)
    if (revoked !== false) throw new Advice('The broker has closed this stall. Do not pay there.')
    return await certified(certificate, vendor, broker, ctx.now())
  } catch (error) {
    const known = await ctx.merchant(vendor)
    if (error instanceof Problem && !error.passing) throw new Advice('The broker does not know this seller. Nothing was paid.')
    if (!(error instanceof Unreachable || error instanceof Problem) || !known) throw error
    return certified(known.certificate, vendor, broker, ctx.now())
  }
}

/** @param {{ baseURL: string, vendor: string }} merchant @param {string} id */
async function fetchOffer(merchant, id) {
  try {
    return await new Stall(merchant.baseURL, merchant.vendor).offer(id)
  } catch (error) {
    if (error instanceof Problem && !error.passing) throw new Advice('The seller has taken this listing down. Nothing was paid.')
    throw error
  }
}

/**
 * Writes the purchase down, to be run. Call with the wallet's lock held.
 * @param {Context} ctx
 * @param {Quote} quote what the buyer saw
 * @param {Choice} choice
 * @returns {Promise<Work>}
 */
export async function start(ctx, quote, { delivery, load, exchange = 0 }) {
  const { merchant, offer, price, quantity } = quote
  const { broker } = await ctx.profile()
  if ([...delivery].length > maxDelivery) throw new Advice(`The note to the seller can have at most ${maxDelivery} characters.`)
  const running = await unfinished(ctx, merchant.vendor, offer.offer)
  if (running) return running
  const { plan: now, held } = await planFor(ctx, merchant.vendor, price, checkExchange(exchange, quote))
  if (outline(now) !== outline(quote.plan)) {
    throw new Advice('Your wallet has changed since this page was opened. Look at the plan again.')
  }
  /** @param {Leg} leg @returns {Item} */
  const item = ({ transaction, amount, scrip }) => {
    if (transaction === '6.8') return { transaction, amount, scrip }
    if (!loads(transaction)) return { transaction, amount, vendor: merchant.vendor }
    return { transaction, need: amount, amount: checkLoad(load, transaction === '6.4' ? amount - held : amount, broker.maxCharge) }
  }
  const work = newWork({
    kind: 'checkout', items: now.legs.map(item),
    about: { vendor: merchant.vendor, stall: merchant.name, offerID: offer.offer, offer: quote.jws, title: offer.title, quantity, delivery, price },
  }, ctx.now())
  const known = await ctx.merchant(merchant.vendor)
  const record = { ...known, ...merchant, pseudonym: known?.pseudonym ?? await newSigningKey() }
  await ctx.purse.apply([{ kind: 'merchants', id: merchant.vendor, value: record }, { kind: 'works', id: work.id, value: work }])
  return work
}

/** Whether a transaction takes money from the bank. @param {string} transaction */
const loads = transaction => transaction === '6.1' || transaction === '6.4'

/** A plan without its renewals, which may have happened by themselves meanwhile. @param {Plan} plan */
const outline = ({ legs }) => String(legs.map(leg => leg.transaction).filter(transaction => transaction !== '6.8'))

/** The leg that makes money of the stall, if there is one. @param {Leg[]} legs */
export const moving = legs => legs.find(({ transaction }) => transaction === '6.2' || transaction === '6.5')

/** @param {number} exchange @param {Quote} quote */
function checkExchange(exchange, { plan: { legs }, held }) {
  const least = moving(legs)?.amount ?? 0
  if (exchange !== 0 && !(Number.isSafeInteger(exchange) && exchange >= least)) throw new Advice('That is less than this purchase needs.')
  if (!legs.some(leg => loads(leg.transaction)) && exchange > held) throw new Advice('That is more than your wallet holds.')
  return exchange
}

/** @param {number} load @param {number} least @param {number} most */
function checkLoad(load, least, most) {
  if (!Number.isSafeInteger(load) || load < least) throw new Advice('That is less than this purchase needs.')
  if (most > 0 && load > most) throw new Advice('That is more than the broker gives at once.')
  return load
}

/**
 * A purchase of this offer that is still running, if there is one.
 * @param {Context} ctx
 * @param {string} vendor
 * @param {string} offer
 * @returns {Promise<Work | undefined>}
 */
export async function unfinished(ctx, vendor, offer) {
  const works = /** @type {Work[]} */ (await ctx.purse.all('works'))
  return works.find(({ kind, state, about }) => kind === 'checkout' && state === 'running' && about.vendor === vendor && about.offerID === offer)
}
