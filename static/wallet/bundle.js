// @ts-check
/**
 * The receipt bundle: one file of what was signed of a purchase, which anyone can verify with the broker's public keys; the
 * twin of the Go package services/receipt (docs/protocol.md, "The receipt bundle"). Both read the same vectors and say the
 * same sentences. Nothing here touches a wallet.
 * @module
 */
import { decode, spells } from './base64url.js'
import { maxEnvelope } from './envelope.js'
import { Advice } from './errors.js'
import { attachments } from './forms.js'
import { parse as parseJSON } from './json.js'
import { tr } from './language.js'
import { maxLines } from './lines.js'
import { digestOf, included, isLogged, recorded } from './log.js'
import { fits, id, jws as isJWS, list, text, time } from './shape.js'
import { ever } from './succession.js'

/** @import { Delivery } from './forms.js' */
/** @import { Logged } from './log.js' */
/** @import { Order } from './rows.js' */
/** @import { Chain } from './succession.js' */

/**
 * @typedef {object} Bundle
 * @property {string} broker
 * @property {string} vendor
 * @property {string} certificate the broker's, for the seller
 * @property {string[]} offers as the seller signed them, in the order of the order's lines
 * @property {string} mandate T10
 * @property {string} paid T11
 * @property {string} [order] the disclosure of the order in T10
 * @property {string[]} [collected] COLLECTED
 * @property {Logged} [logged] that the broker's log has the mandate
 */

const format = 'peerscrip receipt'
const maxBundle = 1 << 20

/** @param {Bundle} bundle @returns {string} the file */
export function make(bundle) {
  const file = `${JSON.stringify(framed(bundle), null, 2)}\n`
  parse(file)
  return file
}

/**
 * With its frame, of the version in which its order was made.
 * @param {Bundle} bundle
 */
function framed({ broker, vendor, certificate, offers, mandate, paid, order, collected, logged }) {
  const rest = { mandate, paid, order, collected, logged }
  const version = order ? versionOf(order) : 3
  return version === 1 ? { format, version, broker, vendor, certificate, offer: offers[0], ...rest } : { format, version, broker, vendor, certificate, offers, ...rest }
}

/** Of a file of many receipts, which has one on each line. */
const manyFrame = { format: 'peerscrip receipts', version: 1 }

/**
 * The receipts of many orders, as the parts of one file: a line that says so, and a bundle on each line, without the broker's proof.
 * @param {Order[]} orders
 * @param {{ id: string }} broker
 * @returns {string[]}
 */
export function makeAll(orders, { id: broker }) {
  const lines = orders.map(({ vendor, certificate, lines, mandate, paid, order, refunds = [] }) => {
    const collected = [...new Set(refunds.map(refund => refund.collected))].filter(Boolean)
    return framed({ broker, vendor, certificate, offers: lines.map(({ offer }) => offer), mandate, paid, order, ...collected.length > 0 && { collected } })
  })
  return [manyFrame, ...lines].map(line => `${JSON.stringify(line)}\n`)
}

/** The lines of a file of many receipts, each as the file of one; undefined where it is none. @param {string} file @returns {string[] | undefined} */
export function linesOf(file) {
  const [first, ...lines] = file.split('\n')
  return first === JSON.stringify(manyFrame) ? lines.filter(Boolean) : undefined
}

/**
 * The bundle of a purchase as the wallet keeps it, with the proof that the broker's log has it, if there is one yet.
 * @param {Pick<Order, 'vendor' | 'certificate' | 'lines' | 'mandate' | 'paid' | 'refunds'> & { order?: string }} order order: left out where it is nobody's business
 * @param {Chain} broker
 * @param {(digest: string) => Promise<any>} prove asks the broker
 * @returns {Promise<Bundle>}
 */
export async function collect({ vendor, certificate, lines, mandate, paid, order, refunds = [] }, broker, prove) {
  const collected = [...new Set(refunds.map(refund => refund.collected))]
  const bundle = { broker: broker.id, vendor, certificate, offers: lines.map(({ offer }) => offer), mandate, paid, order, ...collected.length > 0 && { collected } }
  try {
    const digest = await digestOf(mandate)
    const { leaf, ...logged } = await prove(digest)
    await included(logged, broker.id, ever(broker))
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
    const { format: written, version, order, collected, logged, offer, offers = version === 1 ? [offer] : undefined, ...always } = parseJSON(file)
    const ok = written === format && (version === 1 ? offers[0] === offer && offers.length === 1 : [2, 3].includes(version) && offer === undefined) &&
      fits({ ...always, offers }, { broker: id, vendor: id, certificate: isMessage, offers: list(isMessage, 1, maxLines), mandate: isMessage, paid: isMessage }) &&
      (order === undefined || Boolean(readOrder(order)) && versionOf(order) === version) && (logged === undefined || isLogged(logged)) &&
      (collected === undefined || list(isMessage, 1, 100)(collected))
    if (!ok) throw new Error('form')
    return { ...always, offers, ...order && { order }, ...collected && { collected }, ...logged && { logged } }
  } catch {
    throw new Advice(tr('This is no receipt file, or of a newer version.'))
  }
}

/** Whether a text has the form of a signed message. @param {unknown} value @returns {value is string} */
function isMessage(value) {
  if (!isJWS(value) || value.length > maxEnvelope) return false
  const [header, payload, mac] = value.split('.')
  return [header, payload].every(spelled) && spells(mac, 64)
}

/** @param {string | undefined} part */
function spelled(part) {
  try {
    return Boolean(decode(part))
  } catch {
    return false
  }
}

/** The version whose order a disclosed one is: 1 is of one offer, and holds it; 2 says in a text where it goes. @param {string} disclosure */
function versionOf(disclosure) {
  const { offer, delivery } = parseJSON(decode(disclosure))[2]
  if (offer !== undefined) return 1
  return typeof delivery === 'string' ? 2 : 3
}

/**
 * The order that a disclosure discloses.
 * @param {string} disclosure
 * @returns {{ lines: { digest: string, quantity: number }[], delivery: Delivery | string } | { offer: string, quantity: number, delivery: string }}
 * @throws {Error} where it is none
 */
export function readOrder(disclosure) {
  const value = parseJSON(decode(disclosure))
  const [salt, name, order] = value
  const some = (/** @type {unknown} */ quantity) => time(quantity) && quantity <= 1000
  const second = () => attachments.order({ ...order, delivery: { way: 'collect', label: '' }, note: order.delivery }) && order.note === undefined
  const ok = value.length === 3 && spells(salt, 16) && name === 'order' && (attachments.order(order) || second()
    ? order.lines.every((/** @type {{ quantity: number }} */ line) => some(line.quantity))
    : fits(order, { offer: isMessage, quantity: some, delivery: text }))
  if (!ok) throw new Error('no order')
  return order
}
