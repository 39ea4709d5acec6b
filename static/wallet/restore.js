// @ts-check
/**
 * Restoring: a backup becomes the wallet of this browser. The restored wallet repeats what had been sent when the backup was
 * made, so that stored replies reach it; it begins nothing by itself but to ask, for every piece of scrip, what became of it
 * (transactions/regain.js). So a backup that is old, or restored beside a wallet that lives on, buys nothing twice.
 * @module
 */
import { open, read } from './backupfile.js'
import { Advice, Problem, Unreachable } from './errors.js'
import { keyOf } from './phrase.js'
import { checkPassphrase } from './safe.js'
import { pin, repin } from './trust.js'
import { newWork } from './work.js'

/** @import { Contents } from './backupfile.js' */
/** @import { Context } from './context.js' */
/** @import { Change, Profile, Holding, Work } from './types.js' */
/** @import { Wallet } from './wallet.js' */

/**
 * @param {Wallet} wallet of a browser that has none yet
 * @param {{ bytes: Uint8Array, phrase: string, passphrase: string }} given passphrase: for this browser from now on
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

/** Refuses a backup of a wallet that another broker keeps the money of. @param {Wallet} wallet @param {Contents} contents */
async function sameBroker({ broker }, { rows }) {
  const profile = /** @type {Profile} */ (rows.find(([kind, id]) => kind === 'profile' && id === 'me')?.[2])
  try {
    repin(profile.broker, pin(...await Promise.all([broker.about(), broker.keys()])))
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
export function restoration({ rows, bank }, { key, made, now }) {
  const works = new Map(rows.filter(([kind]) => kind === 'works').map(([, id, work]) => [id, carriedOn(work, now)]))
  const free = (/** @type {Holding} */ holding) => works.get(holding.work)?.state === 'running' ? holding : { ...holding, work: '' }
  /** @type {Change[]} */
  const changes = rows.map(([kind, id, value]) => ({ kind, id, value: kind === 'works' ? works.get(id) : kind === 'holdings' ? free(value) : value }))
  const holdings = /** @type {Holding[]} */ (rows.filter(([kind]) => kind === 'holdings').map(([, , holding]) => holding))
  for (const holding of holdings.filter(({ spent }) => !spent)) changes.push(search(holding, bank, now))
  const value = holdings.filter(({ spent }) => !spent).reduce((sum, { scrip }) => sum + scrip.value, 0)
  const said = { made, value, orders: rows.filter(([kind]) => kind === 'orders').length, key, mark: '' }
  return [...changes, { kind: 'profile', id: 'backup', value: said }, { kind: 'profile', id: 'restored', value: { made, at: now } }]
}

/**
 * A work of the backup as a restored wallet goes on with it: the transaction that had been begun is finished, nothing
 * follows it. Opening the account is begun in any case, since nothing goes without.
 * @param {Work} work
 * @param {number} now
 * @returns {Work}
 */
function carriedOn(work, now) {
  if (work.state !== 'running' || work.kind === 'join') return work
  const begun = work.items[work.at]?.phase !== undefined
  const more = { rev: work.rev + 1, changed: now }
  if (!begun) return { ...work, ...more, state: 'stopped', reason: 'wallet-restored' }
  const items = work.items.slice(0, work.at + 1)
  const [item] = items.slice(-1)
  // The broker hands T17 on as long as its own part stands, so what that brings has to be looked for like the rest.
  if (item?.transaction === '6.5') return { ...work, ...more, kind: 'restore', created: now, items: [...items, { transaction: 'regain', scrip: '', vendor: item.vendor, amount: item.from + item.amount }] }
  return { ...work, ...more, items, kind: items.length < work.items.length ? 'recover' : work.kind }
}

/** @param {Holding} holding @param {number | undefined} bank @param {number} now @returns {Change} */
function search({ scrip, vendor }, bank, now) {
  const item = { transaction: 'regain', scrip: scrip.scrip_id, amount: scrip.value, vendor, ...!vendor && bank !== undefined && { bank } }
  const work = newWork({ kind: 'restore', items: [item], about: { amount: scrip.value } }, now)
  return { kind: 'works', id: work.id, value: work }
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
  const restored = await ctx.purse.get('profile', 'restored')
  if (!restored) return undefined
  const works = /** @type {Work[]} */ (await ctx.purse.all('works')).filter(({ kind, created }) => kind === 'restore' && created >= restored.at)
  const items = works.flatMap(work => work.items)
  /** @param {string} what @returns {Sum} */
  const sum = what => {
    const those = items.filter(item => item.found === what)
    return { pieces: those.length, value: those.reduce((all, item) => all + item.amount, 0) }
  }
  const asked = new Set(works.filter(({ state }) => state === 'running').flatMap(work => work.items.map(item => item.vendor)))
  const waiting = await Promise.all([...asked].map(async vendor => vendor && (await ctx.merchant(vendor)).name))
  return {
    made: restored.made, waiting, good: sum('good'), bank: sum('bank'), gone: sum('gone'), unsure: sum('unsure'),
    added: items.reduce((all, item) => all + (item.added ?? 0), 0), blocked: items.some(item => item.found === 'gone' && !item.vendor) && !await ctx.brokerScrip(),
  }
}

/** The report was read. @param {Wallet} wallet */
export async function noted(wallet) {
  const ctx = wallet.open()
  await wallet.exclusive('peerscrip-wallet', () => ctx.purse.apply([{ kind: 'profile', id: 'restored', value: null }]))
  wallet.changed()
}
