// @ts-check
/**
 * Photos of threads, as they were sent: kept in the purse beside them. The twin of services/wallet/talkphoto.go.
 * @module
 */
import { decode, encode } from './base64url.js'
import { Advice, Unreadable } from './errors.js'
import { sentence } from './refusals.js'
import { fromMerchant, toMerchant } from './requests.js'
import { talkOf } from './talks.js'

/** @import { Context } from './context.js' */
/** @import { Exclusive } from './refunds.js' */
/** @import { Change } from './rows.js' */

/** @param {Uint8Array} bytes */
export const digestOfBytes = async bytes => encode(new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes))))

/** @param {string} tx @param {string} digest @param {Uint8Array} jpeg @returns {Change} */
export const picture = (tx, digest, jpeg) => ({ kind: 'photos', id: digest, value: { tx, jpeg: encode(jpeg) } })

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
