// @ts-check
/**
 * Opening: replies, which are sealed under the request's reply_key, and evidence, which is signed alone; with envelope.js the
 * twin of the Go package jose. The checks come in one fixed order, the Go package's, and there is one failure, Unreadable,
 * whatever was wrong.
 * @module
 */
import { compactDecrypt, compactVerify, importJWK } from '../vendor/jose/jose.min.js'
import { decode } from './base64url.js'
import { disclosureDigest, maxEnvelope, sha256 } from './envelope.js'
import { Unreadable } from './errors.js'
import { parse } from './json.js'
import { thumbprint } from './keys.js'
import { digest as isDigest, fits, id, is, jws as isJWS, list, signingJWK, text, time } from './shape.js'

/** @import { Claims, JWK, Letter } from './types.js' */

const utf8 = new TextEncoder()

/** Public signing keys by issuer; of an issuer that changes them, those in force at a time (iat). @typedef {Record<string, JWK[] | ((at: number) => JWK[])>} Signers */

/**
 * What a receiver knows about a message before it has opened it.
 * @typedef {object} Wanted
 * @property {string[]} types
 * @property {Signers} [signers] left out for a message that brings its own key
 * @property {string} aud
 * @property {string} [iss]
 * @property {string} [tx]
 * @property {boolean} [pair] whether it is one part of a two-part message
 * @property {(typ: string) => number} [most] the longest JWS of a type, in bytes; left out: maxEnvelope alone
 */

/**
 * Opens a reply: size, segments, header, decryption, and then what readLetter checks.
 * @param {unknown} envelope
 * @param {string} replyKey
 * @param {Wanted} wanted
 * @returns {Promise<Letter>}
 * @throws {Unreadable}
 */
export function openReply(envelope, replyKey, wanted) {
  return orUnreadable(async () => {
    if (typeof envelope !== 'string' || envelope.length > maxEnvelope) throw new Error('size')
    const [header, key, iv, body, tag, ...rest] = envelope.split('.')
    if (key !== '' || rest.length > 0) throw new Error('segments')
    decode(iv, 12), decode(body), decode(tag, 16)
    const shape = { alg: is('dir'), enc: is('A256GCM'), typ: is('peerscrip') }
    if (!fits(parse(decode(header)), shape)) throw new Error('header')
    const { plaintext } = await compactDecrypt(envelope, decode(replyKey, 32), {
      keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'],
    })
    return readLetter(plaintext, wanted)
  })
}

/**
 * Verifies evidence: a signed message alone, without its attachments.
 * @param {unknown} jws
 * @param {Wanted} wanted
 * @returns {Promise<Letter>}
 * @throws {Unreadable}
 */
export function verify(jws, wanted) {
  return orUnreadable(async () => ({ ...await readJWS(jws, wanted), attachments: [], attached: {} }))
}

/**
 * Reads what an envelope holds once it is decrypted: strict plaintext, signed message, attachments.
 * @param {Uint8Array} plaintext
 * @param {Wanted} wanted
 * @returns {Promise<Letter>}
 */
export async function readLetter(plaintext, wanted) {
  const letter = parse(plaintext)
  if (!fits(letter, { jws: text, attachments: list(text) })) throw new Error('plaintext')
  const evidence = await readJWS(letter.jws, wanted)
  return { ...evidence, attachments: letter.attachments, attached: await disclose(letter.attachments, evidence.claims) }
}

/**
 * Header, size, form of the claims, key, signature, and at last whether the claims are what is wanted. The claims are read before
 * the signature is checked because they name the issuer; nothing else of them is used until then.
 * @param {unknown} jws
 * @param {Wanted} wanted
 */
async function readJWS(jws, wanted) {
  if (typeof jws !== 'string' || jws.length > maxEnvelope || !isJWS(jws)) throw new Error('jws')
  const [head, payload, mac] = jws.split('.')
  const bytes = decode(payload)
  decode(mac, 64)
  const header = readHeader(decode(head), wanted)
  if (wanted.most && jws.length > wanted.most(header.typ)) throw new Error('size')
  const claims = /** @type {Claims} */ (parse(bytes, { compact: true }))
  if (!fits(claims, { typ: text, iss: party, aud: party, tx: id, iat: time, attached: digests, body: object })) throw new Error('payload')
  const key = await keyFor(header, claims, wanted)
  await compactVerify(jws, await importJWK(key, 'EdDSA'), { algorithms: ['EdDSA'] })
  const { typ, iss, aud, tx } = claims
  const meant = typ === header.typ && aud === wanted.aud && (!wanted.iss || iss === wanted.iss) && (!wanted.tx || tx === wanted.tx)
  if (!meant) throw new Error('claims')
  return { typ, claims, body: claims.body, jws, digest: await sha256(bytes) }
}

/** @param {Uint8Array} bytes @param {Wanted} wanted @returns {{ typ: string, kid: string, jwk?: JWK }} */
function readHeader(bytes, { types, signers, pair = false }) {
  const header = parse(bytes, { compact: true })
  const shape = { alg: is('EdDSA'), typ: text, kid: isDigest, ...!signers && { jwk: signingJWK }, ...pair && { dual: isDigest } }
  if (!fits(header, shape) || !types.includes(header.typ)) throw new Error('header')
  return header
}

/**
 * The key that must have signed: the header's own, or the one known for the issuer.
 * @param {{ kid: string, jwk?: JWK }} header
 * @param {Claims} claims
 * @param {Wanted} wanted
 * @returns {Promise<JWK>}
 */
async function keyFor({ kid, jwk }, { iss, iat }, { signers }) {
  const known = signers ? Object.hasOwn(signers, iss) ? signers[iss] : [] : jwk && iss === kid ? [jwk] : []
  for (const key of typeof known === 'function' ? known(iat) : known ?? []) if (await thumbprint(key) === kid) return key
  throw new Error('unknown key')
}

/** @param {any} value */
const party = value => id(value) || isDigest(value)

/** @param {any} value */
const object = value => typeof value === 'object' && value !== null && !Array.isArray(value)

/** @param {any} value */
const digests = value => {
  if (!object(value)) return false
  const names = Object.keys(value)
  return names.length <= 16 && names.every(name => name !== '' && utf8.encode(name).length <= 64 && isDigest(value[name]))
}

/**
 * Holds every disclosure against the digests that were signed: all of them, no others.
 * @param {string[]} attachments
 * @param {Claims} claims
 */
async function disclose(attachments, claims) {
  /** @type {Record<string, any>} */
  const values = {}
  for (const disclosure of attachments) {
    const parts = parse(decode(disclosure))
    if (!Array.isArray(parts) || parts.length !== 3) throw new Error('disclosure')
    const [salt, name, value] = parts
    if (!id(salt) || typeof name !== 'string' || Object.hasOwn(values, name)) throw new Error('disclosure')
    if (!Object.hasOwn(claims.attached, name) || claims.attached[name] !== await disclosureDigest(disclosure)) throw new Error('digest')
    values[name] = value
  }
  if (Object.keys(values).length !== Object.keys(claims.attached).length) throw new Error('attachment missing')
  return values
}

/**
 * @template T
 * @param {() => Promise<T>} open
 * @returns {Promise<T>}
 */
async function orUnreadable(open) {
  try {
    return await open()
  } catch {
    throw new Unreadable()
  }
}
