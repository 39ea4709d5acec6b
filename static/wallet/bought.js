// @ts-check
/**
 * Whether something was bought before, not long ago: then buying it is asked about, because a click too many, or a page that was
 * left open, looks the same.
 * @module
 */
import { offerOf } from './lines.js'

/** @import { Context } from './context.js' */

/** Seconds for which it is asked whether the same is to be bought again; the Go wallet's number too. */
const lately = 24 * 60 * 60

/** @typedef {{ tx: string, at: number }} Bought the newest purchase of an offer; at: unix seconds */

/**
 * @param {Context} ctx
 * @param {string} vendor
 * @param {string[]} offers the IDs of any of them, in whatever version
 * @returns {Promise<Bought | undefined>}
 */
export async function bought(ctx, vendor, offers) {
  const since = ctx.now() - lately
  const recent = (await ctx.purse.all('orders')).filter(order => order.vendor === vendor && order.at > since && order.bare === undefined && order.lines.some(line => offers.includes(offerOf(line))))
  const [last] = recent.toSorted((a, b) => b.at - a.at)
  return last && { tx: last.tx, at: last.at }
}
