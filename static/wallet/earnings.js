// @ts-check
/**
 * What the stalls of this account have earned (STATEMENT, STATED). It moves nothing, so nothing is written down.
 * @module
 */
import { Unreadable } from './errors.js'
import { fromBroker, toBroker } from './requests.js'

/** @import { Context } from './context.js' */
/** @import { Body } from './forms.js' */
/** @typedef {Body<'STATED'>['stalls'][number]} Stated minor units */

/** @param {Context} ctx @returns {Promise<Stated[]>} */
export const earnings = async ctx => (await stated(ctx)).stalls

/**
 * @param {Context} ctx
 * @returns {Promise<{ stalls: Stated[], signed: number }>} signed: when, by the broker's clock, unix seconds
 */
export async function stated(ctx) {
  const profile = await ctx.profile()
  const { account } = profile
  const request = await toBroker(ctx, 'STATEMENT', { body: { account } }, profile)
  const { envelope } = await ctx.broker.ask(request)
  const { opened: { body, claims } } = await fromBroker(ctx, envelope, request, ['STATED'], { profile })
  if (body.account !== account) throw new Unreadable()
  return { stalls: body.stalls, signed: claims.iat }
}
