// @ts-check
/**
 * What sellers said: asked for (TELL), and kept as far as each event follows the one before (TOLD). What waits for its answer goes
 * first. The twin of services/wallet/listen.go.
 * @module
 */
import { Advice, OutOfTurn, Problem, Refusal, Unreachable, Unreadable } from './errors.js'
import { isOf, told } from './holds.js'
import { kept } from './messages.js'
import { sentence } from './refusals.js'
import { fromMerchant, toMerchant } from './requests.js'
import { begun, conversation, put, readEvent, talkOf } from './talks.js'
import { isOpen, isQuiet, next } from './thread.js'

/** @import { Context } from './context.js' */
/** @import { Body } from './forms.js' */
/** @import { Exclusive } from './refunds.js' */
/** @import { Request } from './requests.js' */
/** @import { Change, Talk } from './rows.js' */
/** @import { Line } from './talks.js' */
/** @import { Side, Thread } from './thread.js' */

/** Answers in a row in which one thread is read. */
const toldAtMost = 200

/** By how many seconds the time of a seller's event may be ahead: threads close by it (scrip.MaxAhead). */
const mostAhead = 3 * 86_400

/** How many of the last orders are asked about to which nothing was said. What is said to an older one is heard when its page is opened. */
const mostOrders = 200

/**
 * Sends the TELL of a thread that waits for its answer, if one does.
 * @param {Context} ctx
 * @param {Exclusive} exclusive
 * @param {string} tx
 * @returns {Promise<boolean>} whether something came
 * @throws {Refusal} for good: it is not sent again
 */
export async function sendWaiting(ctx, exclusive, tx) {
  const talk = await ctx.purse.get('threads', tx)
  if (!talk?.tell) return false
  const { tell } = talk
  const merchant = await ctx.merchant(talk.vendor)
  try {
    const { envelope } = await ctx.stall(merchant).ask(tell)
    const { opened, entry } = await fromMerchant(ctx, envelope, tell, ['TOLD'], merchant)
    return (await exclusive('peerscrip-wallet', () => hear(ctx, tx, { told: opened.body, since: talk.events.length, tell, entry }))).news
  } catch (error) {
    if (error instanceof Refusal && !error.passing) await exclusive('peerscrip-wallet', () => unsaid(ctx, tx, tell))
    throw error
  }
}

/** Sends what waits, of which it does not matter that it is refused for good. @param {Context} ctx @param {Exclusive} exclusive @param {string} tx @returns {Promise<boolean>} whether something came */
export const sendBefore = (ctx, exclusive, tx) => sendWaiting(ctx, exclusive, tx).catch(error => {
  if (error instanceof Refusal && !error.passing) return false
  throw error
})

/** The TELL was answered with a no: nothing of it is sent again. @param {Context} ctx @param {string} tx @param {Request} tell */
async function unsaid(ctx, tx, tell) {
  const talk = await ctx.purse.get('threads', tx)
  if (talk?.tell?.tx !== tell.tx) return
  const { tell: sent, event, ...rest } = talk
  await ctx.purse.apply(rest.events.length === 0 && !rest.mandate ? [{ kind: 'threads', id: tx, value: null }] : [put(rest)])
}

/**
 * Keeps the events of a TOLD: each follows the one before, or nothing of it is kept; and what was sent is among them. An answer
 * that another page has overtaken says nothing new.
 * @param {Context} ctx
 * @param {string} tx
 * @param {{ told: Body<'TOLD'>, since: number, tell?: Request, entry?: Change }} answer since: how many events were here when it
 * was asked for; tell: what it answers, where that waits for it; entry: the answer, for the transcript
 * @returns {Promise<{ news: boolean, more: boolean }>}
 * @throws {Unreadable}
 */
async function hear(ctx, tx, { told, since, tell, entry }) {
  const talk = await talkOf(ctx, tx)
  if (!talk || tell && talk.tell?.tx !== tell.tx) return { news: false, more: false }
  const merchant = await ctx.merchant(talk.vendor)
  let { thread, lines } = await conversation(ctx, talk)
  const before = thread.seq
  for (const { event: jws } of told.events) {
    const { by, event } = await readEvent(ctx, jws, merchant)
    if (event.body.seq <= before && lines[event.body.seq - 1]?.jws === jws) continue // another page was faster
    if (by === 'M' && event.claims.iat > ctx.now() + mostAhead) throw new Unreadable() // until it is time
    thread = follows(thread, by, event)
    lines = [...lines, { by, at: event.claims.iat, event: event.body, jws }]
  }
  const [more, said] = [told.seq > thread.seq, lines.some(({ jws }) => jws === talk.event)]
  if (told.order !== thread.order || told.seq < since || more && told.events.length === 0) throw new Unreadable()
  if (tell && !said && !more) throw new Unreadable()
  const { tell: waits, event, ...rest } = talk
  const now = { ...rest, events: lines.map(({ jws }) => jws), ...waits && !said && { tell: waits, event } }
  if (thread.seq === before && !said) return { news: false, more }
  await ctx.purse.apply([put(now), ...entry ? [entry] : [], ...await withOrder(ctx, now, lines)])
  return { news: thread.seq > before, more }
}

/** @param {Thread} thread @param {Side} by @param {Awaited<ReturnType<typeof readEvent>>['event']} event @returns {Thread} @throws {Unreadable} */
function follows(thread, by, event) {
  try {
    return next(thread, by, event)
  } catch (error) {
    throw error instanceof OutOfTurn ? new Unreadable() : error
  }
}

/** What a thread says of its order: that it was sent, and the broker's word on its money. @param {Context} ctx @param {Talk} talk @param {Line[]} lines @returns {Promise<Change[]>} */
async function withOrder(ctx, { tx, mandate }, lines) {
  const order = mandate && await ctx.purse.get('orders', tx)
  if (!order) return []
  const said = lines.filter(({ by, event }) => by === 'M' && event.kind === 'sent')
  const [first, last] = [said[0], said.at(-1)]
  const now = first && last ? { ...order, sent: { at: order.sent?.at ?? first.at, note: last.event.text } } : order
  const held = lines.findLast(({ event }) => event.hold)?.event.hold
  const word = held && isOf(order, kept(held, 'HELD').body) ? await told(ctx, [{ order: now, held }]) : []
  return [...now === order || word.some(({ kind }) => kind === 'orders') ? [] : [/** @type {Change} */ ({ kind: 'orders', id: tx, value: now })], ...word]
}

/**
 * Asks what was said in a thread, until there is no more. What waits for an answer goes first.
 * @param {Context} ctx
 * @param {Exclusive} exclusive
 * @param {string} tx
 * @returns {Promise<boolean>} whether something came
 */
export async function listen(ctx, exclusive, tx) {
  let news = await sendBefore(ctx, exclusive, tx)
  for (let i = 0; i < toldAtMost; i++) {
    const talk = await talkOf(ctx, tx)
    if (!talk) return news
    const since = talk.events.length
    const { opened } = await question(ctx, talk, since)
    const heard = await exclusive('peerscrip-wallet', () => hear(ctx, tx, { told: opened.body, since }))
    news ||= heard.news
    if (!heard.more) return news
  }
  return news
}

/** A TELL that asks. @param {Context} ctx @param {Talk} talk @param {number} since */
async function question(ctx, talk, since) {
  const merchant = await ctx.merchant(talk.vendor)
  const tell = await toMerchant(ctx, 'TELL', { body: { vendor: talk.vendor, order: talk.order, since, events: [] } }, merchant)
  const { envelope } = await ctx.stall(merchant).ask(tell)
  return fromMerchant(ctx, envelope, tell, ['TOLD'], merchant)
}

/**
 * Asks in every thread where more is to be expected, and about the last orders to which nothing was said yet: in another sequence
 * each time and with pauses, so that no stall, and no host of many, learns of others by when it is asked.
 * @param {Context} ctx
 * @param {Exclusive} exclusive
 * @param {() => Promise<unknown>} pause between two
 * @returns {Promise<boolean>} whether something came
 */
export async function listenAll(ctx, exclusive, pause) {
  let news = false
  for (const tx of shuffled(await open(ctx))) {
    try {
      news = await listen(ctx, exclusive, tx) || news
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof Unreachable || error instanceof Problem)) throw error
    }
    await pause()
  }
  return news
}

/** @param {Context} ctx @returns {Promise<string[]>} the tx of each thread where more is to be expected */
export async function open(ctx) {
  const talks = new Map((await ctx.purse.all('threads')).map(talk => [talk.tx, talk]))
  const orders = (await ctx.purse.all('orders')).toSorted((a, b) => b.at - a.at)
  const paidFor = new Set(orders.filter(({ delivery }) => delivery?.way === 'none').map(({ tx }) => tx))
  for (const order of orders.slice(0, mostOrders)) if (!talks.has(order.tx) && order.bare === undefined) talks.set(order.tx, begun(order))
  const all = await Promise.all([...talks.values()].map(async talk => ({ talk, thread: (await conversation(ctx, talk)).thread })))
  return all.filter(({ talk, thread }) => talk.tell || isOpen(thread, ctx.now()) && !(paidFor.has(talk.tx) && isQuiet(thread, ctx.now()))).map(({ talk }) => talk.tx)
}

/** @template T @param {T[]} list */
const shuffled = list => list.map(value => ({ value, by: Math.random() })).sort((a, b) => a.by - b.by).map(({ value }) => value)

/**
 * Holds a thread against what the stall has. What is missing here is fetched, where it follows.
 * @param {Context} ctx
 * @param {Exclusive} exclusive
 * @param {string} tx
 * @returns {Promise<{ here: number, there: number, lost: boolean, ours?: string, theirs?: string }>} ours, theirs: where they differ first, as it was signed
 */
export async function reconcile(ctx, exclusive, tx) {
  await listen(ctx, exclusive, tx).catch(error => {
    if (!(error instanceof Refusal || error instanceof Unreadable)) throw error
  })
  const talk = await talkOf(ctx, tx)
  if (!talk) throw new Advice(sentence('not-found'))
  /** @type {string[]} */
  const theirs = []
  for (let i = 0; i < toldAtMost; i++) {
    const told = await question(ctx, talk, theirs.length).catch(error => {
      if (error instanceof Refusal && error.reason === 'not-found') return undefined
      throw error
    })
    if (!told) return { here: talk.events.length, there: 0, lost: true }
    theirs.push(...told.opened.body.events.map(({ event }) => event))
    if (told.opened.body.events.length === 0 || theirs.length >= told.opened.body.seq) break
  }
  const at = talk.events.findIndex((jws, i) => payload(jws) !== payload(theirs[i] ?? ''))
  return { here: talk.events.length, there: theirs.length, lost: false, ...at >= 0 && { ours: talk.events[at], ...theirs[at] && { theirs: theirs[at] } } }
}

/** What was signed, however the signature is spelled. @param {string} jws */
const payload = jws => jws.split('.')[1]
