// @ts-check
/**
 * Whether something was bought before, not long ago: then buying it is asked about, because a click too many, or a page that was
 * left open, looks the same.
 * @module
 */
import { decode } from './base64url.js'
import { parse } from './json.js'

/** @import { Context } from './context.js' */
/** @import { Order } from './rows.js' */

/** Seconds for which it is asked whether the same is to be bought again; the Go wallet's number too. */
const lately = 24 * 60 * 60

/** @typedef {{ tx: string, at: number }} Bought the newest purchase of an offer; at: unix seconds */

/**
 * @param {Context} ctx
 * @param {string} vendor
 * @param {string} offer its ID, in whatever version
 * @returns {Promise<Bought | undefined>}
 */
export async function bought(ctx, vendor, offer) {
  const since = ctx.now() - lately
  const recent = (await ctx.purse.all('orders')).filter(order => order.vendor === vendor && order.at > since && order.bare === undefined && offerOf(order) === offer)
  const [last] = recent.toSorted((a, b) => b.at - a.at)
  return last && { tx: last.tx, at: last.at }
}

/** The ID of the offer that was bought, as the purse keeps it: it was verified when it was bought. @param {Order} order */
function offerOf({ offer }) {
  const claims = /** @type {{ body: { offer: string } }} */ (parse(decode(offer.split('.')[1] ?? '')))
  return claims.body.offer
}
