// @ts-check
/**
 * Signing keys. A key pair is generated extractable once, exported into the encrypted store, and used ever after as a
 * non-extractable import.
 * @module
 */
import { calculateJwkThumbprint, exportJWK, importJWK } from '../vendor/jose/jose.min.js'

/** @import { JWK, Signer } from './types.js' */

/** @param {JWK} jwk @returns {Promise<string>} RFC 7638 thumbprint, SHA-256 */
export const thumbprint = jwk => calculateJwkThumbprint(jwk, 'sha256')

/** @returns {Promise<JWK>} a fresh private Ed25519 key, for the encrypted store only */
export async function newSigningKey() {
  const pair = /** @type {CryptoKeyPair} */ (await crypto.subtle.generateKey({ name: 'Ed25519' }, true, ['sign', 'verify']))
  const { kty = '', crv = '', x = '', d = '' } = await exportJWK(pair.privateKey)
  return { kty, crv, x, d }
}

/** @param {JWK} secret @returns {Promise<Signer>} */
export async function signer(secret) {
  const { kty = '', crv = '', x = '' } = secret
  const jwk = { kty, crv, x }
  return { key: await importJWK(secret, 'EdDSA', { extractable: false }), jwk, thumbprint: await thumbprint(jwk) }
}
