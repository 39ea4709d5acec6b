// @ts-check
/**
 * The wallet, as pages use it, one object for a page: money and shopping here; dealing with sellers (dealing.js), carrying on with
 * whatever is unfinished (working.js), what is in it (contents.js), and who can open it (safe.js) below. No scrip leaves it except
 * sealed to its issuer.
 * @module
 */
import { basketOf, baskets, put } from './basket.js'
import { changeBank, load, payOut, replaceKey, withdraw } from './cash.js'
import { begunSince, start, unfinished } from './checkout.js'
import { Dealing } from './dealing.js'
import { Unreadable } from './errors.js'
import { gone, rescue } from './gone.js'
import { leave } from './leaving.js'
import { isStale, priced, quote, titled } from './quote.js'
import { asItCame, choose as chooseRefunds, collect, due as uncollected } from './refunds.js'

/** @import { Choice } from './checkout.js' */
/** @import { AtStall } from './contents.js' */
/** @import { Stated } from './earnings.js' */
/** @import { Leaving } from './leaving.js' */
/** @import { Wish } from './basket.js' */
/** @import { Quote, Wanted } from './quote.js' */
/** @import { Chosen } from './trust.js' */
/** @import { Basket, Work } from './rows.js' */

export class Wallet extends Dealing {
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

  /** Has the wallet sign with another key from now on, so that copies of it spend nothing more; then the money at stalls is renewed. */
  async replaceKey() {
    await this.underWay.deliverOnce() // a T9 that was not heard by then never is
    const work = await this.begin(replaceKey)
    void this.inform(async () => {
      await this.follow(work.id)
      await this.renew()
    })
    return work
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
}
