// @ts-check
/**
 * What is done with money itself, apart from buying: load it, take it back to the bank, keep it good. Each writes down a
 * work, to be run by runner.js; call them with the wallet's lock held.
 * @module
 */
import { isAgeing } from './ageing.js'
import { newID } from './base64url.js'
import { Advice } from './errors.js'
import { maxMoney } from './shape.js'
import { newWork, putWork, written } from './work.js'

/** @import { Context } from './context.js' */
/** @import { Item, Holding, Work } from './types.js' */

/**
 * Loads money from the bank: 6.1, or 6.4 where there is some already.
 * @param {Context} ctx
 * @param {number} amount minor units
 * @returns {Promise<Work>}
 */
export async function load(ctx, amount) {
  const { broker } = await ctx.profile()
  const held = await ctx.brokerScrip()
  if (broker.maxCharge > 0 && amount > broker.maxCharge) throw new Advice('That is more than the broker gives at once.')
  if ((held?.scrip.value ?? 0) + amount > maxMoney) throw new Advice('That is more than a wallet can hold.')
  const items = held ? [...first(held, ctx.now()), { transaction: '6.4', amount }] : [{ transaction: '6.1', amount }]
  return written(ctx, { kind: 'load', items, about: { amount } })
}

/**
 * Takes all BrokerScrip back to the bank (6.6).
 * @param {Context} ctx
 * @param {number} amount what the person was shown and confirmed, minor units
 * @returns {Promise<Work>}
 */
export async function withdraw(ctx, amount) {
  const held = await ctx.brokerScrip()
  if (!held || held.scrip.value !== amount) throw new Advice('Your wallet holds another amount by now. Look at it again.')
  if (held.work) throw new Advice('This money is in use just now. Try again when that is done.')
  return written(ctx, { kind: 'withdraw', items: [...first(held, ctx.now()), { transaction: '6.6', amount }], about: { amount } })
}

/**
 * Takes what a stall has earned to the bank, or puts it into this wallet.
 * @param {Context} ctx
 * @param {{ vendor: string, name: string, earned: number }} stall of this account; minor units
 * @param {'bank' | 'scrip'} to
 * @returns {Promise<Work>}
 */
export async function payOut(ctx, { vendor, name, earned }, to) {
  const held = to === 'scrip' ? await ctx.brokerScrip() : undefined
  if ((held?.scrip.value ?? 0) + earned > maxMoney) throw new Advice('That is more than a wallet can hold.')
  const items = [...held ? first(held, ctx.now()) : [], { transaction: 'payout', vendor, amount: earned, to }]
  return written(ctx, { kind: 'payout', items, about: { amount: earned, vendor, stall: name, to } })
}

/**
 * What leaving the market takes back: each piece of VendorScrip by 6.7, then the BrokerScrip by 6.6, minor units.
 * @typedef {object} Leaving
 * @property {{ vendor: string, name: string, amount: number }[]} stalls
 * @property {number} cash
 * @property {boolean} busy whether something is in use just now, and stays out
 */

/** @param {Context} ctx @returns {Promise<Leaving>} */
export async function leaving(ctx) {
  const holdings = (await ctx.holdings()).filter(holding => !holding.spent)
  const free = holdings.filter(holding => !holding.work)
  const stalls = await Promise.all(free.filter(holding => holding.vendor).map(async holding =>
    ({ vendor: holding.vendor, name: await stallOf(ctx, holding), amount: holding.scrip.value })))
  return {
    stalls: stalls.toSorted((a, b) => a.name.localeCompare(b.name) || a.vendor.localeCompare(b.vendor) || a.amount - b.amount),
    cash: free.find(holding => !holding.vendor)?.scrip.value ?? 0, busy: free.length < holdings.length,
  }
}

/**
 * Takes everything back to the bank (6.7 for each piece of VendorScrip, then 6.6), each in a work of its own, so that a stall
 * that is out of reach keeps nobody waiting.
 * @param {Context} ctx
 * @param {Leaving} seen what the person was shown and confirmed
 * @returns {Promise<Work[]>}
 */
export async function leave(ctx, seen) {
  if (JSON.stringify(await leaving(ctx)) !== JSON.stringify(seen)) throw new Advice('Your wallet holds something else by now. Look at it again.')
  const group = newID()
  const free = (await ctx.holdings()).filter(holding => !holding.spent && !holding.work)
  const works = await Promise.all(free.filter(holding => holding.vendor).map(async holding => {
    const { vendor, scrip: { value: amount } } = holding
    const items = [...first(holding, ctx.now()), { transaction: '6.7', vendor, amount }]
    return newWork({ kind: 'giveback', items, about: { amount, stall: await stallOf(ctx, holding), leaving: group } }, ctx.now())
  }))
  const held = free.find(holding => !holding.vendor)
  if (held) {
    const last = { transaction: '6.6', amount: held.scrip.value, after: works.map(work => work.id) }
    works.push(newWork({ kind: 'withdraw', items: [...first(held, ctx.now()), last], about: { amount: held.scrip.value, leaving: group } }, ctx.now()))
  }
  await ctx.purse.apply(works.map(putWork))
  return works
}

/**
 * The scrip that is due for its renewal, free, and was not refused one before.
 * @param {Context} ctx
 * @returns {Promise<Holding[]>}
 */
export async function due(ctx) {
  return (await ctx.holdings()).filter(({ scrip, since, spent, work, refused }) => !spent && !work && !refused && isAgeing({ expires: scrip.expires, since }, ctx.now()))
}

/**
 * Renews scrip (6.8), each piece in a work of its own, unless one is at it.
 * @param {Context} ctx
 * @param {Holding[]} holdings
 * @returns {Promise<Work[]>}
 */
export async function renew(ctx, holdings) {
  const works = /** @type {Work[]} */ (await ctx.purse.all('works'))
  const busy = new Set(works.filter(work => work.state === 'running').flatMap(work => work.items.slice(work.at).map(item => item.scrip)))
  const idle = holdings.filter(holding => !holding.work && !busy.has(holding.scrip.scrip_id))
  const begun = await Promise.all(idle.map(async holding => renewing(holding, await stallOf(ctx, holding), ctx.now())))
  await ctx.purse.apply(begun.map(putWork))
  return begun
}

/** The name of the stall whose the scrip is, or "". @param {Context} ctx @param {Holding} holding */
const stallOf = async (ctx, { vendor }) => vendor && (await ctx.merchant(vendor)).name

/** @param {Holding} holding @param {string} stall its name, or "" @param {number} now unix seconds */
export const renewing = ({ scrip }, stall, now) =>
  newWork({ kind: 'renew', items: [renewal(scrip.scrip_id, scrip.value)], about: { amount: scrip.value, stall } }, now)

/** @param {string} scrip @param {number} amount @returns {Item} */
const renewal = (scrip, amount) => ({ transaction: '6.8', scrip, amount })

/** Its renewal, where that has to come first. @param {Holding} holding @param {number} now @returns {Item[]} */
const first = ({ scrip, since }, now) => isAgeing({ expires: scrip.expires, since }, now) ? [renewal(scrip.scrip_id, scrip.value)] : []
