// @ts-check
/**
 * The transcript: every message as it stood on the wire and as it was inside, for the page "Envelopes". It is written in the
 * same transaction as what the message does, encrypted like everything else, and nothing depends on it.
 * @module
 */
import { newID } from './base64url.js'

/** @import { Change, Opened } from './types.js' */

/** How many entries are kept. */
export const kept = 400

/**
 * @typedef {object} Entry
 * @property {string} id
 * @property {number} at unix seconds
 * @property {number} order grows; entries of one second keep their order by it
 * @property {'sent' | 'received'} way
 * @property {string} typ
 * @property {string} tx
 * @property {string} peer
 * @property {string} envelope as on the wire
 * @property {string} jws
 * @property {string[]} attachments disclosures
 * @property {string} answers the type of the request it answers, or ""
 */

let last = 0

/** @returns {number} milliseconds, but never the same twice on this page */
function order() {
  last = Math.max(last + 1, Date.now())
  return last
}

/**
 * @param {{ typ: string, tx: string, envelope: string, jws: string, attachments?: string[] }} request
 * @param {{ peer: string, at: number, work: string }} more
 * @returns {Change}
 */
export function sent({ typ, tx, envelope, jws, attachments = [] }, { peer, at, work }) {
  const id = newID()
  return { kind: 'transcript', id, value: { id, at, order: order(), way: 'sent', typ, tx, peer, envelope, jws, attachments, answers: '', work } }
}

/**
 * @param {Opened} opened
 * @param {{ envelope: string, peer: string, at: number, answers: string }} more
 * @returns {Change}
 */
export function took(opened, { envelope, peer, at, answers }) {
  const id = newID()
  const { typ, jws, attachments, claims: { tx } } = opened
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
