// @ts-check
/**
 * What the broker's signed times say of this device's clock, which may be wrong; the twin of services/wallet/clock.go. Whether a
 * certificate or an offer is in force is decided by it; what a deadline is, by the party that set it.
 * @module
 */

/** @typedef {{ asked?: number, signed: number, came: number }} Moment a signed time, and what the device's clock said when it was asked for and when it came; unix seconds. No asked: the answer may be a stored one */

/**
 * How far a clock is behind that was thought to be so far behind, after one signed time more. An answer was signed before it
 * came, and a fresh one after it was asked for; nothing else is concluded, so that a slow answer moves a right clock not at all.
 * Pure.
 * @param {number} behind seconds; below 0 where it is ahead
 * @param {Moment} moment
 */
export function behindAfter(behind, { asked, signed, came }) {
  const least = Math.max(behind, signed - came)
  return asked === undefined ? least : Math.min(least, signed - asked)
}

export class Reckoning {
  /** @param {() => number} now the device's, unix seconds */
  constructor(now) {
    this.now = now
    this.behind = 0
  }

  /** @param {Moment} moment */
  hear(moment) {
    this.behind = behindAfter(this.behind, moment)
  }

  /** The time by the broker's clock, as far as is known. */
  brokerTime() {
    return this.now() + this.behind
  }

  /**
   * The earlier of this device's time and the broker's. What expires has done so when both say it: no clock that is ahead ages money
   * alone. Its issuer decides all the same.
   */
  earliest() {
    return this.now() + Math.min(0, this.behind)
  }
}
