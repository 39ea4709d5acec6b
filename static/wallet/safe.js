// @ts-check
/**
 * The safe: who can open the wallet. It makes it, unlocks it, locks it, changes its passphrase, and tells whoever watches that
 * it has changed. No private key or passphrase leaves it.
 * @module
 */
import { Broker } from './broker.js'
import { Context } from './context.js'
import { Advice } from './errors.js'
import { newSigningKey } from './keys.js'
import { tr } from './language.js'
import { Purse } from './purse.js'
import { cleanPassphrase } from './text.js'
import { pin } from './trust.js'
import { Box, newDataKey, unwrap, wrap } from './vault.js'
import { newWork, putWork } from './work.js'

/** @import { Disk } from './disk.js' */
/** @import { Credentials } from './passkey.js' */
/** @import { Session } from './session.js' */
/** @import { Change, Profile } from './rows.js' */

/** Fewest characters of a passphrase. */
export const minPassphrase = 10

/** @param {string} passphrase @throws {Advice} */
export function checkPassphrase(passphrase) {
  if ([...cleanPassphrase(passphrase)].length < minPassphrase) throw new Advice(tr('Choose a passphrase of at least {n} characters.', { n: minPassphrase }))
}

/**
 * @typedef {object} Parts
 * @property {Disk} disk
 * @property {Session} session
 * @property {string} brokerURL
 * @property {<T>(name: string, run: () => Promise<T>) => Promise<T>} exclusive runs with the named lock of this origin held
 * @property {() => number} now unix seconds
 * @property {(milliseconds: number) => Promise<void>} sleep
 * @property {() => void} [wake] ends every sleep early
 * @property {Credentials} [credentials] passkeys, where the browser has them
 */

export class Safe {
  /** @param {Parts} parts */
  constructor(parts) {
    this.parts = parts
    this.broker = new Broker(parts.brokerURL)
    /** @type {Context | null} */
    this.ctx = null
    this.listeners = /** @type {Set<() => unknown>} */ (new Set())
  }

  /** @returns {Promise<'none' | 'locked' | 'unlocked'>} */
  async status() {
    if (this.ctx) return 'unlocked'
    return await this.parts.disk.header() ? 'locked' : 'none'
  }

  /**
   * Makes the wallet: pins the broker, opens a sandbox bank account, writes everything down, and only then asks for the
   * account (R1), which may be answered any time later.
   * @param {string} passphrase
   * @returns {Promise<void>}
   */
  async make(passphrase) {
    checkPassphrase(passphrase)
    const broker = await pin(this.broker)
    const { reference } = await this.broker.newBankAccount()
    /** @type {Profile} */
    const profile = { broker, account: '', key: await newSigningKey(), bank: reference, counter: 0, name: '' }
    const work = newWork({ purpose: 'join', items: [{ transaction: 'account' }], about: {} }, this.parts.now())
    await this.create(passphrase, [{ kind: 'profile', id: 'me', value: profile }, putWork(work)])
  }

  /**
   * Writes down the first rows of a wallet, where there was none, and unlocks it.
   * @param {string} passphrase
   * @param {Change[]} changes
   */
  async create(passphrase, changes) {
    checkPassphrase(passphrase)
    const dataKey = newDataKey()
    try {
      const header = await wrap(dataKey, passphrase)
      const box = await Box.from(dataKey)
      await this.exclusive('peerscrip-wallet', async () => {
        if (await this.parts.disk.header()) throw new Advice(tr('There is already a wallet in this browser. Reload the page to unlock it.'))
        await new Purse(this.parts.disk, box).apply(changes, header)
      })
      await this.enter(box)
    } finally {
      dataKey.fill(0)
    }
  }

  /** @param {string} passphrase @throws {Advice} when it is wrong */
  async unlock(passphrase) {
    const dataKey = await unwrap(await this.parts.disk.header(), passphrase)
    try {
      await this.enter(await Box.from(dataKey))
    } finally {
      dataKey.fill(0)
    }
  }

  /** Unlocks with what opens the rows. @param {Box} box */
  async enter(box) {
    this.use(new Purse(this.parts.disk, box))
    await this.parts.session.keep(box.keys)
  }

  /** Takes over this browser session's unlocked wallet, if there is one. Where the browser has deleted the wallet, what opened it is forgotten. */
  async recover() {
    if (this.ctx) return
    const keys = await this.parts.session.recover()
    if (!keys || this.ctx) return
    if (await this.parts.disk.header()) this.use(new Purse(this.parts.disk, new Box(keys)))
    else await this.parts.session.forget()
  }

  /** Locks every tab. */
  async lock() {
    this.drop()
    await this.parts.session.forget()
  }

  /** Nobody was in this tab for too long: locks it, and the others where nobody was in one either. */
  async lockIdle() {
    this.drop()
    await this.parts.session.lockIdle()
  }

  /** Forgets the keys in this tab. */
  drop() {
    this.ctx = null
    this.parts.session.drop()
    this.wake() // so that what sleeps finds out, and lets go of its lock
    this.changed()
  }

  /** @param {string} old @param {string} next */
  async changePassphrase(old, next) {
    checkPassphrase(next)
    await this.exclusive('peerscrip-wallet', async () => {
      const dataKey = await unwrap(await this.parts.disk.header(), old)
      try {
        await this.parts.disk.writeHeader(await wrap(dataKey, next))
      } finally {
        dataKey.fill(0)
      }
    })
  }

  /** @param {Purse} purse */
  use(purse) {
    this.ctx = new Context({ purse, broker: this.broker, now: this.parts.now, exclusive: this.parts.exclusive })
    this.changed()
  }

  /** @returns {Context} */
  open() {
    if (!this.ctx) throw new Advice(tr('Unlock your wallet first.'))
    return this.ctx
  }

  /** @template T @param {string} name @param {() => Promise<T>} run @returns {Promise<T>} */
  exclusive(name, run) {
    return this.parts.exclusive(name, run)
  }

  /** Calls back after every change here or in another tab. @param {() => unknown} listener @returns {() => void} to stop */
  watch(listener) {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  changed() {
    for (const listener of this.listeners) void this.inform(listener)
  }

  /** Calls a listener. One that was still reading when the wallet was locked fails, and has nothing to show any more. @param {() => unknown} listener */
  async inform(listener) {
    try {
      await listener()
    } catch (error) {
      if (this.ctx) throw error
    }
  }

  /** Ends every sleep, so that what waits for its next try tries now. */
  wake() {
    this.parts.wake?.()
  }
}
