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
import { listen, sendWaiting } from './listen.js'
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

/** @typedef {{ kind: string, text: string, offer?: string, address?: Address, hold?: string, carrier?: string, tracking?: string, price?: number, quantity?: number, jpeg?: Uint8Array }} Saying what a person says or does; jpeg: a photo */

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
