// @ts-check
/**
 * The wallet at work: a work is written down and followed here to its end (underway.js), and whatever is unfinished is carried on
 * with, so that what a crash, another tab or a broker that is away has left is done.
 * @module
 */
import { Contents } from './contents.js'
import { Advice } from './errors.js'
import { rescue } from './gone.js'
import * as holds from './holds.js'
import { tr } from './language.js'
import { due, renew, renewOld, tooOld } from './renewals.js'
import { cancel, giveUp } from './runner.js'
import { lost } from './stuck.js'
import { repeat } from './tell.js'
import { overLongAgo } from './thin.js'
import { surplus } from './transcript.js'
import { repin } from './trust.js'
import { UnderWay } from './underway.js'

/** @import { Context } from './context.js' */
/** @import { Work } from './rows.js' */
/** @import { Parts } from './safe.js' */

/** @typedef {{ stall: string, tx: string, since: number, ends: number }} Away unix seconds; tx: by which the broker's books know it */

/** Deletes the works that are over; not before the report of a restoration, which is made of them, was read. @param {Context} ctx */
async function forget(ctx) {
  if (await ctx.purse.get('restored', 'last')) return
  await ctx.purse.apply(overLongAgo(await ctx.works(), await ctx.purse.all('holdings'), ctx.now()))
}

export class Working extends Contents {
  /** @param {Parts} parts */
  constructor(parts) {
    super(parts)
    this.underWay = new UnderWay(parts, { current: () => this.ctx, changed: () => this.changed(), ended: () => void this.inform(() => this.goOn()) })
    /** What is wrong with the broker, in a sentence, or "". */
    this.warning = ''
  }

  /** Forgets the keys in this tab, and what it was busy with. */
  drop() {
    this.underWay.clear()
    super.drop()
  }

  /**
   * Writes a work down and runs it here.
   * @template {Work} W
   * @param {(ctx: Context) => Promise<W>} write
   * @returns {Promise<W>} started, not finished
   */
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
    await this.rescueStuck()
    await this.takeCredit()
    void this.inform(() => this.repeatWords()) // where a page was closed before it could
    void this.underWay.deliver()
    const old = surplus(await this.transcript())
    if (old.length > 0) await this.exclusive('peerscrip-wallet', () => ctx.purse.apply(old))
    await this.exclusive('peerscrip-wallet', () => forget(ctx))
  }

  /** Runs here every work that is unfinished. */
  async pickUp() {
    if (!this.ctx) return
    const running = (await this.works()).filter(work => work.state === 'running')
    if (this.ctx) for (const work of running) this.follow(work.id)
  }

  /** A work has ended, and may have left another behind. */
  async goOn() {
    await this.pickUp()
    await this.takeCredit()
    await this.repeatWords()
  }

  /** Calls a work off. @param {string} id @throws {Advice} when something of it is on its way */
  async cancel(id) {
    const off = await this.exclusive('peerscrip-wallet', () => cancel(this.open(), id))
    this.parts.session.tell('changed')
    this.changed()
    this.wake() // who waits to begin it finds out
    if (!off) throw new Advice(tr('Too late: it is on its way now.'))
  }

  /** Gives a giveback up that its stall does not answer. @param {string} id */
  async giveUp(id) {
    await this.exclusive('peerscrip-wallet', () => giveUp(this.open(), id))
    this.parts.session.tell('changed')
    this.changed()
    this.wake()
  }

  /** Since when a work waits for a stall, if that is days, and when its certificate ends. @param {Work} work @returns {Promise<Away | undefined>} */
  async away({ state, items, at, created }) {
    const item = items[at]
    if (state !== 'running' || !item?.phase || !('vendor' in item) || !item.vendor || this.parts.now() - created < 24 * 60 * 60) return undefined
    const { name, notAfter } = await this.open().merchant(item.vendor)
    return { stall: name, tx: 'tx' in item ? item.tx : '', since: created, ends: notAfter }
  }

  /**
   * Calls off a payment that waits for a word at the bank: it is declined there. The broker's signed no ends the work then,
   * or it goes on, if it was confirmed before.
   * @param {string} link where it waits
   */
  async decline(link) {
    await this.broker.declinePayment(link)
    this.wake()
  }

  /**
   * Runs a work on this page; the same promise for the same work.
   * @param {string} id
   * @returns {Promise<Work>}
   */
  follow(id) {
    return this.underWay.follow(this.open(), id)
  }

  /** Notes that the desk of a stall has been entered. @param {Work<'stall'>} work */
  async entered({ id }) {
    const ctx = this.open()
    await this.exclusive('peerscrip-wallet', async () => {
      const work = await ctx.must('works', id)
      if (work.purpose !== 'stall') return
      await ctx.purse.apply([{ kind: 'works', id, value: { ...work, rev: work.rev + 1, about: { ...work.about, entered: true } } }])
    })
  }

  /** Keeps the warning of a broker that is not the one this wallet was made for; of one that is away it says nothing. @param {unknown} error */
  warn(error) {
    if (!(error instanceof Advice)) return
    this.warning = error.message
    this.changed()
  }

  /** Looks whether the broker is still the one this wallet was made for, and follows a change of its keys. */
  async checkBroker() {
    const ctx = this.open()
    const known = (await ctx.profile()).broker
    const next = await repin(known, this.broker)
    if (JSON.stringify(next) === JSON.stringify(known)) return
    await this.exclusive('peerscrip-wallet', async () => {
      const profile = await ctx.profile()
      if (JSON.stringify(profile.broker) === JSON.stringify(known)) await ctx.purse.apply([{ kind: 'profile', id: 'me', value: { ...profile, broker: next } }])
    })
  }

  /** Takes what is stuck at stalls that are gone back to the bank. */
  async rescueStuck() {
    const { ctx } = this
    if (!ctx) return
    for (const stall of await lost(ctx)) {
      const work = await this.exclusive('peerscrip-wallet', async () => this.ctx === ctx ? rescue(ctx, stall).catch(() => undefined) : undefined) // another tab's is under way
      if (work) this.follow(work.id)
    }
  }

  /** Puts into the threads of orders what the broker said lately of their money, where it is not there. */
  async repeatWords() {
    const { ctx } = this
    if (!ctx) return
    for (const word of await holds.words(ctx)) if (await repeat(ctx, this.parts.exclusive, word)) this.heard()
  }

  /** Takes in what the broker owes of protected purchases. */
  async takeCredit() {
    const { ctx } = this
    if (!ctx || !(await ctx.profile()).credit) return
    const work = await this.exclusive('peerscrip-wallet', async () => this.ctx === ctx ? holds.takeCredit(ctx) : undefined)
    if (work) this.follow(work.id)
  }

  heard() {
    this.parts.session.tell('changed')
    this.changed()
  }

  /** Renews what is soon to expire; or all there is, now. @param {boolean} [now] */
  async renew(now = false) {
    const { ctx } = this
    if (!ctx) return
    const which = () => now ? ctx.holdings() : due(ctx)
    if ((await which()).length === 0 && (await tooOld(ctx)).length === 0) return
    const works = await this.exclusive('peerscrip-wallet', async () => this.ctx === ctx ? [...await renew(ctx, await which()), ...await renewOld(ctx)] : [])
    for (const work of works) this.follow(work.id)
  }
}
