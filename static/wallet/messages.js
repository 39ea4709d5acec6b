// @ts-check
/**
 * Every message the wallet sends or takes: the form of its body and what must be attached (docs/protocol.md,
 * R1-R4, T1-T27 and the additions, but for those between broker and stall).
 * compose refuses to make, and check refuses to take, a message of any other form.
 * @module
 */
import { Unreadable } from './errors.js'
import { change, digest, envelopeJWK, fits, id, is, jws, list, money, signingJWK, text, time, whole } from './shape.js'

/** @import { Check } from './shape.js' */
/** @import { Message, Opened } from './types.js' */

/**
 * may: members of the body that may be left out; brings: the amount in the body that is attached as scrip, if it is above zero; presents: scrip may be attached, or not.
 * @typedef {{ body: Record<string, Check>, may?: Record<string, Check>, attached?: string[], selfKeyed?: boolean, brings?: string, presents?: boolean, sums?: Check }} Form
 */

const scripAndSecret = ['scrip', 'secret']
const asking = ['reply_key', ...scripAndSecret]
const parties = { account: id, value: money, vendor: id, pseudonym: digest }

/** @type {Check} */
const photo = value => fits(value, { digest, alt: text })

/** @type {Check} */
const refund = value => fits(value, { refund: id, purchase: id, amount: money })

/** @type {Check} */
const sentOrder = value => fits(value, { purchase: id, at: time, note: text })

/** @type {Check} */
const isCollected = ({ amount, refunds, sent }) => (amount === 0 || !sent) && refunds.reduce((/** @type {number} */ sum, /** @type {{ amount: number }} */ refund) => sum + refund.amount, 0) === amount

/** @type {Check} */
const statedStall = value => fits(value, { vendor: id, name: text, earned: change, float: change, reserve: change })

/** @type {Check} */
const toWhat = value => value === 'bank' || value === 'scrip'

/** @type {Check} */
const isPaidOut = ({ to, amount, value }) => to === 'bank' ? value === 0 : value >= amount

/** @type {Record<string, Form>} */
const forms = {
  R1: { body: { bank: text, name: text }, attached: ['reply_key'], selfKeyed: true },
  R2: { body: { account: id } },
  R3: { body: { name: text, signing: signingJWK, envelope: envelopeJWK, base_url: text, possession: jws }, attached: ['reply_key'] },
  R4: { body: { certificate: jws } },
  CERTIFICATE: { body: { vendor: id, name: text, signing: signingJWK, envelope: envelopeJWK, base_url: text, not_before: time, not_after: time } },
  T1: { body: { account: id, amount: money, nonce: id, counter: time }, attached: ['reply_key'] },
  T2: { body: { nonce: id, value: money }, attached: scripAndSecret },
  PENDING: { body: { link: text } },
  T3: { body: { ...parties, scrip_id: id }, attached: ['reply_key', 'secret'] },
  NOTED: { body: { deadline: whole } },
  'T4-order': { body: { value: money, vendor: id, pseudonym: digest }, attached: ['reply_key'], selfKeyed: true },
  'T4-payment': { body: parties, attached: ['reply_key', 'scrip'] },
  T6: { body: { vendor: id, value: money, change, receipt: jws }, brings: 'change' },
  RECEIPT: { body: { vendor: id, value: money, pseudonym: digest } },
  T8: { body: { value: money }, attached: scripAndSecret },
  CLAIM: { body: { value: money, receipt: jws }, attached: ['reply_key'], selfKeyed: true },
  T9: { body: { account: id, vendor: id, price: money, order_digest: digest }, attached: ['reply_key'] },
  T10: { body: { vendor: id, price: money }, attached: ['order', 'reply_key', 'scrip', 'secret'], selfKeyed: true },
  T11: { body: { price: money, order_id: id, order_digest: digest, change }, brings: 'change' },
  T13: { body: { account: id, total: money }, attached: asking },
  T14: { body: { value: money }, attached: scripAndSecret },
  'T15-order': { body: { value: money, vendor: id }, attached: asking, selfKeyed: true },
  'T15-payment': { body: { account: id, value: money, vendor: id }, attached: asking },
  T17: { body: { value: money }, attached: scripAndSecret },
  T19: { body: { value: money, returned: change }, attached: scripAndSecret },
  T20: { body: { account: id, value: money }, attached: asking },
  T21: { body: { value: money } },
  'T22-order': { body: { vendor: id, value: money }, attached: asking, selfKeyed: true },
  'T22-payment': { body: { account: id, vendor: id, value: money }, attached: ['reply_key'] },
  T25: { body: { vendor: id, value: money } },
  T26: { body: { scrip_id: id, value: money }, attached: asking, selfKeyed: true },
  T27: { body: { value: money }, attached: scripAndSecret },
  COLLECT: { body: { vendor: id, counter: time }, attached: ['reply_key'], selfKeyed: true },
  COLLECTED: { body: { vendor: id, amount: change, refunds: list(refund, 0, 100) }, may: { sent: list(sentOrder, 0, 20) }, brings: 'amount', sums: isCollected },
  STATEMENT: { body: { account: id }, attached: ['reply_key'] },
  STATED: { body: { account: id, stalls: list(statedStall, 0, 100) } },
  PAYOUT: { body: { account: id, vendor: id, amount: money, to: toWhat }, attached: ['reply_key'], presents: true },
  PAID_OUT: { body: { account: id, vendor: id, amount: money, to: toWhat, value: change }, brings: 'value', sums: isPaidOut },
  REFUSE: { body: { reason: text } },
  LOGIN: { body: { vendor: id, challenge: digest } },
  OFFER: {
    body: {
      offer: id, vendor: id, title: text, description: text, category: text, condition: text, price: money, currency: text,
      quantity: time, postage: change, photos: list(photo, 0, 8), valid_until: time,
    },
  },
}

/** @type {Record<string, Check>} */
const values = {
  reply_key: digest,
  secret: digest,
  scrip: value => fits(value, {
    issuer: id, value: money, scrip_id: id, cust_id: id, expires: time,
    props: props => fits(props, { currency: text }), certificate: digest,
  }),
  order: value => fits(value, { offer: jws, quantity: time, delivery: text }),
}

/** @param {string} typ @returns {Form} */
function form(typ) {
  const found = Object.hasOwn(forms, typ) ? forms[typ] : undefined
  if (!found) throw new Unreadable()
  return found
}

/**
 * Whether a body, and the names of what is attached, are of a form.
 * @param {Form} form
 * @param {any} body
 * @param {string[]} names sorted
 */
function isOf({ brings, may = {}, attached = [], presents, sums, ...form }, body, names) {
  const there = Object.fromEntries(Object.entries(may).filter(([name]) => body?.[name] !== undefined))
  if (!fits(body, { ...form.body, ...there }) || sums && !sums(body)) return false
  const wanted = brings && body[brings] > 0 ? scripAndSecret : attached
  return String(names) === String(wanted) || presents === true && String(names) === String(asking) && body.to === 'scrip'
}

/** @param {string} typ */
export const isSelfKeyed = typ => form(typ).selfKeyed ?? false

/**
 * Makes a message, ready to be signed.
 * @param {string} typ
 * @param {{ iss: string, aud: string, tx: string, iat: number, body: Record<string, unknown>, attach?: Record<string, unknown>, salt?: Message['salt'] }} says
 * @returns {Message}
 */
export function compose(typ, { attach = {}, ...says }) {
  const shape = form(typ)
  const names = Object.keys(attach).sort()
  const ok = isOf(shape, says.body, names) && names.every(name => values[name]?.(attach[name]))
  if (!ok) throw new Error(`compose ${typ}: not of its form`)
  return { typ, attach, ...says }
}

/**
 * Checks the form of an opened message: its body by its type, its attachments by the list of its type.
 * @param {Opened} opened
 * @returns {Opened}
 * @throws {Unreadable}
 */
export function check(opened) {
  const shape = form(opened.typ)
  const names = Object.keys(opened.attached).sort()
  const ok = isOf(shape, opened.body, names) && names.every(name => values[name]?.(opened.attached[name]))
  if (!ok) throw new Unreadable()
  return opened
}

/**
 * Checks the form of evidence, whose attachments are digests only.
 * @param {Opened} opened
 * @returns {Opened}
 * @throws {Unreadable}
 */
export function checkEvidence(opened) {
  const shape = form(opened.typ)
  const names = Object.keys(opened.claims.attached).sort()
  if (!isOf(shape, opened.body, names)) throw new Unreadable()
  return opened
}

/**
 * Checks a scrip that came in a reply against what it must be.
 * @param {Opened} opened
 * @param {{ issuer: string, value: number, currency: string }} terms
 * @returns {{ scrip: import('./types.js').Scrip, secret: string, at: number }} at: when it was made, unix seconds
 * @throws {Unreadable}
 */
export function received(opened, { issuer, value, currency }) {
  const { scrip, secret } = opened.attached
  const ok = fits({ ...scrip, props: scrip?.props?.currency }, {
    issuer: is(issuer), value: is(value), scrip_id: id, cust_id: id, expires: time, props: is(currency), certificate: digest,
  })
  if (!ok) throw new Unreadable()
  return { scrip, secret, at: opened.claims.iat }
}
