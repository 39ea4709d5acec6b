// @ts-check
/**
 * The protection of a purchase: what offers promise, what a mandate asks for by that, and what may end the hold of its money. The
 * table is that of services/scrip/hold.json, line by line, to which a test holds it, since no browser reads JSON as a module
 * without being told how; the functions are the twins of services/scrip/hold.go, held to testdata/holds.json. Pure.
 * @module
 */
import { wayFor } from './trust.js'

/** @import { Body } from './forms.js' */
/** @import { Chosen } from './trust.js' */
/** @import { Offer } from './types.js' */

/** @typedef {NonNullable<Body<'T10'>['protect']>} Protect send_by: unix seconds; check_within: days */
/** @typedef {Body<'HELD'>['state']} State */
/** @typedef {{ send: number, check: number }} Promised days to send it, and from then on for the way and to look at it; check: 0 for no protection */

const day = 86_400

/** Days that offers of before may take, which promise nothing. */
const mostToSend = 14

/**
 * What offers promise that go in one parcel, delivered in a way: the longest of each.
 * @param {Offer[]} offers
 * @param {Chosen} delivery
 * @returns {Promised}
 */
export function promised(offers, delivery) {
  const longest = (/** @type {(offer: Offer) => number} */ of) => Math.max(0, ...offers.map(of))
  const look = longest(({ check_within: days = 0 }) => days)
  const way = longest(offer => offer.edition === undefined ? 0 : wayFor(offer, delivery)?.days[1] ?? 0)
  return { send: longest(offer => offer.edition === undefined ? mostToSend : offer.send_within ?? 0), check: look > 0 ? way + look : 0 }
}

/** Seconds that a mandate gives the seller beyond the promise, since T10 may wait so long for its stall. */
const grace = day

/** Until when it was promised to send what is to be sent by a time, after which its buyer may reclaim: what is told to people as the seller's deadline. @param {number} sendBy unix seconds */
export const promisedBy = sendBy => sendBy - grace

/**
 * The protection that a mandate of a time asks for.
 * @param {Promised} promise
 * @param {number} at unix seconds, by the broker's clock
 * @returns {Protect | undefined} undefined where none is promised
 */
export const protection = ({ send, check }, at) => check > 0 ? { send_by: at + send * day + grace, check_within: check } : undefined

/** @typedef {{ state: State, event: string, by: string, next: State }} Move by: C, M, B; "" for time */

/** State: event, who, next state. @type {Move[]} */
export const moves = Object.entries({
  held: 'SENT M sent, RELEASE C released, RECLAIM C reclaimed, DISPUTE C disputed, REFUND M held, TIME - reclaimed',
  sent: 'RELEASE C released, DISPUTE C disputed, REFUND M sent, TIME - released',
  disputed: 'DISPUTE C disputed, DEFEND M disputed, RELEASE C released, REFUND M disputed, DECIDED B decided',
}).flatMap(([state, lines]) => lines.split(', ').map(line => {
  const [event = '', by = '', next = ''] = line.split(' ')
  return { state: /** @type {State} */ (state), event, by: by.replace('-', ''), next: /** @type {State} */ (next) }
}))

/** How the money of a purchase is held. @typedef {{ state: State, send_by: number, check_within: number, due: number }} Hold due: when time ends it, unix seconds; 0 for never */

/** Days after send_by from which on a hold goes back to its buyer by itself. */
const abandoned = 90

/** The hold of a purchase that the broker has told nothing of. @param {Protect} by @returns {Hold} */
export const begun = by => ({ ...by, state: 'held', due: by.send_by + abandoned * day })

/** Whether money is held. @param {Pick<Hold, 'state'>} hold */
export const isOpen = ({ state }) => moves.some(move => move.state === state)

/** Whether an event at a time changes something, or adds to it. @param {Hold} hold @param {string} event @param {number} at unix seconds */
export const may = (hold, event, at) => moves.some(move => move.state === hold.state && move.event === event) &&
  (event !== 'RECLAIM' || at >= hold.send_by) && (event !== 'TIME' || hold.due > 0 && at >= hold.due)

/**
 * The hold after an event at a time; as it was, where that changes nothing.
 * @param {Hold} hold
 * @param {string} event
 * @param {number} at unix seconds, by the broker's clock
 * @returns {Hold}
 */
export function next(hold, event, at) {
  const move = moves.find(one => one.state === hold.state && one.event === event)
  if (!move || !may(hold, event, at) || move.next === hold.state) return hold
  return { ...hold, state: move.next, due: event === 'SENT' ? at + hold.check_within * day : 0 }
}
