// @ts-check
/**
 * What the stalls of this account have earned (STATEMENT, STATED). It moves nothing, so nothing is written down.
 * @module
 */
import { newID } from './base64url.js'
import { Unreadable } from './errors.js'

/** @import { Context } from './context.js' */
/** @typedef {{ vendor: string, name: string, earned: number, float: number, reserve: number }} Stated minor units */

/**
 * @param {Context} ctx
 * @returns {Promise<Stated[]>}
 */
export async function earnings(ctx) {
  const profile = await ctx.profile()
  const { account } = profile
  const request = await ctx.toBroker('STATEMENT', { tx: newID(), body: { account } }, profile)
  const { envelope } = await ctx.broker.statements(request.envelope)
  const { opened: { body } } = await ctx.fromBroker(envelope, request, ['STATED'], profile)
  if (body.account !== account) throw new Unreadable()
  return body.stalls
}
