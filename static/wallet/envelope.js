// @ts-check
/**
 * Making envelopes: sign inside, seal outside; with opening.js the twin of the Go package jose. A request is a JWE to the
 * receiver's P-256 key and holds a JWS and its attachments (docs/protocol.md, "Envelopes").
 * @module
 */
import { CompactEncrypt, CompactSign, importJWK } from '../vendor/jose/jose.min.js'
import { encode, random } from './base64url.js'
import { thumbprint } from './keys.js'

/** @import { Claims, JWK, Message, Signed, Signer } from './types.js' */

/** Largest envelope that either side takes, in bytes. */
export const maxEnvelope = 262_144

const utf8 = new TextEncoder()

/** @param {Uint8Array<ArrayBuffer>} bytes */
export const sha256 = async bytes => encode(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))

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
