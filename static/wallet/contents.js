// @ts-check
/**
 * Contents: what is in an unlocked wallet, as pages show it. Reads only.
 * @module
 */
import { earnings } from './earnings.js'
import { decision, isHeld, protectedBy, saidOf } from './holds.js'
import { leaving } from './leaving.js'
import { Safe } from './safe.js'
import { sharesOf } from './shares.js'
import { standing } from './standing.js'
import { conversation, conversations, talkOf, unread } from './talks.js'
import { purchaseOf } from './work.js'

/** @import { Context } from './context.js' */
/** @import { Stated } from './earnings.js' */
/** @import { Holding, Order, Profile, Work } from './rows.js' */
/** @import { Share } from './shares.js' */
/** @import { Standing } from './standing.js' */
/** @import { Conversation } from './talks.js' */
/** @import { Entry } from './transcript.js' */

/**
 * @typedef {{ vendor: string, name: string, total: number, holdings: Holding[] }} AtStall
 * @typedef {{ broker: Holding | undefined, stalls: AtStall[] }} Balance
 */

/** @param {Context} ctx @returns {Promise<Balance>} */
export async function balance(ctx) {
  const holdings = await ctx.holdings()
  const vendors = [...new Set(holdings.map(holding => holding.vendor).filter(Boolean))]
  const stalls = await Promise.all(vendors.map(async vendor => {
    const own = holdings.filter(holding => holding.vendor === vendor).toSorted((a, b) => a.scrip.expires - b.scrip.expires)
    const { name } = await ctx.merchant(vendor)
    return { vendor, name, total: own.reduce((sum, holding) => sum + holding.scrip.value, 0), holdings: own }
  }))
  return { broker: holdings.find(holding => holding.vendor === ''), stalls: stalls.toSorted((a, b) => a.name.localeCompare(b.name)) }
}

/** What the scrip of a wallet is worth, at stalls too, minor units. @param {Balance} balance */
export const total = ({ broker, stalls }) => stalls.reduce((sum, stall) => sum + stall.total, broker?.scrip.value ?? 0)

export class Contents extends Safe {
  /** Stalls of which the broker has said on this page that it closed them. @type {Set<string>} */
  closed = new Set()

  /** @returns {Promise<Profile>} */
  profile() {
    return this.open().profile()
  }

  async balance() {
    return balance(this.open())
  }

  /** All the money of the wallet, by where it is. @returns {Promise<Share[]>} */
  shares() {
    return sharesOf(this.open(), this.closed)
  }

  /** @returns {Promise<Map<string, string>>} the names of stalls, by vendor */
  async stallNames() {
    return new Map((await this.open().purse.all('merchants')).map(({ vendor, name }) => [vendor, name]))
  }

  /** What its issuers do not take for money any more, but for what was rescued; in no other sum, minor units. */
  async doubtful() {
    const all = await this.open().purse.all('holdings')
    return all.reduce((sum, { doubt, scrip: { value } }) => doubt && doubt !== 'stall-revoked' ? sum + value : sum, 0)
  }

  /** @returns {Promise<number>} the sandbox bank's balance, minor units */
  async bankBalance() {
    return (await this.broker.bankAccount((await this.profile()).bank)).balance
  }

  /** @returns {Promise<Work[]>} newest first */
  async works() {
    return (await this.open().works()).toSorted((a, b) => b.created - a.created)
  }

  /** @param {string} id @returns {Promise<Work | undefined>} */
  async workOf(id) {
    return this.open().purse.get('works', id)
  }

  /** What a work has in hand, minor units. @param {string} id */
  async inHandOf(id) {
    return (await this.open().holdings()).reduce((sum, { work, scrip: { value } }) => work === id ? sum + value : sum, 0)
  }

  /** Whether the broker has yet to acknowledge the T9 of a work. @param {Work} work */
  async noticeWaits(work) {
    const tx = purchaseOf(work)?.tx
    return tx !== undefined && await this.open().purse.get('notices', tx) !== undefined
  }

  /** @returns {Promise<Order[]>} newest first */
  async orders() {
    return (await this.open().purse.all('orders')).toSorted((a, b) => b.at - a.at)
  }

  /** @param {string} tx @returns {Promise<Order | undefined>} */
  order(tx) {
    return this.open().purse.get('orders', tx)
  }

  /** How an order stands. @param {Order} order @param {Conversation} [talk] what was said about it @returns {Promise<Standing>} */
  async standing(order, talk) {
    const { reckoning } = this.open()
    const { broker, credit } = await this.profile()
    return standing(order, { state: talk?.state, now: reckoning.brokerTime(), currency: broker, credit })
  }

  /** The orders with which their person has to do something, and what. @returns {Promise<{ order: Order, standing: Standing }[]>} */
  async toDo() {
    const all = await Promise.all((await this.orders()).map(async order => ({ order, standing: await this.standing(order) })))
    const due = all.filter(({ standing }) => standing.todo)
    return Promise.all(due.map(async ({ order }) => ({ order, standing: await this.standing(order, await this.conversation(order.tx)) })))
  }

  /** What is held of protected purchases, minor units, and of how many. */
  async held() {
    const held = (await this.orders()).filter(isHeld)
    return { orders: held.length, amount: held.reduce((sum, order) => sum + (protectedBy(order)?.held?.left ?? order.price), 0) }
  }

  /** What is being said of a protected purchase, or was last. @param {string} tx */
  protecting(tx) {
    return saidOf(this.open(), tx)
  }

  /** What an operator decided of an order; undefined where nothing was. @param {Order} order */
  async decided(order) {
    const held = protectedBy(order)?.held
    return held && decision(this.open(), held)
  }

  /** What was said about an order, or in a conversation. @param {string} tx @returns {Promise<Conversation | undefined>} */
  async conversation(tx) {
    const talk = await talkOf(this.open(), tx)
    return talk && conversation(this.open(), talk)
  }

  /** @returns {Promise<Conversation[]>} the last one first */
  conversations() {
    return conversations(this.open())
  }

  /** How much its person has not seen: events of sellers', and what became of the money of orders. */
  async unread() {
    const news = (await this.orders()).filter(({ news }) => news).length
    return (await this.conversations()).reduce((sum, one) => sum + unread(one), news)
  }

  /** @returns {Promise<Entry[]>} newest first */
  async transcript() {
    return (await this.open().purse.all('transcript')).toSorted((a, b) => b.order - a.order)
  }

  /** Whether another copy of this wallet has replaced the account's key, as far as was heard: this one spends nothing more. */
  async superseded() {
    const { rekeyed = 0 } = await this.profile()
    const [works, holdings] = [await this.works(), await this.open().purse.all('holdings')]
    return works.some(({ reason, created }) => reason === 'key-replaced' && created > rekeyed) || holdings.some(({ unrenewed }) => unrenewed === 'key-replaced')
  }

  /** The money at stalls that others may have a copy of, until it is renewed, minor units. */
  async exposed() {
    return (await this.open().holdings()).reduce((sum, { exposed, scrip: { value } }) => exposed ? sum + value : sum, 0)
  }

  /** What leaving the market would take to the bank. */
  async leaving() {
    return leaving(this.open())
  }

  /** What the stalls of this account have earned; none where it has opened none. @returns {Promise<Stated[]>} */
  async earnings() {
    const sells = (await this.works()).some(work => work.purpose === 'stall')
    return sells ? earnings(this.open()) : []
  }
}
