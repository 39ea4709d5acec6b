// @ts-check
/**
 * Requests and their answers: making a message to the broker or to a stall, and reading what came back. A request is written
 * down before it is sent and sent again as it is, so what is random in it is drawn here, once.
 * @module
 */
import { decode, newID, newKey } from './base64url.js'
import { seal, sign, signPair } from './envelope.js'
import { Refusal, Unreadable } from './errors.js'
import { maxSize } from './forms.js'
import { parse } from './json.js'
import { signer } from './keys.js'
import { check, compose, isSelfKeyed } from './messages.js'
import { openReply } from './opening.js'
import { signersOf } from './succession.js'
import { took } from './transcript.js'
import { repin } from './trust.js'

/** @import { Again } from './again.js' */
/** @import { Context } from './context.js' */
/** @import { Attached, Body, Typ } from './forms.js' */
/** @import { Wanted } from './opening.js' */
/** @import { BrokerPin, Change, Merchant, Profile } from './rows.js' */
/** @import { JWK, Opened, Signed } from './types.js' */

/**
 * @typedef {object} Request as it is written down before it is sent
 * @property {Typ} typ
 * @property {string} tx
 * @property {string} envelope what goes on the wire, again and again if need be
 * @property {string} replyKey opens the answer
 * @property {string} jws evidence
 * @property {Record<string, string>} attached digests by name
 * @property {string[]} attachments disclosures
 */

/**
 * What a request says. tx: a fresh one where left out; again: what is derived instead of drawn, tx included.
 * @template {Typ} T
 * @typedef {{ tx?: string, again?: Again, body: Body<T>, attach?: Attached }} Says
 */

/**
 * An opened reply, and its entry in the transcript.
 * @template {Typ} [T=Typ]
 * @typedef {{ opened: Opened<T>, entry: Change }} Answer
 */

/**
 * The answer, if it is of that type.
 * @template {Typ} T
 * @param {Answer<any> | undefined} answer
 * @param {T} typ
 */
export const ofType = (answer, typ) => answer?.opened.typ === typ ? /** @type {Answer<T>} */ (answer) : undefined

/** Thumbprint of the key that a request is signed with: the account may have another by now. @param {Request} request @returns {string} */
export const signedBy = ({ jws }) => /** @type {{ kid: string }} */ (parse(decode(jws.split('.')[0] ?? ''))).kid

/** What a message says with what is random in it: fresh, or derived so that it can be made again. @template {Typ} T @param {Context} ctx @param {Says<T>} says */
function drawn(ctx, { tx, again, body, attach = {} }) {
  const { replyKey, ...drawn } = again ? { ...again, tx: tx ?? again.tx } : { tx: tx ?? newID(), iat: ctx.now(), replyKey: newKey() }
  return { replyKey, says: { ...drawn, body, attach: { ...attach, reply_key: replyKey } } }
}

/**
 * A message of the account to the broker.
 * @template {Typ} T
 * @param {Context} ctx
 * @param {T} typ
 * @param {Says<T>} what
 * @param {Profile} profile
 */
export async function toBroker(ctx, typ, what, { key, account, broker }) {
  const me = await signer(key)
  const iss = isSelfKeyed(typ) ? me.thumbprint : account
  const { replyKey, says } = drawn(ctx, what)
  return request(await sign(compose(typ, { iss, aud: broker.id, ...says }), me, isSelfKeyed(typ)), broker.envelope, replyKey)
}

/**
 * A message of the pseudonym to its merchant.
 * @template {Typ} T
 * @param {Context} ctx
 * @param {T} typ
 * @param {Says<T>} what
 * @param {Merchant} merchant
 */
export async function toMerchant(ctx, typ, what, { pseudonym, vendor, envelope }) {
  const me = await signer(pseudonym)
  const { replyKey, says } = drawn(ctx, what)
  return request(await sign(compose(typ, { iss: me.thumbprint, aud: vendor, ...says }), me, true), envelope, replyKey)
}

/**
 * A message of the pseudonym at a merchant to the broker.
 * @template {Typ} T
 * @param {Context} ctx
 * @param {T} typ
 * @param {Says<T>} what
 * @param {Merchant} merchant
 * @param {Profile} profile
 */
export async function pseudonymToBroker(ctx, typ, what, { pseudonym }, { broker }) {
  const me = await signer(pseudonym)
  const { replyKey, says } = drawn(ctx, what)
  return request(await sign(compose(typ, { iss: me.thumbprint, aud: broker.id, ...says }), me, true), broker.envelope, replyKey)
}

/**
 * The word of the pseudonym at a merchant that it is the account's, for one exchange: what is attached to T3, and its digest.
 * @param {Context} ctx
 * @param {string} tx
 * @param {Merchant} merchant
 * @param {Profile} profile
 * @returns {Promise<{ possession: string, proof: string }>}
 */
export async function possession(ctx, tx, { pseudonym, vendor }, { account, broker }) {
  const me = await signer(pseudonym)
  const says = { iss: me.thumbprint, aud: broker.id, tx, iat: ctx.now(), body: { account, vendor, nonce: newID() } }
  const { jws, digest } = await sign(compose('T3-possession', says), me, true)
  return { possession: jws, proof: digest }
}

/**
 * A message in two parts, each signed over the digest of the other: the order part by the pseudonym for the merchant, the
 * payment part by the account for the broker. Each has a reply key of its own.
 * @template {Typ} O
 * @template {Typ} P
 * @param {Context} ctx
 * @param {{ tx: string, order: Omit<Says<O>, 'tx'> & { typ: O }, payment: Omit<Says<P>, 'tx'> & { typ: P } }} what
 * @param {Merchant} merchant
 * @param {Profile} profile
 * @returns {Promise<{ order: Request, payment: Request }>}
 */
export async function pair(ctx, { tx, order, payment }, merchant, profile) {
  const [alias, account] = [await signer(merchant.pseudonym), await signer(profile.key)]
  const [one, other] = [drawn(ctx, { ...order, tx }), drawn(ctx, { ...payment, tx })]
  const [first, second] = await signPair({
    message: compose(order.typ, { iss: alias.thumbprint, aud: merchant.vendor, ...one.says }), signer: alias, selfKeyed: true,
  }, {
    message: compose(payment.typ, { iss: profile.account, aud: profile.broker.id, ...other.says }), signer: account, selfKeyed: false,
  })
  return { order: await request(first, merchant.envelope, one.replyKey), payment: await request(second, profile.broker.envelope, other.replyKey) }
}

/** @param {Signed} signed @param {JWK} receiver @param {string} replyKey @returns {Promise<Request>} */
async function request(signed, receiver, replyKey) {
  const { claims: { typ, tx, attached }, attachments, jws } = signed
  return { typ: /** @type {Typ} */ (typ), tx, envelope: await seal(signed, receiver), replyKey, jws, attached, attachments }
}

/**
 * Opens the broker's reply to a request.
 * @template {Typ} T
 * @param {Context} ctx
 * @param {unknown} envelope
 * @param {Request} to
 * @param {T[]} types
 * @param {{ profile: Profile, aud?: string }} whose aud: whom it must address; the account unless said
 * @returns {Promise<Answer<T>>}
 * @throws {Refusal} when it is a REFUSE
 */
export async function fromBroker(ctx, envelope, to, types, { profile: { broker, account }, aud = account }) {
  /** @param {BrokerPin} pin */
  const as = async pin => {
    const answer = await read(envelope, to, { types, signers: signersOf(pin), aud }, { peer: 'broker', at: ctx.now() })
    ctx.reckoning.hear({ signed: answer.opened.claims.iat, came: ctx.now() })
    return answer
  }
  try {
    return await as(broker)
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    const next = await repin(broker, ctx.broker).catch(() => broker)
    if (next.links.length === broker.links.length) throw error
    return as(next) // signed with a key that follows; the wallet keeps it when it next looks at the broker
  }
}

/**
 * Opens a merchant's reply to a request of the pseudonym.
 * @template {Typ} T
 * @param {Context} ctx
 * @param {unknown} envelope
 * @param {Request} to
 * @param {T[]} types
 * @param {Merchant} merchant
 * @returns {Promise<Answer<T>>}
 * @throws {Refusal} when it is a REFUSE
 */
export async function fromMerchant(ctx, envelope, to, types, { vendor, name, signing, pseudonym }) {
  const { thumbprint } = await signer(pseudonym)
  return read(envelope, to, { types, signers: { [vendor]: [signing] }, aud: thumbprint }, { peer: name, at: ctx.now() })
}

/**
 * @template {Typ} T
 * @param {unknown} envelope
 * @param {Request} to
 * @param {Omit<Wanted, 'tx' | 'types'> & { types: T[] }} wanted
 * @param {{ peer: string, at: number }} from at: unix seconds
 * @returns {Promise<Answer<T>>}
 */
async function read(envelope, to, { types, ...wanted }, from) {
  if (typeof envelope !== 'string') throw new Unreadable()
  const letter = await openReply(envelope, to.replyKey, { ...wanted, types: [...types, 'REFUSE'], tx: to.tx, most: maxSize })
  const opened = /** @type {Opened<T | 'REFUSE'>} */ (check(letter))
  const entry = took(opened, { ...from, envelope, answers: to.typ })
  if (opened.typ === 'REFUSE') throw refusal(/** @type {Opened<'REFUSE'>} */ (opened), entry)
  return /** @type {Answer<T>} */ ({ opened, entry })
}

/** @param {Opened<'REFUSE'>} opened @param {Change} entry */
const refusal = ({ body: { reason, counter = 0, line }, claims: { iat } }, entry) => new Refusal(reason, entry, { counter, at: iat }, line)
