// @ts-check
/**
 * The receipt bundle: one file of what was signed of a purchase, which anyone can verify with the broker's public keys; the
 * twin of the Go package services/receipt (docs/protocol.md, "The receipt bundle"). Both read the same vectors and say the
 * same sentences. Nothing here touches a wallet.
 * @module
 */
import { decode, spells } from './base64url.js'
import { disclosureDigest, maxEnvelope, verify } from './envelope.js'
import { Advice } from './errors.js'
import { parse as parseJSON } from './json.js'
import { digestOf, included, isLogged, recorded } from './log.js'
import { checkEvidence } from './messages.js'
import { format } from './money.js'
import { fits, id, jws as isJWS, list, text } from './shape.js'

/** @import { Logged } from './log.js' */
/** @import { JWK, Opened } from './types.js' */

/**
 * @typedef {object} Bundle
 * @property {string} broker
 * @property {string} vendor
 * @property {string} certificate the broker's, for the seller
 * @property {string} offer as the seller signed it
 * @property {string} mandate T10
 * @property {string} paid T11
 * @property {string} [order] the disclosure of the order in T10
 * @property {string[]} [collected] COLLECTED
 * @property {Logged} [logged] that the broker's log has the mandate
 *
 * @typedef {{ part: string, state: 'proven' | 'missing' | 'false', text: string }} Finding
 */

const frame = { format: 'peerscrip receipt', version: 1 }
const maxBundle = 1 << 20

/** @param {Bundle} bundle @returns {string} the file */
export function make({ broker, vendor, certificate, offer, mandate, paid, order, collected, logged }) {
  const file = `${JSON.stringify({ ...frame, broker, vendor, certificate, offer, mandate, paid, order, collected, logged }, null, 2)}\n`
  parse(file)
  return file
}

/**
 * The bundle of a purchase as the wallet keeps it, with the proof that the broker's log has it, if there is one yet.
 * @param {any} order as purchase.js keeps it
 * @param {{ id: string, signing: JWK[] }} broker
 * @param {(digest: string) => Promise<any>} prove asks the broker
 * @returns {Promise<Bundle>}
 */
export async function collect({ vendor, certificate, offer, mandate, paid, order, refunds = [] }, broker, prove) {
  const collected = [...new Set(refunds.map((/** @type {{ collected: string }} */ refund) => refund.collected))]
  const bundle = { broker: broker.id, vendor, certificate, offer, mandate, paid, order, ...collected.length > 0 && { collected } }
  try {
    const digest = await digestOf(mandate)
    const { leaf, ...logged } = await prove(digest)
    await included(logged, broker.id, broker.signing)
    recorded(logged, digest, 'T12')
    return isLogged(logged) ? { ...bundle, logged } : bundle
  } catch {
    return bundle // the broker is off, or the seller has not reported the purchase yet
  }
}

/** Reads the form of a bundle, not what it proves. @param {string | Uint8Array} file @returns {Bundle} @throws {Advice} */
export function parse(file) {
  try {
    if (file.length > maxBundle) throw new Error('size')
    const { format, version, order, collected, logged, ...always } = parseJSON(file)
    const ok = format === frame.format && version === frame.version &&
      fits(always, { broker: id, vendor: id, certificate: isMessage, offer: isMessage, mandate: isMessage, paid: isMessage }) &&
      (order === undefined || Boolean(readOrder(order))) && (logged === undefined || isLogged(logged)) &&
      (collected === undefined || list(isMessage, 1, 100)(collected))
    if (!ok) throw new Error('form')
    return { ...always, ...order && { order }, ...collected && { collected }, ...logged && { logged } }
  } catch {
    throw new Advice('This is no receipt file, or of a newer version.')
  }
}

/** Whether a text has the form of a signed message. @param {any} value */
function isMessage(value) {
  if (!isJWS(value) || value.length > maxEnvelope) return false
  const [header, payload, mac] = value.split('.')
  return [header, payload].every(spelled) && spells(mac, 64)
}

/** @param {string} part */
function spelled(part) {
  try {
    return Boolean(decode(part))
  } catch {
    return false
  }
}

/** @param {string} disclosure @returns {{ offer: string, quantity: number, delivery: string }} */
function readOrder(disclosure) {
  const value = parseJSON(decode(disclosure))
  const [salt, name, order] = value
  const ok = value.length === 3 && spells(salt, 16) && name === 'order' &&
    fits(order, { offer: isJWS, quantity: n => Number.isSafeInteger(n) && n >= 1 && n <= 1000, delivery: text })
  if (!ok) throw new Error('no order')
  return order
}

/** What no bundle proves. */
export const limits = [
  'Who the buyer is: the pseudonym is a key, and only the broker can tell whose.',
  'That the goods came, or that they are as described.',
  'That a time is right: each is the word of who signed it.',
  'That the broker has not taken the seller’s certificate back since.',
]

/** Whether payment to the seller is proven and nothing in the bundle is false. @param {Finding[]} findings */
export const holds = findings => findings.every(({ state }) => state !== 'false') &&
  findings.slice(0, 3).every(({ state }) => state === 'proven')

/**
 * What a bundle proves to who knows these keys of its broker, part by part.
 * @param {Bundle} bundle
 * @param {JWK[]} keys public signing keys
 * @returns {Promise<Finding[]>}
 */
export async function findings(bundle, keys) {
  const { broker, vendor } = bundle
  const seller = await evidence(bundle.certificate, { types: ['CERTIFICATE'], signers: { [broker]: keys }, aud: vendor }, vendor)
  const signers = { [vendor]: seller ? [seller.body.signing] : [] }
  const offer = await evidence(bundle.offer, { types: ['OFFER'], signers, aud: vendor }, vendor)
  const mandate = await evidence(bundle.mandate, { types: ['T10'], aud: vendor }, vendor)
  /** @type {Known} */
  const known = { bundle, keys, signers, seller, offer, mandate }
  return [ofSeller(known), ofMandate(known), await ofPayment(known), await ofGoods(known), await ofLog(known), await ofRefunds(known)]
}

/**
 * What is known of a bundle; null for what does not hold.
 * @typedef {{ bundle: Bundle, keys: JWK[], signers: Record<string, JWK[]>, seller: Opened | null, offer: Opened | null, mandate: Opened | null }} Known
 */

/** @param {string} jws @param {import('./envelope.js').Wanted} wanted @param {string} [vendor] whom its body must name */
async function evidence(jws, wanted, vendor) {
  const opened = await verify(jws, wanted).then(checkEvidence).catch(() => null)
  return opened && (vendor === undefined || opened.body.vendor === vendor) ? opened : null
}

/** @param {string} part @returns {Record<'proven' | 'missing' | 'wrong', (text: string) => Finding>} */
const about = part => ({
  proven: text => ({ part, state: 'proven', text }),
  missing: text => ({ part, state: 'missing', text }),
  wrong: text => ({ part, state: 'false', text }),
})

/** @param {Known} known */
function ofSeller({ bundle, seller }) {
  const say = about('seller')
  if (!seller) return say.wrong('The seller’s certificate is not signed by the broker with these keys.')
  const { name, not_before, not_after } = seller.body
  return say.proven(`The broker ${bundle.broker} certified the seller “${name}” (${bundle.vendor}), from ${when(not_before)} until ${when(not_after)}.`)
}

/** @param {Known} known */
function ofMandate({ offer, mandate }) {
  const say = about('mandate')
  if (!mandate) return say.wrong('The mandate is not signed by a buyer for this seller.')
  const { iss, iat } = mandate.claims
  return say.proven(`A buyer with the pseudonym ${iss} gave the mandate to pay ${amount(mandate.body.price, offer)}, on ${when(iat)} by the buyer’s clock.`)
}

/** @param {Known} known */
async function ofPayment({ bundle, signers, seller, offer, mandate }) {
  const say = about('payment')
  if (!seller || !mandate) return say.wrong('The seller’s receipt cannot be checked without seller and mandate.')
  const paid = await evidence(bundle.paid, { types: ['T11'], signers, aud: mandate.claims.iss })
  if (!paid) return say.wrong('The receipt is not signed by this seller for this buyer.')
  const { tx, iat } = paid.claims
  const { price, order_digest, order_id } = paid.body
  if (tx !== mandate.claims.tx || price !== mandate.body.price || order_digest !== mandate.claims.attached.order) {
    return say.wrong('The seller’s receipt is for another purchase than the mandate.')
  }
  if (iat < seller.body.not_before || iat >= seller.body.not_after) {
    return say.wrong(`The seller’s receipt is of ${when(iat)}, when the certificate was not in force.`)
  }
  return say.proven(`The seller confirms that ${amount(price, offer)} was paid, as order ${order_id}, on ${when(iat)} by the seller’s clock.`)
}

/** @param {Known} known */
async function ofGoods({ bundle, offer, mandate }) {
  const say = about('goods')
  if (!offer) return say.wrong('The offer is not signed by this seller.')
  const { title, condition, price, postage } = offer.body
  if (!mandate) return say.wrong('What was bought cannot be checked without the mandate.')
  if (!bundle.order) return say.missing(`The order was left out: the seller offered “${title}”, but that this is what was paid for is not proven.`)
  if (await disclosureDigest(bundle.order) !== mandate.claims.attached.order) return say.wrong('The order is not the one that the mandate names.')
  const order = readOrder(bundle.order)
  if (order.offer !== bundle.offer || price * order.quantity + postage !== mandate.body.price) return say.wrong('The offer, its price and the order do not agree.')
  return say.proven(`Bought was ${order.quantity} × “${title}”, condition: ${condition}, as the seller offered it.`)
}

/** @param {Known} known */
async function ofLog({ bundle: { broker, logged }, keys, mandate }) {
  const say = about('recorded')
  if (!logged) return say.missing('That the broker recorded the purchase is not proven: no proof is in this file.')
  if (!mandate) return say.wrong('The record cannot be checked without the mandate.')
  const head = await included(logged, broker, keys).catch(() => null)
  if (!head) return say.wrong('The proof does not lead to a head of the log that the broker with these keys signed.')
  try {
    const { at } = recorded(logged, mandate.digest, 'T12')
    return say.proven(`The broker recorded the purchase as number ${logged.index + 1} of the ${head.size} records in its log, on ${when(at)} by its clock.`)
  } catch {
    return say.wrong('The record in the broker’s log is not of this mandate.')
  }
}

/** @param {Known} known */
async function ofRefunds({ bundle, signers, offer, mandate }) {
  const say = about('refunds')
  if (!bundle.collected) return say.missing('Of a refund this file says nothing.')
  const aud = mandate?.claims.iss ?? ''
  const answers = await Promise.all(bundle.collected.map(jws => evidence(jws, { types: ['COLLECTED'], signers, aud }, bundle.vendor)))
  const refunds = answers.flatMap(answer => answer?.body.refunds ?? []).filter(({ purchase }) => purchase === mandate?.claims.tx)
  const each = new Map(refunds.map(({ refund, amount }) => [refund, amount])) // a refund counts once
  const back = [...each.values()].reduce((sum, amount) => sum + amount, 0)
  if (!mandate || answers.includes(null) || back === 0 || back > mandate.body.price) {
    return say.wrong('What is said to be paid back is not signed by this seller for this buyer, or is more than was paid.')
  }
  return say.proven(`The seller paid ${amount(back, offer)} back to the buyer.`)
}

/** Decimals of the currencies a broker can be run in. @type {Record<string, number>} */
const exponents = {
  AUD: 2, CAD: 2, CHF: 2, CZK: 2, DKK: 2, EUR: 2, GBP: 2, HUF: 2, ISK: 0, JPY: 0, KRW: 0, NOK: 2, NZD: 2, PLN: 2, RON: 2, SEK: 2, TND: 3, USD: 2,
}

/** @param {number} minor @param {Opened | null} offer tells the currency */
function amount(minor, offer) {
  const currency = offer?.body.currency ?? ''
  const exponent = Object.hasOwn(exponents, currency) ? exponents[currency] : undefined
  return exponent === undefined ? `${minor} minor units` : format(minor, { currency, exponent })
}

const lastTime = 253_402_300_799 // the year 9999

/** @param {number} at unix seconds */
function when(at) {
  if (at > lastTime) return 'a day that never comes'
  const iso = new Date(at * 1000).toISOString()
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`
}
