// @ts-check
/**
 * Dealing with sellers: what is said of orders and in conversations, what the broker says of the money that it holds, and ratings.
 * @module
 */
import { compare, evidence, meaning, settle } from './heads.js'
import * as holds from './holds.js'
import { tr } from './language.js'
import { summary } from './lines.js'
import { may, mayChange, published, rate, ratingOf } from './rating.js'
import { listen, listenAll, reconcile } from './listen.js'
import { keepPhoto, photoOf } from './talkphoto.js'
import { deal, seen } from './talks.js'
import { ask, propose, say } from './tell.js'
import { Working } from './working.js'

/** @import { Order, Work } from './rows.js' */

export class Dealing extends Working {
  /** Says or does something about an order, or in a conversation. @param {string} tx @param {import('./tell.js').Saying} what */
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

  /** A photo of a thread: see photoOf in talkphoto.js. @param {string} tx @param {string} digest */
  photo(tx, digest) {
    return photoOf(this.open(), this.parts.exclusive, tx, digest)
  }

  /** Keeps a photo: see keepPhoto in talkphoto.js. @param {string} tx @param {Uint8Array} jpeg */
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

  /** Holds what sellers saw of the broker's log against what it shows here. */
  async compareHeads() {
    const { ctx } = this
    if (ctx && await compare(ctx, this.parts.exclusive)) this.heard()
  }

  /** Its person says that what contradicts the broker is explained. @param {import('./heads.js').Shown[]} shown to its person */
  async settleBooks(shown) {
    await this.exclusive('peerscrip-wallet', () => settle(this.open(), shown))
    this.heard()
  }

  /** What contradicts the broker, with what it means and the evidence. @returns {Promise<{ says: string, seen: string, evidence: string, at: number, proven: boolean, settled: boolean }[]>} */
  async contradictions() {
    const ctx = this.open()
    const { heads } = await ctx.profile()
    return Promise.all((heads?.forks ?? []).map(async fork => {
      const seller = (await ctx.purse.get('merchants', fork.vendor))?.name ?? tr('a seller')
      return { says: meaning(fork, seller), seen: fork.seen, evidence: evidence(fork, seller), at: fork.at, proven: fork.proven, settled: fork.settled === true }
    }))
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
}
