// @ts-check
/**
 * Threads as the wallet keeps them: what buyer and seller signed about an order, or in a conversation about an offer (thread.js
 * says what may follow what). What a person says is signed and written down before it is sent (TELL), and sent again until it
 * is answered; where the seller was faster it is signed anew. A crash leaves the TELL, which is sent again; the stall adds it
 * once. The twin of services/wallet/tell.go.
 * @module
 */
import { decode, encode, newID } from './base64url.js'
import { sign } from './envelope.js'
import { Advice, OutOfTurn, Problem, Refusal, Unreachable, Unreadable } from './errors.js'
import { isOf, told } from './holds.js'
import { newSigningKey, signer } from './keys.js'
import { tr } from './language.js'
import { offerOf, summary } from './lines.js'
import { compose, evidence, kept } from './messages.js'
import { askable } from './quote.js'
import { sentence } from './refusals.js'
import { fromMerchant, toMerchant } from './requests.js'
import { signersOf } from './succession.js'
import { clean, cleanLine } from './text.js'
import { orderID } from './thin.js'
import { asked, isOpen, may, next, ordered, stateAt, wordMoves, wrongOf } from './thread.js'
import { sent } from './transcript.js'

/** @import { Address } from './forms.js' */
/** @import { Context } from './context.js' */
/** @import { Body } from './forms.js' */
/** @import { Request } from './requests.js' */
/** @import { Change, Merchant, Order, Talk } from './rows.js' */
/** @import { Side, Thread } from './thread.js' */
/** @import { Exclusive } from './refunds.js' */

/** @typedef {Body<'EVENT'>} Said */
/** @typedef {{ kind: string, text: string, offer?: string, address?: Address, hold?: string, carrier?: string, tracking?: string, price?: number, quantity?: number, jpeg?: Uint8Array }} Saying what a person says or does; jpeg: a photo */
/** @typedef {{ by: Side, at: number, event: Said, jws: string }} Line at: unix seconds, by who signed it */
/** @typedef {{ talk: Talk, thread: Thread, state: string, lines: Line[], unsaid: Said | undefined }} Conversation state: by now */

/** Answers in a row in which one thread is read. */
const toldAtMost = 200

/** By how many seconds the time of a seller's event may be ahead: threads close by it (scrip.MaxAhead). */
const mostAhead = 3 * 86_400

/** How many of the last orders are asked about to which nothing was said. */
const mostOrders = 200

/** @param {Talk} value @returns {Change} */
const put = value => ({ kind: 'threads', id: value.tx, value })

/** What is kept of a thread; that of an order begins with the order. @param {Context} ctx @param {string} tx @returns {Promise<Talk | undefined>} */
export async function talkOf(ctx, tx) {
  const talk = await ctx.purse.get('threads', tx)
  if (talk) return talk
  const order = await ctx.purse.get('orders', tx)
  return order && order.bare === undefined ? begun(order) : undefined
}

/** @param {Order} order @returns {Talk} */
const begun = order => ({ tx: order.tx, vendor: order.vendor, stall: order.stall, title: summary(order.lines), order: orderID(order), mandate: order.mandate, events: [], read: 0 })

/**
 * Verifies an event, and the broker's word in it, if it repeats one; and tells whose it is.
 * @param {Context} ctx
 * @param {string} jws
 * @param {Merchant} merchant
 * @returns {Promise<{ by: Side, event: Awaited<ReturnType<typeof evidence<'EVENT'>>> }>}
 * @throws {Unreadable} neither's, or the word is not the broker's, on this purchase
 */
async function readEvent(ctx, jws, { vendor, signing, pseudonym }) {
  const me = await signer(pseudonym)
  const mine = await evidence(jws, 'EVENT', { aud: vendor, signers: { [me.thumbprint]: [me.jwk] } }).catch(() => null)
  const event = mine ?? await evidence(jws, 'EVENT', { aud: me.thumbprint, signers: { [vendor]: [signing] } })
  if (wrongOf(event.body)) throw new Unreadable()
  if (event.body.hold) await readWord(ctx, event.body.hold, { kind: event.body.kind, tx: event.claims.tx, vendor, pseudonym: me.thumbprint })
  return { by: mine ? 'C' : 'M', event }
}

/**
 * Verifies the broker's word (HELD) that an event repeats: it was told to one of the two, and is about this purchase and in the
 * state that the event says.
 * @param {Context} ctx
 * @param {string} jws
 * @param {{ kind: string, tx: string, vendor: string, pseudonym: string }} event
 * @throws {Unreadable}
 */
async function readWord(ctx, jws, { kind, tx, vendor, pseudonym }) {
  const signers = signersOf((await ctx.profile()).broker)
  const told = await evidence(jws, 'HELD', { aud: vendor, signers }).catch(() => null)
  const { body } = told ?? await evidence(jws, 'HELD', { aud: pseudonym, signers })
  if (body.vendor !== vendor || body.purchase !== tx || body.state !== kind) throw new Unreadable()
}

/** What a thread has come to. @param {Context} ctx @param {Talk} talk @returns {Promise<Conversation>} */
export async function conversation(ctx, talk) {
  const merchant = await ctx.merchant(talk.vendor)
  let thread = asked(talk.tx)
  if (talk.mandate) {
    const { digest, claims } = await evidence(talk.mandate, 'T10', { aud: talk.vendor, tx: talk.tx })
    thread = ordered({ order: talk.order, tx: talk.tx, mandate: digest, at: claims.iat })
  }
  /** @type {Line[]} */
  const lines = []
  for (const jws of talk.events) {
    const { by, event } = await readEvent(ctx, jws, merchant)
    thread = next(thread, by, event)
    lines.push({ by, at: event.claims.iat, event: event.body, jws })
  }
  const unsaid = talk.event ? (await readEvent(ctx, talk.event, merchant)).event.body : undefined
  return { talk, thread, state: stateAt(thread, ctx.now()), lines, unsaid }
}

/** All threads in which something was said, the last one first. @param {Context} ctx @returns {Promise<Conversation[]>} */
export async function conversations(ctx) {
  const all = await Promise.all((await ctx.purse.all('threads')).map(talk => conversation(ctx, talk)))
  return all.toSorted((a, b) => b.thread.last - a.thread.last)
}

/** How many events of the seller's its person has not seen. @param {Conversation} conversation */
export const unread = ({ talk, lines }) => lines.slice(talk.read).filter(({ by }) => by === 'M').length

/**
 * Says or does something about an order, or in a conversation.
 * @param {Context} ctx
 * @param {Exclusive} exclusive
 * @param {string} tx
 * @param {Saying} what
 * @throws {Advice} where it may not be said
 */
export async function say(ctx, exclusive, tx, what) {
  await sendWaiting(ctx, exclusive, tx)
  for (let again = true; ; again = false) {
    await exclusive('peerscrip-wallet', () => write(ctx, tx, what))
    try {
      return await sendWaiting(ctx, exclusive, tx)
    } catch (error) {
      if (!(error instanceof Refusal) || error.reason !== 'out-of-turn' || !again) throw error
      await listen(ctx, exclusive, tx)
    }
  }
}

/**
 * Puts the broker's word on a purchase's money (HELD) into its thread, unless it is there, so that the seller has it too. It is
 * written down before it is sent: to a seller who is not there it is sent again, and of one who was faster it is heard.
 * @param {Context} ctx
 * @param {Exclusive} exclusive
 * @param {{ jws: string, body: Body<'HELD'> }} word verified
 * @returns {Promise<boolean>} whether it is there now, and was not before
 */
export async function repeat(ctx, exclusive, { jws, body: { purchase, state } }) {
  const talk = await talkOf(ctx, purchase)
  if (!talk || !Object.hasOwn(wordMoves, state)) return false
  const { thread, unsaid } = await conversation(ctx, talk)
  if (unsaid?.kind === state || !may(thread, 'C', state, Math.max(ctx.now(), thread.last))) return false
  try {
    await say(ctx, exclusive, purchase, { kind: state, text: '', hold: jws })
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof Unreachable || error instanceof Problem || error instanceof Advice && error.reason === 'out-of-turn')) throw error
  }
  return true
}

/**
 * Begins a conversation about an offer. The stall sees the pseudonym that a purchase there would show.
 * @param {Context} ctx
 * @param {Exclusive} exclusive
 * @param {{ vendor: string, offer: string }} about
 * @param {string} text
 * @returns {Promise<string>} its tx
 */
export const ask = (ctx, exclusive, about, text) => begin(ctx, exclusive, about, { kind: 'ask', text })

/**
 * Proposes a price for each of so many: in the conversation about the offer, where there is one that is not closed, else in a new one.
 * @param {Context} ctx
 * @param {Exclusive} exclusive
 * @param {{ vendor: string, offer: string }} about
 * @param {{ price: number, quantity: number, text: string }} terms price: minor units
 * @returns {Promise<string>} its tx
 */
export async function propose(ctx, exclusive, about, terms) {
  const what = { kind: 'propose', ...terms, offer: about.offer }
  const there = (await conversations(ctx)).find(({ talk, thread, lines }) =>
    talk.vendor === about.vendor && !talk.mandate && lines[0]?.event.offer === about.offer && may(thread, 'C', 'propose', Math.max(ctx.now(), thread.last)))
  if (!there) return begin(ctx, exclusive, about, what)
  await say(ctx, exclusive, there.talk.tx, what)
  return there.talk.tx
}

/**
 * The private offer that a conversation has come to, and the order that bought it.
 * @param {Context} ctx
 * @param {Conversation} conversation
 * @returns {Promise<{ offer: Said, order: Order | undefined } | undefined>}
 */
export async function deal(ctx, { talk, lines }) {
  const offer = lines.findLast(({ by, event }) => by === 'M' && event.kind === 'private-offer')?.event
  if (!offer) return undefined
  const order = (await ctx.purse.all('orders')).find(({ vendor, bare, lines }) => vendor === talk.vendor && bare === undefined && lines.some(line => offerOf(line) === offer.offer))
  return { offer, order }
}

/** @param {Context} ctx @param {Exclusive} exclusive @param {{ vendor: string, offer: string }} about @param {Saying} what */
async function begin(ctx, exclusive, about, what) {
  const { merchant, offer, digest } = await askable(ctx, about)
  const tx = newID()
  const talk = { tx, vendor: merchant.vendor, stall: merchant.name, title: offer.title, order: tx, mandate: '', events: [], read: 0 }
  await exclusive('peerscrip-wallet', async () => {
    const known = await ctx.purse.get('merchants', merchant.vendor)
    const whole = { ...known, ...merchant, pseudonym: known?.pseudonym ?? await newSigningKey() }
    await ctx.purse.apply([{ kind: 'merchants', id: merchant.vendor, value: whole }, ...await telling(ctx, talk, whole, { ...what, offer: offer.offer }, asked(tx), digest)])
  })
  await sendWaiting(ctx, exclusive, tx)
  return tx
}

/** Writes an event down, with the TELL that brings it. @param {Context} ctx @param {string} tx @param {Saying} what */
async function write(ctx, tx, what) {
  const talk = await talkOf(ctx, tx)
  if (!talk) throw new Advice(sentence('not-found'))
  if (talk.tell) return // another tab's goes first
  const { thread } = await conversation(ctx, talk)
  if (!may(thread, 'C', what.kind, Math.max(ctx.now(), thread.last))) throw new Advice(sentence('out-of-turn'), 'out-of-turn')
  await ctx.purse.apply(await telling(ctx, talk, await ctx.merchant(talk.vendor), what, thread, ''))
}

/**
 * @param {Context} ctx
 * @param {Talk} talk
 * @param {Merchant} merchant
 * @param {Saying} what
 * @param {Thread} thread
 * @param {string} root what the first event of a conversation names as the one before it
 * @returns {Promise<Change[]>}
 */
async function telling(ctx, talk, merchant, { text, carrier, tracking, jpeg, ...what }, thread, root) {
  const photo = jpeg && { photo: await digestOfBytes(jpeg) }
  const body = { order: thread.order, seq: thread.seq + 1, previous: thread.head || root, ...what, ...parcel({ carrier, tracking }), ...photo, text: clean(text) }
  if (wrongOf(body) === 'text') throw new Advice(body.text ? tr('That is too long. Use at most 2,000 characters, or 500 for a word beside a button.') : tr('Write something first.'))
  const me = await signer(merchant.pseudonym)
  const event = await sign(compose('EVENT', { iss: me.thumbprint, aud: talk.vendor, tx: thread.tx, iat: ctx.now(), body }), me, false)
  const tell = await toMerchant(ctx, 'TELL', { body: { vendor: talk.vendor, order: thread.order, since: thread.seq, events: [{ event: event.jws }], ...photo }, ...jpeg && { attach: { photo: encode(jpeg) } } }, merchant)
  const now = put({ ...talk, event: event.jws, tell })
  return jpeg && photo ? [now, picture(talk.tx, photo.photo, jpeg)] : [now, sent(tell, merchant.name, ctx.now())] // a transcript has no room for photos
}

/** What is said of a parcel. @param {{ carrier?: string, tracking?: string }} of @returns {{ carrier?: string, tracking?: string }} */
const parcel = of => Object.fromEntries(Object.entries(of).map(([name, line]) => [name, cleanLine(line ?? '')]).filter(([, line]) => line))

/** @param {Uint8Array} bytes */
const digestOfBytes = async bytes => encode(new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes))))

/** @param {string} tx @param {string} digest @param {Uint8Array} jpeg @returns {Change} */
const picture = (tx, digest, jpeg) => ({ kind: 'photos', id: digest, value: { tx, jpeg: encode(jpeg) } })

/**
 * A photo of a thread, as it was sent: kept, or asked for and kept. Nothing but its digest and its size was looked at.
 * @param {Context} ctx
 * @param {Exclusive} exclusive
 * @param {string} tx
 * @param {string} digest
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function photoOf(ctx, exclusive, tx, digest) {
  const there = await ctx.purse.get('photos', digest)
  if (there) return decode(there.jpeg)
  const talk = await talkOf(ctx, tx)
  if (!talk) throw new Advice(sentence('not-found'))
  const merchant = await ctx.merchant(talk.vendor)
  const tell = await toMerchant(ctx, 'TELL', { body: { vendor: talk.vendor, order: talk.order, since: 0, events: [], photo: digest } }, merchant)
  const { envelope } = await ctx.stall(merchant).ask(tell)
  const { opened } = await fromMerchant(ctx, envelope, tell, ['TOLD'], merchant)
  const jpeg = decode(opened.attached.photo)
  if (await digestOfBytes(jpeg) !== digest) throw new Unreadable()
  await exclusive('peerscrip-wallet', () => ctx.purse.apply([picture(tx, digest, jpeg)]))
  return jpeg
}

/** Keeps a photo of a thread before anybody is shown it. @param {Context} ctx @param {string} tx @param {Uint8Array} jpeg @returns {Promise<string>} its digest */
export async function keepPhoto(ctx, tx, jpeg) {
  const digest = await digestOfBytes(jpeg)
  await ctx.purse.apply([picture(tx, digest, jpeg)])
  return digest
}

/**
 * Sends the TELL of a thread that waits for its answer, if one does.
 * @param {Context} ctx
 * @param {Exclusive} exclusive
 * @param {string} tx
 * @returns {Promise<boolean>} whether something came
 * @throws {Refusal} for good: it is not sent again
 */
async function sendWaiting(ctx, exclusive, tx) {
  const talk = await ctx.purse.get('threads', tx)
  if (!talk?.tell) return false
  const { tell } = talk
  const merchant = await ctx.merchant(talk.vendor)
  try {
    const { envelope } = await ctx.stall(merchant).ask(tell)
    const { opened, entry } = await fromMerchant(ctx, envelope, tell, ['TOLD'], merchant)
    return (await exclusive('peerscrip-wallet', () => hear(ctx, tx, opened.body, [entry]))).news
  } catch (error) {
    if (error instanceof Refusal && !error.passing) await exclusive('peerscrip-wallet', () => unsaid(ctx, tx, tell))
    throw error
  }
}

/** The TELL was answered with a no: nothing of it is sent again. @param {Context} ctx @param {string} tx @param {Request} tell */
async function unsaid(ctx, tx, tell) {
  const talk = await ctx.purse.get('threads', tx)
  if (talk?.tell?.tx !== tell.tx) return
  const { tell: sent, event, ...rest } = talk
  await ctx.purse.apply(rest.events.length === 0 && !rest.mandate ? [{ kind: 'threads', id: tx, value: null }] : [put(rest)])
}

/**
 * Keeps the events of a TOLD: each follows the one before, or nothing of it is kept; and what was told is among them.
 * @param {Context} ctx
 * @param {string} tx
 * @param {Body<'TOLD'>} told
 * @param {Change[]} [entries] of the transcript
 * @returns {Promise<{ news: boolean, more: boolean }>}
 * @throws {Unreadable}
 */
async function hear(ctx, tx, told, entries = []) {
  const talk = await talkOf(ctx, tx)
  if (!talk) return { news: false, more: false }
  const merchant = await ctx.merchant(talk.vendor)
  let { thread, lines } = await conversation(ctx, talk)
  const before = thread.seq
  for (const { event: jws } of told.events) {
    const { by, event } = await readEvent(ctx, jws, merchant)
    if (event.body.seq <= before && lines[event.body.seq - 1]?.jws === jws) continue // another tab was faster
    if (by === 'M' && event.claims.iat > ctx.now() + mostAhead) throw new Unreadable() // until it is time
    thread = follows(thread, by, event)
    lines = [...lines, { by, at: event.claims.iat, event: event.body, jws }]
  }
  const [more, said] = [told.seq > thread.seq, lines.some(({ jws }) => jws === talk.event)]
  if (told.order !== thread.order || told.seq < thread.seq || more && told.events.length === 0) throw new Unreadable()
  if (talk.event && entries.length > 0 && !said && !more) throw new Unreadable()
  const { tell, event, ...rest } = talk
  const now = { ...rest, events: lines.map(({ jws }) => jws), ...talk.tell && !said && { tell, event } }
  if (thread.seq === before && !said) return { news: false, more }
  await ctx.purse.apply([put(now), ...entries, ...await withOrder(ctx, now, lines)])
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
  let news = await sendWaiting(ctx, exclusive, tx).catch(error => {
    if (error instanceof Refusal && !error.passing) return false
    throw error
  })
  for (let i = 0; i < toldAtMost; i++) {
    const talk = await talkOf(ctx, tx)
    if (!talk) return news
    const { opened } = await question(ctx, talk, (await conversation(ctx, talk)).thread.seq)
    const heard = await exclusive('peerscrip-wallet', () => hear(ctx, tx, opened.body))
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
  const orders = (await ctx.purse.all('orders')).toSorted((a, b) => b.at - a.at).slice(0, mostOrders)
  for (const order of orders) if (!talks.has(order.tx) && order.bare === undefined) talks.set(order.tx, begun(order))
  const all = await Promise.all([...talks.values()].map(async talk => ({ talk, thread: (await conversation(ctx, talk)).thread })))
  return all.filter(({ talk, thread }) => talk.tell || isOpen(thread, ctx.now())).map(({ talk }) => talk.tx)
}

/** @template T @param {T[]} list */
const shuffled = list => list.map(value => ({ value, by: Math.random() })).sort((a, b) => a.by - b.by).map(({ value }) => value)

/** Notes that a person has seen a thread. @param {Context} ctx @param {string} tx */
export async function seen(ctx, tx) {
  const talk = await ctx.purse.get('threads', tx)
  if (talk && talk.read < talk.events.length) await ctx.purse.apply([put({ ...talk, read: talk.events.length })])
}

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
