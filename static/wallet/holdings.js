// @ts-check
/**
 * What can happen to a holding, each as a change: it comes, is taken in hand by a work, is let go, or goes.
 * @module
 */

/** @import { Change, Holding } from './rows.js' */
/** @import { Scrip } from './types.js' */

/**
 * It is as it says from now on.
 * @param {Holding} holding
 * @returns {Change}
 */
export const put = holding => ({ kind: 'holdings', id: holding.scrip.scrip_id, value: holding })

/** @param {Holding} holding @param {{ id: string }} work */
export const hold = (holding, { id }) => put({ ...holding, work: id })

/** @param {Holding} holding @param {Partial<Holding>} [more] */
export const free = (holding, more = {}) => put({ ...holding, ...more, work: '' })

/**
 * It was used up, or given away: there is nothing left to keep.
 * @param {string} scrip scrip_id
 * @returns {Change}
 */
export const gone = scrip => ({ kind: 'holdings', id: scrip, value: null })

/**
 * It came in a reply.
 * @param {{ scrip: Scrip, secret: string, made: number }} money
 * @param {{ vendor: string, work: string }} whose
 */
export const came = (money, { vendor, work }) => put({ ...money, vendor, work, doubt: '' })

/** Whether a refusal says that scrip is no money any more. @param {string} reason */
export const isDead = reason => reason === 'scrip-spent' || reason === 'scrip-invalid'

/** Proof of scrip, as it is attached to a request. @param {Holding} holding */
export const proof = ({ scrip, secret }) => ({ scrip, secret })
