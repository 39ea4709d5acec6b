// @ts-check
/**
 * Thinning: what of the rows of a wallet is left when it has been used for long. Works that are over go, since their orders say
 * what came of them; a backup leaves the signed parts of the oldest orders out where there is no room for all (they can be saved
 * to a file of their own: bundle.js). Pure.
 * @module
 */
import { decode } from './base64url.js'
import { isHeld } from './holds.js'
import { parse } from './json.js'
import { isRevivable, stakesOf } from './transactions/revive.js'

/** @import { Row } from './backupfile.js' */
/** @import { Change, Holding, Kind, Order, Rows, Work } from './rows.js' */

/** Seconds for which a work that is over stays in the wallet, for the page that shows it. */
const shown = 24 * 60 * 60

/** Works that say what a wallet is, however long ago they ended. */
const lasting = ['join', 'stall']

const utf8 = new TextEncoder()

/** Whether nothing of a work is needed any more. @param {Work} work @param {ReadonlySet<string>} stakes of the wallet @returns {boolean} */
const isOver = (work, stakes) => work.state !== 'running' && !lasting.includes(work.purpose) && !isRevivable(work, stakes)

/**
 * The works that are over and that nobody looks at any more, to be deleted.
 * @param {Work[]} works
 * @param {Holding[]} holdings
 * @param {number} now unix seconds
 * @returns {Change[]}
 */
export function overLongAgo(works, holdings, now) {
  const stakes = stakesOf(holdings)
  return works.filter(work => now - work.changed > shown && isOver(work, stakes)).map(({ id }) => ({ kind: 'works', id, value: null }))
}

/**
 * The rows of a backup that is to be no larger than so many bytes, where that is possible. Done again, it changes nothing.
 * @param {Row[]} rows
 * @param {number} most
 * @returns {Row[]}
 */
export function thin(rows, most) {
  const stakes = stakesOf(of(rows, 'holdings'))
  const others = rows.filter(([kind, , value]) => kind !== 'orders' && (kind !== 'works' || !isOver(/** @type {Work} */ (value), stakes)))
  const orders = of(rows, 'orders').toSorted((a, b) => b.at - a.at || (a.tx < b.tx ? -1 : 1))
  const bared = orders.map(order => /** @type {Row} */ (['orders', order.tx, bare(order)]))
  const kept = whole(orders.map(signedSize), most - size([others, bared]))
  return [...others, ...orders.slice(0, kept).map(order => /** @type {Row} */ (['orders', order.tx, order])), ...bared.slice(kept)]
}

/**
 * How many keep what was signed, of orders in which that is of these sizes, the newest first, where there is so much room for it.
 * @param {number[]} signed
 * @param {number} room
 */
export function whole(signed, room) {
  const first = signed.findIndex(size => (room -= size) < 0)
  return first < 0 ? signed.length : first
}

/** @template {Kind} K @param {Row[]} rows @param {K} kind @returns {Rows[K][]} those of that kind */
const of = (rows, kind) => rows.filter(row => row[0] === kind).map(row => /** @type {Rows[K]} */ (row[2]))

/** An order without what was signed; as it is, while its money is held. @param {Order} order @returns {Order} */
function bare(order) {
  if (order.bare !== undefined || isHeld(order)) return order
  const refunds = order.refunds && { refunds: order.refunds.map(refund => ({ ...refund, collected: '' })) }
  return { ...order, ...refunds, lines: order.lines.map(line => ({ ...line, offer: '' })), certificate: '', mandate: '', order: '', paid: '', bare: orderID(order) }
}

/** What may be left out of an order, in bytes: it is ASCII. @param {Order} of */
function signedSize(of) {
  if (isHeld(of)) return 0
  const { certificate, lines, mandate, order, paid, refunds = [] } = of
  return [certificate, ...lines.map(({ offer }) => offer), mandate, order, paid, ...refunds.map(({ collected }) => collected)].reduce((sum, { length }) => sum + length, 0)
}

/** As JSON, in bytes. @param {unknown} value */
const size = value => utf8.encode(JSON.stringify(value)).length

/** The seller's number of an order, out of T11, which was verified when it came. @param {Order} order @returns {string} */
export function orderID({ paid, bare }) {
  if (bare !== undefined) return bare
  const claims = /** @type {{ body: { order_id?: string } }} */ (parse(decode(paid.split('.')[1] ?? '')))
  return claims.body.order_id ?? ''
}
