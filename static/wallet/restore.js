// @ts-check
/**
 * Restoring: a backup becomes the wallet of this browser. The restored wallet repeats what had been sent when the backup was
 * made, so that stored replies reach it; it begins nothing by itself but to ask, for every piece of scrip, what became of it
 * (transactions/regain.js). So a backup that is old, or restored beside a wallet that lives on, buys nothing twice.
 * @module
 */
import { checkName, newDiskName, putAside } from './aside.js'
import { open, read } from './backupfile.js'
import { openDisk, removeDisk } from './disk.js'
import { Problem, Unreachable } from './errors.js'
import { keyOf } from './phrase.js'
import { isTooOldElsewhere } from './renewals.js'
import { checkPassphrase } from './safe.js'
import { Session } from './session.js'
import { repin } from './trust.js'
import { Wallet } from './wallet.js'
import { putWork, search } from './work.js'

/** @import { Contents, Row } from './backupfile.js' */
/** @import { Context } from './context.js' */
/** @import { Item } from './items.js' */
/** @import { Change, Holding, Kind, Merchant, Rows, Work } from './rows.js' */

/** @typedef {{ bytes: Uint8Array, phrase: string, passphrase: string }} Given passphrase: for this browser from now on */

/**
 * @param {Wallet} wallet of a browser that has none yet
 * @param {Given} given
 * @returns {Promise<void>} unlocked; call wallet.resume
 * @throws {Advice} when file or phrase are not right
 */
export async function restore(wallet, { bytes, phrase, passphrase }) {
  checkPassphrase(passphrase)
  const file = read(bytes)
  const key = await keyOf(phrase)
  const contents = await open(file, key)
  await sameBroker(wallet, contents)
  await wallet.create(passphrase, restoration(contents, { key, made: file.made, now: wallet.parts.now() }))
}

/**
 * Restores a backup in place of a wallet that is here, which is put aside once that has gone well. The page has to be loaded anew.
 * @param {Wallet} wallet that is here, locked perhaps for good
 * @param {Given} given
 * @param {string} name for the wallet that is put aside
 * @throws {Advice} when file, phrase or name are not right; then everything is as it was
 */
export async function restoreBeside(wallet, given, name) {
  const disk = await openDisk(newDiskName())
  const session = new Session(disk.name, wallet.parts.session.container)
  try {
    checkName(name)
    await restore(new Wallet({ ...wallet.parts, disk, session }), given)
  } catch (error) {
    disk.close()
    await removeDisk(disk.name)
    throw error
  }
  session.handOver() // to the page as it is loaded anew
  putAside({ name, at: wallet.parts.now(), next: disk.name })
}

/** Refuses a backup of a wallet that another broker keeps the money of. @param {Wallet} wallet @param {Contents} contents */
async function sameBroker({ broker }, { rows }) {
  try {
    for (const profile of of(rows, 'profile')) await repin(profile.broker, broker)
  } catch (error) {
    if (!(error instanceof Unreachable || error instanceof Problem)) throw error // a broker that is away is no reason
  }
}

/**
 * What is written of a backup: its rows; of what was running, that which had been sent; a work for each piece of scrip;
 * and what to tell. Pure.
 * @param {Contents} contents
 * @param {{ key: string, made: number, now: number }} more made: the backup, now: unix seconds
 * @returns {Change[]}
 */
function restoration({ rows, bank }, { key, made, now }) {
  const works = new Map(of(rows, 'works').map(work => [work.id, carriedOn(work, now)]))
  // What was set aside for its age is searched for like the rest: its issuer's clock may be right by now.
  const owed = (/** @type {Holding} */ holding) => isTooOldElsewhere(holding, now) ? { ...holding, doubt: '' } : holding
  /** @param {Holding} holding @returns {Holding} */
  const free = holding => works.get(holding.work)?.state === 'running' ? owed(holding) : { ...owed(holding), work: '' }
  const changes = rows.map(([kind, id, value]) => {
    if (kind === 'works') return { kind, id, value: works.get(id) ?? value }
    if (kind === 'merchants') return { kind, id, value: collecting(value) }
    return kind === 'holdings' ? { kind, id, value: free(value) } : /** @type {Change} */ ({ kind, id, value })
  })
  const holdings = of(rows, 'holdings').map(owed).filter(({ doubt }) => !doubt)
  const value = holdings.reduce((sum, { scrip }) => sum + scrip.value, 0)
  return [
    ...changes, ...holdings.map(holding => putWork(search(holding, bank, now))),
    { kind: 'backup', id: 'last', value: { made, value, orders: of(rows, 'orders').length, key, mark: '' } },
    { kind: 'restored', id: 'last', value: { made, at: now } },
  ]
}

/** A merchant of the backup: a COLLECT under way brings what the copy that sent it may have too. @param {Merchant} merchant @returns {Merchant} */
const collecting = merchant => merchant.collect?.request ? { ...merchant, collect: { ...merchant.collect, shared: true } } : merchant

/** @template {Kind} K @param {Row[]} rows @param {K} kind @returns {Rows[K][]} those of that kind */
const of = (rows, kind) => rows.filter(row => row[0] === kind).map(row => /** @type {Rows[K]} */ (row[2]))

/**
 * A work of the backup as a restored wallet goes on with it: the transaction that had been begun is finished, nothing
 * follows it. Opening the account is begun in any case, since nothing goes without, and what
 * the broker owes is asked for: it comes once.
 * @param {Work} work
 * @param {number} now unix seconds
 * @returns {Work}
 */
function carriedOn(work, now) {
  if (work.state !== 'running' || work.purpose === 'join' || work.purpose === 'credit') return work
  const next = { ...work, rev: work.rev + 1, changed: now }
  const items = work.items.slice(0, work.at + 1)
  const [item] = items.slice(-1)
  if (item?.phase === undefined) return { ...next, state: 'stopped', reason: 'wallet-restored' }
  const after = brought(item).map(what => /** @type {Item} */ ({ transaction: 'regain', scrip: '', ...what }))
  const about = 'stall' in work.about ? { stall: work.about.stall } : {}
  if (after.length > 0) return { ...next, purpose: 'restore', about, created: now, items: [...items, ...after] }
  return items.length < work.items.length ? { ...next, items, purpose: 'recover', about } : next
}

/**
 * The scrip that a transaction under way may bring. Its answer is stored, so that the copy of this wallet that began it may have
 * the same: it is looked for like the rest, and renewed.
 * @param {Item} item
 * @returns {{ vendor: string, amount: number }[]}
 */
function brought(item) {
  switch (item.transaction) {
    case '6.1': return [{ vendor: '', amount: item.amount }]
    case '6.3': return item.phase && item.had > item.amount ? [{ vendor: item.vendor, amount: item.had - item.amount }] : []
    case '6.4': return item.phase ? [{ vendor: '', amount: item.total }] : []
    case '6.8': return [{ vendor: item.vendor, amount: item.amount }]
    // The broker hands T17 on as long as its own part stands.
    case '6.5': return item.phase ? [{ vendor: item.vendor, amount: item.from + item.amount }, { vendor: '', amount: item.had - item.amount }] : []
    case '6.2': return item.phase ? [{ vendor: item.vendor, amount: item.amount }, { vendor: '', amount: item.had - item.amount }] : []
    case 'payout': return item.to === 'scrip' ? [{ vendor: '', amount: item.amount }] : []
    default: return []
  }
}

/**
 * @typedef {{ pieces: number, value: number }} Sum
 * @typedef {object} Found what became of the scrip of a backup
 * @property {number} made the backup, unix seconds
 * @property {string[]} waiting who has yet to answer: names of stalls, and "" for the broker
 * @property {Sum} good it is here, and new
 * @property {Sum} bank it had gone back to the bank account
 * @property {Sum} gone spent or changed since, and not to be had
 * @property {Sum} unsure its issuer did not say
 * @property {number} added what had been loaded since and was got back, minor units
 * @property {boolean} blocked the broker may hold money of this account that this wallet cannot reach
 */

/**
 * What the restoration has found so far.
 * @param {Context} ctx
 * @returns {Promise<Found | undefined>} undefined when this wallet was not restored, or that was read
 */
export async function found(ctx) {
  const restored = await ctx.purse.get('restored', 'last')
  if (!restored) return undefined
  const works = (await ctx.works()).filter(({ purpose, created }) => purpose === 'restore' && created >= restored.at)
  const searches = works.flatMap(work => work.items).filter(item => item.transaction === 'regain')
  const ended = searches.filter(item => item.phase === 'done')
  /** @param {typeof ended[number]['found']} what @returns {Sum} */
  const sum = what => {
    const those = ended.filter(item => item.found === what)
    return { pieces: those.length, value: those.reduce((all, item) => all + item.amount, 0) }
  }
  const asked = new Set(searches.filter(item => item.phase !== 'done').map(item => item.vendor))
  const waiting = await Promise.all([...asked].map(async vendor => vendor && (await ctx.merchant(vendor)).name))
  return {
    made: restored.made, waiting, good: sum('good'), bank: sum('bank'), gone: sum('gone'), unsure: sum('unsure'),
    added: ended.reduce((all, item) => all + (item.added ?? 0), 0),
    blocked: ended.some(item => item.found === 'gone' && !item.vendor) && !await ctx.brokerScrip(),
  }
}

/** The report was read. @param {Wallet} wallet */
export async function noted(wallet) {
  const ctx = wallet.open()
  await wallet.exclusive('peerscrip-wallet', () => ctx.purse.apply([{ kind: 'restored', id: 'last', value: null }]))
  wallet.changed()
}
