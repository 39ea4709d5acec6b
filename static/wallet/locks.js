// @ts-check
/**
 * The locks of the wallet, over all tabs of this browser. A tab that is asleep may have one in hand for ever: so who waits asks who
 * has it, says so where nobody answers, and can take over. That is safe: of works two runners decide nothing twice (rev), and the
 * wallet's lock is numbered on the disk, where a write of an earlier turn is refused (disk.js).
 * @module
 */

/** @import { Disk } from './disk.js' */

/** The lock under which the wallet is read and changed. */
export const walletLock = 'peerscrip-wallet'

/** Milliseconds after which who waits for a lock asks who has it, again and again; and in which a tab that is awake answers. */
export const [patience, answers] = [8000, 3000]

const channelName = 'peerscrip-locks'

/** busy: a tab has it that is awake; silent: nobody says to have it. @typedef {'busy' | 'silent'} Holder */

export class Locks {
  /**
   * @param {{ manager: LockManager, disk: Disk, sleep?: (milliseconds: number) => Promise<unknown> }} parts
   */
  constructor({ manager, disk, sleep = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds)) }) {
    this.manager = manager
    this.disk = disk
    this.sleep = sleep
    /** Those in hand here. */
    this.held = /** @type {Set<string>} */ (new Set())
    /** Those that are waited for here, for longer than a moment. */
    this.waiting = /** @type {Map<string, Holder>} */ (new Map())
    /** Whether a lock was taken from this tab, which must not go on then. */
    this.stolen = false
    this.onwait = () => {}
    this.onstolen = () => {}
    this.channel = new BroadcastChannel(channelName)
    this.channel.onmessage = ({ data: { what, name } }) => {
      if (what === 'who' && this.held.has(name) && !this.stolen) this.channel.postMessage({ what: 'mine', name })
      if (what === 'mine') this.heard.add(name)
    }
    this.heard = /** @type {Set<string>} */ (new Set())
  }

  /**
   * Runs with a lock in hand.
   * @template T
   * @param {string} name
   * @param {() => Promise<T>} run
   * @returns {Promise<T>}
   */
  async exclusive(name, run) {
    const wait = { over: false }
    void this.watch(name, wait)
    try {
      const got = await this.manager.request(name, () => this.inHand(name, run, wait))
      return this.stolen ? await this.ended() : /** @type {T} */ (got)
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'AbortError') throw error
      this.stolen = true
      this.onstolen()
      return this.ended()
    } finally {
      wait.over = true
    }
  }

  /** A tab from which a lock was taken does nothing more: its page is being loaded anew. @returns {Promise<never>} */
  ended() {
    return new Promise(() => {})
  }

  /** @template T @param {string} name @param {() => Promise<T>} run @param {{ over: boolean }} wait @returns {Promise<T | undefined>} */
  async inHand(name, run, wait) {
    wait.over = true
    if (this.stolen) return undefined
    this.held.add(name)
    this.forget(name)
    try {
      if (name === walletLock) await this.disk.beginTurn()
      return await run()
    } finally {
      this.held.delete(name)
    }
  }

  /** Looks who has a lock that is waited for, until it is in hand. @param {string} name @param {{ over: boolean }} wait */
  async watch(name, wait) {
    await this.sleep(patience)
    while (!wait.over) {
      if (!this.held.has(name)) await this.ask(name, wait)
      if (!wait.over) await this.sleep(patience)
    }
  }

  /** @param {string} name @param {{ over: boolean }} wait */
  async ask(name, wait) {
    this.heard.delete(name)
    this.channel.postMessage({ what: 'who', name })
    await this.sleep(answers)
    if (wait.over || this.held.has(name)) return
    this.waiting.set(name, this.heard.has(name) ? 'busy' : 'silent')
    this.onwait()
  }

  /** @param {string} name */
  forget(name) {
    if (this.waiting.delete(name)) this.onwait()
  }

  /** What a person is to be told: that a tab is asleep with something in hand, that another is busy with the wallet, or nothing. @returns {Holder | undefined} */
  get trouble() {
    if ([...this.waiting.values()].includes('silent')) return 'silent'
    return this.waiting.get(walletLock) // a work that another tab runs is shown as it goes
  }

  /** Takes what tabs that are asleep have in hand. They are told as they wake. */
  async takeOver() {
    const silent = [...this.waiting].filter(([, holder]) => holder === 'silent')
    await Promise.all(silent.map(([name]) => this.manager.request(name, { steal: true }, async () => {
      if (name === walletLock) await this.disk.newTurn()
      this.forget(name)
    })))
  }
}
