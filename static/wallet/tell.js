// @ts-check
/**
 * What a person says to a seller: signed and written down before it is sent (TELL), and sent again until it is answered; where the
 * seller was faster it is signed anew. A crash leaves the TELL, which is sent again; the stall adds it once. The twin of
 * services/wallet/tell.go.
 * @module
 */
import { encode, newID } from './base64url.js'
import { sign } from './envelope.js'
import { Advice, Problem, Refusal, Unreachable } from './errors.js'
import { newSigningKey, signer } from './keys.js'
import { tr } from './language.js'
import { listen, sendBefore, sendWaiting } from './listen.js'
import { compose } from './messages.js'
import { askable } from './quote.js'
import { sentence } from './refusals.js'
import { toMerchant } from './requests.js'
import { digestOfBytes, picture } from './talkphoto.js'
import { conversation, conversations, put, talkOf } from './talks.js'
import { clean, cleanLine } from './text.js'
import { asked, may, wordMoves, wrongOf } from './thread.js'
import { sent } from './transcript.js'

/** @import { Context } from './context.js' */
/** @import { Address, Body } from './forms.js' */
/** @import { Exclusive } from './refunds.js' */
/** @import { Change, Merchant, Talk } from './rows.js' */
/** @import { Thread } from './thread.js' */

/** How often other pages, or an answer that goes on and on, may go before what a person says. */
const mostTurns = 20

/** @typedef {{ kind: string, text: string, offer?: string, address?: Address, hold?: string, carrier?: string, tracking?: string, price?: number, quantity?: number, jpeg?: Uint8Array }} Saying what a person says or does; jpeg: a photo */

/**
 * Says or does something about an order, or in a conversation. It is said when this returns, or waits to be sent
 * again, whoever else says something of the same thread meanwhile.
 * @param {Context} ctx
 * @param {Exclusive} exclusive
 * @param {string} tx
 * @param {Saying} what
 * @throws {Advice} where it may not be said
 */
export async function say(ctx, exclusive, tx, what) {
  for (let again = true; ; again = false) {
    const event = await writeNext(ctx, exclusive, tx, what)
    const no = await sendWaiting(ctx, exclusive, tx).then(() => undefined, error => error)
    if (await stands(ctx, tx, event, !no)) return
    if (!again || no && !(no instanceof Refusal && no.reason === 'out-of-turn')) throw no ?? outOfTurn()
    await listen(ctx, exclusive, tx)
    if (await stands(ctx, tx, event, true)) return
  }
}

/** Whether a thread has an event, or has it still to send where that is enough. @param {Context} ctx @param {string} tx @param {string} event signed @param {boolean} waiting */
async function stands(ctx, tx, event, waiting) {
  const talk = await talkOf(ctx, tx)
  return Boolean(talk?.events.includes(event) || waiting && talk?.event === event)
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

/** @param {Context} ctx @param {Exclusive} exclusive @param {{ vendor: string, offer: string }} about @param {Saying} what */
async function begin(ctx, exclusive, about, what) {
  const { merchant, offer, digest } = await askable(ctx, about)
  const tx = newID()
  const talk = { tx, vendor: merchant.vendor, stall: merchant.name, title: offer.title, order: tx, mandate: '', events: [], read: 0 }
  await exclusive('peerscrip-wallet', async () => {
    const known = await ctx.purse.get('merchants', merchant.vendor)
    const whole = { ...known, ...merchant, pseudonym: known?.pseudonym ?? await newSigningKey() }
    const { changes } = await telling(ctx, talk, whole, { ...what, offer: offer.offer }, asked(tx), digest)
    await ctx.purse.apply([{ kind: 'merchants', id: merchant.vendor, value: whole }, ...changes])
  })
  await sendWaiting(ctx, exclusive, tx)
  return tx
}

/** Writes an event down once nothing else of its thread waits. @param {Context} ctx @param {Exclusive} exclusive @param {string} tx @param {Saying} what @returns {Promise<string>} the event, signed */
async function writeNext(ctx, exclusive, tx, what) {
  for (let turn = 0; turn < mostTurns; turn++) {
    await (turn === 0 ? sendBefore : listen)(ctx, exclusive, tx)
    const event = await exclusive('peerscrip-wallet', () => write(ctx, tx, what))
    if (event) return event
  }
  throw outOfTurn()
}

/** Writes an event down, with the TELL that brings it. @param {Context} ctx @param {string} tx @param {Saying} what @returns {Promise<string | undefined>} the event, signed; undefined: something else goes first */
async function write(ctx, tx, what) {
  const talk = await talkOf(ctx, tx)
  if (!talk) throw new Advice(sentence('not-found'))
  if (talk.tell) return undefined
  const { thread } = await conversation(ctx, talk)
  if (!may(thread, 'C', what.kind, Math.max(ctx.now(), thread.last))) throw outOfTurn()
  const { event, changes } = await telling(ctx, talk, await ctx.merchant(talk.vendor), what, thread, '')
  await ctx.purse.apply(changes)
  return event
}

const outOfTurn = () => new Advice(sentence('out-of-turn'), 'out-of-turn')

/**
 * @param {Context} ctx
 * @param {Talk} talk
 * @param {Merchant} merchant
 * @param {Saying} what
 * @param {Thread} thread
 * @param {string} root what the first event of a conversation names as the one before it
 * @returns {Promise<{ event: string, changes: Change[] }>}
 */
async function telling(ctx, talk, merchant, { text, carrier, tracking, jpeg, ...what }, thread, root) {
  const photo = jpeg && { photo: await digestOfBytes(jpeg) }
  const body = { order: thread.order, seq: thread.seq + 1, previous: thread.head || root, ...what, ...parcel({ carrier, tracking }), ...photo, text: clean(text) }
  if (wrongOf(body) === 'text') throw new Advice(body.text ? tr('That is too long. Use at most 2,000 characters, or 500 for a word beside a button.') : tr('Write something first.'))
  const me = await signer(merchant.pseudonym)
  const event = await sign(compose('EVENT', { iss: me.thumbprint, aud: talk.vendor, tx: thread.tx, iat: ctx.now(), body }), me, false)
  const tell = await toMerchant(ctx, 'TELL', { body: { vendor: talk.vendor, order: thread.order, since: thread.seq, events: [{ event: event.jws }], ...photo }, ...jpeg && { attach: { photo: encode(jpeg) } } }, merchant)
  const now = put({ ...talk, event: event.jws, tell })
  return { event: event.jws, changes: [now, jpeg && photo ? picture(talk.tx, photo.photo, jpeg) : sent(tell, merchant.name, ctx.now())] } // a transcript has no room for photos
}

/** What is said of a parcel. @param {{ carrier?: string, tracking?: string }} of @returns {{ carrier?: string, tracking?: string }} */
const parcel = of => Object.fromEntries(Object.entries(of).map(([name, line]) => [name, cleanLine(line ?? '')]).filter(([, line]) => line))
