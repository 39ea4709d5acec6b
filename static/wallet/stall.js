// @ts-check
/**
 * A merchant over HTTP. Envelopes go in and out unopened; what it says about itself is believed only under the broker's
 * certificate (trust.js).
 * @module
 */
import { decode } from './base64url.js'
import { get, post } from './http.js'

/** @import { Pair, Parts } from './broker.js' */
/** @import { Typ } from './forms.js' */
/** @import { Request } from './requests.js' */

/** Where each message goes. @type {{ [T in Typ]?: string }} */
const paths = { 'T4-order': 'exchanges', CLAIM: 'claims', T10: 'purchases', 'T22-order': 'givebacks', T26: 'renewals', COLLECT: 'collections', TELL: 'events' }

/** Characters of the longest head, as a header has it. */
const maxHead = 2731

/** The head in the header of a stall's answer; "" where there is none. @param {string | null} header */
function headIn(header) {
  try {
    return header && header.length <= maxHead ? new TextDecoder('utf-8', { fatal: true }).decode(decode(header)) : ''
  } catch {
    return '' // nobody's word
  }
}

export class Stall {
  /**
   * @param {string} base URL of the certificate
   * @param {string} vendor
   * @param {(head: string) => void} [tells] is told the head of the broker's log that came with an answer
   */
  constructor(base, vendor, tells = () => {}) {
    this.root = `${base.replace(/\/$/, '')}/v1/stalls/${vendor}`
    this.tells = tells
  }

  /** @param {string} offer @returns {Promise<any>} the signed offer and what is left of it */
  offer(offer) {
    return get(`${this.root}/offers/${offer}`)
  }

  /** Sends a request, and gives the sealed answer. @param {Request} request @returns {Promise<{ envelope: unknown }>} */
  ask({ typ, envelope }) {
    return post(`${this.root}/${paths[typ]}`, { envelope }, 'omit', headers => {
      const head = headIn(headers.get('peerscrip-log-head'))
      if (head) this.tells(head)
    })
  }

  /** The same for a request in two parts, whose answer has one for each, or for one alone. @param {Pair} request @returns {Promise<Parts>} */
  askPair({ order, payment }) {
    return post(`${this.root}/${paths[order.typ]}`, { order: order.envelope, payment: payment.envelope })
  }
}
