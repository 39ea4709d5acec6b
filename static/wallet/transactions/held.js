// @ts-check
/**
 * What 6.4, 6.6 and 6.8 have in common: one piece of scrip goes out with its secret in one request, and is held by the work
 * until the answer has come, because the issuer may have killed it already.
 * @module
 */
import { putHolding } from '../context.js'
import { refused } from './acquire.js'
import { takenUp } from './exchange.js'

/** @import { Answer, Context, Request } from '../context.js' */
/** @import { Refusal } from '../errors.js' */
/** @import { Change, Item, Outcome, Holding, Work } from '../types.js' */

/** Milliseconds until scrip that another work holds is looked at again. */
export const patience = 2000

/** Milliseconds until the same request is sent again after a refusal that may pass. */
export const poll = 3000

/** @param {Holding} holding */
export const proof = ({ scrip, secret }) => ({ scrip, secret })

/**
 * The scrip held, and the request written down.
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item
 * @param {{ holding: Holding, request: Request, to: string }} what
 * @returns {Outcome}
 */
export function asked(ctx, work, item, { holding, request, to }) {
  const { scrip_id } = holding.scrip
  return {
    item: { ...item, phase: 'asked', scrip: scrip_id, request },
    changes: [putHolding(scrip_id, { ...holding, work: work.id }), ctx.sent(request, to, work)],
  }
}

/** Whose the scrip is from now on that this item brings: the work's, if something follows. @param {Work} work */
export const next = work => work.items.length > work.at + 1 ? work.id : ''

/**
 * A request of the account, sent to the broker.
 * @param {Context} ctx
 * @param {Item} item
 * @param {{ post: (envelope: string) => Promise<any>, types: string[], aud?: string }} way
 * @returns {Promise<Answer | Refusal>}
 */
export async function toBroker(ctx, item, { post, types, aud }) {
  const { envelope } = await post(item.request.envelope)
  return ctx.fromBroker(envelope, item.request, types, await ctx.profile(), aud).catch(refused)
}

/**
 * The work ends and the scrip is free again; unless it is spent, or, as `how` may say, not to be tried again by itself.
 * Scrip that was spent may have been spent by an exchange that was undone too early: then that is taken up again.
 * @param {Context} ctx
 * @param {Item} item
 * @param {Refusal} no
 * @param {Partial<Holding>} [how]
 * @returns {Promise<Outcome>}
 */
export async function denied(ctx, item, no, how = {}) {
  const holding = /** @type {Holding} */ (await ctx.purse.get('holdings', item.scrip))
  const spent = no.reason === 'scrip-spent' || no.reason === 'scrip-invalid'
  /** @type {Change[]} */
  const changes = [putHolding(item.scrip, { ...holding, ...how, work: '', spent }), ...no.entries]
  if (no.reason === 'scrip-spent') changes.push(...await takenUp(ctx, item.scrip))
  return { item: { ...item, phase: 'refused' }, changes, stop: no.reason }
}

/** @param {Item} item @returns {Item} done, without what was only needed to ask */
export function finished(item) {
  const { request, ...rest } = item
  return { ...rest, phase: 'done' }
}
