// @ts-check
/**
 * Encryption at rest. A random 32-byte data key encrypts every row (AES-256-GCM, fresh IV, kind and row name as
 * additional data); a key from the passphrase (PBKDF2-HMAC-SHA-256) wraps the data key, and one from each passkey (HKDF-SHA-256 of
 * what its authenticator gives) does too. What is wrapped, and how, is in the clear, in the header and beside each passkey. Row names
 * are HMACs: they tell nothing.
 *
 * Raw data key bytes exist only between unwrapping and import, and are overwritten then. What an unlocked wallet holds are two
 * keys made from it, which the browser does not show even to this page's scripts.
 * @module
 */
import { decode, encode } from './base64url.js'
import { Advice } from './errors.js'
import { tr } from './language.js'
import { fits, is, text } from './shape.js'
import { cleanPassphrase } from './text.js'

/** Iterations for a new passphrase; more may stand in the header, but not without bound. */
export const iterations = 600_000
const maxIterations = 10_000_000
const utf8 = new TextEncoder()

/**
 * @typedef {{ version: number, kdf: string, iterations: number, salt: string, iv: string, wrapped: string }} Header
 * @typedef {{ iv: Uint8Array<ArrayBuffer>, box: ArrayBuffer }} Sealed
 * @typedef {{ rows: CryptoKey, names: CryptoKey }} Keys what opens a wallet: not extractable
 */

/** The only answer to a wrong passphrase, and to a header that was tampered with. */
const wrongPassphrase = () => new Advice(tr('That passphrase does not open this wallet. Check for capital letters and try again.'))

/** @returns {Uint8Array<ArrayBuffer>} a fresh data key; the caller overwrites it */
export const newDataKey = () => crypto.getRandomValues(new Uint8Array(32))

/**
 * Wraps the data key under a passphrase, with fresh salt and IV.
 * @param {Uint8Array<ArrayBuffer>} dataKey
 * @param {string} passphrase
 * @returns {Promise<Header>}
 */
export async function wrap(dataKey, passphrase) {
  const params = { version: 1, kdf: 'PBKDF2-HMAC-SHA-256', iterations, salt: encode(crypto.getRandomValues(new Uint8Array(16))) }
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const key = await passphraseKey(passphrase, params, 'encrypt')
  const wrapped = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: bind(params) }, key, dataKey)
  return { ...params, iv: encode(iv), wrapped: encode(new Uint8Array(wrapped)) }
}

/**
 * @param {unknown} header as read from disk
 * @param {string} passphrase
 * @returns {Promise<Uint8Array<ArrayBuffer>>} the data key; the caller overwrites it
 * @throws {Advice} on a wrong passphrase
 */
export async function unwrap(header, passphrase) {
  const { iv, wrapped, ...params } = checkHeader(header)
  const key = await passphraseKey(passphrase, params, 'decrypt')
  try {
    const algorithm = { name: 'AES-GCM', iv: decode(iv, 12), additionalData: bind(params) }
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, decode(wrapped, 48)))
  } catch {
    throw wrongPassphrase()
  }
}

/** The data key, wrapped under what a passkey's authenticator gives. @typedef {{ version: number, kdf: string, iv: string, wrapped: string }} Wrapped */

/**
 * Wraps the data key under the 32 bytes of a passkey, with a fresh IV, bound to that passkey and its salt.
 * @param {Uint8Array<ArrayBuffer>} dataKey
 * @param {Uint8Array<ArrayBuffer>} secret
 * @param {{ id: string, salt: string }} passkey
 * @returns {Promise<Wrapped>}
 */
export async function wrapWith(dataKey, secret, { id, salt }) {
  const params = { version: 1, kdf: 'HKDF-SHA-256' }
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const key = await passkeyKey(secret, 'encrypt')
  const wrapped = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: bind({ ...params, id, salt }) }, key, dataKey)
  return { ...params, iv: encode(iv), wrapped: encode(new Uint8Array(wrapped)) }
}

/**
 * @param {unknown} wrap as read from disk
 * @param {Uint8Array<ArrayBuffer>} secret
 * @param {{ id: string, salt: string }} passkey
 * @returns {Promise<Uint8Array<ArrayBuffer>>} the data key; the caller overwrites it
 * @throws {Advice} when these bytes do not open it
 */
export async function unwrapWith(wrap, secret, { id, salt }) {
  const known = fits(wrap, { version: is(1), kdf: is('HKDF-SHA-256'), iv: text, wrapped: text })
  if (!known) throw new Advice(unknownVersion)
  const { version, kdf, iv, wrapped } = wrap
  const key = await passkeyKey(secret, 'decrypt')
  try {
    const algorithm = { name: 'AES-GCM', iv: decode(iv, 12), additionalData: bind({ version, kdf, id, salt }) }
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, decode(wrapped, 48)))
  } catch {
    throw new Advice(tr('That does not open this wallet. Use another one, or your passphrase.'))
  }
}

/** @param {Uint8Array<ArrayBuffer>} secret @param {'encrypt' | 'decrypt'} usage */
async function passkeyKey(secret, usage) {
  const base = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey'])
  const algorithm = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: utf8.encode('peerscrip passkey') }
  return crypto.subtle.deriveKey(algorithm, base, { name: 'AES-GCM', length: 256 }, false, [usage])
}

const unknownVersion = tr('This wallet was written by a version that this page does not know. Reload the page and try again.')

/** @param {any} header @returns {Header} */
function checkHeader(header) {
  const ok = fits(header, {
    version: is(1), kdf: is('PBKDF2-HMAC-SHA-256'), salt: value => decode(value, 16).length === 16,
    iterations: value => Number.isSafeInteger(value) && value >= iterations && value <= maxIterations,
    iv: value => typeof value === 'string', wrapped: value => typeof value === 'string',
  })
  if (!ok) throw new Advice(unknownVersion)
  return header
}

/** The parameters are bound to what they wrap. @param {object} params */
const bind = params => utf8.encode(JSON.stringify(['peerscrip-wallet', ...Object.values(params)]))

/**
 * @param {string} passphrase
 * @param {{ iterations: number, salt: string }} params
 * @param {'encrypt' | 'decrypt'} usage
 */
async function passphraseKey(passphrase, params, usage) {
  const secret = utf8.encode(cleanPassphrase(passphrase))
  const base = await crypto.subtle.importKey('raw', secret, 'PBKDF2', false, ['deriveKey'])
  secret.fill(0)
  const algorithm = { name: 'PBKDF2', hash: 'SHA-256', iterations: params.iterations, salt: decode(params.salt, 16) }
  return crypto.subtle.deriveKey(algorithm, base, { name: 'AES-GCM', length: 256 }, false, [usage])
}

/** Seals and opens rows; made from the data key, which it does not keep. */
export class Box {
  /**
   * @param {Uint8Array<ArrayBuffer>} dataKey left as it is: the caller overwrites it
   * @returns {Promise<Box>}
   */
  static async from(dataKey) {
    const base = await crypto.subtle.importKey('raw', dataKey, 'HKDF', false, ['deriveKey'])
    /** @param {string} info */
    const hkdf = info => ({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: utf8.encode(info) })
    const rows = await crypto.subtle.deriveKey(hkdf('peerscrip purse'), base, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
    const names = await crypto.subtle.deriveKey(hkdf('peerscrip names'), base, { name: 'HMAC', hash: 'SHA-256', length: 256 }, false, ['sign'])
    return new Box({ rows, names })
  }

  /** @param {Keys} keys */
  constructor(keys) {
    this.keys = keys
  }

  /** The name under which a row lies on disk. @param {string} kind @param {string} id */
  async name(kind, id) {
    return encode(new Uint8Array(await crypto.subtle.sign('HMAC', this.keys.names, utf8.encode(`${kind}\n${id}`))))
  }

  /** @param {string} kind @param {string} name @param {unknown} value @returns {Promise<Sealed>} */
  async seal(kind, name, value) {
    const iv = crypto.getRandomValues(new Uint8Array(12))
    const plain = utf8.encode(JSON.stringify(value))
    const algorithm = { name: 'AES-GCM', iv, additionalData: utf8.encode(`${kind}\n${name}`) }
    const box = await crypto.subtle.encrypt(algorithm, this.keys.rows, plain)
    plain.fill(0)
    return { iv, box }
  }

  /** @param {string} kind @param {string} name @param {Sealed} sealed @returns {Promise<any>} */
  async open(kind, name, { iv, box }) {
    const algorithm = { name: 'AES-GCM', iv, additionalData: utf8.encode(`${kind}\n${name}`) }
    const plain = new Uint8Array(await crypto.subtle.decrypt(algorithm, this.keys.rows, box))
    const value = JSON.parse(new TextDecoder().decode(plain))
    plain.fill(0)
    return value
  }
}
