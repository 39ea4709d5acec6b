// @ts-check
/**
 * What is in an unlocked wallet, as pages show it. Reads only.
 * @module
 */

/** @import { Context } from './context.js' */
/** @import { Purse, Work } from './types.js' */

/**
 * @typedef {{ vendor: string, name: string, total: number, purses: Purse[] }} AtStall
 * @typedef {{ broker: Purse | undefined, stalls: AtStall[] }} Balance
 */

/** @param {Context} ctx @returns {Promise<Balance>} */
export async function balance(ctx) {
  const purses = (await ctx.purses()).filter(purse => !purse.spent)
  const vendors = [...new Set(purses.map(purse => purse.vendor).filter(Boolean))]
  const stalls = await Promise.all(vendors.map(async vendor => {
    const own = purses.filter(purse => purse.vendor === vendor).toSorted((a, b) => a.scrip.expires - b.scrip.expires)
    const { name } = await ctx.merchant(vendor)
    return { vendor, name, total: own.reduce((sum, purse) => sum + purse.scrip.value, 0), purses: own }
  }))
  return { broker: purses.find(purse => purse.vendor === ''), stalls: stalls.toSorted((a, b) => a.name.localeCompare(b.name)) }
}

/** @param {Context} ctx @returns {Promise<Work[]>} newest first */
export async function works(ctx) {
  const list = /** @type {Work[]} */ (await ctx.records.all('works'))
  return list.toSorted((a, b) => b.created - a.created)
}

/** @param {Context} ctx @returns {Promise<any[]>} newest first */
export async function orders(ctx) {
  return (await ctx.records.all('orders')).toSorted((a, b) => b.at - a.at)
}

/** @param {Context} ctx @returns {Promise<import('./journal.js').Entry[]>} newest first */
export async function messages(ctx) {
  return (await ctx.records.all('messages')).toSorted((a, b) => b.order - a.order)
}

/** Whether the broker has yet to acknowledge T9. @param {Context} ctx @param {Work} work */
export async function noticeWaits(ctx, work) {
  const tx = work.items.find(item => item.transaction === '6.3')?.tx
  return tx !== undefined && await ctx.records.get('notices', tx) !== undefined
}
