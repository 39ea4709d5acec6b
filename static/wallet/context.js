// @ts-check
/**
 * What the transactions work with: the purse, the clock, the broker and the stalls. Everything here only reads.
 * @module
 */
import { Way } from './moved.js'
import { Reckoning } from './reckoning.js'

/** @import { Broker } from './broker.js' */
/** @import { Purse } from './purse.js' */
/** @typedef {<T>(name: string, run: () => Promise<T>) => Promise<T>} Exclusive */
/** @import { Holding, Kind, Merchant, Profile, Rows, Work } from './rows.js' */

export class Context {
  /** @param {{ purse: Purse, broker: Broker, now: () => number, exclusive?: Exclusive }} parts exclusive: runs with the named lock of this origin held */
  constructor({ purse, broker, now, exclusive = (_, run) => run() }) {
    this.purse = purse
    this.broker = broker
    /** Unix seconds, by this device's clock, which may be wrong. */
    this.now = now
    this.exclusive = exclusive
    this.reckoning = new Reckoning(now)
    /** When the broker was asked last where a stall is, by vendor; unix seconds. @type {Map<string, number>} */
    this.lookedFor = new Map()
    /** The head of the broker's log that each stall told last, by vendor, until it is compared. @type {Map<string, string>} */
    this.told = new Map()
  }

  /** @returns {Promise<Profile>} */
  profile() {
    return this.must('profile', 'me')
  }

  /** A merchant whose money or pseudonym the wallet has. @param {string} vendor @returns {Promise<Merchant>} */
  merchant(vendor) {
    return this.must('merchants', vendor)
  }

  /** @param {string} scrip scrip_id @returns {Promise<Holding>} */
  holding(scrip) {
    return this.must('holdings', scrip)
  }

  /** What is money: all holdings but those that are in doubt. @returns {Promise<Holding[]>} */
  async holdings() {
    return (await this.purse.all('holdings')).filter(holding => !holding.doubt)
  }

  /** The account's one BrokerScrip. @returns {Promise<Holding | undefined>} */
  async brokerScrip() {
    return (await this.holdings()).find(holding => holding.vendor === '')
  }

  /** @returns {Promise<Work[]>} */
  works() {
    return this.purse.all('works')
  }

  /** The way to a stall, wherever it is by now. Not for who holds the wallet's lock. @param {{ baseURL: string, vendor: string }} merchant */
  stall(merchant) {
    return new Way(this, merchant)
  }

  /**
   * A row that cannot be missing, unless the purse is damaged.
   * @template {Kind} K
   * @param {K} kind
   * @param {string} id
   * @returns {Promise<Rows[K]>}
   */
  async must(kind, id) {
    const row = await this.purse.get(kind, id)
    if (row === undefined) throw new Error(`the purse has no ${kind} ${id}`)
    return row
  }
}
