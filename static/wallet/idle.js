// @ts-check
/**
 * The idle clock: how long nobody was there. It goes by the page's own clock, which nobody can set back, and by the wall's, which
 * goes on while the machine sleeps: whichever says longer.
 * @module
 */

export class IdleClock {
  constructor() {
    this.page = performance.now()
    this.wall = Date.now()
  }

  /** Somebody was there. @param {number} [ago] milliseconds */
  touch(ago = 0) {
    this.page = performance.now() - ago
    this.wall = Date.now() - ago
  }

  /** Milliseconds since. */
  idle() {
    return Math.max(performance.now() - this.page, Date.now() - this.wall)
  }
}
