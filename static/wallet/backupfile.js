// @ts-check
/**
 * A backup as a file: JSON, with the wallet's rows encrypted (AES-256-GCM) under a key that comes from the recovery
 * phrase and a fresh salt. Its form is in docs/protocol.md, "Backups". Everything here only makes and reads bytes.
 * @module
 */
import { decode, encode, random } from './base64url.js'
import { Advice } from './errors.js'
import { tr } from './language.js'
import { kinds } from './rows.js'
import { digest, fits, id, is, text, time } from './shape.js'

/** @import { Kind, Rows } from './rows.js' */

const format = 'peerscrip wallet backup'

/** What this module writes, and all that it reads. */
export const version = 1

/** Largest file that is looked at, in bytes; and what of rows finds room in one. */
export const maxSize = 64 * 1024 * 1024
export const room = maxSize / 4 * 3 - 4096

const utf8 = new TextEncoder()

/**
 * @typedef {{ [K in Kind]: [kind: K, id: string, value: Rows[K]] }[Kind]} Row one row of a purse
 * @typedef {{ rows: Row[], bank?: number }} Contents bank: what the bank account held, minor units, where it was told
 * @typedef {{ format: string, version: number, made: number, phrase: string, salt: string, iv: string, box: string }} File
 */

/**
 * @param {Contents} contents
 * @param {string} key of the phrase
 * @param {number} made unix seconds
 * @param {number} [most] bytes
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function write(contents, key, made, most = maxSize) {
  const head = { format, version, made, phrase: await fingerprint(key), salt: random(16) }
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const plain = utf8.encode(JSON.stringify(contents))
  const box = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: bind(head) }, await fileKey(key, head.salt, 'encrypt'), plain)
  plain.fill(0)
  const bytes = utf8.encode(`${JSON.stringify({ ...head, iv: encode(iv), box: encode(new Uint8Array(box)) })}\n`)
  if (bytes.length > most) throw new Advice(tr('This wallet holds more than a backup can. Nothing was saved.'))
  return bytes
}

/**
 * What stands in the clear of a file.
 * @param {Uint8Array} bytes
 * @returns {File}
 * @throws {Advice}
 */
export function read(bytes) {
  if (bytes.length > maxSize) throw new Advice(tr('This file is larger than any backup. Choose the file that your wallet made.'))
  const file = orNull(() => JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
  if (file?.format === 'peerscrip receipt') throw new Advice(tr('This is a receipt, which holds no money. The page “What a receipt proves” reads it. Choose the file that is called peerscrip-backup and a date.'))
  if (file?.format !== format) throw new Advice(tr('This is not a backup of a wallet, or it is damaged. Choose the file that your wallet made.'))
  if (file.version !== version) {
    throw new Advice(tr('This backup has the form {form}, and this page reads form {n}. Restore it where it was made, or where that is newer.', { form: Number(file.version) || tr('of another version'), n: version }))
  }
  const shape = { format: is(format), version: is(version), made: time, phrase: digest, salt: id, iv: text, box: text }
  if (!fits(file, shape)) throw damaged()
  return file
}

/**
 * @param {File} file
 * @param {string} key
 * @returns {Promise<Contents>}
 * @throws {Advice} when the key is another's, or the file is damaged
 */
export async function open({ iv, box, ...head }, key) {
  if (head.phrase !== await fingerprint(key)) {
    throw new Advice(tr('This backup was made under another phrase. Use the words that were written down for it.'))
  }
  try {
    const algorithm = { name: 'AES-GCM', iv: decode(iv, 12), additionalData: bind(head) }
    const plain = new Uint8Array(await crypto.subtle.decrypt(algorithm, await fileKey(key, head.salt, 'decrypt'), decode(box)))
    const contents = JSON.parse(new TextDecoder().decode(plain))
    plain.fill(0)
    if (!isContents(contents)) throw new Error('contents')
    return contents
  } catch {
    throw damaged()
  }
}

const damaged = () => new Advice(tr('This backup is damaged. Use another copy of it.'))

/** @param {any} contents @returns {boolean} */
const isContents = ({ rows, bank }) => (bank === undefined || Number.isSafeInteger(bank)) && Array.isArray(rows) &&
  rows.every(row => Array.isArray(row) && row.length === 3 && kinds.includes(row[0]) && text(row[1])) && rows.some(([kind, id]) => kind === 'profile' && id === 'me')

/** Everything in the clear is bound to what it stands before. @param {Omit<File, 'iv' | 'box'>} head */
const bind = ({ format, version, made, phrase, salt }) => utf8.encode(JSON.stringify([format, version, made, phrase, salt]))

/** Tells whose phrase it is without telling the key. @param {string} key */
async function fingerprint(key) {
  return encode(new Uint8Array(await crypto.subtle.deriveBits(hkdf('', 'peerscrip backup phrase'), await base(key), 256)))
}

/** @param {string} key @param {string} salt @param {'encrypt' | 'decrypt'} usage */
async function fileKey(key, salt, usage) {
  return crypto.subtle.deriveKey(hkdf(salt, 'peerscrip backup file'), await base(key), { name: 'AES-GCM', length: 256 }, false, [usage])
}

/** @param {string} key */
const base = key => crypto.subtle.importKey('raw', decode(key, 32), 'HKDF', false, ['deriveBits', 'deriveKey'])

/** @param {string} salt @param {string} info */
const hkdf = (salt, info) => ({ name: 'HKDF', hash: 'SHA-256', salt: decode(salt), info: utf8.encode(info) })

/** @template T @param {() => T} run @returns {T | null} */
function orNull(run) {
  try {
    return run()
  } catch {
    return null
  }
}
