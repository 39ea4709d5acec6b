// @ts-check
/**
 * A merchant over HTTP. Envelopes go in and out unopened; what it says about itself is believed only under the broker's
 * certificate (trust.js).
 * @module
 */
import { get, post } from './http.js'

export class Stall {
  /** @param {string} base URL of the certificate @param {string} vendor */
  constructor(base, vendor) {
    this.root = `${base.replace(/\/$/, '')}/v1/stalls/${vendor}`
  }

  /** @param {string} offer @returns {Promise<any>} the signed offer and what is left of it */
  offer(offer) {
    return get(`${this.root}/offers/${offer}`)
  }

  /** @param {string} order @param {string} payment the two parts of T4 */
  exchanges(order, payment) {
    return post(`${this.root}/exchanges`, { order, payment })
  }

  /** @param {string} envelope CLAIM */
  claims(envelope) {
    return post(`${this.root}/claims`, { envelope })
  }

  /** @param {string} order @param {string} payment the two parts of T22 */
  givebacks(order, payment) {
    return post(`${this.root}/givebacks`, { order, payment })
  }

  /** @param {string} envelope T26 */
  renewals(envelope) {
    return post(`${this.root}/renewals`, { envelope })
  }

  /** @param {string} envelope COLLECT */
  collections(envelope) {
    return post(`${this.root}/collections`, { envelope })
  }

  /** @param {string} envelope T10 */
  purchases(envelope) {
    return post(`${this.root}/purchases`, { envelope })
  }
}
