// Opens requests, as a broker or a stall does: the wallet itself only ever opens replies.
import { compactDecrypt, exportJWK, importJWK } from '../../vendor/jose/jose.min.js'
import { decode } from '../../wallet/base64url.js'
import { maxEnvelope } from '../../wallet/envelope.js'
import { Unreadable } from '../../wallet/errors.js'
import { parse } from '../../wallet/json.js'
import { thumbprint } from '../../wallet/keys.js'
import { readLetter } from '../../wallet/opening.js'
import { digest, envelopeJWK, fits, is } from '../../wallet/shape.js'

export async function openRequest(envelope, keys, wanted) {
  try {
    if (envelope.length > maxEnvelope) throw new Error('size')
    const [head, wrapped, iv, body, tag, ...rest] = envelope.split('.')
    if (rest.length) throw new Error('segments')
    decode(wrapped, 40), decode(iv, 12), decode(body), decode(tag, 16)
    const header = parse(decode(head))
    const shape = { alg: is('ECDH-ES+A256KW'), enc: is('A256GCM'), typ: is('peerscrip'), kid: digest, epk: envelopeJWK }
    if (!fits(header, shape)) throw new Error('header')
    for (const jwk of keys) {
      const { d, ...open } = jwk
      if (await thumbprint(open) !== header.kid) continue
      const { plaintext } = await compactDecrypt(envelope, await importJWK(jwk, 'ECDH-ES+A256KW'), {
        keyManagementAlgorithms: ['ECDH-ES+A256KW'], contentEncryptionAlgorithms: ['A256GCM'],
      })
      return await readLetter(plaintext, wanted)
    }
    throw new Error('key')
  } catch (error) {
    throw new Unreadable(error)
  }
}

// A receiver's key pair.
export async function envelopeKey() {
  const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits'])
  const { kty, crv, x, y, d } = await exportJWK(pair.privateKey)
  return { secret: { kty, crv, x, y, d }, open: { kty, crv, x, y } }
}
