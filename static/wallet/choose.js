// @ts-check
/**
 * Which VendorScrip pays: of those that are worth enough, one that needs no renewal goes first, and of those the smallest. Pure.
 * @module
 */
import { isAgeing } from './ageing.js'

/** @import { Holding } from './rows.js' */
/** @typedef {{ scrip: string, value: number, made: number, expires: number }} Piece a scrip, as far as a plan needs to know it; scrip: its scrip_id */

/** @param {Holding} holding @returns {Piece} */
export const piece = ({ scrip: { scrip_id: scrip, value, expires }, made }) => ({ scrip, value, made, expires })

/**
 * The one of these that pays.
 * @template {Piece} P
 * @param {P[]} pieces
 * @param {number} price minor units
 * @param {number} now unix seconds
 * @returns {P | undefined}
 */
export const paying = (pieces, price, now) => pieces.filter(({ value }) => value >= price)
  .toSorted((a, b) => Number(isAgeing(a, now)) - Number(isAgeing(b, now)) || a.value - b.value)[0]

/**
 * The holding that pays for a work: what the work holds already, if that does; else one that is good, not expired and free.
 * @param {Holding[]} holdings
 * @param {{ vendor: string, price: number, work: string, now: number }} wanted
 * @returns {Holding | undefined}
 */
export function choose(holdings, { vendor, price, work, now }) {
  const good = holdings.filter(holding => holding.vendor === vendor && !holding.spent && holding.scrip.expires > now)
  const pick = (/** @type {string} */ by) => paying(good.filter(holding => holding.work === by).map(holding => ({ holding, ...piece(holding) })), price, now)
  return (pick(work) ?? pick(''))?.holding
}
