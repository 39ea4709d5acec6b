// @ts-check
/**
 * The broker over HTTP, and the sandbox bank that lives beside it. Envelopes go in and out unopened. The address comes from
 * the page; trust does not: every answer is opened with keys that follow from those pinned when the wallet was made.
 * @module
 */
import { get, post } from './http.js'

/** @import { Typ } from './forms.js' */
/** @import { Request } from './requests.js' */
/** @typedef {{ order: Request, payment: Request }} Pair */
/** @typedef {{ order?: unknown, payment?: unknown }} Parts */

/** Where each message goes. @type {{ [T in Typ]?: string }} */
const paths = {
  R1: 'accounts', BANK: 'banks', REKEY: 'rekeyings', R3: 'stalls', T1: 'acquisitions', T3: 'announcements', T9: 'notices', T13: 'top-ups', 'T15-payment': 'extensions',
  T20: 'withdrawals', T26: 'renewals', STATEMENT: 'statements', PAYOUT: 'payouts', RESCUE: 'rescues', RATE: 'ratings', RELEASE: 'releases', RECLAIM: 'reclaims', DISPUTE: 'disputes', WATCH: 'watches',
}

export class Broker {
  /** @param {string} base URL without a slash at its end; "" for this site */
  constructor(base) {
    this.base = base.replace(/\/$/, '')
  }

  /** What the broker says of itself. @returns {Promise<any>} */
  about() {
    return get(`${this.base}/v1/broker`)
  }

  /** Its KEYS after a serial, a page of them. @param {number} after @returns {Promise<unknown>} */
  async keys(after) {
    return (await get(`${this.base}/v1/broker/keys?after=${after}`)).keys
  }

  /** A merchant in its directory: certificate and whether it was revoked. @param {string} vendor */
  stall(vendor) {
    return get(`${this.base}/v1/broker/stalls/${vendor}`)
  }

  /** Sends a request, and gives the sealed answer. @param {Request} request @returns {Promise<{ envelope: unknown }>} */
  ask({ typ, envelope }) {
    return post(`${this.base}/v1/broker/${paths[typ]}`, { envelope })
  }

  /** The same for a request in two parts, whose answer has one for each, or for one alone. @param {Pair} request @returns {Promise<Parts>} */
  askPair({ order, payment }) {
    return post(`${this.base}/v1/broker/${paths[payment.typ]}`, { order: order.envelope, payment: payment.envelope })
  }

  /** What buyers said of a stall, below a number or (0) from the newest: a page. @param {string} vendor @param {number} before @returns {Promise<{ ratings: { number: number, rating: string, answer: string }[] }>} */
  ratings(vendor, before) {
    return get(`${this.base}/v1/broker/stalls/${vendor}/ratings?before=${before}`)
  }

  /** The signed head of its log. @returns {Promise<any>} */
  logHead() {
    return get(`${this.base}/v1/broker/log/head`)
  }

  /** The proof that its log of so many records continues that of fewer. @param {number} from @param {number} to @returns {Promise<any>} */
  logConsistency(from, to) {
    return get(`${this.base}/v1/broker/log/consistency?from=${from}&to=${to}`)
  }

  /** The proof that its log has a message. @param {string} digest @returns {Promise<any>} */
  logMessage(digest) {
    return get(`${this.base}/v1/broker/log/messages/${digest}`)
  }

  /** A new account at the sandbox bank. @returns {Promise<{ reference: string, balance: number }>} */
  newBankAccount() {
    return post(`${this.base}/v1/bank/accounts`)
  }

  /** @param {string} reference @returns {Promise<{ reference: string, balance: number }>} */
  bankAccount(reference) {
    return get(`${this.base}/v1/bank/accounts/${encodeURIComponent(reference)}`)
  }

  /**
   * Puts test money into a sandbox account.
   * @param {string} reference
   * @param {number} amount minor units
   * @param {string} key an ID; the same key again deposits nothing more
   */
  deposit(reference, amount, key) {
    return post(`${this.base}/v1/bank/accounts/${encodeURIComponent(reference)}/deposits`, { amount, key })
  }

  /** Declines a payment at the sandbox bank, for good unless it was confirmed. @param {string} link where it waits */
  declinePayment(link) {
    const key = new URL(link, 'http://bank').pathname.split('/').at(-1) ?? ''
    return post(`${this.base}/v1/bank/confirmations/${encodeURIComponent(key)}/decline`)
  }
}
