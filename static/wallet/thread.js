// @ts-check
/**
 * What may follow what in the thread of an order, or of a conversation about an offer: the table of services/scrip/thread.json,
 * line by line, to which a test holds it, since no browser reads JSON as a module without being told how; and the functions
 * that read it, the twins of services/scrip/thread.go, held to testdata/threads.json.
 * @module
 */
import { OutOfTurn } from './errors.js'

/** @import { Opened } from './types.js' */

/** @typedef {'C' | 'M'} Side who signed: buyer, seller */

/** @typedef {{ kind: string, least: number, most: number, must: string[], may: string[] }} Kind */

/** @typedef {{ state: string, event: string, by: Side | '', next: string, days: number }} Move */

/**
 * What was signed about one order, or in one conversation, as far as it has come.
 * @typedef {object} Thread
 * @property {string} order
 * @property {string} tx T10's; of a conversation the same as order
 * @property {string} state after the last event; stateAt tells it for now
 * @property {string} hold the broker's last word on the money that stands in it; empty for none
 * @property {number} seq of the last event
 * @property {string} head digest of the last event; before the first, what that one names as previous; empty before a conversation
 * @property {number} since unix seconds: when it came into this state
 * @property {number} last unix seconds: the last event
 */

/** Kind, bounds of its text, what must come with it, what may. @type {Kind[]} */
export const kinds = [
  ['ask', 1, 2000, 'offer', ''],
  ['message', 1, 2000, '', ''],
  ['photo', 0, 500, 'photo', ''],
  ['propose', 0, 500, 'offer price quantity', ''],
  ['private-offer', 0, 500, 'offer price quantity until', ''],
  ['declined', 0, 500, '', ''],
  ['address', 0, 500, 'address', ''],
  ['packed', 0, 500, '', ''],
  ['sent', 0, 500, '', 'carrier tracking'],
  ['received', 0, 500, '', ''],
  ['cancel', 0, 500, '', ''],
  ['kept', 0, 500, '', ''],
  ['cancelled', 0, 500, 'refund amount', ''],
  ['refund', 0, 500, 'refund amount', ''],
  ['return', 1, 500, '', ''],
  ['return-agreed', 1, 1000, 'pays', ''],
  ['return-declined', 1, 500, '', ''],
  ['returned', 0, 500, '', 'carrier tracking'],
  ['disputed', 0, 0, 'hold', ''],
  ['reclaimed', 0, 0, 'hold', ''],
  ['released', 0, 0, 'hold', ''],
  ['decided', 0, 0, 'hold', ''],
].map(([kind, least, most, must, may]) => ({ kind: String(kind), least: Number(least), most: Number(most), must: words(must), may: words(may) }))

/** @param {unknown} list @returns {string[]} */
function words(list) { return String(list).split(' ').filter(Boolean) }

/** State: event, who, next state; of time, after how many days. @type {Move[]} */
export const moves = Object.entries({
  unasked: 'ask C talk, propose C proposed',
  talk: 'message C talk, message M talk, photo C talk, photo M talk, propose C proposed, private-offer M talk',
  proposed: 'message C proposed, message M proposed, photo C proposed, photo M proposed, propose C proposed, private-offer M talk, declined M talk',
  paid: 'message C paid, message M paid, photo C paid, photo M paid, address C paid, packed M packed, sent M sent, received C received, cancel C cancel-asked, cancelled M cancelled, refund M paid',
  packed: 'message C packed, message M packed, photo C packed, photo M packed, address C packed, sent M sent, received C received, cancel C cancel-asked, cancelled M cancelled, refund M packed',
  'cancel-asked': 'message C cancel-asked, message M cancel-asked, photo C cancel-asked, photo M cancel-asked, kept M paid, sent M sent, received C received, cancelled M cancelled, refund M cancel-asked',
  sent: 'message C sent, message M sent, photo C sent, photo M sent, sent M sent, received C received, return C return-asked, refund M sent, time 60 closed',
  received: 'message C received, message M received, photo C received, photo M received, return C return-asked, refund M received, time 14 closed',
  'return-asked': 'message C return-asked, message M return-asked, photo C return-asked, photo M return-asked, return-agreed M return-agreed, return-declined M received, kept C closed, refund M refunded, time 30 closed',
  'return-agreed': 'message C return-agreed, message M return-agreed, photo C return-agreed, photo M return-agreed, return-agreed M return-agreed, returned C returned, kept C closed, refund M refunded, time 30 closed',
  returned: 'message C returned, message M returned, photo C returned, photo M returned, returned C returned, refund M refunded, time 60 closed',
  refunded: 'message C refunded, message M refunded, photo C refunded, photo M refunded, return C return-asked, refund M refunded, time 14 closed',
  cancelled: 'message C cancelled, message M cancelled, photo C cancelled, photo M cancelled, time 14 closed',
  disputed: 'message C disputed, message M disputed, photo C disputed, photo M disputed, sent M disputed, cancelled M cancelled, refund M disputed',
  decided: 'message C decided, message M decided, photo C decided, photo M decided, refund M decided, time 14 closed',
  closed: 'message C closed, message M closed, photo C closed, photo M closed, refund M closed',
}).flatMap(([state, lines]) => lines.split(', ').map(line => {
  const [event = '', by = '', next = ''] = line.split(' ')
  return event === 'time' ? { state, event, by: '', next, days: Number(by) } : { state, event, by: /** @type {Side} */ (by), next, days: 0 }
}))

/**
 * Where an order goes by an event that repeats the broker's word (HELD) on its money: either side may say it, in any state; and
 * the states in which the order stays where it is.
 * @type {Record<string, { next: string, keeps: string[] }>}
 */
export const wordMoves = {
  disputed: { next: 'disputed', keeps: ['cancelled'] }, reclaimed: { next: 'cancelled', keeps: ['cancelled'] },
  released: { next: 'closed', keeps: ['cancelled', 'return-asked', 'return-agreed', 'returned'] }, decided: { next: 'decided', keeps: ['cancelled'] },
}

/** How many events a thread has at most (docs/protocol.md, "Limits"). */
const maxEvents = 1000

/**
 * How many it may have with one of a kind as its last, that moves it or does not: what is said, and what leaves the order as it
 * is, leaves places for what moves it or its money, and for the broker's word.
 * @param {string} kind
 * @param {boolean} moves
 */
const places = (kind, moves) => kind === 'message' ? 900 : moves || kind === 'refund' || Object.hasOwn(wordMoves, kind) ? maxEvents : 950

/** @param {string} state @param {string} event @param {Side | ''} by */
const moveOf = (state, event, by) => moves.find(move => move.state === state && move.event === event && move.by === by)

/**
 * Begins the thread of an order. Its root is the mandate, T10 (docs/protocol.md, "After the purchase").
 * @param {{ order: string, tx: string, mandate: string, at: number }} purchase mandate and at: T10's digest and iat
 * @returns {Thread}
 */
export const ordered = ({ order, tx, mandate, at }) => ({ order, tx, state: 'paid', hold: '', seq: 0, head: mandate, since: at, last: at })

/** Begins a conversation about an offer. @param {string} conversation @returns {Thread} */
export const asked = conversation => ({ order: conversation, tx: conversation, state: 'unasked', hold: '', seq: 0, head: '', since: 0, last: 0 })

/** The state at a time: what only waits for time comes by itself. @param {Thread} thread @param {number} now unix seconds */
export function stateAt({ state, since }, now) {
  const move = moveOf(state, 'time', '')
  return move && now - since >= move.days * 86_400 ? move.next : state
}

/** @param {Thread} thread @param {Side} by @param {string} kind @param {number} now unix seconds */
export function may(thread, by, kind, now) {
  const state = to(thread, by, kind, now)
  return state !== undefined && thread.seq < places(kind, state !== stateAt(thread, now))
}

/**
 * The state that an event leads to at a time. The broker's word is taken once, and none after its last: an old one shown
 * again changes nothing.
 * @param {Thread} thread
 * @param {Side} by
 * @param {string} kind
 * @param {number} at unix seconds
 */
function to(thread, by, kind, at) {
  const state = stateAt(thread, at)
  const word = Object.hasOwn(wordMoves, kind) ? wordMoves[kind] : undefined
  if (word === undefined) return moveOf(state, kind, by)?.next
  if (thread.order === thread.tx || thread.hold === kind || !['', 'disputed'].includes(thread.hold)) return undefined
  return word.keeps.includes(state) ? state : word.next
}

/**
 * Whether more is to be expected at a time, so that it is worth to ask: 14 days after the last word in an order that is
 * closed, 60 in a conversation.
 * @param {Thread} thread
 * @param {number} now unix seconds
 */
export function isOpen(thread, now) {
  const days = { closed: 14, talk: 60, proposed: 60 }[stateAt(thread, now)]
  return days === undefined || now - thread.last < days * 86_400
}

/** Whether nothing was said for so long, 60 days, that a purchase of which nothing is delivered is asked about no more. @param {Thread} thread @param {number} now unix seconds */
export const isQuiet = ({ last }, now) => now - last >= 60 * 86_400

/**
 * Adds an event that a side signed. The time that counts is the event's own, so that it is the same to everybody.
 * @param {Thread} thread
 * @param {Side} by
 * @param {Pick<Opened<'EVENT'>, 'body' | 'digest'> & { claims: { tx: string, iat: number } }} event
 * @returns {Thread}
 * @throws {OutOfTurn} it does not follow, by its place or by the table, or no place is left for such a one
 */
export function next(thread, by, { body, digest, claims }) {
  const placed = body.order === thread.order && claims.tx === thread.tx && body.seq === thread.seq + 1 && [body.previous, ''].includes(thread.head)
  const last = Math.max(claims.iat, thread.last)
  const state = placed ? to(thread, by, body.kind, last) : undefined
  if (state === undefined || thread.seq >= places(body.kind, state !== stateAt(thread, last))) throw new OutOfTurn()
  const hold = Object.hasOwn(wordMoves, body.kind) ? body.kind : thread.hold
  return { ...thread, hold, seq: body.seq, head: digest, last, ...state !== thread.state && { state, since: last } }
}

/**
 * What is wrong with an event's own members, or undefined: those of its kind, and no others.
 * @param {Opened<'EVENT'>['body']} body
 */
export function wrongOf({ order, seq, previous, kind, text, ...rest }) {
  const known = kinds.find(one => one.kind === kind)
  const length = [...text].length
  if (!known) return 'kind'
  if (length < known.least || length > known.most) return 'text'
  const there = Object.keys(rest)
  return known.must.find(name => !there.includes(name)) ?? there.find(name => ![...known.must, ...known.may].includes(name))
}
