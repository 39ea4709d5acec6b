// @ts-check
/**
 * What must not type-check; tsc reads this file and fails where a line marked so does (tsconfig.json). Nothing runs it.
 * @module
 */

/** @import { Acquire, Exchange, Extend, In, Item, Planned, Purchase, TopUp, Transaction, UnderWay } from '../wallet/items.js' */
/** @import { Answer } from '../wallet/requests.js' */
/** @import { Change, Work } from '../wallet/rows.js' */

/**
 * Settling that reads what its phase has not.
 * @param {UnderWay<Exchange>} exchange
 * @param {UnderWay<Extend>} extend
 * @param {UnderWay<Acquire>} acquire
 * @param {In<Purchase, 'done'>} purchase
 * @param {Planned<TopUp>} topUp
 */
export function unread(exchange, extend, acquire, purchase, topUp) {
  // @ts-expect-error: the CLAIM is there once T6 is
  exchange.claim
  // @ts-expect-error: of an answer that has come late only where T19 is here
  extend.late
  // @ts-expect-error: there is a link where the bank has given one
  acquire.link
  // @ts-expect-error: what was only needed to ask is gone
  purchase.request
  // @ts-expect-error: nothing is asked yet
  topUp.scrip
}

/** What its phase has. @param {UnderWay<Exchange>} exchange @param {UnderWay<Acquire>} acquire @param {Work} work */
export function read(exchange, acquire, work) {
  if (exchange.phase === 'claiming') exchange.claim.envelope.length
  if (acquire.phase === 'pending') acquire.link.length
  if (work.purpose === 'checkout') work.about.lines.length
  // @ts-expect-error: what a work is for depends on its purpose
  work.about.lines
}

/** Bodies of another message. @param {Answer<'T6'>} t6 */
export function bodies({ opened }) {
  opened.body.receipt.length
  // @ts-expect-error: T11 has it
  opened.body.order_id
}

/** @type {Item[]} */
export const items = [
  { transaction: '6.1', amount: 100 },
  // @ts-expect-error: how much is missing
  { transaction: '6.1' },
  // @ts-expect-error: no such phase
  { transaction: '6.6', amount: 100, phase: 'pending' },
]

/** @type {Change[]} */
export const changes = [
  { kind: 'notices', id: '', value: null },
  // @ts-expect-error: a row of another kind
  { kind: 'holdings', id: '', value: { made: 1, at: 1 } },
]

/** A settle that does not take what its send hears. @type {Transaction<TopUp, Answer<'T14'>>} */
export const topUp = {
  begin: async (ctx, work, item) => ({ item, changes: [], done: true }),
  // @ts-expect-error: PENDING is an answer too
  send: async () => /** @type {Answer<'T14' | 'PENDING'>} */ ({}),
  settle: async (ctx, work, item) => ({ item, changes: [], wait: 0 }),
}
