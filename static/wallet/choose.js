// @ts-check
/**
 * Which VendorScrip a purchase uses. Of those that are worth the price, one that is not due for renewal goes first, and of those
 * the smallest; if none is worth it, the largest, which 6.5 adds to, and of one value one that is not due. Pure.
 * @module
 */
import { isDue } from './ageing.js'

/** @typedef {{ made: number, scrip: { value: number, expires: number, scrip_id: string } }} Piece a holding, as far as a decision needs to know it */

/**
 * @template {Piece} P
 * @param {P[]} pieces
 * @param {number} price minor units
 * @param {number} now unix seconds
 * @returns {P | undefined}
 */
export function choose(pieces, price, now) {
  const byAge = (/** @type {P} */ a, /** @type {P} */ b) => Number(isDue(a, now)) - Number(isDue(b, now))
  const paying = pieces.filter(({ scrip }) => scrip.value >= price).toSorted((a, b) => byAge(a, b) || a.scrip.value - b.scrip.value)
  return paying[0] ?? pieces.toSorted((a, b) => b.scrip.value - a.scrip.value || byAge(a, b))[0]
}
