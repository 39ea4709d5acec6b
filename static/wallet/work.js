// @ts-check
/**
 * A work as it is first written down.
 * @module
 */
import { newID } from './base64url.js'

/** @import { Context } from './context.js' */
/** @import { Change, Work } from './types.js' */

/**
 * @param {Pick<Work, 'kind' | 'items' | 'about'>} what
 * @param {number} now unix seconds
 * @returns {Work}
 */
export const newWork = ({ kind, items, about }, now) =>
  ({ id: newID(), kind, created: now, changed: now, rev: 1, items, at: 0, state: 'running', reason: '', about })

/** @param {Work} work @returns {Change} */
export const putWork = work => ({ kind: 'works', id: work.id, value: work })

/**
 * Writes a work down that needs nothing but itself. Call it with the wallet's lock held.
 * @param {Context} ctx
 * @param {Pick<Work, 'kind' | 'items' | 'about'>} what
 */
export async function written(ctx, what) {
  const work = newWork(what, ctx.now())
  await ctx.purse.apply([putWork(work)])
  return work
}
