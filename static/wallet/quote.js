// @ts-check
/**
 * What a buyer has to see before paying: the signed offer, under the broker's certificate for the stall, and the plan.
 * @module
 */
import { bought } from './bought.js'
import { dayText } from './dates.js'
import { usual } from './delivery.js'
import { Advice, Problem, TooFew, Unreachable } from './errors.js'
import { inTime } from './intime.js'
import { signer } from './keys.js'
import { tr } from './language.js'
import { evidence } from './messages.js'
import { plan } from './plan.js'
import { isAsItIs } from './renewals.js'
import { Stall } from './stall.js'
import { merchant as certified, offer as signed, total } from './trust.js'

/** @import { Bought } from './bought.js' */
/** @import { Context } from './context.js' */
/** @import { Plan } from './plan.js' */
/** @import { Certified, Holding } from './rows.js' */
/** @import { Chosen } from './trust.js' */
/** @import { Offer } from './types.js' */

/**
 * @typedef {object} Quote
 * @property {Certified} merchant
 * @property {Portion[]} lines
 * @property {Chosen} delivery which way it goes
 * @property {number} price of all, postage included, minor units
 * @property {Plan} plan
 * @property {number} held BrokerScrip in the wallet, minor units
 * @property {Bought | undefined} bought some of the same, not long ago: who pays was asked whether to buy it again
 * @property {Set<string>} before the works that were there when it was made
 *
 * @typedef {{ offer: Offer, jws: string, stock: number, away: number, quantity: number }} Portion so many of an offer, as signed; stock: what is left, away: until when its seller is away (unix seconds; 0: is not), both told, not signed
 * @typedef {{ vendor: string, lines: { offer: string, quantity: number, title?: string }[], delivery?: Chosen, region?: string }} Wanted offer: its ID; title: as it was when it was put into a basket; delivery: left out for the usual
 */

/**
 * Fetches and verifies it.
 * @param {Context} ctx
 * @param {Wanted} wanted
 * @returns {Promise<Quote>}
 */
export async function quote(ctx, { vendor, lines: wanted, delivery: asked, region }) {
  const { broker, address } = await ctx.profile()
  const { merchant, heard } = await findMerchant(ctx, vendor)
  const me = await pseudonymAt(ctx, vendor)
  /** @type {Portion[]} */
  const lines = []
  for (const { offer: id, quantity, title } of wanted) {
    const offered = fetchOffer(merchant, id, heard).then(async ({ offer: jws, stock, away_until: away }) =>
      ({ offer: await inTime(ctx, now => signed(jws, id, merchant, { currency: broker.currency, now, me })), jws, stock, away, quantity }))
    lines.push(await (wanted.length > 1 && title ? offered.catch(about(title)) : offered))
  }
  const until = Math.max(...lines.map(({ away }) => away))
  if (until > ctx.now()) throw new Advice(tr('The seller is away until {date}, and nothing can be bought there before. Nothing was paid.', { date: dayText(until) }), 'stall-closed')
  const delivery = asked ?? usual(lines, { home: address, region })
  const price = total(lines, delivery)
  for (const line of lines) if (lacks(line)) throw new TooFew(short(line, lines.length === 1), lines.length === 1 ? line.stock : 0)
  return {
    merchant, lines, delivery, price, ...await planFor(ctx, vendor, price), bought: await bought(ctx, vendor, idsOf(lines)), before: new Set((await ctx.works()).map(work => work.id)),
  }
}

/**
 * The same, delivered in another way.
 * @param {Context} ctx
 * @param {Quote} seen
 * @param {Chosen} delivery
 * @returns {Promise<Quote>}
 * @throws {Advice} where it does not go that way
 */
export async function priced(ctx, seen, delivery) {
  const price = total(seen.lines, delivery)
  return { ...seen, delivery, price, ...await planFor(ctx, seen.merchant.vendor, price) }
}

/** The pseudonym that a stall knows, if it knows one. @param {Context} ctx @param {string} vendor */
async function pseudonymAt(ctx, vendor) {
  const known = await ctx.purse.get('merchants', vendor)
  return known?.pseudonym ? (await signer(known.pseudonym)).thumbprint : ''
}

/** The stock from which on no number is told: only the purchase finds whether there are as many (scrip.Several). */
const several = 4

/** Whether what is left is told, and is too little. @param {Portion} line */
const lacks = ({ stock, quantity }) => !(stock >= several || stock >= quantity)

/** Says of which thing of several it is. @param {string} title */
const about = title => (/** @type {Error} */ error) => {
  throw error instanceof Advice && error.reason !== 'unavailable' ? new Advice(tr('“{title}”: {message} Take it out and go on with the rest.', { title, message: error.message }), error.reason) : error
}

/** That there is not enough of something. @param {Portion} line @param {boolean} alone */
function short({ offer: { title, kind }, stock, quantity }, alone) {
  if (kind === 'request') return tr('This was paid already. Nothing was paid now.')
  if (stock > 0) return alone ? tr('Only {stock} left, and you wanted {quantity}. Nothing was paid.', { stock, quantity }) : tr('Only {stock} left of “{title}”. Choose fewer.', { stock, title })
  return alone ? tr('This is sold out. Nothing was paid.') : tr('“{title}” is sold out. Nothing was paid. Take it out and go on with the rest.', { title })
}

/** @param {Portion[]} lines */
const idsOf = lines => lines.map(({ offer: { offer } }) => offer)

/**
 * The stall and the title of an offer, as signed.
 * @param {Context} ctx
 * @param {string} vendor
 * @param {string} id of the offer
 */
export async function titled(ctx, vendor, id) {
  const { broker } = await ctx.profile()
  const { merchant, heard } = await findMerchant(ctx, vendor)
  const { offer: jws } = await fetchOffer(merchant, id, heard)
  const me = await pseudonymAt(ctx, vendor)
  const { title } = await inTime(ctx, now => signed(jws, id, merchant, { currency: broker.currency, now, me }))
  return { stall: merchant.name, title }
}

/**
 * The signed offer alone, under the broker's certificate: to ask about it.
 * @param {Context} ctx
 * @param {{ vendor: string, offer: string }} wanted
 */
export async function askable(ctx, { vendor, offer: id }) {
  const { merchant, heard } = await findMerchant(ctx, vendor)
  const { offer: jws } = await fetchOffer(merchant, id, heard)
  const letter = await evidence(jws, 'OFFER', { signers: { [vendor]: [merchant.signing] }, aud: vendor })
  if (letter.body.offer !== id) throw new Advice(tr('The seller signed another offer than this one. Nothing was asked.'))
  return { merchant, offer: letter.body, digest: letter.digest }
}

/**
 * The plan as the wallet stands now.
 * @param {Context} ctx
 * @param {string} vendor
 * @param {number} price minor units
 * @param {number} [exchange] minor units: see plan.js
 */
export async function planFor(ctx, vendor, price, exchange = 0) {
  const holdings = await ctx.holdings()
  const renewing = new Set((await ctx.works()).filter(({ purpose, state }) => purpose === 'renew' && state === 'running').map(work => work.id))
  const now = ctx.reckoning.earliest()
  // What is being renewed just now counts as due, so that the purchase waits for it; what lives and is not renewed any more never is.
  const expiry = (/** @type {Holding} */ holding) => renewing.has(holding.work) ? 0 : isAsItIs(holding, now) ? Number.MAX_SAFE_INTEGER : holding.scrip.expires
  const seen = (/** @type {Holding} */ holding) => ({ made: holding.made, scrip: { ...holding.scrip, expires: expiry(holding) } })
  const cash = holdings.find(holding => holding.vendor === '')
  const own = holdings.filter(holding => holding.vendor === vendor && (!holding.work || renewing.has(holding.work)) && (!holding.unrenewed || isAsItIs(holding, now)))
  return { plan: plan({ price, exchange, broker: cash ? seen(cash) : null, vendor: own.map(seen), now }), held: cash?.scrip.value ?? 0 }
}

/**
 * Whether the wallet has changed since a quote was made so that paying would take something else than was shown: other
 * transactions or amounts, or the same was bought meanwhile.
 * @param {Context} ctx
 * @param {Quote} seen
 */
export async function isStale(ctx, seen) {
  const { merchant: { vendor }, lines, price } = seen
  const { plan } = await planFor(ctx, vendor, price)
  return outline(plan) !== outline(seen.plan) || (await bought(ctx, vendor, idsOf(lines)))?.tx !== seen.bought?.tx
}

/** A plan without its renewals, which may have happened by themselves meanwhile. @param {Plan} plan */
const outline = ({ legs }) => String(legs.filter(leg => leg.transaction !== '6.8').map(leg => [leg.transaction, leg.amount]))

/**
 * The merchant under the broker's certificate; from the wallet's purse while the broker is away. heard: the broker has
 * answered, so that this device has a connection.
 * @param {Context} ctx
 * @param {string} vendor
 */
async function findMerchant(ctx, vendor) {
  const { broker } = await ctx.profile()
  try {
    const { certificate, revoked } = await ctx.broker.stall(vendor)
    if (revoked !== false) throw new Advice(tr('The market has closed this stall. Do not pay there.'))
    return { merchant: await inTime(ctx, now => certified(certificate, vendor, broker, now)), heard: true }
  } catch (error) {
    const known = await ctx.purse.get('merchants', vendor)
    if (error instanceof Problem && !error.passing) throw new Advice(tr('The market does not know this seller. Nothing was paid.'))
    if (!(error instanceof Unreachable || error instanceof Problem) || !known) throw error
    return { merchant: await inTime(ctx, now => certified(known.certificate, vendor, broker, now)), heard: error instanceof Problem }
  }
}

/** @param {Certified} merchant @param {string} id @param {boolean} heard whether the broker has just answered */
async function fetchOffer({ baseURL, vendor, name }, id, heard) {
  try {
    return await new Stall(baseURL, vendor).offer(id)
  } catch (error) {
    if (error instanceof Problem && !error.passing) throw new Advice(tr('The seller has taken this listing down. Nothing was paid.'))
    if (error instanceof Problem || error instanceof Unreachable && heard) throw away(name)
    throw error
  }
}

/** Whose fault it is, where that is known. @param {string} name */
const away = name => new Advice(tr('{name} does not answer right now. The fault is on the seller\'s side, not with your connection. Nothing was paid; try again later.', { name }), 'unavailable')
