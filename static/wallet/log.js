// @ts-check
/**
 * The broker's log as the world sees it: entries, signed heads, and the proof that an entry stands under a head; the twin of
 * the Go package services/tree (docs/protocol.md, "The log in public"). Whatever does not prove what it should is an Error.
 * @module
 */
import { importJWK } from '../vendor/jose/jose.min.js'
import { decode, encode } from './base64url.js'
import { digest as isDigest, time } from './shape.js'

/** @import { JWK } from './types.js' */

/**
 * @typedef {{ index: number, entry: string, path: string[], head: string }} Logged as a receipt bundle holds it
 * @typedef {{ kind: string, at: number, messages: string[] }} Entry at: unix seconds
 * @typedef {{ size: number, root: Uint8Array<ArrayBuffer> }} Head
 */

const maxEntry = 8192
const maxMessages = 64
const maxPath = 128
const maxHead = 2048
const utf8 = new TextEncoder()

/** @param {string} why @returns {never} */
const fail = why => { throw new Error(why) }

/** @param {...Uint8Array} parts @returns {Promise<Uint8Array<ArrayBuffer>>} */
async function sha256(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0)
  return new Uint8Array(await crypto.subtle.digest('SHA-256', all))
}

/** @param {Uint8Array} a @param {Uint8Array} b */
const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i])

/** Bytes in ordinary base64, in its one spelling. @param {string} text */
function decode64(text) {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) fail('base64')
  return decode(text.replaceAll('=', '').replaceAll('+', '-').replaceAll('/', '_'))
}

/** @param {string} text @returns {Entry} */
export function parseEntry(text) {
  const lines = text.split('\n')
  const [tag, kind = '', at = '', record, ...rest] = lines
  const messages = rest.slice(0, -1)
  const ok = utf8.encode(text).length <= maxEntry && rest.at(-1) === '' && messages.length <= maxMessages && tag === 'peerscrip log 1' &&
    /^[\w-]{1,32}$/.test(kind) && /^[1-9]\d*$/.test(at) && time(Number(at)) && isDigest(record) && messages.every(isDigest)
  return ok ? { kind, at: Number(at), messages } : fail('entry')
}

/**
 * @param {string} signed a note
 * @param {string} broker its id
 * @param {JWK[]} keys the broker's
 * @returns {Promise<Head>}
 */
export async function openHead(signed, broker, keys) {
  const [name, size = '', root = '', empty, line = '', ...rest] = signed.split('\n')
  const signature = /^— (\S+) (\S+)$/.exec(line)
  const own = `peerscrip/log/${broker}`
  if (signed.length > maxHead || name !== own || !/^(0|[1-9]\d*)$/.test(size) || !Number.isSafeInteger(Number(size)) ||
    empty !== '' || String(rest) !== '' || rest.length !== 1 || signature?.[1] !== own) fail('head')
  const mac = decode64(signature?.[2] ?? '')
  const text = utf8.encode(`${name}\n${size}\n${root}\n`)
  const hash = decode64(root)
  if (mac.length !== 68 || hash.length !== 32) fail('head')
  for (const key of keys) {
    const kid = await sha256(utf8.encode(`${own}\n`), Uint8Array.of(1), decode(key.x, 32))
    if (!same(kid.slice(0, 4), mac.slice(0, 4))) continue
    const verifier = /** @type {CryptoKey} */ (await importJWK(key, 'EdDSA'))
    if (await crypto.subtle.verify('Ed25519', verifier, mac.slice(4), text)) return { size: Number(size), root: hash }
  }
  return fail('signature')
}

/**
 * Checks that the entry stands in the log under the head, and that the broker signed the head. RFC 9162, 2.1.3.2.
 * @param {Logged} logged
 * @param {string} broker
 * @param {JWK[]} keys
 * @returns {Promise<Head>}
 */
export async function included({ index, entry, path, head }, broker, keys) {
  const { size, root } = await openHead(head, broker, keys)
  if (index >= size || path.length > maxPath) fail('index')
  let [at, last] = [index, size - 1]
  const up = () => { [at, last] = [Math.floor(at / 2), Math.floor(last / 2)] }
  let hash = await sha256(Uint8Array.of(0), utf8.encode(entry))
  for (const step of path) {
    const beside = decode(step, 32)
    if (last === 0) fail('path too long')
    if (at % 2 === 1 || at === last) {
      hash = await sha256(Uint8Array.of(1), beside, hash)
      while (at % 2 === 0 && at > 0) up()
    } else hash = await sha256(Uint8Array.of(1), hash, beside)
    up()
  }
  if (last !== 0 || !same(hash, root)) fail('root')
  return { size, root }
}

/** Whether two heads are of the same records. @param {Head} a @param {Head} b */
export const sameHead = (a, b) => a.size === b.size && same(a.root, b.root)

/** Whether a number is a power of 2. @param {number} n @returns {boolean} */
const isPower = n => n === 1 || n > 1 && n % 2 === 0 && isPower(n / 2)

/** Whether a value has the form of the hashes of a proof. @param {any} path @returns {path is string[]} */
export const isPath = path => Array.isArray(path) && path.length <= maxPath && path.every(isDigest)

/**
 * Whether hashes prove that the log of the newer head begins with the records of the older one. RFC 9162, 2.1.4.2.
 * @param {string[]} path
 * @param {Head} older of 1 record at least
 * @param {Head} newer of no fewer
 */
export async function consistent(path, older, newer) {
  if (older.size < 1 || older.size > newer.size || !isPath(path)) return false
  if (older.size === newer.size) return path.length === 0 && same(older.root, newer.root)
  const [begin, ...rest] = [...isPower(older.size) ? [older.root] : [], ...path.map(step => decode(step, 32))]
  if (!begin) return false
  let [at, last] = [older.size - 1, newer.size - 1]
  const up = () => { [at, last] = [Math.floor(at / 2), Math.floor(last / 2)] }
  while (at % 2 === 1) up()
  let [before, now] = [begin, begin]
  for (const beside of rest) {
    if (last === 0) return false
    if (at % 2 === 1 || at === last) {
      before = await sha256(Uint8Array.of(1), beside, before)
      now = await sha256(Uint8Array.of(1), beside, now)
      while (at % 2 === 0 && at > 0) up()
    } else now = await sha256(Uint8Array.of(1), now, beside)
    up()
  }
  return last === 0 && same(before, older.root) && same(now, newer.root)
}

/**
 * The entry, if it is of a message recorded as kind.
 * @param {Logged} logged
 * @param {string} digest of the message
 * @param {string} kind
 */
export function recorded({ entry }, digest, kind) {
  const parsed = parseEntry(entry)
  return parsed.kind === kind && parsed.messages.includes(digest) ? parsed : fail('another message')
}

/** @param {any} value @returns {value is Logged} whether it has the form of a proof */
export function isLogged(value) {
  try {
    parseEntry(value.entry)
    return Object.keys(value).sort().join() === 'entry,head,index,path' && Number.isSafeInteger(value.index) && value.index >= 0 &&
      Array.isArray(value.path) && value.path.length <= maxPath && value.path.every(isDigest) &&
      typeof value.head === 'string' && value.head !== '' && value.head.length <= maxHead
  } catch {
    return false
  }
}

/** The digest of a signed message. @param {string} jws */
export const digestOf = async jws => encode(await sha256(decode(jws.split('.')[1])))
