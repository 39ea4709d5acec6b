// @ts-check
/**
 * Binary as text: base64url without padding, in its one canonical spelling (docs/protocol.md, wire format).
 * decode refuses every other spelling, so that one value has one text on both sides.
 * @module
 */

const alphabet = /^[A-Za-z0-9_-]*$/

/** Bytes that are spelled at once: a multiple of three, so that only the end is padded. */
const chunk = 3 * 4096

/**
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function encode(bytes) {
  const parts = []
  for (let i = 0; i < bytes.length; i += chunk) parts.push(btoa(String.fromCharCode(...bytes.subarray(i, i + chunk))))
  return parts.join('').replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/**
 * @param {unknown} text
 * @param {number} [size] the exact number of bytes wanted
 * @returns {Uint8Array<ArrayBuffer>}
 * @throws {Error} when text is not the canonical spelling of (size) bytes
 */
export function decode(text, size) {
  if (typeof text !== 'string' || !alphabet.test(text) || text.length % 4 === 1) throw new Error('not base64url')
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
  if (size !== undefined && bytes.length !== size) throw new Error(`not ${size} bytes`)
  // Only the last character can be spelled in other ways: by bits that no byte has.
  if (encode(bytes.subarray(bytes.length - bytes.length % 3)) !== text.slice(text.length - text.length % 4)) throw new Error('not canonical base64url')
  return bytes
}

/**
 * @param {unknown} text
 * @param {number} size in bytes
 * @returns {text is string} whether text is the canonical spelling of size bytes
 */
export function spells(text, size) {
  try {
    decode(text, size)
    return true
  } catch {
    return false
  }
}

/**
 * Fresh random bytes as text: 16 bytes for an ID or a salt, 32 for a key.
 * @param {number} size
 */
export function random(size) {
  return encode(crypto.getRandomValues(new Uint8Array(size)))
}

/** A fresh ID (16 random bytes, 22 characters). */
export const newID = () => random(16)

/** A fresh 256-bit key, such as a reply_key (43 characters). */
export const newKey = () => random(32)
