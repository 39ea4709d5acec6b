// @ts-check
/**
 * What is in an unlocked wallet, as pages show it. Reads only.
 * @module
 */

/** @import { Context } from './context.js' */
/** @import { Holding, Work } from './types.js' */

/**
 * @typedef {{ vendor: string, name: string, total: number, holdings: Holding[] }} AtStall
 * @typedef {{ broker: Holding | undefined, stalls: AtStall[] }} Balance
 */

/** @param {Context} ctx @returns {Promise<Balance>} */
export async function balance(ctx) {
  const holdings = (await ctx.holdings()).filter(holding => !holding.spent)
  const vendors = [...new Set(holdings.map(holding => holding.vendor).filter(Boolean))]
  const stalls = await Promise.all(vendors.map(async vendor => {
    const own = holdings.filter(holding => holding.vendor === vendor).toSorted((a, b) => a.scrip.expires - b.scrip.expires)
    const { name } = await ctx.merchant(vendor)
    return { vendor, name, total: own.reduce((sum, holding) => sum + holding.scrip.value, 0), holdings: own }
  }))
  return { broker: holdings.find(holding => holding.vendor === ''), stalls: stalls.toSorted((a, b) => a.name.localeCompare(b.name)) }
}

/** @param {Context} ctx @returns {Promise<Work[]>} newest first */
export async function works(ctx) {
  const list = /** @type {Work[]} */ (await ctx.purse.all('works'))
  return list.toSorted((a, b) => b.created - a.created)
}

/** @param {Context} ctx @returns {Promise<any[]>} newest first */
export async function orders(ctx) {
  return (await ctx.purse.all('orders')).toSorted((a, b) => b.at - a.at)
}

/** @param {Context} ctx @returns {Promise<import('./transcript.js').Entry[]>} newest first */
export async function transcript(ctx) {
  return (await ctx.purse.all('transcript')).toSorted((a, b) => b.order - a.order)
}

/** Whether the broker has yet to acknowledge T9. @param {Context} ctx @param {Work} work */
export async function noticeWaits(ctx, work) {
  const tx = work.items.find(item => item.transaction === '6.3')?.tx
  return tx !== undefined && await ctx.purse.get('notices', tx) !== undefined
}
