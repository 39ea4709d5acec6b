// @ts-check
/**
 * Whom the wallet believes. The broker's id and keys are pinned when the wallet is made. A merchant's keys are believed
 * under the broker's certificate, an offer under the merchant's signature, both only while they are in force.
 * @module
 */
import { Advice } from './errors.js'
import { evidence } from './messages.js'
import { envelopeJWK, id, list, money, signingJWK } from './shape.js'

/** @import { BrokerPin, Certified } from './rows.js' */
/** @import { JWK, Offer } from './types.js' */

/**
 * @param {any} about answer of GET /v1/broker
 * @param {any} keys answer of GET /.well-known/jwks.json
 * @returns {BrokerPin}
 */
export function pin(about, keys) {
  const signing = publicKeys(about?.signing)
  const envelope = bare(about?.envelope)
  const published = publicKeys(keys)
  const ok = id(about?.id) && list(signingJWK, 1, 16)(signing) && envelopeJWK(envelope) && signing.every(key => published.some(other => other.x === key.x)) &&
    typeof about.currency === 'string' && Number.isSafeInteger(about.exponent) && about.exponent >= 0 && about.exponent <= 4
  if (!ok) throw new Advice('The broker answered something this wallet does not understand. Try again later.')
  const maxCharge = money(about.limits?.max_charge) ? about.limits.max_charge : 0
  return { id: about.id, name: String(about.name), currency: about.currency, exponent: about.exponent, signing, envelope, maxCharge }
}

/**
 * The pin after the broker has changed keys: a new set is believed only if a key pinned before is still in it, which is how
 * the broker rotates (old and new stand side by side for a while).
 * @param {BrokerPin} old
 * @param {BrokerPin} now
 * @returns {BrokerPin}
 */
export function repin(old, now) {
  if (now.id !== old.id) throw new Advice('This site now works with another broker than the one this wallet was made for. Your money is still at the first one.')
  if (!now.signing.some(key => old.signing.some(other => other.x === key.x))) {
    throw new Advice('The broker shows keys this wallet has never seen. It will not use them; ask the operator of this site.')
  }
  const kept = old.signing.filter(key => !now.signing.some(other => other.x === key.x))
  return { ...now, signing: [...now.signing, ...kept].slice(0, 16) }
}

/** @param {any} set @returns {JWK[]} its signing keys, stripped to what makes them keys */
export const publicKeys = set => (Array.isArray(set?.keys) ? set.keys : []).map(bare).filter(signingJWK)

/** @param {any} key @returns {JWK} */
const bare = key => key?.y === undefined ? { kty: key?.kty, crv: key?.crv, x: key?.x } : { kty: key.kty, crv: key.crv, x: key.x, y: key.y }

/**
 * @param {string} jws CERTIFICATE
 * @param {string} vendor who it must be about
 * @param {BrokerPin} broker
 * @param {number} now unix seconds
 * @returns {Promise<Certified>}
 */
export async function merchant(jws, vendor, broker, now) {
  const { body } = await evidence(jws, 'CERTIFICATE', { signers: { [broker.id]: broker.signing }, aud: vendor })
  const url = new URL(body.base_url)
  if (body.vendor !== vendor || !['http:', 'https:'].includes(url.protocol)) throw new Advice('The broker\'s certificate is about another seller. Nothing was paid.')
  if (now < body.not_before || now >= body.not_after) throw new Advice('The broker\'s certificate for this seller is not in force. Nothing was paid.')
  return {
    vendor, name: body.name, baseURL: body.base_url, signing: body.signing, envelope: body.envelope,
    notAfter: body.not_after, certificate: jws,
  }
}

/**
 * @param {string} jws OFFER
 * @param {string} offer its id
 * @param {{ vendor: string, signing: JWK }} merchant
 * @param {{ currency: string, now: number }} terms
 * @returns {Promise<Offer>}
 */
export async function offer(jws, offer, merchant, { currency, now }) {
  const { body } = await evidence(jws, 'OFFER', { signers: { [merchant.vendor]: [merchant.signing] }, aud: merchant.vendor })
  if (body.offer !== offer || body.vendor !== merchant.vendor) throw new Advice('The seller signed another offer than this one. Nothing was paid.')
  if (body.currency !== currency) throw new Advice(`This is priced in ${body.currency}; your wallet holds ${currency}.`)
  if (now >= body.valid_until) throw new Advice('This offer has ended. Nothing was paid.')
  return body
}

/**
 * What quantity of an offer cost together.
 * @param {Offer} offer
 * @param {number} quantity
 */
export function total(offer, quantity) {
  const sum = offer.price * quantity + offer.postage
  if (!Number.isSafeInteger(quantity) || quantity < 1 || quantity > 1000 || !money(sum)) throw new Advice('That quantity cannot be bought.')
  return sum
}
