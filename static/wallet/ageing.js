// @ts-check
/**
 * When scrip is to be renewed: in the last quarter of its life, and at most in its last seven days. Its life is from when its
 * issuer made it until it expires, both by the issuer's clock. Pure.
 * @module
 */

/** The longest time before its expiry in which scrip is renewed, in seconds. */
export const margin = 7 * 24 * 3600

/** @typedef {{ made: number, expires: number }} Life unix seconds */

/** @param {Life} life @returns {number} unix seconds */
export const renewAt = ({ made, expires }) => expires - Math.min(margin, Math.floor(Math.max(0, expires - made) / 4))

/** @param {Life} life @param {number} now unix seconds */
export const isAgeing = (life, now) => now > renewAt(life)
