// @ts-check
/**
 * The lines of a purchase: what is bought together at one stall, in one parcel. Pure, but for digests.
 * @module
 */
import { decode } from './base64url.js'
import { parse } from './json.js'
import { digestOf } from './log.js'

/** @import { Line } from './rows.js' */

/** The most lines that an order has; the number of services/scrip too. */
export const maxLines = 20

/** Several things in one line of text, as services/scrip's Summary. @param {{ title: string }[]} lines */
export const summary = ([first, ...more]) => first ? more.length > 0 ? `${first.title} and ${more.length} more` : first.title : ''

/** How many pieces. @param {{ quantity: number }[]} lines */
export const pieces = lines => lines.reduce((sum, { quantity }) => sum + quantity, 0)

/** As T10's order names them. @param {Line[]} lines */
export const named = lines => Promise.all(lines.map(async ({ offer, quantity }) => ({ version: claims(offer).tx, digest: await digestOf(offer), quantity })))

/** The ID of the offer of a line, as the purse keeps it: it was verified when it was bought. @param {Line} line */
export const offerOf = ({ offer }) => claims(offer).body.offer

/** @param {string} jws @returns {{ tx: string, body: { offer: string } }} */
const claims = jws => /** @type {any} */ (parse(decode(jws.split('.')[1] ?? '')))

/**
 * Whether a T10 orders as stalls take it now: by lines, and to an address with parts. One of before, that was under way when its
 * wallet became this version, does not, and no stall opens it.
 * @param {{ attached: Record<string, string>, attachments: string[] }} request
 */
export function isOfNow({ attached, attachments }) {
  const [, , order] = JSON.parse(new TextDecoder().decode(decode(attachments[Object.keys(attached).indexOf('order')])))
  return order.lines !== undefined && typeof order.delivery !== 'string'
}
