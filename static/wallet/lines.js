// @ts-check
/**
 * The lines of a purchase: what is bought together at one stall, in one parcel. Pure, but for digests.
 * @module
 */
import { decode } from './base64url.js'
import { tr } from './language.js'
import { digestOf } from './log.js'
import { kept } from './messages.js'

/** @import { Line } from './rows.js' */
/** @import { Offer } from './types.js' */

/** The most lines that an order has; the number of services/scrip too. */
export const maxLines = 20

/** Several things in one line of text, as services/scrip's Summary. @param {{ title: string }[]} lines */
export const summary = ([first, ...more]) => first ? more.length > 0 ? tr('{title} and {n} more', { title: first.title, n: more.length }) : first.title : ''

/** How many pieces. @param {{ quantity: number }[]} lines */
export const pieces = lines => lines.reduce((sum, { quantity }) => sum + quantity, 0)

/** As T10's order names them. @param {Line[]} lines */
export const named = lines => Promise.all(lines.map(async ({ offer, quantity }) => ({ version: kept(offer, 'OFFER').tx, digest: await digestOf(offer), quantity })))

/** The ID of the offer of a line, as the purse keeps it: it was verified when it was bought. @param {Line} line */
export const offerOf = ({ offer }) => kept(offer, 'OFFER').body.offer

/** The offers of lines, as signed: they were verified before. @param {Line[]} lines @returns {Offer[]} */
export const offersOf = lines => lines.map(({ offer }) => kept(offer, 'OFFER').body)

/**
 * Whether a T10 orders as stalls take it now: by lines, and to an address with parts. One of before, that was under way when its
 * wallet became this version, does not, and no stall opens it.
 * @param {{ attached: Record<string, string>, attachments: string[] }} request
 */
export function isOfNow({ attached, attachments }) {
  const [, , order] = JSON.parse(new TextDecoder().decode(decode(attachments[Object.keys(attached).indexOf('order')])))
  return order.lines !== undefined && typeof order.delivery !== 'string'
}
