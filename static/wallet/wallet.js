// @ts-check
/**
 * The wallet, as pages use it: make, unlock, lock; what is in it; load, buy, open a stall; and carrying on with whatever is
 * unfinished. It is one object for a page. No private key, passphrase or scrip leaves it except sealed to its issuer.
 * @module
 */
import { newID } from './base64url.js'
import { Broker } from './broker.js'
import { due, load, renew, withdraw } from './cash.js'
import { quote, start, unfinished } from './checkout.js'
import { balance, messages, noticeWaits, orders, works } from './contents.js'
import { Context } from './context.js'
import { seal, sign } from './envelope.js'
import { Errands } from './errands.js'
import { Notice } from './errors.js'
import { surplus } from './journal.js'
import { newSigningKey, signer } from './keys.js'
import { compose } from './messages.js'
import { Records } from './store.js'
import { pin, repin } from './trust.js'
import { Box, newDataKey, unwrap, wrap } from './vault.js'
import { newWork, written } from './work.js'

/** @import { Disk } from './store.js' */
/** @import { Session } from './session.js' */
/** @import { Change, Profile, Work } from './types.js' */

/** Fewest characters of a passphrase. */
export const minPassphrase = 10

/**
 * @typedef {object} Parts
 * @property {Disk} disk
 * @property {Session} session
 * @property {string} brokerURL
 * @property {<T>(name: string, run: () => Promise<T>) => Promise<T>} exclusive runs with the named lock of this origin held
 * @property {() => number} now unix seconds
 * @property {(milliseconds: number) => Promise<void>} sleep
 * @property {() => void} [wake] ends every sleep early
 */

export class Wallet {
  /** @param {Parts} parts */
  constructor(parts) {
    this.parts = parts
    this.broker = new Broker(parts.brokerURL)
    /** @type {Context | null} */
    this.ctx = null
    this.listeners = /** @type {Set<() => unknown>} */ (new Set())
    this.errands = new Errands(parts, { current: () => this.ctx, changed: () => this.changed() })
    /** What is wrong with the broker, in a sentence, or "". */
    this.warning = ''
  }

  // Lifecycle.

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
    if ([...passphrase].length < minPassphrase) throw new Notice(`Choose a passphrase of at least ${minPassphrase} characters.`)
    const [about, keys] = await Promise.all([this.broker.about(), this.broker.keys()])
    const broker = pin(about, keys)
    const { reference } = await this.broker.newBankAccount()
    /** @type {Profile} */
    const profile = { broker, account: '', key: await newSigningKey(), bank: reference, counter: 0, name: '' }
    const work = newWork({ kind: 'join', items: [{ transaction: 'account' }], about: {} }, this.parts.now())
    const dataKey = newDataKey()
    try {
      const header = await wrap(dataKey, passphrase)
      const records = new Records(this.parts.disk, await Box.from(dataKey))
      await this.exclusive('peerscrip-wallet', async () => {
        if (await this.parts.disk.header()) throw new Notice('There is already a wallet in this browser. Reload the page to unlock it.')
        await records.apply([{ kind: 'profile', id: 'me', value: profile }, { kind: 'works', id: work.id, value: work }], header)
      })
      this.use(records)
      await this.parts.session.keep(dataKey)
    } finally {
      dataKey.fill(0)
    }
  }

  /** @param {string} passphrase @throws {Notice} when it is wrong */
  async unlock(passphrase) {
    const dataKey = await unwrap(await this.parts.disk.header(), passphrase)
    try {
      this.use(new Records(this.parts.disk, await Box.from(dataKey)))
      await this.parts.session.keep(dataKey)
    } finally {
      dataKey.fill(0)
    }
  }

  /** Takes over this browser session's unlocked wallet, if there is one. */
  async recover() {
    if (this.ctx) return
    const dataKey = await this.parts.session.recover()
    if (!dataKey) return
    try {
      const records = new Records(this.parts.disk, await Box.from(dataKey))
      if (!this.ctx) this.use(records)
    } finally {
      dataKey.fill(0)
    }
  }

  /** Locks every tab. */
  async lock() {
    this.drop()
    await this.parts.session.forget()
  }

  /** Forgets the keys in this tab. */
  drop() {
    this.ctx = null
    this.errands.clear()
    this.wake() // so that what sleeps finds out, and lets go of its lock
    this.changed()
  }

  /** @param {string} old @param {string} next */
  async changePassphrase(old, next) {
    if ([...next].length < minPassphrase) throw new Notice(`Choose a passphrase of at least ${minPassphrase} characters.`)
    await this.exclusive('peerscrip-wallet', async () => {
      const dataKey = await unwrap(await this.parts.disk.header(), old)
      try {
        await this.parts.disk.writeHeader(await wrap(dataKey, next))
      } finally {
        dataKey.fill(0)
      }
    })
  }

  /** @param {Records} records */
  use(records) {
    this.ctx = new Context({ records, broker: this.broker, now: this.parts.now })
    this.changed()
  }

  /** @returns {Context} */
  open() {
    if (!this.ctx) throw new Notice('Unlock your wallet first.')
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

  /** Whoever was still reading when the wallet was locked has nothing to show any more. @param {() => unknown} listener */
  async inform(listener) {
    try {
      await listener()
    } catch (error) {
      if (this.ctx) throw error
    }
  }

  // What is in it.

  /** @returns {Promise<Profile>} */
  profile() {
    return this.open().profile()
  }

  async balance() {
    return balance(this.open())
  }

  /** @returns {Promise<number>} the sandbox bank's balance, minor units */
  async bankBalance() {
    return (await this.broker.bankAccount((await this.profile()).bank)).balance
  }

  /** Puts test money into the sandbox bank account. @param {number} amount @param {string} key an ID; the same again does nothing */
  async deposit(amount, key) {
    return (await this.broker.deposit((await this.profile()).bank, amount, key)).balance
  }

  async works() {
    return works(this.open())
  }

  /** @param {string} id @returns {Promise<Work | undefined>} */
  async workOf(id) {
    return this.open().records.get('works', id)
  }

  /** @param {Work} work */
  async noticeWaits(work) {
    return noticeWaits(this.open(), work)
  }

  async orders() {
    return orders(this.open())
  }

  /** @param {string} tx @returns {Promise<any>} */
  order(tx) {
    return this.open().records.get('orders', tx)
  }

  async messages() {
    return messages(this.open())
  }

  // What it does.

  /** Loads money from the bank. @param {number} amount minor units @returns {Promise<Work>} started, not finished */
  load(amount) {
    return this.begin(ctx => load(ctx, amount))
  }

  /** Takes the broker's money back to the bank, all of it. @param {number} amount minor units, as it was shown */
  withdraw(amount) {
    return this.begin(ctx => withdraw(ctx, amount))
  }

  /** Renews what is soon to expire; or all there is, now. @param {boolean} [now] */
  async renew(now = false) {
    const { ctx } = this
    if (!ctx) return
    const which = async () => now ? (await ctx.purses()).filter(purse => !purse.spent) : due(ctx)
    if ((await which()).length === 0) return
    const works = await this.exclusive('peerscrip-wallet', async () => this.ctx === ctx ? renew(ctx, await which()) : [])
    for (const work of works) this.follow(work.id)
  }

  /** @param {{ vendor: string, offer: string, quantity: number }} wanted */
  quote(wanted) {
    return quote(this.open(), wanted)
  }

  /** @param {import('./checkout.js').Quote} seen @param {import('./checkout.js').Choice} choice @returns {Promise<Work>} */
  buy(seen, choice) {
    return this.begin(ctx => start(ctx, seen, choice))
  }

  /** @param {string} vendor @param {string} offer */
  unfinished(vendor, offer) {
    return unfinished(this.open(), vendor, offer)
  }

  /**
   * Asks the broker for a stall's certificate (R3).
   * @param {{ name: string, signing: object, envelope: object, base_url: string, possession: string }} draft made by the stall's host
   * @param {string} reference the host's name for the draft
   */
  async openStall(draft, reference) {
    return this.begin(ctx => written(ctx, { kind: 'stall', items: [{ transaction: 'stall', ...draft }], about: { name: draft.name, draft: reference } }))
  }

  /** Who a stall of this wallet belongs to: the account and its public key. */
  async owner() {
    const { account, key } = await this.profile()
    return { account, key: (await signer(key)).jwk }
  }

  /**
   * LOGIN, sealed to a stall's envelope key.
   * @param {string} vendor
   * @param {string} challenge
   * @param {import('./types.js').JWK} envelope
   */
  async login(vendor, challenge, envelope) {
    const ctx = this.open()
    const { account, key } = await ctx.profile()
    const message = compose('LOGIN', { iss: account, aud: vendor, tx: newID(), iat: ctx.now(), body: { vendor, challenge } })
    return seal(await sign(message, await signer(key), false), envelope)
  }

  // Carrying on.

  /** @param {(ctx: Context) => Promise<Work>} write writes a work down @returns {Promise<Work>} started, not finished */
  async begin(write) {
    const work = await this.exclusive('peerscrip-wallet', () => write(this.open()))
    this.follow(work.id)
    return work
  }

  /** Runs everything that is unfinished and delivers what waits. Call it whenever the wallet is unlocked. */
  async resume() {
    const { ctx } = this
    if (!ctx) return
    await this.checkBroker().catch(error => this.warn(error))
    if (this.ctx !== ctx) return
    const running = (await this.works()).filter(work => work.state === 'running')
    for (const work of running) this.follow(work.id)
    await this.renew()
    void this.errands.deliver()
    const old = surplus(await this.messages())
    if (old.length > 0) await this.exclusive('peerscrip-wallet', () => ctx.records.apply(old))
  }

  /**
   * Runs a work on this page; the same promise for the same work.
   * @param {string} id
   * @returns {Promise<Work>}
   */
  follow(id) {
    return this.errands.follow(this.open(), id)
  }

  /** Tries again now whatever waits for its next try. */
  wake() {
    this.parts.wake?.()
  }

  /** Notes something about a work. @param {string} id @param {Record<string, unknown>} more */
  async mark(id, more) {
    const ctx = this.open()
    await this.exclusive('peerscrip-wallet', async () => {
      const work = /** @type {Work} */ (await ctx.records.get('works', id))
      const value = { ...work, rev: work.rev + 1, about: { ...work.about, ...more } }
      await ctx.records.apply([{ kind: 'works', id, value }])
    })
  }

  /** A broker that is away is no news; one that is not ours is. @param {unknown} error */
  warn(error) {
    if (!(error instanceof Notice)) return
    this.warning = error.message
    this.changed()
  }

  /** Looks whether the broker is still the one this wallet was made for, and follows a change of its keys. */
  async checkBroker() {
    const ctx = this.open()
    const now = pin(...await Promise.all([this.broker.about(), this.broker.keys()]))
    await this.exclusive('peerscrip-wallet', async () => {
      const profile = await ctx.profile()
      const broker = repin(profile.broker, now)
      /** @type {Change} */
      const change = { kind: 'profile', id: 'me', value: { ...profile, broker } }
      if (JSON.stringify(broker) !== JSON.stringify(profile.broker)) await ctx.records.apply([change])
    })
  }
}
