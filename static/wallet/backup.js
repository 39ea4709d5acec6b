// @ts-check
/**
 * Backing up: a snapshot of the wallet becomes a file, and the file is tried out before anything is called backed up. The
 * drill opens the very bytes of the file, rebuilds the wallet from them in a second database, and holds it against this
 * one: every row, the money, and each key by a signature.
 * @module
 */
import { newKey } from './base64url.js'
import { open, read, room, write } from './backupfile.js'
import { balance, total } from './contents.js'
import { Context } from './context.js'
import { openDisk, removeDisk } from './disk.js'
import { disclosureDigest } from './envelope.js'
import { Advice } from './errors.js'
import { signer } from './keys.js'
import { tr } from './language.js'
import { Purse } from './purse.js'
import { thin } from './thin.js'
import { Box, newDataKey } from './vault.js'

/** @import { Contents, Row } from './backupfile.js' */
/** @import { Backup, Change, Held, Kind, Rows } from './rows.js' */
/** @import { JWK } from './types.js' */
/** @import { Wallet } from './wallet.js' */

/** What names a row of each kind that is backed up: all but the transcript, on which nothing depends, what is of this browser alone, and photos, which stalls have. @type {{ [K in Exclude<Kind, 'transcript' | 'backup' | 'restored' | 'photos'>]: (row: Rows[K]) => string }} */
export const names = {
  profile: () => 'me', merchants: ({ vendor }) => vendor, holdings: ({ scrip }) => scrip.scrip_id, works: ({ id }) => id,
  notices: ({ tx }) => tx, orders: ({ tx }) => tx, threads: ({ tx }) => tx, baskets: ({ vendor }) => vendor,
}

const drillDisk = 'peerscrip-drill'

/**
 * Makes a backup, tries it out, and remembers it. The file is the caller's to save.
 * @param {Wallet} wallet unlocked
 * @param {string} [fresh] the key of a new phrase; the one kept where left out
 * @returns {Promise<Held & { bytes: Uint8Array<ArrayBuffer> }>}
 * @throws {Advice} when the file did not pass its drill
 */
export async function backUp(wallet, fresh) {
  const ctx = wallet.open()
  const bank = await wallet.bankBalance().catch(() => undefined)
  return wallet.exclusive('peerscrip-wallet', async () => {
    const key = fresh ?? (await kept(ctx))?.key
    if (!key) throw new Advice(tr('Make a recovery phrase first.'))
    const made = ctx.now()
    const bytes = await write({ rows: await snapshot(ctx), bank }, key, made)
    const said = { made, ...await drill(bytes, key, ctx) }
    await ctx.purse.apply([{ kind: 'backup', id: 'last', value: { ...said, key, mark: await mark(ctx) } }])
    wallet.changed()
    return { ...said, bytes }
  })
}

/** @param {Context} ctx @returns {Promise<Backup | undefined>} undefined before the first backup */
export const kept = ctx => ctx.purse.get('backup', 'last')

/**
 * The last backup, and whether the wallet has changed since.
 * @param {Context} ctx
 * @returns {Promise<Held & { changed: boolean } | undefined>}
 */
export async function lastBackup(ctx) {
  const last = await kept(ctx)
  if (!last) return undefined
  const { key, mark: before, ...said } = last
  return { ...said, changed: before !== await mark(ctx) }
}

/** What the wallet's money, orders and stalls are, as one value that changes when they do. @param {Context} ctx */
export async function mark(ctx) {
  const money = (await ctx.holdings()).map(({ scrip }) => scrip.scrip_id)
  const orders = await ctx.purse.disk.names('orders') // unread: there may be many, and this is asked often
  return disclosureDigest([...money, ...orders, ...await stallsOf(ctx)].toSorted().join(' '))
}

/** The works that opened a stall: by them a wallet knows whose desk it can enter. @param {Context} ctx */
export const stallsOf = async ctx => (await ctx.works()).filter(({ purpose, state }) => purpose === 'stall' && state === 'done').map(({ id }) => id)

/** @param {Context} ctx @returns {Promise<Row[]>} every row that a wallet cannot do without, and what was signed of orders as far as there is room */
async function snapshot(ctx) {
  const kinds = /** @type {(keyof typeof names)[]} */ (Object.keys(names))
  return thin((await Promise.all(kinds.map(kind => rowsOf(ctx, kind)))).flat(), room)
}

/** @template {keyof typeof names} K @param {Context} ctx @param {K} kind */
async function rowsOf(ctx, kind) {
  const rows = await ctx.purse.all(kind)
  return rows.map(value => /** @type {Row} */ ([kind, names[kind](value), value]))
}

/**
 * @param {Uint8Array} bytes of the file
 * @param {string} key
 * @param {Context} living
 * @returns {Promise<Omit<Held, 'made'>>} what the rebuilt wallet holds
 * @throws {Advice} when that is not what the living one does
 */
export const drill = async (bytes, key, living) => rebuild(await open(read(bytes), key), living, async rebuilt => {
  const [was, is] = [await held(living), await held(rebuilt)]
  const same = JSON.stringify({ ...was, bare: 0 }) === JSON.stringify({ ...is, bare: 0 }) && await digest(await snapshot(living)) === await digest(await snapshot(rebuilt))
  if (!same || !await keysAgree(living, rebuilt)) throw new Advice(tr('The backup was made and did not pass its trial, so it does not count. Try again.'))
  return is
})

/**
 * Tries out a file that was saved: whether it can be read, and what a wallet rebuilt from it holds.
 * @param {Wallet} wallet unlocked
 * @param {Uint8Array} bytes
 * @returns {Promise<Held>}
 * @throws {Advice} when it is damaged, or was made under another phrase than this wallet's
 */
export async function tryOut(wallet, bytes) {
  const ctx = wallet.open()
  const file = read(bytes)
  return wallet.exclusive('peerscrip-wallet', async () => {
    const last = await kept(ctx)
    if (!last) throw new Advice(tr('Make a recovery phrase first.'))
    return { made: file.made, ...await rebuild(await open(file, last.key), ctx, held) }
  })
}

/**
 * Rebuilds a wallet in a database of its own, which is gone afterwards.
 * @template T
 * @param {Contents} contents
 * @param {Context} living lends the rebuilt one its broker and clock
 * @param {(rebuilt: Context) => Promise<T>} look
 * @returns {Promise<T>}
 */
async function rebuild({ rows }, { broker, now }, look) {
  await removeDisk(drillDisk) // of a drill that was cut short
  const disk = await openDisk(drillDisk)
  try {
    const rebuilt = new Context({ purse: new Purse(disk, await Box.from(newDataKey())), broker, now })
    await rebuilt.purse.apply(rows.map(([kind, id, value]) => /** @type {Change} */ ({ kind, id, value })))
    return await look(rebuilt)
  } finally {
    disk.close()
    await removeDisk(drillDisk)
  }
}

/** Of rows, in whatever order. @param {Row[]} rows */
async function digest(rows) {
  const each = await Promise.all(rows.map(row => disclosureDigest(JSON.stringify(row))))
  return disclosureDigest(each.toSorted().join(' '))
}

/** @param {Context} ctx @returns {Promise<Omit<Held, 'made'>>} all the money, and how many orders */
export async function held(ctx) {
  const [value, orders] = [total(await balance(ctx)), await ctx.purse.all('orders')]
  const bare = orders.filter(order => order.bare !== undefined).length
  return { value, orders: orders.length, ...bare > 0 && { bare } }
}

/**
 * Whether what the rebuilt wallet's keys sign is theirs who own the living one's.
 * @param {Context} living
 * @param {Context} rebuilt
 */
async function keysAgree(living, rebuilt) {
  const [own, copies] = [await privateKeys(living), await privateKeys(rebuilt)]
  for (const [name, key] of Object.entries(own)) {
    const copy = copies[name]
    const said = new TextEncoder().encode(newKey())
    const { d, ...open } = key
    const check = await crypto.subtle.importKey('jwk', open, 'Ed25519', false, ['verify'])
    if (!copy || !await crypto.subtle.verify('Ed25519', check, await crypto.subtle.sign('Ed25519', (await signer(copy)).key, said), said)) return false
  }
  return true
}

/** @param {Context} ctx @returns {Promise<Record<string, JWK>>} the account's key, and one for each stall */
async function privateKeys(ctx) {
  const { key } = await ctx.profile()
  const merchants = await ctx.purse.all('merchants')
  return Object.fromEntries([['me', key], ...merchants.map(({ vendor, pseudonym }) => [vendor, pseudonym])])
}
