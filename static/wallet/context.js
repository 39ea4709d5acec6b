// @ts-check
/**
 * What the transactions work with: the purse, the clock, the parties, and the few ways of writing and reading messages
 * that all of them share. Everything here either only reads, or only makes values; runner.js applies them.
 * @module
 */
import { newID, newKey } from './base64url.js'
import { openReply, seal, sign, signPair } from './envelope.js'
import { Refusal, Unreadable } from './errors.js'
import { sent, took } from './transcript.js'
import { signer } from './keys.js'
import { check, compose, isSelfKeyed } from './messages.js'
import { Stall } from './stall.js'

/** @import { Again } from './again.js' */
/** @import { Broker } from './broker.js' */
/** @import { Purse } from './purse.js' */
/** @import { Change, Merchant, Opened, Profile, Holding, Signed, Work } from './types.js' */

/** Refusals that the same message may overcome a little later. */
const passing = new Set(['unavailable', 'not-announced', 'scrip-locked', 'too-many'])

/** @param {unknown} error @returns {boolean} */
export const isPassing = error => error instanceof Refusal && passing.has(error.reason)

/** @typedef {{ typ: string, again?: Again, body: Record<string, unknown>, attach?: Record<string, unknown> }} Part one part of a message in two */

/**
 * A request as it is written down before it is sent.
 * @typedef {object} Request
 * @property {string} typ
 * @property {string} tx
 * @property {string} envelope what goes on the wire, again and again if need be
 * @property {string} replyKey opens the answer
 * @property {string} jws evidence
 * @property {Record<string, string>} attached digests by name
 * @property {string[]} attachments disclosures
 *
 * @typedef {{ opened: Opened, entry: Change }} Answer an opened reply and its entry in the transcript
 *
 * @typedef {object} Says
 * @property {string} [tx] a fresh one where left out
 * @property {Again} [again] what is derived instead of drawn, tx included
 * @property {Record<string, unknown>} body
 * @property {Record<string, unknown>} [attach]
 */

export class Context {
  /** @param {{ purse: Purse, broker: Broker, now: () => number }} parts */
  constructor({ purse, broker, now }) {
    this.purse = purse
    this.broker = broker
    /** Unix seconds. */
    this.now = now
  }

  /** @returns {Promise<Profile>} */
  profile() {
    return this.purse.get('profile', 'me')
  }

  /** @param {string} vendor @returns {Promise<Merchant>} */
  merchant(vendor) {
    return this.purse.get('merchants', vendor)
  }

  /** @returns {Promise<Holding[]>} */
  holdings() {
    return this.purse.all('holdings')
  }

  /** The account's one BrokerScrip. @returns {Promise<Holding | undefined>} */
  async brokerScrip() {
    return (await this.holdings()).find(holding => holding.vendor === '' && !holding.spent)
  }

  /** @param {Merchant} merchant */
  stall(merchant) {
    return new Stall(merchant.baseURL, merchant.vendor)
  }

  /**
   * A message of the account to the broker, with a reply key among its attachments.
   * @param {string} typ
   * @param {Says} says
   * @param {Profile} profile
   */
  async toBroker(typ, says, profile) {
    const me = await signer(profile.key)
    const iss = isSelfKeyed(typ) ? me.thumbprint : profile.account
    const { replyKey, ...rest } = this.drawn(says)
    const message = compose(typ, { iss, aud: profile.broker.id, ...rest })
    return request(await sign(message, me, isSelfKeyed(typ)), profile.broker.envelope, replyKey)
  }

  /**
   * A message of the pseudonym to its merchant, with a reply key among its attachments.
   * @param {string} typ
   * @param {Says} says
   * @param {Merchant} merchant
   */
  async toMerchant(typ, says, merchant) {
    const me = await pseudonym(merchant)
    const { replyKey, ...rest } = this.drawn(says)
    const message = compose(typ, { iss: me.thumbprint, aud: merchant.vendor, ...rest })
    return request(await sign(message, me, true), merchant.envelope, replyKey)
  }

  /** What a message says with what is random in it: fresh, or derived so that it can be made again. @param {Says} says */
  drawn({ tx, again, body, attach = {} }) {
    const { replyKey, ...drawn } = again ? { ...again, tx: tx ?? again.tx } : { tx: tx ?? newID(), iat: this.now(), replyKey: newKey() }
    return { replyKey, ...drawn, body, attach: { ...attach, reply_key: replyKey } }
  }

  /**
   * A message in two parts, each signed over the digest of the other: the order part by the pseudonym for the merchant, the
   * payment part by the account for the broker. Each has a reply key of its own.
   * @param {{ tx: string, order: Part, payment: Part }} says
   * @param {Merchant} merchant
   * @param {Profile} profile
   * @returns {Promise<{ order: Request, payment: Request }>}
   */
  async pair({ tx, order, payment }, merchant, profile) {
    const [alias, account] = [await pseudonym(merchant), await signer(profile.key)]
    const { replyKey: orderKey, ...orderSays } = this.drawn({ tx, ...order })
    const { replyKey: paymentKey, ...paymentSays } = this.drawn({ tx, ...payment })
    const [one, other] = await signPair({
      message: compose(order.typ, { iss: alias.thumbprint, aud: merchant.vendor, ...orderSays }), signer: alias, selfKeyed: true,
    }, {
      message: compose(payment.typ, { iss: profile.account, aud: profile.broker.id, ...paymentSays }), signer: account, selfKeyed: false,
    })
    return { order: await request(one, merchant.envelope, orderKey), payment: await request(other, profile.broker.envelope, paymentKey) }
  }

  /**
   * Opens the broker's reply to a request.
   * @param {unknown} envelope
   * @param {Request} to
   * @param {string[]} types
   * @param {Profile} profile
   * @param {string} [aud] whom it must address; the account unless said
   * @returns {Promise<Answer>}
   * @throws {Refusal} when it is a REFUSE
   */
  fromBroker(envelope, to, types, profile, aud = profile.account) {
    return read(envelope, to, { types, signers: { [profile.broker.id]: profile.broker.signing }, aud }, 'broker', this.now())
  }

  /**
   * Opens a merchant's reply to a request of the pseudonym.
   * @param {unknown} envelope
   * @param {Request} to
   * @param {string[]} types
   * @param {Merchant} merchant
   * @returns {Promise<Answer>}
   * @throws {Refusal} when it is a REFUSE
   */
  async fromMerchant(envelope, to, types, merchant) {
    const { thumbprint } = await pseudonym(merchant)
    return read(envelope, to, { types, signers: { [merchant.vendor]: [merchant.signing] }, aud: thumbprint }, merchant.name, this.now())
  }

  /**
   * The transcript's entry for a message that is about to be sent.
   * @param {Request} request
   * @param {string} to
   * @param {Work} work
   */
  sent(request, to, work) {
    return sent(request, { peer: to, at: this.now(), work: work.id })
  }
}

/** @param {Merchant} merchant */
export function pseudonym(merchant) {
  if (!merchant.pseudonym) throw new Error('no pseudonym for this merchant')
  return signer(merchant.pseudonym)
}

/**
 * @param {Signed} signed
 * @param {import('./types.js').JWK} receiver
 * @param {string} replyKey
 * @returns {Promise<Request>}
 */
async function request(signed, receiver, replyKey) {
  const { claims: { typ, tx, attached }, attachments, jws } = signed
  return { typ, tx, envelope: await seal(signed, receiver), replyKey, jws, attached, attachments }
}

/**
 * @param {unknown} envelope
 * @param {Request} to
 * @param {Omit<import('./envelope.js').Wanted, 'tx'>} wanted
 * @param {string} peer
 * @param {number} at
 * @returns {Promise<Answer>}
 */
async function read(envelope, to, wanted, peer, at) {
  if (typeof envelope !== 'string') throw new Unreadable()
  const opened = check(await openReply(envelope, to.replyKey, { ...wanted, types: [...wanted.types, 'REFUSE'], tx: to.tx }))
  const entry = took(opened, { envelope, peer, at, answers: to.typ })
  if (opened.typ === 'REFUSE') throw new Refusal(opened.body.reason, entry)
  return { opened, entry }
}

/** @param {string} id @param {Holding} holding @returns {Change} */
export const putHolding = (id, holding) => ({ kind: 'holdings', id, value: holding })

/**
 * A scrip as it is kept from now on.
 * @param {{ scrip: import('./types.js').Scrip, secret: string, at?: number }} received
 * @param {{ vendor: string, work: string, since: number }} more since: now
 * @returns {Change}
 */
export const newHolding = ({ scrip, secret, at }, { vendor, work, since }) => putHolding(scrip.scrip_id, { scrip, secret, vendor, work, since, at, spent: false })
