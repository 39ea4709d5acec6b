// @ts-check
/**
 * When scrip is due for its renewal: in the last quarter of its life, and at most in its last seven days. Its life is from when
 * its issuer made it until it expires, both by the issuer's clock. And when an issuer that did not renew it is asked again. Pure.
 * @module
 */
import { isPassing } from './errors.js'

/** The longest time before its expiry in which scrip is due, in seconds. */
const most = 7 * 24 * 3600

/** How long after its expiry scrip may still be renewed, in seconds. */
const grace = 365 * 24 * 3600

/** A holding, as far as its age goes; unix seconds. made: null where that is not known. @typedef {{ made: number | null, scrip: { expires: number } }} Aged */

/** @param {Aged} holding @returns {number} the first second in which it is due, unix seconds */
export function dueFrom({ made, scrip: { expires } }) {
  const margin = made === null ? most : Math.min(most, Math.floor(Math.max(0, expires - made) / 4))
  return Math.min(expires - margin + 1, expires)
}

/** @param {Aged} holding @param {number} now unix seconds */
export const isDue = (holding, now) => now >= dueFrom(holding)

/**
 * Whether an issuer that said this when it was to renew scrip is asked again by itself. What was not answered is, once the scrip
 * buys nothing else; what was too old is, while by the clock of this device it is not: either clock may be wrong, and then right
 * again, and the money is owed all the while.
 * @param {string} said a refusal
 * @param {number} expires unix seconds
 * @param {number} now unix seconds
 */
export const isAskedAgain = (said, expires, now) => said === 'scrip-expired' ? now < expires + grace : isPassing(said) && expires <= now
