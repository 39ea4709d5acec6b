// @ts-check
/**
 * The wallet, as pages use it: what is in it; load, buy, open a stall; and carrying on with whatever is unfinished. It is
 * one object for a page. No scrip leaves it except sealed to its issuer.
 * @module
 */
import { newID } from './base64url.js'
import { due, leave, leaving, load, payOut, renew, withdraw } from './cash.js'
import { quote, start, unfinished } from './checkout.js'
import { balance, noticeWaits, orders, transcript, works } from './contents.js'
import { seal, sign } from './envelope.js'
import { earnings } from './earnings.js'
import { UnderWay } from './underway.js'
import { Advice } from './errors.js'
import { surplus } from './transcript.js'
import { signer } from './keys.js'
import { compose } from './messages.js'
import { collect, due as uncollected } from './refunds.js'
import { Safe } from './safe.js'
import { pin, repin } from './trust.js'
import { written } from './work.js'

/** @import { Context } from './context.js' */
/** @import { Parts } from './safe.js' */
/** @import { Change, Profile, Work } from './types.js' */

export class Wallet extends Safe {
  /** @param {Parts} parts */
  constructor(parts) {
    super(parts)
    this.underWay = new UnderWay(parts, { current: () => this.ctx, changed: () => this.changed(), ended: () => void this.inform(() => this.pickUp()) })
    /** What is wrong with the broker, in a sentence, or "". */
    this.warning = ''
  }

  /** Forgets the keys in this tab, and what it was busy with. */
  drop() {
    this.underWay.clear()
    super.drop()
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
    return this.open().purse.get('works', id)
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
    return this.open().purse.get('orders', tx)
  }

  async transcript() {
    return transcript(this.open())
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

  /** What leaving the market would take back. */
  leaving() {
    return leaving(this.open())
  }

  /** Takes everything back to the bank. @param {import('./cash.js').Leaving} seen as it was shown @returns {Promise<Work[]>} started, not finished */
  async leave(seen) {
    const works = await this.exclusive('peerscrip-wallet', () => leave(this.open(), seen))
    for (const work of works) this.follow(work.id)
    return works
  }

  /** What the stalls of this account have earned; none where it has opened none. @returns {Promise<import('./earnings.js').Stated[]>} */
  async earnings() {
    const sells = (await this.works()).some(work => work.kind === 'stall')
    return sells ? earnings(this.open()) : []
  }

  /** Pays out what a stall has earned. @param {import('./earnings.js').Stated} stall as it was shown @param {'bank' | 'scrip'} to */
  payOut(stall, to) {
    return this.begin(ctx => payOut(ctx, stall, to))
  }

  /** Collects what sellers have taken back, and hears what they sent. @param {string} [vendor] of this one, now; else of all that were not asked for a while */
  async collect(vendor) {
    const ctx = this.open()
    const vendors = vendor ? [vendor] : await uncollected(ctx)
    const came = await Promise.all(vendors.map(vendor => collect(ctx, this.parts.exclusive, vendor)))
    if (!came.includes(true)) return
    this.parts.session.tell('changed')
    this.changed()
  }

  /** Renews what is soon to expire; or all there is, now. @param {boolean} [now] */
  async renew(now = false) {
    const { ctx } = this
    if (!ctx) return
    const which = async () => now ? (await ctx.holdings()).filter(holding => !holding.spent) : due(ctx)
    if ((await which()).length === 0) return
    const works = await this.exclusive('peerscrip-wallet', async () => this.ctx === ctx ? renew(ctx, await which()) : [])
    for (const work of works) this.follow(work.id)
  }

  /** @param {{ vendor: string, offer: string, quantity: number }} wanted */
  async quote(wanted) {
    const ctx = this.open()
    const bought = (await this.orders()).some(order => order.vendor === wanted.vendor)
    if (bought) await this.collect(wanted.vendor) // what the seller has taken back pays first
    return quote(ctx, wanted)
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
  resume() {
    return this.inform(() => this.carryOn())
  }

  async carryOn() {
    const { ctx } = this
    if (!ctx) return
    await this.checkBroker().catch(error => this.warn(error))
    if (this.ctx !== ctx) return
    await this.pickUp()
    await this.renew()
    void this.underWay.deliver()
    const old = surplus(await this.transcript())
    if (old.length > 0) await this.exclusive('peerscrip-wallet', () => ctx.purse.apply(old))
  }

  /** Runs here every work that is unfinished. */
  async pickUp() {
    if (!this.ctx) return
    const running = (await this.works()).filter(work => work.state === 'running')
    if (this.ctx) for (const work of running) this.follow(work.id)
  }

  /**
   * Runs a work on this page; the same promise for the same work.
   * @param {string} id
   * @returns {Promise<Work>}
   */
  follow(id) {
    return this.underWay.follow(this.open(), id)
  }

  /** Notes something about a work. @param {string} id @param {Record<string, unknown>} more */
  async mark(id, more) {
    const ctx = this.open()
    await this.exclusive('peerscrip-wallet', async () => {
      const work = /** @type {Work} */ (await ctx.purse.get('works', id))
      const value = { ...work, rev: work.rev + 1, about: { ...work.about, ...more } }
      await ctx.purse.apply([{ kind: 'works', id, value }])
    })
  }

  /** A broker that is away is no news; one that is not ours is. @param {unknown} error */
  warn(error) {
    if (!(error instanceof Advice)) return
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
      if (JSON.stringify(broker) !== JSON.stringify(profile.broker)) await ctx.purse.apply([change])
    })
  }
}
