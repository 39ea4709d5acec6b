// @ts-check
/**
 * Threads as the wallet keeps them: what buyer and seller signed about an order, or in a conversation about an offer (thread.js
 * says what may follow what). tell.js says what is new in one, listen.js hears it. The twin of services/wallet/thread.go.
 * @module
 */
import { Unreadable } from './errors.js'
import { signer } from './keys.js'
import { offerOf, summary } from './lines.js'
import { evidence } from './messages.js'
import { signersOf } from './succession.js'
import { orderID } from './thin.js'
import { asked, next, ordered, stateAt, wrongOf } from './thread.js'

/** @import { Context } from './context.js' */
/** @import { Body } from './forms.js' */
/** @import { Change, Merchant, Order, Talk } from './rows.js' */
/** @import { Side, Thread } from './thread.js' */

/** @typedef {Body<'EVENT'>} Said */
/** @typedef {{ by: Side, at: number, event: Said, jws: string }} Line at: unix seconds, by who signed it */
/** @typedef {{ talk: Talk, thread: Thread, state: string, lines: Line[], unsaid: Said | undefined }} Conversation state: by now */

/** @param {Talk} value @returns {Change} */
export const put = value => ({ kind: 'threads', id: value.tx, value })

/** What is kept of a thread; that of an order begins with the order. @param {Context} ctx @param {string} tx @returns {Promise<Talk | undefined>} */
export async function talkOf(ctx, tx) {
  const talk = await ctx.purse.get('threads', tx)
  if (talk) return talk
  const order = await ctx.purse.get('orders', tx)
  return order && order.bare === undefined ? begun(order) : undefined
}

/** @param {Order} order @returns {Talk} */
export const begun = order => ({ tx: order.tx, vendor: order.vendor, stall: order.stall, title: summary(order.lines), order: orderID(order), mandate: order.mandate, events: [], read: 0 })

/**
 * Verifies an event, and the broker's word in it, if it repeats one; and tells whose it is.
 * @param {Context} ctx
 * @param {string} jws
 * @param {Merchant} merchant
 * @returns {Promise<{ by: Side, event: Awaited<ReturnType<typeof evidence<'EVENT'>>> }>}
 * @throws {Unreadable} neither's, or the word is not the broker's, on this purchase
 */
export async function readEvent(ctx, jws, { vendor, signing, pseudonym }) {
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

/** Notes that a person has seen a thread. @param {Context} ctx @param {string} tx */
export async function seen(ctx, tx) {
  const talk = await ctx.purse.get('threads', tx)
  if (talk && talk.read < talk.events.length) await ctx.purse.apply([put({ ...talk, read: talk.events.length })])
}
