// @ts-check
/**
 * What is stuck at stalls that are gone: money that is in no use without the stall's answer, what the seller said that it gave back and
 * was not collected, and what the stall said is spent, which is its word alone: the broker knows better. It is taken back to the bank by itself (RESCUE). Stalls in force are asked on.
 * @module
 */
import { gone } from './gone.js'
import { kept } from './messages.js'

/** @import { Context } from './context.js' */
/** @import { Work } from './rows.js' */

/** Seconds after which RESCUE is asked again: of purchases that were announced, some comes later. */
const again = 24 * 60 * 60

/**
 * What a work waits for that its stall owes, or holds to pay it out, minor units.
 * @param {Work} work
 * @returns {{ vendor: string, amount: number } | undefined}
 */
export function owed({ state, items, at }) {
  const item = state === 'running' ? items[at] : undefined
  if (item?.transaction === '6.2' && item.phase === 'claiming') return { vendor: item.vendor, amount: item.amount }
  if (item?.transaction === '6.5' && item.phase === 'changed') return { vendor: item.vendor, amount: item.amount }
  if (item?.transaction === '6.7' && item.phase === 'asked') return { vendor: item.vendor, amount: 0 } // it is still in a holding
  return undefined
}

/**
 * What stalls said is spent, or no money, minor units: VendorScrip that is in doubt, and exchanges that were refused for it. Not
 * those of which RESCUE has told what there is.
 * @param {Context} ctx
 * @returns {Promise<{ vendor: string, amount: number }[]>}
 */
async function disputed(ctx) {
  const works = await ctx.works()
  const told = new Set(works.flatMap(({ purpose, state, reason, about }) => purpose === 'rescue' && (state === 'done' || reason === 'float-short') ? [about.vendor] : []))
  const doubtful = (await ctx.purse.all('holdings')).filter(({ vendor, doubt }) => vendor && doubt && doubt !== 'stall-revoked')
  const denied = works.flatMap(({ items }) => items).flatMap(item =>
    item.transaction === '6.2' && item.phase === 'refused' && item.claim ? [{ vendor: item.vendor, amount: item.amount }] : [])
  return [...doubtful.map(({ vendor, scrip: { value } }) => ({ vendor, amount: value })), ...denied].filter(({ vendor }) => !told.has(vendor))
}

/**
 * The stalls without whose answer some money is in no use, and how much is there in all, minor units.
 * @param {Context} ctx
 * @returns {Promise<Map<string, number>>} by vendor
 */
export async function stuck(ctx) {
  const holdings = (await ctx.holdings()).filter(({ vendor }) => vendor)
  const waits = [...(await ctx.works()).flatMap(work => owed(work) ?? []), ...await disputed(ctx)]
  const old = holdings.filter(({ unrenewed, scrip }) => unrenewed && scrip.expires <= ctx.reckoning.earliest())
  const at = (/** @type {string} */ vendor) => holdings.reduce((sum, holding) => holding.vendor === vendor ? sum + holding.scrip.value : sum, 0) +
    waits.reduce((sum, wait) => wait.vendor === vendor ? sum + wait.amount : sum, 0)
  return new Map([...waits, ...old].map(({ vendor }) => [vendor, at(vendor)]))
}

/** Longer, in seconds, than the broker keeps for a stall that is gone what was announced to be bought there: 90 days. */
export const noticed = 92 * 24 * 60 * 60

/**
 * Whether RESCUE is asked for once more at a stall: it was while the broker kept money for the last purchase there, and it keeps
 * none any more. A time that is yet to come is that of a clock which was ahead. Pure.
 * @param {number} bought when that was begun, unix seconds; 0 for none
 * @param {number} asked when RESCUE was asked for last
 * @param {number} now
 */
export function isRescuedAgain(bought, asked, now) {
  const from = Math.min(bought, asked)
  return bought > 0 && asked - bought < noticed && (now - from >= noticed || from > now + again)
}

/** When the wallet last began to buy at a stall, unix seconds; 0 where it did not. @param {Context} ctx @param {string} vendor */
export async function boughtLast(ctx, vendor) {
  const orders = (await ctx.purse.all('orders')).flatMap(order => order.vendor === vendor ? [order.at] : [])
  const works = (await ctx.works()).flatMap(({ items, changed }) =>
    items.some(item => item.transaction === '6.3' && item.vendor === vendor && item.phase !== undefined) ? [changed] : [])
  return Math.max(0, ...orders, ...works)
}

/** The stalls of which the broker kept something for a purchase, and keeps it no more. @param {Context} ctx @returns {Promise<[string, number][]>} and how much, if that was told */
async function keptBack(ctx) {
  const told = (await ctx.works()).flatMap(work => work.purpose === 'rescue' && (work.state === 'done' || work.reason === 'float-short') ? [work] : [])
  const last = new Map(told.sort((a, b) => a.created - b.created).map(work => [work.about.vendor, work]))
  const due = await Promise.all([...last].map(async ([vendor, { created, items: [item] }]) => {
    if (!isRescuedAgain(await boughtLast(ctx, vendor), created, ctx.now())) return []
    return [/** @type {[string, number]} */ ([vendor, item?.transaction === 'rescue' && item.phase === 'done' ? item.announced : 0])]
  }))
  return due.flat()
}

/**
 * What sellers said in threads that they gave back and was not collected, minor units, where RESCUE has brought nothing since: the
 * broker may yet hear of it, so that it is asked for as long as of what was announced.
 * @param {Context} ctx
 * @returns {Promise<[string, number][]>} by vendor
 */
async function uncollected(ctx) {
  const rescued = (await ctx.works()).flatMap(work => work.purpose === 'rescue' && work.state === 'done' ? [work] : [])
  const owed = (await ctx.purse.all('threads')).map(async ({ tx, vendor, events }) => {
    const order = await ctx.purse.get('orders', tx)
    const back = events.flatMap(jws => { const { iat, body } = kept(jws, 'EVENT'); return body.refund && ctx.now() - iat < noticed ? [{ iat, ...body }] : [] })
    const open = back.filter(({ refund, iat }) => !order?.refunds?.some(known => known.refund === refund) && !rescued.some(work => work.about.vendor === vendor && work.created >= iat))
    return /** @type {[string, number]} */ ([vendor, order ? open.reduce((sum, { amount = 0 }) => sum + amount, 0) : 0])
  })
  const sums = new Map()
  for (const [vendor, amount] of await Promise.all(owed)) if (amount > 0) sums.set(vendor, amount + (sums.get(vendor) ?? 0))
  return [...sums]
}

/**
 * The stalls of which RESCUE is due: something is stuck there, was given back there, or was kept for a purchase, they are gone, and it was not refused a while ago.
 * @param {Context} ctx
 * @returns {Promise<{ vendor: string, name: string, total: number }[]>}
 */
export async function lost(ctx) {
  const recent = new Set((await ctx.works()).flatMap(work => work.purpose === 'rescue' && ctx.now() >= work.created && ctx.now() - work.created < again ? [work.about.vendor] : []))
  const there = [...new Map([...await keptBack(ctx), ...await uncollected(ctx), ...await stuck(ctx)])].filter(([vendor]) => !recent.has(vendor))
  const known = await Promise.all(there.map(async ([vendor, total]) => {
    const of = await gone(ctx, vendor).catch(() => undefined) // while nobody tells, it waits
    return of ? [{ vendor, name: (await ctx.merchant(vendor)).name, total }] : []
  }))
  return known.flat()
}

