// @ts-check
/**
 * Looks out for what saved searches find: asks the market now and then for all that is new, which is the same question whoever
 * asks it, and finds in it by itself. Of what is looked for the market learns nothing; it learns that somebody looks out, and from where.
 * @module
 */
import { finds } from './finding.js'
import { get } from './http.js'
import { id } from './shape.js'

/** @import { Finds } from './finds.js' */

/** Seconds between two questions. */
export const pause = 600
/** Listings of a page, and pages of one round: what is more than that is not looked through. */
const perPage = 50
const maxPages = 10
/** Bytes of a page with the longest texts: no seller keeps others' listings from being looked through. */
const mostOfPage = 8 * 1_048_576
/** Seconds that rounds overlap, because a stall may be read a while after it listed something; and to which times are cut, so that they tell nobody from others. */
const overlap = 7200
const grain = 3600

/**
 * One round, if it is time for one.
 * @param {Finds} kept
 * @param {{ ask?: (path: string) => Promise<any> }} [of]
 * @returns {Promise<boolean>} whether something new was found
 */
export async function lookOut(kept, { ask = path => get(path, mostOfPage) } = {}) {
  const searches = kept.searches(), now = kept.now()
  if (searches.length === 0 || now >= kept.asked && now < kept.asked + pause) return false
  const oldest = Math.min(...searches.map(({ at }) => at))
  const since = Math.floor((Math.max(kept.asked, oldest) - overlap) / grain) * grain
  kept.asked = now // before the answer, so that two tabs do not ask at once; a round that is lost is made up for by the overlap
  const before = kept.count()
  for (let page = 1; page <= maxPages; page++) {
    const { listings, pages } = await ask(`/v1/market/listings?terms=true&sort=newest&per_page=${perPage}&page=${page}&since=${since}`)
    for (const search of searches) kept.tell(search.id, news(listings, search))
    if (page >= pages) break
  }
  return kept.count() > before
}

/** @param {any[]} listings @param {import('./finds.js').Lookout} search */
const news = (listings, { search, at }) => listings
  .filter(listing => id(listing.vendor) && id(listing.offer_id) && listing.listed_at >= at && finds(search, listing))
  .map(({ vendor, offer_id, title, stall, price, currency, listed_at }) => ({ vendor, offer: offer_id, title, stall, price, currency, at: listed_at }))
