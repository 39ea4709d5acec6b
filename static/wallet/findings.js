// @ts-check
/**
 * What a receipt bundle proves to who knows the keys of its broker, part by part, in the sentences of the Go package
 * services/receipt. Pure, but for the checks of signatures.
 * @module
 */
import { readOrder } from './bundle.js'
import { disclosureDigest } from './envelope.js'
import { digestOf, included, recorded } from './log.js'
import { evidence } from './messages.js'
import { exponentOf } from './currencies.js'
import { tr } from './language.js'
import { ever, signersOf } from './succession.js'
import { chosen, total } from './trust.js'

/** @import { Bundle } from './bundle.js' */
/** @import { Typ } from './forms.js' */
/** @import { Wanted } from './opening.js' */
/** @import { Chain } from './succession.js' */
/** @import { Currency } from './money.js' */
/** @import { Chosen } from './trust.js' */
/** @import { JWK, Offer, Opened } from './types.js' */

/** @typedef {{ part: string, state: 'proven' | 'missing' | 'false', text: string }} Finding */
/** @typedef {{ amount: (minor: number, currency: Currency) => string, moment: (date: Date) => string }} Manner how amounts and times are written */

/** What no bundle proves. */
export const limits = [
  tr('Who the buyer is: the pseudonym is a key, and only the broker can tell whose.'),
  tr('That the goods came, or that they are as described.'),
  tr('That a time is right: each is the word of who signed it.'),
  tr('That the broker has not taken the seller’s certificate back since.'),
]

/** Whether payment to the seller is proven and nothing in the bundle is false. @param {Finding[]} findings */
export const holds = findings => findings.every(({ state }) => state !== 'false') &&
  findings.slice(0, 3).every(({ state }) => state === 'proven')

/**
 * What a bundle proves to who knows these keys of its broker, part by part.
 * @param {Bundle} bundle
 * @param {Chain} keys the chain of its keys, as far as whoever asks believes it
 * @param {Currency | undefined} currency the broker's, where it is known: for amounts where no offer tells theirs
 * @param {Manner} manner
 * @returns {Promise<Finding[]>}
 */
export async function findings(bundle, keys, currency, manner) {
  const { broker, vendor } = bundle
  const seller = await proven(bundle.certificate, 'CERTIFICATE', { signers: signersOf({ ...keys, id: broker }), aud: vendor }, vendor)
  const signers = { [vendor]: seller ? [seller.body.signing] : [] }
  const offered = await Promise.all(bundle.offers.map(jws => proven(jws, 'OFFER', { signers, aud: vendor }, vendor)))
  const offers = offered.filter(offer => offer !== null)
  const mandate = await proven(bundle.mandate, 'T10', { aud: vendor }, vendor)
  /** @type {Known} */
  const known = { bundle, keys, signers, seller, offers: offers.length === offered.length ? offers : null, mandate, currency: (offers.length === offered.length ? currencyOf(offers) : undefined) ?? currency, manner }
  return [ofSeller(known), ofMandate(known), await ofPayment(known), await ofGoods(known), await ofLog(known), await ofRefunds(known)]
}

/**
 * What is known of a bundle; null for what does not hold.
 * @typedef {object} Known
 * @property {Bundle} bundle
 * @property {Chain} keys
 * @property {Record<string, JWK[]>} signers
 * @property {Opened<'CERTIFICATE'> | null} seller
 * @property {Opened<'OFFER'>[] | null} offers all of them
 * @property {Opened<'T10'> | null} mandate
 * @property {Currency | undefined} currency
 * @property {Manner} manner
 */

/**
 * @template {Typ} T
 * @param {string} jws
 * @param {T} typ
 * @param {Omit<Wanted, 'types'>} wanted
 * @param {string} [vendor] whom its body must name
 * @returns {Promise<Opened<T> | null>}
 */
async function proven(jws, typ, wanted, vendor) {
  const opened = await evidence(jws, typ, wanted).catch(() => null)
  return opened && (vendor === undefined || 'vendor' in opened.body && opened.body.vendor === vendor) ? opened : null
}

/** @param {string} part @returns {Record<'proven' | 'missing' | 'wrong', (text: string) => Finding>} */
const about = part => ({
  proven: text => ({ part, state: 'proven', text }),
  missing: text => ({ part, state: 'missing', text }),
  wrong: text => ({ part, state: 'false', text }),
})

/** @param {Known} known */
function ofSeller({ bundle, seller, manner }) {
  const say = about('seller')
  if (!seller) return say.wrong(tr('The seller’s certificate is not signed by the broker with these keys.'))
  const { name, not_before, not_after } = seller.body
  return say.proven(tr('The broker {broker} certified the seller “{name}” ({vendor}), from {from} until {until}.', { broker: bundle.broker, name, vendor: bundle.vendor, from: when(not_before, manner), until: when(not_after, manner) }))
}

/** @param {Known} known */
function ofMandate({ mandate, currency, manner }) {
  const say = about('mandate')
  if (!mandate) return say.wrong(tr('The mandate is not signed by a buyer for this seller.'))
  const { iss, iat } = mandate.claims
  return say.proven(tr('A buyer with the pseudonym {pseudonym} gave the mandate to pay {amount}, on {date} by the buyer’s clock.', { pseudonym: iss, amount: amount(mandate.body.price, currency, manner), date: when(iat, manner) }))
}

/** @param {Known} known */
async function ofPayment({ bundle, signers, seller, mandate, currency, manner }) {
  const say = about('payment')
  if (!seller || !mandate) return say.wrong(tr('The seller’s receipt cannot be checked without seller and mandate.'))
  const paid = await proven(bundle.paid, 'T11', { signers, aud: mandate.claims.iss })
  if (!paid) return say.wrong(tr('The receipt is not signed by this seller for this buyer.'))
  const { tx, iat } = paid.claims
  const { price, order_digest, order_id } = paid.body
  if (tx !== mandate.claims.tx || price !== mandate.body.price || order_digest !== mandate.claims.attached.order) {
    return say.wrong(tr('The seller’s receipt is for another purchase than the mandate.'))
  }
  if (iat < seller.body.not_before || iat >= seller.body.not_after) {
    return say.wrong(tr('The seller’s receipt is of {date}, when the certificate was not in force.', { date: when(iat, manner) }))
  }
  return say.proven(tr('The seller confirms that {amount} was paid, as order {order}, on {date} by the seller’s clock.', { amount: amount(price, currency, manner), order: order_id, date: when(iat, manner) }))
}

/** @param {Known} known */
async function ofGoods({ bundle, offers, mandate }) {
  const say = about('goods')
  if (!offers) return say.wrong(bundle.offers.length > 1 ? tr('Not every offer is signed by this seller.') : tr('The offer is not signed by this seller.'))
  if (!mandate) return say.wrong(tr('What was bought cannot be checked without the mandate.'))
  const titles = offers.map(({ body: { title } }) => tr('“{title}”', { title })).join(', ')
  if (!bundle.order) return say.missing(tr('The order was left out: the seller offered {titles}, but that this is what was paid for is not proven.', { titles }))
  if (await disclosureDigest(bundle.order) !== mandate.claims.attached.order) return say.wrong(tr('The order is not the one that the mandate names.'))
  const { lines: ordered, delivery } = await orderedIn(bundle.order)
  const lines = offers.map(({ body: offer, digest }, i) => ({ offer, digest, quantity: ordered[i]?.digest === digest ? ordered[i].quantity : 0 }))
  if (ordered.length !== lines.length || sum(lines, delivery) !== mandate.body.price) return say.wrong(tr('The offer, its price and the order do not agree.'))
  const bought = lines.map(({ offer, quantity }) => worded(offer, quantity)).join('; ')
  if (offers.every(({ body: { kind } }) => kind === 'request')) return say.proven(tr('Paid for was {bought}, as the seller asked for it.', { bought }))
  return say.proven(tr('Bought was {bought}, as the seller offered it.', { bought }))
}

/** A line in words. @param {Offer} offer @param {number} quantity */
function worded({ kind, title, reference, condition = '' }, quantity) {
  if (kind !== 'request') return tr('{n} × “{title}”, condition: {condition}', { n: quantity, title, condition: conditions[condition] ?? condition })
  return reference ? tr('“{title}”, reference: {reference}', { title, reference }) : tr('“{title}”', { title })
}

/** What offers call the condition of a thing. @type {Record<string, string>} */
const conditions = { new: tr('new'), 'like new': tr('like new'), good: tr('good'), fair: tr('fair'), 'for parts': tr('for parts') }

/** The lines of a disclosed order, and how it goes. Offers of before have one postage, whichever way that is. @param {string} disclosure */
async function orderedIn(disclosure) {
  /** @type {Chosen} */
  const before = { way: 'post', label: '', country: '' }
  const order = readOrder(disclosure)
  const lines = 'lines' in order ? order.lines : [{ digest: await digestOf(order.offer), quantity: order.quantity }]
  return { lines, delivery: typeof order.delivery === 'string' ? before : chosen(order.delivery) }
}

/** What lines cost together, or undefined. @param {{ offer: Offer, quantity: number }[]} lines @param {Chosen} delivery */
function sum(lines, delivery) {
  try {
    return total(lines, delivery)
  } catch {
    return undefined // not named, or too much
  }
}

/** @param {Known} known */
async function ofLog({ bundle: { broker, logged }, keys, mandate, manner }) {
  const say = about('recorded')
  if (!logged) return say.missing(tr('That the broker recorded the purchase is not proven: no proof is in this file.'))
  if (!mandate) return say.wrong(tr('The record cannot be checked without the mandate.'))
  const head = await included(logged, broker, ever(keys)).catch(() => null)
  if (!head) return say.wrong(tr('The proof does not lead to a head of the log that the broker with these keys signed.'))
  try {
    const { at } = recorded(logged, mandate.digest, 'T12')
    return say.proven(tr('The broker recorded the purchase as number {number} of the {n} records in its log, on {date} by its clock.', { number: logged.index + 1, n: head.size, date: when(at, manner) }))
  } catch {
    return say.wrong(tr('The record in the broker’s log is not of this mandate.'))
  }
}

/** @param {Known} known */
async function ofRefunds({ bundle, signers, mandate, currency, manner }) {
  const say = about('refunds')
  if (!bundle.collected) return say.missing(tr('Of a refund this file says nothing.'))
  const aud = mandate?.claims.iss ?? ''
  const answers = await Promise.all(bundle.collected.map(jws => proven(jws, 'COLLECTED', { signers, aud }, bundle.vendor)))
  const refunds = answers.flatMap(answer => answer?.body.refunds ?? []).filter(({ purchase }) => purchase === mandate?.claims.tx)
  const each = new Map(refunds.map(({ refund, amount }) => [refund, amount])) // a refund counts once
  const back = [...each.values()].reduce((sum, amount) => sum + amount, 0)
  if (!mandate || answers.includes(null) || back === 0 || back > mandate.body.price) {
    return say.wrong(tr('What is said to be paid back is not signed by this seller for this buyer, or is more than was paid.'))
  }
  return say.proven(tr('The seller paid {amount} back to the buyer.', { amount: amount(back, currency, manner) }))
}

/** @param {Opened<'OFFER'>[]} offers the first tells it @returns {Currency | undefined} */
function currencyOf([offer]) {
  const currency = offer?.body.currency ?? ''
  const exponent = exponentOf(currency)
  return exponent === undefined ? undefined : { currency, exponent }
}

/** @param {number} minor @param {Currency | undefined} currency @param {Manner} manner */
const amount = (minor, currency, manner) => currency ? manner.amount(minor, currency) : tr('{n} of the smallest coins of a currency that nothing here tells', { n: String(minor) })

const lastTime = 253_402_300_799 // the year 9999

/** @param {number} at unix seconds @param {Manner} manner */
const when = (at, { moment }) => at > lastTime ? tr('a day that never comes') : `${moment(new Date(at * 1000))} UTC`
