// @ts-check
/**
 * What a buyer shows of an order that is disputed: signed messages, within the bounds of a DISPUTE (docs/protocol.md, "Limits").
 * Where not all find room, what was signed first about the purchase goes before what was said, and of that the last goes first.
 * An address is shown by nobody. Pure.
 * @module
 */
import { kept } from './messages.js'

/** @import { Order, Talk } from './rows.js' */

const [mostShown, mostBytes] = [16, 98_304]

/**
 * @param {{ order: Order, talk: Pick<Talk, 'events'> | undefined }} of
 * @param {{ receipt: boolean, said: boolean }} what
 * @returns {{ shows: string[], left: number }} left: how many find no room
 */
export function showing({ order: { mandate, paid, lines }, talk }, { receipt, said }) {
  const signed = receipt ? [mandate, paid, ...lines.map(({ offer }) => offer)].filter(Boolean) : []
  const events = said ? (talk?.events ?? []).filter(jws => kept(jws, 'EVENT').body.address === undefined) : []
  const first = fitting(signed, mostShown, mostBytes)
  const last = fitting(events.toReversed(), mostShown - first.length, mostBytes - size(first)).toReversed()
  return { shows: [...first, ...last], left: signed.length + events.length - first.length - last.length }
}

/** @param {string[]} messages */
const size = messages => messages.reduce((sum, { length }) => sum + length, 0)

/** As many of the first as find room. @param {string[]} messages @param {number} count @param {number} bytes */
function fitting(messages, count, bytes) {
  const over = messages.findIndex((_, i) => i >= count || size(messages.slice(0, i + 1)) > bytes)
  return over < 0 ? messages : messages.slice(0, over)
}
