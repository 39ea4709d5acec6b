// @ts-check
/**
 * Requests that can be made again after a restore. What is random in a request about one scrip is derived here from the
 * holder's private key, the scrip and its CustomerSecret. So a wallet restored from a backup that holds the scrip makes, byte
 * for byte, the request that the wallet made after the backup, and gets the stored reply (docs/protocol.md, "After a restore").
 * To anyone who lacks one of the three all of it is as random as before.
 * @module
 */
import { decode, encode } from './base64url.js'

/** @import { Holding } from './rows.js' */
/** @import { JWK } from './types.js' */

/**
 * @typedef {object} Again
 * @property {string} tx
 * @property {number} iat when the issuer made the scrip: the one time that every copy of the wallet knows
 * @property {string} replyKey
 * @property {(attachment: string) => Promise<string>} salt
 */

/**
 * @param {string} typ of the request
 * @param {JWK} key the holder's private key
 * @param {Holding} holding what the request is about
 * @param {number[]} [content] what else tells this request from others of its type about the same scrip
 * @returns {Promise<Again>}
 */
export async function again(typ, key, { scrip, secret, made }, content = []) {
  const base = await crypto.subtle.importKey('raw', decode(key.d, 32), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  const draw = async (/** @type {string} */ part, /** @type {number} */ size) => {
    const what = new TextEncoder().encode(JSON.stringify(['peerscrip again 1', typ, scrip.scrip_id, secret, content, part]))
    return encode(new Uint8Array(await crypto.subtle.sign('HMAC', base, what)).slice(0, size))
  }
  return { tx: await draw('tx', 16), iat: made, replyKey: await draw('reply key', 32), salt: name => draw(`salt ${name}`, 16) }
}
