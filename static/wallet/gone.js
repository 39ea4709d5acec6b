// @ts-check
/**
 * Stalls that are gone: the broker stands behind them no more, or they do not answer it. What it tells of them is looked up for the page alone; that money
 * moves takes its signed word (RESCUE).
 * @module
 */
import { Advice } from './errors.js'
import { tr } from './language.js'
import { evidence } from './messages.js'
import { signersOf } from './succession.js'
import { written } from './work.js'

/** @import { AtStall } from './contents.js' */
/** @import { Context } from './context.js' */

/**
 * @typedef {object} Gone
 * @property {number} ended when the stall's certificate ended, unix seconds; 0 where the broker took it back
 * @property {number} silent since when the stall has not answered, unix seconds; 0 where it is gone for another reason
 */

/**
 * Whether a stall is gone, as far as the broker tells: undefined where it is not, or nobody says.
 * @param {Context} ctx
 * @param {string} vendor
 * @returns {Promise<Gone | undefined>}
 */
export async function gone(ctx, vendor) {
  const { certificate, revoked, silent_since: silent } = await ctx.broker.stall(vendor)
  if (revoked === true) return { ended: 0, silent: 0 }
  const { body } = await evidence(certificate, 'CERTIFICATE', { signers: signersOf((await ctx.profile()).broker), aud: vendor })
  if (ctx.reckoning.earliest() >= body.not_after) return { ended: body.not_after, silent: 0 }
  return silent > 0 ? { ended: 0, silent } : undefined
}

/**
 * Takes what is at a stall that is gone back to the bank.
 * @param {Context} ctx
 * @param {Pick<AtStall, 'vendor' | 'name' | 'total'>} stall as it was shown
 */
export async function rescue(ctx, { vendor, name, total }) {
  const begun = (await ctx.works()).some(({ purpose, state, about }) => purpose === 'rescue' && state === 'running' && about.vendor === vendor)
  if (begun) throw new Advice(tr('This is under way already.'))
  return written(ctx, { purpose: 'rescue', items: [{ transaction: 'rescue', vendor }], about: { amount: total, vendor, stall: name } })
}
