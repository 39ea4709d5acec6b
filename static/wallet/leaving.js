// @ts-check
/**
 * Leaving the market: everything goes to the bank, each VendorScrip by 6.7, then the BrokerScrip by 6.6. Each is a work of its
 * own, so that a stall that is out of reach keeps nobody waiting.
 * @module
 */
import { isDue } from './ageing.js'
import { newID } from './base64url.js'
import { Advice } from './errors.js'
import { tr } from './language.js'
import { first, stallOf } from './renewals.js'
import { newWork, putWork } from './work.js'

/** @import { Context } from './context.js' */
/** @import { GiveBack, Planned, Renew, Withdraw } from './items.js' */
/** @import { Holding, Work } from './rows.js' */

/**
 * @typedef {object} Leaving what leaving takes to the bank, minor units
 * @property {{ vendor: string, name: string, amount: number }[]} stalls one for each VendorScrip
 * @property {number} cash
 * @property {boolean} busy whether something is in use just now, and stays out
 */

/**
 * What no work has taken in hand, nor is about to give back: what somebody asked for is not asked for again. What is only asked
 * whether it lives comes back at once, and giving it back waits for that.
 * @param {Context} ctx
 */
export async function free(ctx) {
  const works = await ctx.works()
  const asked = new Set(works.flatMap(({ id, purpose, state }) => purpose === 'renew' && state === 'running' ? [id] : []))
  const isAsked = (/** @type {Holding} */ holding) => asked.has(holding.work) && !isDue(holding, ctx.reckoning.earliest())
  const list = (await ctx.holdings()).filter(holding => !holding.work || isAsked(holding))
  for (const { state, items, at } of works) {
    const item = state === 'running' ? items.slice(at).find(({ transaction }) => transaction === '6.6' || transaction === '6.7') : undefined
    if (!item || item.phase !== undefined) continue
    const [vendor, amount] = item.transaction === '6.7' ? [item.vendor, item.amount] : ['', undefined]
    const there = list.findIndex(holding => holding.vendor === vendor && (amount ?? holding.scrip.value) === holding.scrip.value)
    if (there >= 0) list.splice(there, 1)
  }
  return list
}

/** @param {Context} ctx @returns {Promise<Leaving>} */
export async function leaving(ctx) {
  const [holdings, rest] = await Promise.all([ctx.holdings(), free(ctx)])
  const stalls = await Promise.all(rest.filter(holding => holding.vendor).map(async holding =>
    ({ vendor: holding.vendor, name: await stallOf(ctx, holding), amount: holding.scrip.value })))
  return {
    stalls: stalls.toSorted((a, b) => a.name.localeCompare(b.name) || a.vendor.localeCompare(b.vendor) || a.amount - b.amount),
    cash: rest.find(holding => !holding.vendor)?.scrip.value ?? 0, busy: rest.length < holdings.length,
  }
}

/**
 * Writes the works down. Call with the wallet's lock held.
 * @param {Context} ctx
 * @param {Leaving} seen what the person was shown and confirmed
 * @returns {Promise<Work[]>}
 */
export async function leave(ctx, seen) {
  if (JSON.stringify(await leaving(ctx)) !== JSON.stringify(seen)) throw new Advice(tr('Your wallet holds something else by now. Look at it again.'))
  const group = newID()
  const rest = await free(ctx)
  /** @type {Work[]} */
  const works = await Promise.all(rest.filter(holding => holding.vendor).map(holding => givingBack(ctx, holding, group)))
  const cash = rest.find(holding => !holding.vendor)
  if (cash) works.push(withdrawing(ctx, cash, group, works.map(work => work.id)))
  await ctx.purse.apply(works.map(putWork))
  return works
}

/** What is run for one holding. Pure. @param {Holding} holding @param {number} now unix seconds @returns {(Planned<Renew> | Planned<GiveBack> | Planned<Withdraw>)[]} */
export function legsOf(holding, now) {
  const { vendor, scrip: { value: amount } } = holding
  return [...first(holding, now), vendor ? { transaction: '6.7', vendor, amount } : { transaction: '6.6', amount }]
}

/** @param {Context} ctx @param {Holding} holding @param {string} leaving */
async function givingBack(ctx, holding, leaving) {
  const about = { amount: holding.scrip.value, stall: await stallOf(ctx, holding), leaving }
  return newWork({ purpose: 'giveback', items: legsOf(holding, ctx.reckoning.earliest()), about }, ctx.now())
}

/**
 * A VendorScrip goes back to the bank, for itself alone. Pure but for the work's name.
 * @param {Holding} holding
 * @param {string} stall its name
 * @param {number} now unix seconds
 */
export const toBank = (holding, stall, now) => newWork({ purpose: 'giveback', items: legsOf(holding, now), about: { amount: holding.scrip.value, stall } }, now)

/** @param {Context} ctx @param {Holding} holding @param {string} leaving @param {string[]} after the works that go first */
function withdrawing(ctx, holding, leaving, after) {
  const items = legsOf(holding, ctx.reckoning.earliest()).map(item => item.transaction === '6.6' ? { ...item, after } : item)
  return newWork({ purpose: 'withdraw', items, about: { amount: holding.scrip.value, leaving } }, ctx.now())
}
