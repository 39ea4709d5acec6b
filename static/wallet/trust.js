// @ts-check
/**
 * Whom the wallet believes. The broker's id and keys are pinned when the wallet is made, and followed by succession.js. A merchant's keys are believed
 * under the broker's certificate, an offer under the merchant's signature, both only while they are in force.
 * @module
 */
import { termsOf } from './payways.js'
import { Advice } from './errors.js'
import { tr } from './language.js'
import { maxLines } from './lines.js'
import { evidence } from './messages.js'
import { sentence } from './refusals.js'
import { id, money } from './shape.js'
import { Foreign, learn, signersOf } from './succession.js'

/** @import { Broker } from './broker.js' */
/** @import { BrokerPin, Certified } from './rows.js' */
/** @import { Delivery, Way } from './forms.js' */
/** @import { JWK, Offer } from './types.js' */

/** How many seconds a private offer stands at most, from its signing on (scrip.MaxPrivate). */
const maxPrivate = 72 * 60 * 60

/** Something signed is not in force at a time, which may be a wrong clock's (intime.js). */
export class OutOfTime extends Advice {
  /** @param {string} reason a refusal @param {string} [says] in words, where the refusal's own are not right */
  constructor(reason, says = sentence(reason)) {
    super(says, reason)
  }
}

/**
 * The broker as a new wallet pins it: what it says of itself, and the first keys that it shows.
 * @param {Broker} broker
 * @returns {Promise<BrokerPin>}
 * @throws {Advice}
 */
export async function pin(broker) {
  const about = await broker.about()
  const ok = id(about?.id) && typeof about.currency === 'string' && Number.isSafeInteger(about.exponent) && about.exponent >= 0 && about.exponent <= 4
  if (!ok) throw new Advice(tr('The market answered something this wallet does not understand. Try again later.'))
  const { links, envelope } = await learn({ id: about.id, links: [] }, after => broker.keys(after))
  if (!envelope) throw new Foreign()
  return { id: about.id, name: String(about.name), currency: about.currency, exponent: about.exponent, links, envelope, maxCharge: maxCharge(about), bank: termsOf(about.bank) }
}

/**
 * The pin as it goes on: with the keys that follow from those that are known, and the limits as they are now.
 * @param {BrokerPin} old
 * @param {Broker} broker
 * @returns {Promise<BrokerPin>}
 * @throws {Advice} where it is another broker, or its keys do not follow
 */
export async function repin(old, broker) {
  const about = await broker.about()
  if (about?.id !== old.id) throw new Advice(tr('This site now takes another money than the one this wallet was made for. Yours is still good where you got it.'))
  const { links, envelope } = await learn(old, after => broker.keys(after))
  return { ...old, name: String(about.name), links, envelope: envelope ?? old.envelope, maxCharge: maxCharge(about), bank: termsOf(about.bank) }
}

/** @param {any} about */
const maxCharge = about => money(about.limits?.max_charge) ? about.limits.max_charge : 0

/**
 * @param {string} jws CERTIFICATE
 * @param {string} vendor who it must be about
 * @param {BrokerPin} broker
 * @param {number} now unix seconds, by the broker's clock
 * @returns {Promise<Certified>}
 * @throws {OutOfTime}
 */
export async function merchant(jws, vendor, broker, now) {
  const { notBefore, ...certified } = await read(jws, vendor, broker)
  if (now < notBefore) throw new OutOfTime('not-yet-in-force')
  if (now >= certified.notAfter) throw new OutOfTime('stall-revoked', tr('This seller is not allowed to sell here any more. Nothing was paid.'))
  return certified
}

/** The same, in force or not: to finish what was begun. @param {string} jws @param {string} vendor @param {BrokerPin} broker @returns {Promise<Certified>} */
export async function certificate(jws, vendor, broker) {
  const { notBefore, ...certified } = await read(jws, vendor, broker)
  return certified
}

/** @param {string} jws @param {string} vendor @param {BrokerPin} broker @returns {Promise<Certified & { notBefore: number }>} */
async function read(jws, vendor, broker) {
  const { body } = await evidence(jws, 'CERTIFICATE', { signers: signersOf(broker), aud: vendor })
  const url = new URL(body.base_url)
  if (body.vendor !== vendor || !['http:', 'https:'].includes(url.protocol)) throw new Advice(tr('The market\'s word is about another seller. Nothing was paid.'))
  return {
    vendor, name: body.name, baseURL: body.base_url, signing: body.signing, envelope: body.envelope,
    notBefore: body.not_before, notAfter: body.not_after, certificate: jws,
  }
}

/**
 * @param {string} jws OFFER
 * @param {string} offer its id
 * @param {{ vendor: string, signing: JWK }} merchant
 * @param {{ currency: string, now: number, me: string }} terms now: unix seconds, by the broker's clock; me: the pseudonym there, empty for none
 * @returns {Promise<Offer>}
 * @throws {OutOfTime}
 */
export async function offer(jws, offer, merchant, { currency, now, me }) {
  const { body, claims } = await evidence(jws, 'OFFER', { signers: { [merchant.vendor]: [merchant.signing] }, aud: merchant.vendor })
  if (body.offer !== offer || body.vendor !== merchant.vendor) throw new Advice(tr('The seller signed another offer than this one. Nothing was paid.'))
  if (body.for !== undefined && (body.for !== me || body.valid_until > claims.iat + maxPrivate)) throw new Advice(tr('The seller made this offer to somebody else, or for longer than may be. Nothing was paid.'), 'party-mismatch')
  if (body.currency !== currency) throw new Advice(tr('This is priced in {other}; your wallet holds {currency}.', { other: body.currency, currency }))
  if (now >= body.valid_until) throw new OutOfTime('offer-expired', tr('This offer has ended. Nothing was paid.'))
  return body
}

/** @typedef {{ way: Delivery['way'], label: string, country: string }} Chosen which of the ways of its offers an order goes, and to which country */

/** What a delivery chooses. @param {Delivery} delivery @returns {Chosen} */
export const chosen = ({ way, label, address }) => ({ way, label, country: address?.country ?? '' })

/**
 * What things cost together, delivered in a way: all goods, and the largest postage among them, since they go in one parcel.
 * services/scrip's Total counts the same, held to its testdata/delivery.json.
 * @param {{ offer: Offer, quantity: number }[]} lines
 * @param {Chosen} delivery
 * @throws {Advice}
 */
export function total(lines, delivery) {
  const counted = lines.every(({ quantity }) => Number.isSafeInteger(quantity) && quantity >= 1 && quantity <= 1000)
  const postage = lines.map(line => postageOf(line.offer, delivery))
  const sum = lines.reduce((goods, { offer, quantity }) => goods + offer.price * quantity, Math.max(...postage))
  if (!counted || lines.length > maxLines || !money(sum)) throw new Advice(tr('That quantity cannot be bought.'), 'amount-out-of-bounds')
  return sum
}

/** What one parcel of an offer costs. @param {Offer} offer @param {Chosen} delivery @throws {Advice} */
function postageOf(offer, delivery) {
  if (offer.edition === undefined) return offer.postage ?? 0
  const way = wayFor(offer, delivery)
  if (!way) throw new Advice(sentence('not-delivered'), 'not-delivered')
  return way.price
}

/**
 * The way of an offer that a delivery means: the cheapest of those of its kind that reach the country, and of those with the
 * label wherever one has it. Of two alike it is the first.
 * @param {Offer} offer
 * @param {Chosen} delivery
 */
export function wayFor(offer, { way, label, country }) {
  const fit = waysOf(offer).filter(({ way: of, countries }) => of === way && (countries.length === 0 || countries.includes(country)))
  const named = fit.filter(({ label: of }) => of === label)
  return (named.length > 0 ? named : fit).toSorted((a, b) => a.price - b.price)[0]
}

/** The ways in which an offer gets to its buyer; one of before is posted. @param {Offer} offer @returns {Way[]} */
export const waysOf = ({ edition, delivery = [], postage = 0 }) => edition === undefined ? [{ way: 'post', label: '', price: postage, countries: [], days: [1, 7] }] : delivery
