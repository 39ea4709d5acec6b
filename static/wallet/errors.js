// @ts-check
/**
 * The three ways a step can fail, kept apart because they mean different things for money:
 * Refusal: the other side opened our message and signed a no. Nothing moved.
 * Problem: an answer outside the protocol (problem+json): nobody signed it, so it proves nothing; ask again.
 * Unreachable: no answer, or one that cannot be trusted; ask again.
 * @module
 */

/** A signed REFUSE. */
export class Refusal extends Error {
  /**
   * @param {string} reason one of the closed list in refusals.js
   * @param {import('./types.js').Change} [entry] its entry in the transcript
   */
  constructor(reason, entry) {
    super(reason)
    this.name = 'Refusal'
    this.reason = reason
    /** @type {import('./types.js').Change[]} */
    this.entries = entry ? [entry] : []
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
  /** @param {string} message */
  constructor(message) {
    super(message)
    this.name = 'Unreachable'
  }
}

/** A reply or a piece of evidence that fails a check; one message whatever failed. */
export class Unreadable extends Unreachable {
  constructor() {
    super('the message cannot be opened')
    this.name = 'Unreadable'
  }
}

/** Something the person can put right; the message is shown as it is. */
export class Advice extends Error {
  /** @param {string} message @param {string} [reason] the refusal that it explains, if one */
  constructor(message, reason = '') {
    super(message)
    this.name = 'Advice'
    this.reason = reason
  }
}
