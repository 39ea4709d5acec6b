// @ts-check
/**
 * The broker over HTTP, and the sandbox bank that lives beside it. Envelopes go in and out unopened. The address comes from
 * the page; trust does not: every answer is opened with the keys pinned when the wallet was made.
 * @module
 */
import { get, post } from './http.js'

export class Broker {
  /** @param {string} base URL without a slash at its end; "" for this site */
  constructor(base) {
    this.base = base.replace(/\/$/, '')
  }

  /** What the broker says of itself. @returns {Promise<any>} */
  about() {
    return get(`${this.base}/v1/broker`)
  }

  /** Its public keys. @returns {Promise<any>} */
  keys() {
    return get(`${this.base}/.well-known/jwks.json`)
  }

  /** A merchant in its directory: certificate and whether it was revoked. @param {string} vendor */
  stall(vendor) {
    return get(`${this.base}/v1/broker/stalls/${vendor}`)
  }

  /** @param {string} envelope R1 */
  accounts(envelope) {
    return post(`${this.base}/v1/broker/accounts`, { envelope })
  }

  /** @param {string} envelope R3 */
  stalls(envelope) {
    return post(`${this.base}/v1/broker/stalls`, { envelope })
  }

  /** @param {string} envelope T1 */
  acquisitions(envelope) {
    return post(`${this.base}/v1/broker/acquisitions`, { envelope })
  }

  /** @param {string} envelope T3 */
  announcements(envelope) {
    return post(`${this.base}/v1/broker/announcements`, { envelope })
  }

  /** @param {string} envelope T13 */
  topUps(envelope) {
    return post(`${this.base}/v1/broker/top-ups`, { envelope })
  }

  /** @param {string} order @param {string} payment the two parts of T15 */
  extensions(order, payment) {
    return post(`${this.base}/v1/broker/extensions`, { order, payment })
  }

  /** @param {string} envelope T20 */
  withdrawals(envelope) {
    return post(`${this.base}/v1/broker/withdrawals`, { envelope })
  }

  /** @param {string} envelope T26 */
  renewals(envelope) {
    return post(`${this.base}/v1/broker/renewals`, { envelope })
  }

  /** @param {string} envelope STATEMENT */
  statements(envelope) {
    return post(`${this.base}/v1/broker/statements`, { envelope })
  }

  /** @param {string} envelope PAYOUT */
  payouts(envelope) {
    return post(`${this.base}/v1/broker/payouts`, { envelope })
  }

  /** @param {string} envelope T9 */
  notices(envelope) {
    return post(`${this.base}/v1/broker/notices`, { envelope })
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
}
