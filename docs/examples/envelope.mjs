// Messages and envelopes of the protocol (docs/protocol.md, section 3), over npm jose: what wallet.mjs signs, seals and opens by.
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { calculateJwkThumbprint, compactDecrypt, CompactEncrypt, CompactSign, compactVerify, decodeProtectedHeader, importJWK } from 'jose'

export const newID = () => randomBytes(16).toString('base64url')
export const newKey = () => generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
export const digest = bytes => createHash('sha256').update(bytes).digest('base64url')
export const thumbprint = key => calculateJwkThumbprint(key)
export const payload = jws => Buffer.from(jws.split('.')[1], 'base64url')
const bytes = value => Buffer.from(JSON.stringify(value))

// selfKeyed is who speaks by a key that it brings along; an account is { iss: its ID, key }.
export const selfKeyed = async key => ({ iss: await thumbprint(key), key, self: true })

// What each message is answered with; or with REFUSE, or where the bank is asked PENDING.
const answers = {
  R1: 'R2', T1: 'T2', T3: 'NOTED', 'T4-order': 'T8', 'T4-payment': 'T6', T9: 'NOTED', T10: 'T11', T20: 'T21', TELL: 'TOLD',
}

// compose makes what is signed of a message, to a party. Attachments travel beside it; it has their digests.
export function compose(from, to, typ, tx, body, attached = {}) {
  const disclosures = {}, digests = {}
  for (const [name, value] of Object.entries(attached)) {
    disclosures[name] = bytes([newID(), name, value]).toString('base64url')
    digests[name] = digest(disclosures[name])
  }
  const claims = bytes({ typ, iss: from.iss, aud: to.id, tx, iat: Math.floor(Date.now() / 1000), attached: digests, body })
  return { from, to, typ, tx, claims, disclosures }
}

export async function sign({ from, typ, claims }, dual) {
  const { d: _, ...jwk } = from.key
  const header = { alg: 'EdDSA', typ, kid: await thumbprint(jwk), ...from.self && { jwk }, ...dual && { dual } }
  return new CompactSign(claims).setProtectedHeader(header).sign(await importJWK(from.key, 'EdDSA'))
}

// letter is a request as it travels, with what opens its reply. Of two parts each has the other's digest (dual).
export async function letter(from, to, typ, tx, body, attached) {
  return seal(withReplyKey(from, to, typ, tx, body, attached))
}

export async function twoParts(order, payment) {
  const parts = [withReplyKey(...order), withReplyKey(...payment)], digests = parts.map(part => digest(part.claims))
  return { order: await seal(parts[0], digests[1]), payment: await seal(parts[1], digests[0]) }
}

function withReplyKey(from, to, typ, tx, body, attached) {
  const reply_key = randomBytes(32).toString('base64url')
  return { ...compose(from, to, typ, tx, body, { ...attached, reply_key }), reply_key }
}

async function seal(message, dual) {
  const { from, to, tx, disclosures, reply_key } = message
  const jws = await sign(message, dual)
  const header = { alg: 'ECDH-ES+A256KW', enc: 'A256GCM', typ: 'peerscrip', kid: await thumbprint(to.envelope) }
  const envelope = await new CompactEncrypt(bytes({ jws, attachments: Object.values(disclosures) })).setProtectedHeader(header)
    .encrypt(await importJWK(to.envelope, 'ECDH-ES+A256KW'))
  return { envelope, jws, disclosures, reply_key, reply: { iss: to.id, aud: from.iss, tx }, typ: answers[message.typ] }
}

// open reads the reply to a letter. keyOf finds the key of who may have signed it.
export async function open(envelope, { reply_key, reply, typ }, keyOf) {
  const only = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] }
  const { plaintext } = await compactDecrypt(envelope, Buffer.from(reply_key, 'base64url'), only)
  const { jws, attachments } = JSON.parse(Buffer.from(plaintext))
  const claims = await verify(jws, keyOf, reply), attached = {}
  want([typ, 'REFUSE', 'PENDING'].includes(claims.typ), true, 'the answer')
  for (const disclosure of attachments) {
    const [, name, value] = JSON.parse(Buffer.from(disclosure, 'base64url'))
    want(claims.attached[name], digest(disclosure), name)
    attached[name] = value
  }
  want(Object.keys(attached).length, Object.keys(claims.attached).length, 'attachments')
  return { jws, typ: claims.typ, body: claims.body, attached }
}

// verify checks who signed a message, and that it is the one that is wanted: typ, iss, aud and tx, as far as they are known.
export async function verify(jws, keyOf, wanted) {
  const header = decodeProtectedHeader(jws), claims = JSON.parse(payload(jws))
  const { d: _, ...key } = await keyOf(header.kid, claims)
  want(await thumbprint(key), header.kid, 'key')
  await compactVerify(jws, await importJWK(key, 'EdDSA'), { algorithms: ['EdDSA'] })
  want(claims.typ, header.typ, 'typ')
  for (const [name, value] of Object.entries(wanted)) want(claims[name], value, name)
  return claims
}

// keysOf follows the broker's KEYS from the first: no key of a broker is believed for any other reason.
export async function keysOf(broker, pages) {
  const chain = []
  for await (const jws of pages) {
    const { jwk } = decodeProtectedHeader(jws), before = chain.at(-1)
    const { iss, body } = await verify(jws, () => jwk, { typ: 'KEYS', aud: broker })
    const keys = new Map(await Promise.all(body.signing.map(async key => [await thumbprint(key), key])))
    want(body.broker, broker, 'broker')
    want(body.serial, chain.length + 1, 'serial')
    want(body.previous, before?.digest, 'previous')
    want((before?.keys ?? keys).has(iss) && body.not_before >= (before?.not_before ?? 0), true, 'keys that follow')
    chain.push({ keys, envelope: body.envelope, not_before: body.not_before, digest: digest(payload(jws)) })
  }
  const keyOf = (kid, { iat }) => {
    const last = chain.findLastIndex(({ keys }) => keys.has(kid))
    want(last >= 0 && !(iat > chain[last + 1]?.not_before), true, 'key of the broker in its time')
    return chain[last].keys.get(kid)
  }
  return { id: broker, envelope: chain.at(-1).envelope, keyOf, fingerprint: chain[0].digest }
}

export function want(got, wanted, what) {
  if (got !== wanted) throw new Error(`${what}: got ${got}, want ${wanted}`)
}
