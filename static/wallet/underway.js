// @ts-check
/**
 * What this page has under way: the works it runs, the trouble each has, and the notices it delivers.
 * @module
 */
import { Full, Problem, Refusal, Unreachable } from './errors.js'
import { tr } from './language.js'
import { deliver } from './notices.js'
import { sentence } from './refusals.js'
import { Locked, run } from './runner.js'

/** @import { Context } from './context.js' */
/** @import { Work } from './rows.js' */
/** @import { Parts } from './safe.js' */

const longest = 60_000

/** The sentence for a try that failed. The reason of a problem is left out: nobody signed it. @param {Error} error */
function trouble(error) {
  if (error instanceof Full) return error.message
  if (error instanceof Refusal) return sentence(error.reason)
  const unsigned = error instanceof Problem && !error.passing
  if (unsigned) return tr('The other side answered with an error that it has not signed, so nothing is decided.')
  return error instanceof Unreachable && error.host ? tr('No answer yet from {host}.', { host: error.host }) : tr('No answer yet.')
}

export class UnderWay {
  /**
   * @param {Parts} parts
   * @param {{ current: () => Context | null, changed: () => void, ended: () => void }} wallet current: null while it is locked;
   *   ended: told of every work that ended, since it may have left another behind
   */
  constructor(parts, wallet) {
    this.parts = parts
    this.wallet = wallet
    /** A sentence about the last failed try of each running work. */
    this.troubles = /** @type {Map<string, string>} */ (new Map())
    this.runs = /** @type {Map<string, Promise<Work>>} */ (new Map())
    this.delivering = false
    this.more = false
  }

  /** Forgets everything, when the wallet is locked: each run ends by itself at its next look. */
  clear() {
    this.troubles.clear()
    this.runs.clear()
  }

  /**
   * Runs a work; the same promise for the same work.
   * @param {Context} ctx
   * @param {string} id
   * @returns {Promise<Work>}
   */
  follow(ctx, id) {
    const known = this.runs.get(id)
    if (known) return known
    const { exclusive, sleep } = this.parts
    const running = run(ctx, id, {
      exclusive, sleep, stopped: () => this.wallet.current() !== ctx, tell: (work, error) => this.hear(work, error),
    })
    this.runs.set(id, running)
    void running.then(() => this.wallet.ended(), () => {})
    void running.catch(error => this.fault(id, error)).finally(() => this.runs.get(id) === running && this.runs.delete(id))
    return running
  }

  /** @param {Work} work @param {Error} [error] of a try that failed */
  hear(work, error) {
    if (error) this.troubles.set(work.id, trouble(error))
    else this.troubles.delete(work.id)
    this.wallet.changed()
    if (error) return
    this.parts.session.tell('changed')
    void this.deliver()
  }

  /** @param {string} id @param {unknown} error */
  fault(id, error) {
    if (error instanceof Locked) return
    const advice = error instanceof Error && error.name === 'Advice' ? error.message : ''
    if (!advice) console.error(error)
    this.troubles.set(id, advice || tr('Something went wrong on this page. Reload it.'))
    this.wallet.changed()
  }

  /** Delivers T9 notices until none waits; one delivery at a time on a page. */
  async deliver() {
    this.more = true
    if (this.delivering) return
    this.delivering = true
    try {
      for (let pause = 2000; this.wallet.current(); pause = Math.min(2 * pause, longest)) {
        this.more = false
        const waiting = await this.deliverOnce()
        if (waiting > 0) await this.parts.sleep(pause)
        else if (!this.more) break
      }
    } catch (error) {
      if (!(error instanceof Full)) console.error(error) // the notices are here, and go at the next look
    } finally {
      this.delivering = false
    }
    this.wallet.changed()
  }

  /** @returns {Promise<number>} how many notices still wait */
  async deliverOnce() {
    const ctx = this.wallet.current()
    return ctx ? deliver(ctx, this.parts.exclusive) : 0
  }
}
