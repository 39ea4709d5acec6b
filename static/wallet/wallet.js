// @ts-check
/**
 * The wallet, as pages use it, one object for a page: what is in it (contents.js), who can open it (safe.js), what it does, and
 * carrying on with whatever is unfinished (underway.js). No scrip leaves it except sealed to its issuer.
 * @module
 */
import { changeBank, load, payOut, withdraw } from './cash.js'
import { basketOf, baskets, put } from './basket.js'
import { begunSince, start, unfinished } from './checkout.js'
import { Contents } from './contents.js'
import { Advice, Unreadable } from './errors.js'
import { gone, rescue } from './gone.js'
import * as holds from './holds.js'
import { tr } from './language.js'
import { leave } from './leaving.js'
import { summary } from './lines.js'
import { isStale, priced, quote, titled } from './quote.js'
import { may, mayChange, published, rate, ratingOf } from './rating.js'
import { asItCame, choose as chooseRefunds, collect, due as uncollected } from './refunds.js'
import { due, renew, renewOld, tooOld } from './renewals.js'
import { cancel, giveUp } from './runner.js'
import { lost } from './stuck.js'
import { ask, deal, keepPhoto, listen, listenAll, photoOf, propose, reconcile, repeat, say, seen } from './talks.js'
import { overLongAgo } from './thin.js'
import { surplus } from './transcript.js'
import { repin } from './trust.js'
import { UnderWay } from './underway.js'

/** @import { Choice } from './checkout.js' */
/** @import { AtStall } from './contents.js' */
/** @import { Context } from './context.js' */
/** @import { Stated } from './earnings.js' */
/** @import { Leaving } from './leaving.js' */
/** @import { Wish } from './basket.js' */
/** @import { Quote, Wanted } from './quote.js' */
/** @import { Chosen } from './trust.js' */
/** @import { Basket, Order, Work } from './rows.js' */
/** @import { Parts } from './safe.js' */

/** @typedef {{ stall: string, tx: string, since: number, ends: number }} Away unix seconds; tx: by which the broker's books know it */

/** Deletes the works that are over; not before the report of a restoration, which is made of them, was read. @param {Context} ctx */
async function forget(ctx) {
  if (await ctx.purse.get('restored', 'last')) return
  await ctx.purse.apply(overLongAgo(await ctx.works(), await ctx.purse.all('holdings'), ctx.now()))
}

export class Wallet extends Contents {
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

  // What it does.

  /** Puts test money into the sandbox bank account. @param {number} amount @param {string} key an ID; the same again does nothing */
  async deposit(amount, key) {
    return (await this.broker.deposit((await this.profile()).bank, amount, key)).balance
  }

  /** Loads money from the bank. @param {number} amount minor units @returns {Promise<Work>} started, not finished */
  load(amount) {
    return this.begin(ctx => load(ctx, amount))
  }

  /** Names another bank account of this account's. @param {string} reference @returns {Promise<Work>} started, not finished */
  changeBank(reference) {
    return this.begin(ctx => changeBank(ctx, reference))
  }

  /** Withdraws the broker's money to the bank, all of it. @param {number} amount minor units, as it was shown */
  withdraw(amount) {
    return this.begin(ctx => withdraw(ctx, amount))
  }

  /** Takes everything to the bank. @param {Leaving} seen as it was shown @returns {Promise<Work[]>} started, not finished */
  async leave(seen) {
    const works = await this.exclusive('peerscrip-wallet', () => leave(this.open(), seen))
    for (const work of works) this.follow(work.id)
    return works
  }

  /** Pays out what a stall has earned. @param {Stated} stall as it was shown @param {'bank' | 'scrip'} to */
  payOut(stall, to) {
    return this.begin(ctx => payOut(ctx, stall, to))
  }

  /** Whether a stall is gone, as far as the broker tells. @param {string} vendor */
  async gone(vendor) {
    const found = await gone(this.open(), vendor)
    if (found?.ended === 0 && !this.closed.has(vendor)) {
      this.closed.add(vendor)
      this.changed()
    }
    return found
  }

  /** Takes what is at a stall that is gone back to the bank. @param {Pick<AtStall, 'vendor' | 'name' | 'total'>} stall as it was shown */
  rescue(stall) {
    return this.begin(ctx => rescue(ctx, stall))
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

  /** Collects what sellers have taken back. @param {string} [vendor] of this one, now; else of all that were not asked for a while */
  async collect(vendor) {
    const ctx = this.open()
    const vendors = vendor ? [vendor] : await uncollected(ctx)
    const came = await Promise.all(vendors.map(vendor => collect(ctx, this.parts.exclusive, vendor)))
    if (!came.includes(true)) return
    this.parts.session.tell('changed')
    this.changed()
    void this.inform(() => this.pickUp()) // what a stored answer brought is renewed
  }

  /** What sellers gave back and is still as it came. @param {string} [vendor] at this stall */
  async refundsAsTheyCame(vendor) {
    return asItCame(await this.open().holdings(), vendor)
  }

  /** Keeps where refunds go from now on, and where that is the bank takes there what is still as it came. @param {import('./rows.js').RefundsTo} to @param {string} [vendor] of this stall alone */
  async refundsGo(to, vendor) {
    const ctx = this.open()
    const works = await this.exclusive('peerscrip-wallet', () => chooseRefunds(ctx, to, vendor))
    this.heard()
    for (const { id } of works) void this.follow(id)
    return works
  }

  /** Says or does something about an order, or in a conversation. @param {string} tx @param {import('./talks.js').Saying} what */
  async say(tx, what) {
    await say(this.open(), this.parts.exclusive, tx, what)
    this.heard()
  }

  /** Rates an order, for everyone to read. @param {string} tx @param {{ stars: number, words: string }} said */
  async rate(tx, said) {
    await rate(this.open(), this.parts.exclusive, tx, said)
    this.heard()
  }

  /** What was said of an order, whether it may be changed, and whether some of it was not answered yet. @param {Order} order */
  async rating(order) {
    const ctx = this.open()
    return { said: await ratingOf(ctx, order), may: may(ctx, order), mayChange: mayChange(ctx, order), waits: Boolean(order.rating) }
  }

  /** Holds the broker to a rating. @param {Order} order */
  published(order) {
    return published(this.open(), order)
  }

  /** Says something of a protected purchase. @param {string} tx @param {import('./holds.js').Saying} saying @returns {Promise<Work>} started, not finished */
  protect(tx, saying) {
    return this.begin(ctx => holds.say(ctx, tx, saying))
  }

  /** Asks the broker how the money of protected purchases stands. @param {string} [vendor] of those at this stall, now; else of all that were not asked about for a while */
  async askHolds(vendor) {
    const { ctx } = this
    if (!ctx) return
    let news = false
    for (const one of vendor ? [vendor] : await holds.due(ctx)) news = await holds.ask(ctx, this.parts.exclusive, one) || news
    if (news) this.heard()
    await this.takeCredit()
    if (news) await this.repeatWords()
  }

  /** Puts into the threads of orders what the broker said lately of their money, where it is not there. */
  async repeatWords() {
    const { ctx } = this
    if (!ctx) return
    for (const word of await holds.words(ctx)) if (await repeat(ctx, this.parts.exclusive, word)) this.heard()
  }

  /** Of which orders two days or one day are left to look at them, told once each. @returns {Promise<{ title: string, days: number, returning: boolean }[]>} */
  async warnings() {
    const { ctx } = this
    if (!ctx) return []
    return this.exclusive('peerscrip-wallet', async () => {
      const due = (await this.toDo()).filter(({ order: { warned = 3 }, standing: { days } }) => days > 0 && days < warned)
      await ctx.purse.apply(due.map(({ order, standing }) => ({ kind: 'orders', id: order.tx, value: { ...order, warned: standing.days } })))
      return due.map(({ order, standing }) => ({ title: summary(order.lines), days: standing.days, returning: standing.returning }))
    })
  }

  /** What both sides have said of a purchase that is disputed. @param {Order} order */
  bothSides(order) {
    return holds.both(this.open(), this.parts.exclusive, order)
  }

  /** Takes in what the broker owes of protected purchases. */
  async takeCredit() {
    const { ctx } = this
    if (!ctx || !(await ctx.profile()).credit) return
    const work = await this.exclusive('peerscrip-wallet', async () => this.ctx === ctx ? holds.takeCredit(ctx) : undefined)
    if (work) this.follow(work.id)
  }

  /** Begins a conversation about an offer. @param {{ vendor: string, offer: string }} about @param {string} text @returns {Promise<string>} its tx */
  async ask(about, text) {
    const tx = await ask(this.open(), this.parts.exclusive, about, text)
    this.heard()
    return tx
  }

  /** Proposes a price to a seller. @param {{ vendor: string, offer: string }} about @param {{ price: number, quantity: number, text: string }} terms @returns {Promise<string>} the conversation's tx */
  async propose(about, terms) {
    const tx = await propose(this.open(), this.parts.exclusive, about, terms)
    this.heard()
    return tx
  }

  /** A photo of a thread: see photoOf in talks.js. @param {string} tx @param {string} digest */
  photo(tx, digest) {
    return photoOf(this.open(), this.parts.exclusive, tx, digest)
  }

  /** Keeps a photo: see keepPhoto in talks.js. @param {string} tx @param {Uint8Array} jpeg */
  keepPhoto(tx, jpeg) {
    const ctx = this.open()
    return this.exclusive('peerscrip-wallet', () => keepPhoto(ctx, tx, jpeg))
  }

  /** Which photos the broker was shown of a purchase: see exhibited in holds.js. @param {string} tx */
  exhibited(tx) {
    return holds.exhibited(this.open(), tx)
  }

  /** What a conversation has come to: see deal in talks.js. @param {import('./talks.js').Conversation} conversation */
  deal(conversation) {
    return deal(this.open(), conversation)
  }

  /** Asks what sellers have said. @param {string} [tx] in this thread; else in all where more is to be expected @returns {Promise<boolean>} whether something came */
  async listen(tx) {
    const { ctx } = this
    if (!ctx) return false
    const news = tx ? await listen(ctx, this.parts.exclusive, tx) : await listenAll(ctx, this.parts.exclusive, () => this.parts.sleep(500 + 1500 * Math.random()))
    if (news) this.heard()
    return news
  }

  /** A person has seen a thread, and what became of the money of its order. @param {string} tx */
  async seen(tx) {
    const ctx = this.open()
    await this.exclusive('peerscrip-wallet', async () => {
      await seen(ctx, tx)
      const order = await ctx.purse.get('orders', tx)
      if (order?.news) await ctx.purse.apply([{ kind: 'orders', id: tx, value: { ...order, news: false } }])
    })
  }

  /** Holds a thread against what the stall has. @param {string} tx */
  async reconcile(tx) {
    const found = await reconcile(this.open(), this.parts.exclusive, tx)
    this.heard()
    return found
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

  /** @param {Wanted} wanted */
  async quote(wanted) {
    const ctx = this.open()
    const bought = (await this.orders()).some(order => order.vendor === wanted.vendor)
    if (bought) await this.collect(wanted.vendor) // what the seller has taken back pays first
    try {
      return await quote(ctx, wanted)
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      await this.checkBroker() // the seller may be certified under keys that the broker has since this page was opened
      return quote(ctx, wanted)
    }
  }

  /** The same, delivered in another way. @param {Quote} seen @param {Chosen} delivery */
  priced(seen, delivery) {
    return priced(this.open(), seen, delivery)
  }

  /** What lies in a stall's basket. @param {string} vendor */
  basket(vendor) {
    return basketOf(this.open(), vendor)
  }

  /** @returns {Promise<Basket[]>} */
  baskets() {
    return baskets(this.open())
  }

  /** Puts so many of an offer into its stall's basket. @param {string} vendor @param {string} offer @param {number} quantity @returns {Promise<string>} its title */
  async wish(vendor, offer, quantity) {
    const { stall, title } = await titled(this.open(), vendor, offer)
    await this.change(vendor, { offer, title, quantity }, stall)
    return title
  }

  /** Has so many of something in a basket; none for 0. @param {string} vendor @param {Wish} wish @param {string} [stall] its name, where that is news */
  async change(vendor, wish, stall) {
    const ctx = this.open()
    await this.exclusive('peerscrip-wallet', async () => {
      const basket = await basketOf(ctx, vendor)
      await ctx.purse.apply([put(basket, { vendor, stall: stall ?? basket?.stall ?? '', now: ctx.now() }, wish)])
    })
    this.parts.session.tell('changed')
    this.changed()
  }

  /** @param {Quote} seen @param {Choice} choice @returns {Promise<Work>} started, not finished */
  buy(seen, choice) {
    return this.begin(ctx => start(ctx, seen, choice))
  }

  /** Whether paying would not be what was shown any more. @param {Quote} seen */
  isStale(seen) {
    return isStale(this.open(), seen)
  }

  /** A purchase of the same that another tab has begun meanwhile. @param {Quote} seen */
  begunSince(seen) {
    return begunSince(this.open(), seen)
  }

  /** @param {string} vendor @param {string[]} offers */
  unfinished(vendor, offers) {
    return unfinished(this.open(), vendor, offers)
  }

  // Carrying on.

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
}
