// @ts-check
/**
 * Every message the wallet sends or takes: the form of its body and what must be attached (docs/protocol.md, R1-R4, T1-T12, T13, T14, T20, T21, T26, T27).
 * compose refuses to make, and check refuses to take, a message of any other form.
 * @module
 */
import { Unreadable } from './errors.js'
import { change, digest, envelopeJWK, fits, id, is, jws, list, money, signingJWK, text, time, whole } from './shape.js'

/** @import { Check } from './shape.js' */
/** @import { Message, Opened } from './types.js' */

/** @typedef {{ body: Record<string, Check>, attached?: string[], selfKeyed?: boolean, brings?: boolean }} Form */

const scripAndSecret = ['scrip', 'secret']
const asking = ['reply_key', ...scripAndSecret]
const parties = { account: id, value: money, vendor: id, pseudonym: digest }

/** @type {Check} */
const photo = value => fits(value, { digest, alt: text })

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
  T6: { body: { vendor: id, value: money, change, receipt: jws }, brings: true },
  RECEIPT: { body: { vendor: id, value: money, pseudonym: digest } },
  T8: { body: { value: money }, attached: scripAndSecret },
  CLAIM: { body: { value: money, receipt: jws }, attached: ['reply_key'], selfKeyed: true },
  T9: { body: { account: id, vendor: id, price: money, order_digest: digest }, attached: ['reply_key'] },
  T10: { body: { vendor: id, price: money }, attached: ['order', 'reply_key', 'scrip', 'secret'], selfKeyed: true },
  T11: { body: { price: money, order_id: id, order_digest: digest, change }, brings: true },
  T13: { body: { account: id, total: money }, attached: asking },
  T14: { body: { value: money }, attached: scripAndSecret },
  T20: { body: { account: id, value: money }, attached: asking },
  T21: { body: { value: money } },
  T26: { body: { scrip_id: id, value: money }, attached: asking, selfKeyed: true },
  T27: { body: { value: money }, attached: scripAndSecret },
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

/** @param {Form} form @param {any} body @returns {string[]} sorted names */
const wanted = (form, body) => (form.brings && body.change > 0 ? scripAndSecret : form.attached) ?? []

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
  const ok = fits(says.body, shape.body) && String(names) === String(wanted(shape, says.body)) && names.every(name => values[name]?.(attach[name]))
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
  const ok = fits(opened.body, shape.body) && String(names) === String(wanted(shape, opened.body)) && names.every(name => values[name]?.(opened.attached[name]))
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
  if (!fits(opened.body, shape.body) || String(names) !== String(wanted(shape, opened.body))) throw new Unreadable()
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
