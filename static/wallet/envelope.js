// @ts-check
/**
 * Envelopes: sign inside, seal outside; the twin of the Go package jose. A request is a JWE to the receiver's P-256 key, a
 * reply is a JWE under the request's reply_key; both hold a JWS and its attachments (docs/protocol.md, "Envelopes").
 * Opening makes its checks in one fixed order, the Go package's, and has one failure, Unreadable, whatever was wrong.
 * @module
 */
import { CompactEncrypt, CompactSign, calculateJwkThumbprint, compactDecrypt, compactVerify, importJWK } from '../vendor/jose/jose.min.js'
import { decode, encode, random } from './base64url.js'
import { Unreadable } from './errors.js'
import { parse } from './json.js'
import { digest as isDigest, fits, id, is, jws as isJWS, list, signingJWK, text, time } from './shape.js'

/** @import { Claims, JWK, Message, Opened, Signed, Signer } from './types.js' */

/** Largest envelope that either side takes, in bytes. */
export const maxEnvelope = 131_072
const utf8 = new TextEncoder()

/** @param {Uint8Array<ArrayBuffer>} bytes */
const sha256 = async bytes => encode(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))

/** @param {JWK} jwk @returns {Promise<string>} RFC 7638 thumbprint, SHA-256 */
export const thumbprint = jwk => calculateJwkThumbprint(jwk, 'sha256')

/**
 * The digest that names an attachment in the signed claims.
 * @param {string} disclosure
 */
export const disclosureDigest = disclosure => sha256(utf8.encode(disclosure))

/**
 * Signs a message with the key of its sender.
 * @param {Message} message
 * @param {Signer} signer
 * @param {boolean} selfKeyed whether the receiver cannot know the key yet
 * @returns {Promise<Signed>}
 */
export async function sign(message, signer, selfKeyed) {
  const draft = await prepare(message)
  return { ...draft, jws: await signature(draft, signer, selfKeyed, {}) }
}

/**
 * Signs the two parts of a two-part message, each over the digest of the other (SET's dual signature).
 * @param {{ message: Message, signer: Signer, selfKeyed: boolean }} one
 * @param {{ message: Message, signer: Signer, selfKeyed: boolean }} other
 * @returns {Promise<[Signed, Signed]>}
 */
export async function signPair(one, other) {
  const [first, second] = await Promise.all([prepare(one.message), prepare(other.message)])
  return [
    { ...first, jws: await signature(first, one.signer, one.selfKeyed, { dual: second.digest }) },
    { ...second, jws: await signature(second, other.signer, other.selfKeyed, { dual: first.digest }) },
  ]
}

/**
 * Seals a signed message to its receiver.
 * @param {Signed} signed
 * @param {JWK} receiver public P-256 key
 * @returns {Promise<string>} compact JWE
 */
export async function seal({ jws, attachments }, receiver) {
  const key = await importJWK(receiver, 'ECDH-ES+A256KW')
  const envelope = await new CompactEncrypt(utf8.encode(JSON.stringify({ jws, attachments })))
    .setProtectedHeader({ alg: 'ECDH-ES+A256KW', enc: 'A256GCM', typ: 'peerscrip', kid: await thumbprint(receiver) })
    .encrypt(key)
  if (envelope.length > maxEnvelope) throw new Error('message too large')
  return envelope
}

/** @param {Message} message */
async function prepare({ typ, iss, aud, tx, iat, body, attach, salt = async () => random(16) }) {
  /** @type {Record<string, string>} */
  const attached = {}
  /** @type {string[]} */
  const attachments = []
  for (const [name, value] of Object.entries(attach)) {
    const disclosure = encode(utf8.encode(JSON.stringify([await salt(name), name, value])))
    attached[name] = await disclosureDigest(disclosure)
    attachments.push(disclosure)
  }
  /** @type {Claims} */
  const claims = { typ, iss, aud, tx, iat, attached, body }
  const payload = utf8.encode(JSON.stringify(claims))
  return { claims, payload, attachments, digest: await sha256(payload) }
}

/**
 * @param {{ claims: Claims, payload: Uint8Array }} draft
 * @param {Signer} signer
 * @param {boolean} selfKeyed
 * @param {{ dual?: string }} more
 */
function signature({ claims, payload }, signer, selfKeyed, more) {
  const { kty, crv, x } = signer.jwk
  const own = selfKeyed ? { jwk: { kty, crv, x } } : {}
  return new CompactSign(payload)
    .setProtectedHeader({ alg: 'EdDSA', typ: claims.typ, kid: signer.thumbprint, ...own, ...more })
    .sign(signer.key)
}

/**
 * What a receiver knows about a message before it has opened it.
 * @typedef {object} Wanted
 * @property {string[]} types
 * @property {Record<string, JWK[]>} [signers] public signing keys by issuer; left out for a message that brings its own key
 * @property {string} aud
 * @property {string} [iss]
 * @property {string} [tx]
 * @property {boolean} [pair] whether it is one part of a two-part message
 */

/**
 * Opens a reply: size, segments, header, decryption, and then what readLetter checks.
 * @param {unknown} envelope
 * @param {string} replyKey
 * @param {Wanted} wanted
 * @returns {Promise<Opened>}
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
 * @returns {Promise<Opened>}
 * @throws {Unreadable}
 */
export function verify(jws, wanted) {
  return orUnreadable(async () => ({ ...await readJWS(jws, wanted), attachments: [], attached: {} }))
}

/**
 * Reads what an envelope holds once it is decrypted: strict plaintext, signed message, attachments.
 * @param {Uint8Array} plaintext
 * @param {Wanted} wanted
 * @returns {Promise<Opened>}
 */
export async function readLetter(plaintext, wanted) {
  const letter = parse(plaintext)
  if (!fits(letter, { jws: text, attachments: list(text) })) throw new Error('plaintext')
  const evidence = await readJWS(letter.jws, wanted)
  return { ...evidence, attachments: letter.attachments, attached: await disclose(letter.attachments, evidence.claims) }
}

/**
 * Header, form of the claims, key, signature, and at last whether the claims are what is wanted. The claims are read before
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
  const claims = /** @type {Claims} */ (parse(bytes))
  if (!fits(claims, { typ: text, iss: party, aud: party, tx: id, iat: time, attached: digests, body: record })) throw new Error('payload')
  const key = await keyFor(header, claims.iss, wanted)
  await compactVerify(jws, await importJWK(key, 'EdDSA'), { algorithms: ['EdDSA'] })
  const { typ, iss, aud, tx } = claims
  const meant = typ === header.typ && aud === wanted.aud && (!wanted.iss || iss === wanted.iss) && (!wanted.tx || tx === wanted.tx)
  if (!meant) throw new Error('claims')
  return { typ, claims, body: claims.body, jws, digest: await sha256(bytes) }
}

/** @param {Uint8Array} bytes @param {Wanted} wanted @returns {{ typ: string, kid: string, jwk?: JWK }} */
function readHeader(bytes, { types, signers, pair = false }) {
  const header = parse(bytes)
  const shape = { alg: is('EdDSA'), typ: text, kid: isDigest, ...!signers && { jwk: signingJWK }, ...pair && { dual: isDigest } }
  if (!fits(header, shape) || !types.includes(header.typ)) throw new Error('header')
  return header
}

/**
 * The key that must have signed: the header's own, or the one known for the issuer.
 * @param {{ kid: string, jwk?: JWK }} header
 * @param {string} iss
 * @param {Wanted} wanted
 * @returns {Promise<JWK>}
 */
async function keyFor({ kid, jwk }, iss, { signers }) {
  const known = signers ? Object.hasOwn(signers, iss) ? signers[iss] : [] : jwk && iss === kid ? [jwk] : []
  for (const key of known ?? []) if (await thumbprint(key) === kid) return key
  throw new Error('unknown key')
}

/** @param {any} value */
const party = value => id(value) || isDigest(value)

/** @param {any} value */
const record = value => typeof value === 'object' && value !== null && !Array.isArray(value)

/** @param {any} value */
const digests = value => {
  if (!record(value)) return false
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
