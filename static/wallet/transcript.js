// @ts-check
/**
 * The transcript: every message as it stood on the wire and as it was inside, for the page "Envelopes". It is written in the
 * same transaction as what the message does, encrypted like everything else, and nothing depends on it.
 * @module
 */
import { newID } from './base64url.js'

/** @import { Typ } from './forms.js' */
/** @import { Request } from './requests.js' */
/** @import { Change } from './rows.js' */
/** @import { Opened } from './types.js' */

/** How many entries are kept. */
export const kept = 400

/**
 * @typedef {object} Entry
 * @property {string} id
 * @property {number} at unix seconds
 * @property {number} order grows; entries of one second keep their order by it
 * @property {'sent' | 'received'} way
 * @property {Typ} typ
 * @property {string} tx
 * @property {string} peer
 * @property {string} envelope as on the wire
 * @property {string} jws
 * @property {string[]} attachments disclosures
 * @property {Typ | ''} answers the type of the request it answers
 */

let last = 0

/** @returns {number} milliseconds, but never the same twice on this page */
function order() {
  last = Math.max(last + 1, Date.now())
  return last
}

/**
 * The entry of a message that is about to be sent.
 * @param {Request} request
 * @param {string} peer
 * @param {number} at unix seconds
 * @returns {Change}
 */
export function sent({ typ, tx, envelope, jws, attachments }, peer, at) {
  const id = newID()
  return { kind: 'transcript', id, value: { id, at, order: order(), way: 'sent', typ, tx, peer, envelope, jws, attachments, answers: '' } }
}

/**
 * The entry of an answer.
 * @param {Opened} opened
 * @param {{ envelope: string, peer: string, at: number, answers: Typ }} more at: unix seconds
 * @returns {Change}
 */
export function took({ typ, jws, attachments, claims: { tx } }, { envelope, peer, at, answers }) {
  const id = newID()
  return { kind: 'transcript', id, value: { id, at, order: order(), way: 'received', typ, tx, peer, envelope, jws, attachments, answers } }
}

/**
 * The oldest entries above the limit, to be deleted.
 * @param {Entry[]} entries
 * @returns {Change[]}
 */
export function surplus(entries) {
  const oldest = entries.toSorted((a, b) => b.order - a.order).slice(kept)
  return oldest.map(({ id }) => ({ kind: 'transcript', id, value: null }))
}
