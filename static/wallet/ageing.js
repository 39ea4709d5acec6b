// @ts-check
/**
 * When scrip has to be renewed: a week before it expires, or, where scrip lives shorter than four weeks, in the last
 * quarter of its life. Pure.
 * @module
 */

/** Renew what expires sooner than this, in seconds. */
export const margin = 7 * 24 * 3600

/**
 * @param {{ expires: number, since?: number }} piece since: when the wallet got it, where that is known
 * @returns {number} unix seconds
 */
export const renewAt = ({ expires, since }) => expires - Math.min(margin, since === undefined ? margin : Math.max(0, expires - since) / 4)

/** @param {{ expires: number, since?: number }} piece @param {number} now unix seconds */
export const isAgeing = (piece, now) => now > renewAt(piece)
