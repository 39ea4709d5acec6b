// @ts-check
/**
 * The three ways a request can fail, kept apart because they mean different things for money:
 * Refusal: the other side opened our message and signed a no. Nothing moved.
 * Problem: an answer outside the protocol (problem+json): nobody signed it, so it proves nothing; ask again.
 * Unreachable: no answer, or one that cannot be trusted; ask again.
 * And Advice, which is for the person.
 * @module
 */
import { tr } from './language.js'

/** @import { Change } from './rows.js' */

/** Refusals that the same message may overcome a little later. */
const passing = new Set(['unavailable', 'not-announced', 'scrip-locked'])

/** @param {string} reason @returns {boolean} whether the same message may be granted a little later */
export const isPassing = reason => passing.has(reason)

/**
 * Where the count of who refused a counter as stale stands.
 * @typedef {object} Stale
 * @property {number} counter the last one that was answered; 0 where that is not told
 * @property {number} at when it was said, by the refuser's clock; unix seconds
 */

/** A signed REFUSE. */
export class Refusal extends Error {
  /**
   * @param {string} reason one of the closed list in refusals.js
   * @param {Change} [entry] its entry in the transcript
   * @param {Stale} [stale] with counter-stale
   * @param {number} [line] of an order, which is refused for it, from 0
   */
  constructor(reason, entry, stale = { counter: 0, at: 0 }, line = undefined) {
    super(reason)
    this.name = 'Refusal'
    this.reason = reason
    this.stale = stale
    this.line = line
    /** @type {Change[]} */
    this.entries = entry ? [entry] : []
  }

  /** Whether the same message may be granted a little later. */
  get passing() {
    return isPassing(this.reason)
  }

  /** Whether the message's counter was not above that of one already answered, or too far ahead. */
  get isStale() {
    return this.reason === 'counter-stale'
  }
}

/**
 * A reply, whose REFUSE is an answer too; whatever else is wrong with it is not.
 * @template T
 * @param {Promise<T>} reading
 * @returns {Promise<T | Refusal>}
 */
export const orRefusal = reading => reading.catch(error => {
  if (error instanceof Refusal) return error
  throw error
})

/**
 * What can be read, or undefined: for answers in halves, of which each is judged alone.
 * @template T
 * @param {() => T} read
 * @returns {T | undefined}
 */
export function orNothing(read) {
  try {
    return read()
  } catch (error) {
    if (error instanceof Unreadable) return undefined
    throw error
  }
}

/** An HTTP problem (RFC 9457). */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {string} reason the refusal word of its type, or "" when there is none
   * @param {string} detail
   */
  constructor(status, reason, detail) {
    super(detail || reason || `HTTP ${status}`)
    this.name = 'Problem'
    this.status = status
    this.reason = reason
  }

  /** Whether the same request may well be answered a little later. */
  get passing() {
    return this.status >= 500 || this.status === 429 || this.status === 408
  }
}

/** No answer, or one that does not open. */
export class Unreachable extends Error {
  /** @param {string} message @param {string} [host] that was asked and did not answer; "" when it did */
  constructor(message, host = '') {
    super(message)
    this.name = 'Unreachable'
    this.host = host
  }
}

/** A reply or a piece of evidence that fails a check; one message whatever failed. */
export class Unreadable extends Unreachable {
  constructor() {
    super('the message cannot be opened')
    this.name = 'Unreadable'
  }
}

/** An event that does not follow in its thread: another came first, or it may not. */
export class OutOfTurn extends Error {
  constructor() {
    super('the event does not follow')
    this.name = 'OutOfTurn'
  }
}

/** What the person can do about it: the message is a sentence, and shown as it is. */
export class Advice extends Error {
  /** @param {string} message @param {string} [reason] the refusal that it explains, if one */
  constructor(message, reason = '') {
    super(message)
    this.name = 'Advice'
    this.reason = reason
  }
}

/** There is less left of something than was wanted. */
export class TooFew extends Advice {
  /** @param {string} message @param {number} left pieces, where some are and nothing else is bought; else 0 */
  constructor(message, left) {
    super(message, 'out-of-stock')
    this.left = left
  }
}

/** The browser has no room: nothing of what was to be written was. The same can be written again when there is. */
export class Full extends Advice {
  constructor() {
    super(tr('There is no room left for what this browser keeps. Make room on this device, by deleting files or the data of other sites, not of this one. Nothing of your wallet is lost: what was under way is tried again by itself.'))
  }
}
