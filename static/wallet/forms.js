// @ts-check
/**
 * The form of every message the wallet makes or takes: its body, and what must be attached (docs/protocol.md, R1-R4, T1-T27
 * and the additions, but for those between broker and stall). The table is also the type of each message: a body is typed by
 * the checks that it has passed.
 * @module
 */
import { decode } from './base64url.js'
import { country } from './countries.js'
import { change, days, digest, either, envelopeJWK, id, is, jws, like, list, money, signingJWK, text, time, whole } from './shape.js'

/** @import { Check, Checked, Fitting } from './shape.js' */

/** Where a parcel goes. */
const address = like({ name: text, lines: list(text, 1, 3), postcode: text, town: text, country, phone: text })
/** @typedef {Checked<typeof address>} Address */
/** @typedef {{ way: 'post', label: string, address: Address } | { way: 'collect' | 'none', label: string, address?: undefined }} Delivery how an order goes: posted to an address, or collected; none of a payment link, whose label is empty */
/** @type {Check<Delivery>} */
const delivery = either(either(like({ way: is('post'), label: text, address }), like({ way: is('collect'), label: text })), like({ way: is('none'), label: is('') }))

/** The most bytes of a photo of a thread (docs/protocol.md, "Limits"). */
export const maxPhoto = 98_304

/** A photo, as binary. @param {unknown} value @returns {value is string} */
function photoBytes(value) {
  try {
    return typeof value === 'string' && value.length > 0 && value.length <= Math.ceil(maxPhoto / 3 * 4) && decode(value).length <= maxPhoto
  } catch {
    return false
  }
}

/** What may be attached to a message, by name. @satisfies {Record<string, Check>} */
export const attachments = {
  reply_key: digest,
  secret: digest,
  scrip: like({ issuer: id, value: money, scrip_id: id, cust_id: id, expires: time, props: like({ currency: text }), certificate: digest }),
  order: like({ lines: list(like({ version: id, digest, quantity: time }), 1, 20), delivery, note: text }),
  possession: jws,
  photo: photoBytes,
}

/** @typedef {keyof typeof attachments} Attachment */
/** @typedef {{ [name in Attachment]?: Checked<(typeof attachments)[name]> }} Attached */

/**
 * @typedef {object} Form
 * @property {Record<string, Check>} body
 * @property {Record<string, Check>} [may] members of the body that may be left out
 * @property {Attachment[]} [attached] nothing, where left out
 * @property {boolean} [selfKeyed] whether it brings its sender's public key, which is its sender's name
 * @property {string} [brings] the amount in the body that is attached as scrip, if it is above zero
 * @property {(body: any) => boolean} [pictured] whether a photo is attached too
 * @property {boolean} [presents] whether scrip is attached too, or not, where the body says `to: 'scrip'`
 * @property {(body: any) => boolean} [sums] whether the amounts of the body agree
 * @property {number} [most] the longest JWS of it, in bytes; maxJWS, where left out
 */

/** The longest JWS of a message that has no bound of its own, in bytes (docs/protocol.md, "Limits"). */
const maxJWS = 2048

/** @type {Attachment[]} */
const replyKey = ['reply_key']
/** @type {Attachment[]} */
export const scripAndSecret = ['scrip', 'secret']
/** @type {Attachment[]} */
export const asking = ['reply_key', 'scrip', 'secret']

const parties = { account: id, value: money, vendor: id, pseudonym: digest }
const photo = like({ digest, alt: text })
const attribute = like({ name: text, value: text })
const parcel = like({ way: is('post', 'collect', 'none'), label: text, price: change, countries: list(country, 0, 60), days: list(days(90), 2, 2) })
/** @typedef {Checked<typeof parcel>} Way one way in which a thing gets to its buyer */
const refund = like({ refund: id, purchase: id, amount: money })
const statedStall = like({ vendor: id, name: text, earned: change, held: change, float: change, reserve: change })
const toldEvent = like({ event: jws })
const destination = is('bank', 'scrip')
const side = is('C', 'M')
const protect = like({ send_by: time, check_within: days(104, 1) })
const holdState = is('held', 'sent', 'disputed', 'released', 'reclaimed', 'decided', 'refunded')
const bought = { vendor: id, purchase: id }
const proof = { mandate: jws, paid: jws }
const shown = list(like({ message: jws }), 0, 16)
const toldHold = like({ hold: jws })
const said = { by: is('C', 'M'), at: time, text }
/** @type {Check<{ by: 'C' | 'M', at: number, text: string, photo?: string }>} */
const toldSaid = either(like(said), like({ ...said, photo: digest }))
const takings = like({ held: change, earned: change, paid_out: change })

/** T10 and T11 prove a purchase together. @param {{ mandate?: string, paid?: string }} body */
const isProof = ({ mandate, paid }) => (mandate === undefined) === (paid === undefined) && (mandate ?? '').length <= maxJWS && (paid ?? '').length <= maxJWS

/** What is shown has a bound together (docs/protocol.md, "Limits"); with a photo nothing is, but the event that names it. @param {{ shows: { message: string }[], photo?: string }} body */
const isShowing = ({ shows, photo }) => (photo === undefined || shows.length <= 1) && shows.reduce((sum, { message }) => sum + message.length, 0) <= 98_304

/** @param {{ next: number }} body */
const isWatched = ({ next }) => next <= 1_000_000_000

/** @typedef {{ edition?: string, delivery?: Checked<typeof parcel>[], quantity: number, photos: unknown[], [more: string]: unknown }} Trade what an offer says of how trade goes */

/** None of these members. @param {Trade} body @param {string[]} names */
const without = (body, names) => names.every(name => body[name] === undefined)

/** A thing has a category and a condition. An offer of today says how trade goes, one of before its postage alone. @param {Trade} body */
function isOffer(body) {
  const { kind, edition, delivery, category, condition, send_within: send } = body
  if (kind === 'request') return isRequest(body)
  if (category === undefined || condition === undefined || !without(body, ['reference', 'times'])) return false
  if (edition === undefined) return without(body, ['delivery', 'send_within', 'sub', 'attributes', 'place', 'check_within', 'for'])
  return without(body, ['postage']) && send !== undefined && delivery !== undefined && delivery.every(way => isWay(way) && way.way !== 'none')
}

/** A request for money has nothing of a thing, and one delivery, which is none. @param {Trade} body */
function isRequest({ edition, times, delivery: [way, more] = [], quantity, photos, ...rest }) {
  return edition !== undefined && times !== undefined && quantity === 1 && photos.length === 0 && way?.way === 'none' && way.label === '' && isWay(way) && !more &&
    without({ quantity, photos, ...rest }, ['category', 'condition', 'sub', 'attributes', 'place', 'send_within', 'check_within', 'for', 'postage'])
}

/** What is not posted goes nowhere and costs nothing. @param {Checked<typeof parcel>} way */
const isWay = ({ way, price, countries, days: [least = 0, most = 0] }) => least <= most && (way === 'post' || price === 0 && countries.length === 0)

/** Refunds make up the amount. @param {{ amount: number, refunds: { amount: number }[] }} body */
const isCollected = ({ amount, refunds }) => refunds.reduce((sum, refund) => sum + refund.amount, 0) === amount

/** Events have a bound together (docs/protocol.md, "Limits"), and do not come with a photo. @param {{ events: { event: string }[], photo?: string }} body */
const isTold = ({ events, photo }) => (photo === undefined || events.length === 0) && events.reduce((sum, { event }) => sum + event.length, 0) <= 131_072

/** A counter belongs to one refusal, a line to those of one line of an order. @param {{ reason: string, counter?: number, line?: number }} body */
const isRefusal = ({ reason, counter, line }) => (counter === undefined || reason === 'counter-stale') &&
  (line === undefined || line < 20 && ['offer-changed', 'offer-expired', 'out-of-stock', 'not-delivered'].includes(reason))

/** The first KEYS follow none. @param {{ serial: number, previous?: string }} body */
const isInTurn = ({ serial, previous }) => serial <= 1000 && (serial === 1) === (previous === undefined)

/** @param {{ to: 'bank' | 'scrip', amount: number, value: number }} body */
const isPaidOut = ({ to, amount, value }) => to === 'bank' ? value === 0 : value >= amount

/** The counts a RECORD tells, each of at least so many. */
const coarse = [0, 1, 5, 10, 20, 50, 100, 200, 500, 1000]

/** @param {{ sales: number, reclaimed: number, disputes_lost: number, ratings: number, send_days?: number, average?: number }} body */
const isCoarse = ({ sales, reclaimed, disputes_lost: lost, ratings, send_days: days = 0, average }) => [sales, reclaimed, lost].every(n => coarse.includes(n)) &&
  ratings <= 1000 && days <= 1000 && (average === undefined || average >= 1 && average <= 50)

/** @satisfies {Record<string, Form>} */
export const forms = {
  R1: { body: { bank: text, name: text }, attached: replyKey, selfKeyed: true },
  R2: { body: { account: id } },
  BANK: { body: { account: id, bank: text, counter: time }, attached: replyKey },
  REKEY: { body: { account: id, signing: signingJWK, counter: time }, attached: ['possession', 'reply_key'] },
  'REKEY-possession': { body: { account: id }, selfKeyed: true },
  R3: { body: { name: text, signing: signingJWK, envelope: envelopeJWK, base_url: text, possession: jws }, attached: replyKey, most: 8192 },
  RENAME: { body: { vendor: id, name: text, counter: time }, attached: replyKey },
  R4: { body: { certificate: jws }, most: 4096 },
  CERTIFICATE: { body: { vendor: id, name: text, signing: signingJWK, envelope: envelopeJWK, base_url: text, not_before: time, not_after: time } },
  KEYS: {
    body: { broker: id, serial: time, signing: list(signingJWK, 1, 4), envelope: envelopeJWK, not_before: time }, may: { previous: digest }, selfKeyed: true,
    sums: isInTurn,
  },
  T1: { body: { account: id, amount: money, nonce: id, counter: time }, attached: replyKey },
  T2: { body: { nonce: id, value: money }, attached: scripAndSecret },
  PENDING: { body: { link: text }, most: 4096 },
  T3: { body: { ...parties, scrip_id: id }, attached: ['possession', 'reply_key', 'secret'] },
  'T3-possession': { body: { account: id, vendor: id, nonce: id }, selfKeyed: true },
  NOTED: { body: { deadline: whole } },
  'T4-order': { body: { value: money, vendor: id, pseudonym: digest }, attached: replyKey, selfKeyed: true },
  'T4-payment': { body: parties, attached: ['reply_key', 'scrip'] },
  T6: { body: { vendor: id, value: money, change, receipt: jws }, brings: 'change', most: 4096 },
  RECEIPT: { body: { vendor: id, value: money, pseudonym: digest, possession: digest } },
  T8: { body: { value: money }, attached: scripAndSecret },
  CLAIM: { body: { value: money, receipt: jws }, attached: replyKey, selfKeyed: true, most: 4096 },
  T9: { body: { account: id, vendor: id, price: money, order_digest: digest }, attached: replyKey },
  T10: { body: { vendor: id, price: money }, may: { protect }, attached: ['order', 'reply_key', 'scrip', 'secret'], selfKeyed: true },
  T11: { body: { price: money, order_id: id, order_digest: digest, change }, brings: 'change' },
  T13: { body: { account: id, total: money }, attached: asking },
  T14: { body: { value: money }, attached: scripAndSecret },
  'T15-order': { body: { value: money, vendor: id }, attached: asking, selfKeyed: true },
  'T15-payment': { body: parties, attached: asking },
  T17: { body: { value: money }, attached: scripAndSecret },
  T19: { body: { value: money, returned: change }, attached: scripAndSecret },
  T20: { body: { account: id, value: money }, attached: asking },
  T21: { body: { value: money } },
  'T22-order': { body: { vendor: id, value: money }, attached: asking, selfKeyed: true },
  'T22-payment': { body: parties, attached: replyKey },
  T25: { body: { vendor: id, value: money } },
  T26: { body: { scrip_id: id, value: money }, attached: asking, selfKeyed: true },
  T27: { body: { value: money }, attached: scripAndSecret },
  COLLECT: { body: { vendor: id, counter: time }, attached: replyKey, selfKeyed: true },
  COLLECTED: { body: { vendor: id, amount: change, refunds: list(refund, 0, 100) }, brings: 'amount', sums: isCollected, most: 61_440 },
  EVENT: {
    body: { order: id, seq: time, previous: digest, kind: text, text },
    may: { offer: id, carrier: text, tracking: text, refund: id, address, amount: money, hold: jws, price: money, quantity: time, until: time, photo: digest, pays: side }, most: 12_288,
  },
  TELL: { body: { vendor: id, order: id, since: whole, events: list(toldEvent, 0, 1) }, may: { photo: digest }, pictured: ({ events, photo }) => photo !== undefined && events.length > 0, attached: replyKey, selfKeyed: true, most: 18_432 },
  TOLD: { body: { order: id, seq: whole, events: list(toldEvent, 0, 100) }, may: { photo: digest }, pictured: ({ photo }) => photo !== undefined, sums: isTold, most: 188_416 },
  REVOKE: { body: { vendor: id }, attached: replyKey },
  OWNER: { body: { vendor: id }, attached: replyKey },
  OWNED: { body: { vendor: id, account: id, signing: signingJWK } },
  STATEMENT: { body: { account: id }, attached: replyKey },
  STATED: { body: { account: id, credit: change, stalls: list(statedStall, 0, 100) }, most: 61_440 },
  PAYOUT: { body: { account: id, amount: money, to: destination }, may: { vendor: id }, attached: replyKey, presents: true },
  PAID_OUT: { body: { account: id, amount: money, to: destination, value: change }, may: { vendor: id }, brings: 'value', sums: isPaidOut },
  RECORD: {
    body: { vendor: id, since: time, sales: whole, reclaimed: whole, disputes_lost: whole, ratings: whole, valid_until: time }, may: { send_days: whole, average: time },
    sums: isCoarse,
  },
  RATE: { body: { vendor: id, purchase: id, stars: time, words: text, counter: time }, attached: replyKey, selfKeyed: true, most: 4608, sums: ({ stars }) => stars <= 5 },
  ANSWER: { body: { vendor: id, purchase: id, rating: digest, words: text }, attached: replyKey, most: 4608 },
  RESCUE: { body: { account: id, vendor: id }, attached: replyKey },
  RESCUED: { body: { account: id, vendor: id, amount: money, announced: change } },
  SENT: { body: bought, attached: replyKey },
  RELEASE: { body: bought, may: proof, attached: replyKey, selfKeyed: true, sums: isProof, most: 8192 },
  RECLAIM: { body: bought, may: proof, attached: replyKey, selfKeyed: true, sums: isProof, most: 8192 },
  DISPUTE: { body: { ...bought, text, shows: shown }, may: { ...proof, photo: digest }, pictured: ({ photo }) => photo !== undefined, attached: replyKey, selfKeyed: true, sums: body => isProof(body) && isShowing(body), most: 188_416 },
  DEFEND: { body: { ...bought, text, shows: shown }, may: { photo: digest }, pictured: ({ photo }) => photo !== undefined, attached: replyKey, sums: isShowing, most: 188_416 },
  HELD: {
    body: {
      ...bought, price: money, covered: money, left: change, to_buyer: change, to_seller: change, send_by: time, check_within: days(104, 1),
      state: holdState, since: time, due: whole,
    },
    may: { decision: jws }, most: 8192,
  },
  DECIDED: { body: { ...bought, to_buyer: change, to_seller: change, text }, most: 4096 },
  WATCH: { body: { vendor: id, after: whole }, may: { purchase: id }, attached: replyKey, selfKeyed: true },
  WATCHED: { body: { vendor: id, next: whole, holds: list(toldHold, 0, 16) }, may: { said: list(toldSaid, 0, 26), takings }, sums: isWatched, most: 188_416 },
  CALL: { body: { vendor: id }, attached: replyKey },
  REFUSE: { body: { reason: text }, may: { counter: time, line: whole }, sums: isRefusal },
  LOGIN: { body: { vendor: id, challenge: digest } },
  OFFER: {
    body: {
      offer: id, vendor: id, title: text, description: text, price: money, currency: text,
      quantity: time, photos: list(photo, 0, 8), valid_until: time,
    },
    may: {
      category: text, condition: text, edition: is('second'), sub: text, attributes: list(attribute, 0, 12), place: like({ country, town: text }), delivery: list(parcel, 1, 6),
      send_within: days(14, 1), check_within: days(14, 1), for: digest, kind: is('request'), reference: text, times: is('once', 'many'), postage: change,
    },
    sums: isOffer, most: 49_152,
  },
}

/** @typedef {keyof typeof forms} Typ the type of a message: 'T10' */

/**
 * The body of a message of that type.
 * @template {Typ} T
 * @typedef {Fitting<(typeof forms)[T]['body']> & ((typeof forms)[T] extends { may: infer M extends Record<string, Check> } ? Partial<Fitting<M>> : {})} Body
 */

/** The longest JWS of a type, in bytes. @param {string} typ */
export const maxSize = typ => Object.hasOwn(forms, typ) ? /** @type {Form} */ (forms[/** @type {Typ} */ (typ)]).most ?? maxJWS : maxJWS
