// @ts-check
/**
 * A work as it is first written down, and what its items say.
 * @module
 */
import { newID } from './base64url.js'

/** @import { Context } from './context.js' */
/** @import { In, Purchase } from './items.js' */
/** @import { Change, Purposes, Work } from './rows.js' */

/**
 * A work that nothing has been done of yet.
 * @template {keyof Purposes} P
 * @param {{ purpose: P, about: Purposes[P], items: Work['items'] }} what
 * @param {number} now unix seconds
 */
export const newWork = ({ purpose, items, about }, now) => /** @type {Work<P>} */ (
  { id: newID(), purpose, created: now, changed: now, rev: 1, items, at: 0, state: 'running', reason: '', about })

/**
 * A work that asks what became of scrip of a backup.
 * @param {{ scrip: { scrip_id: string, value: number }, vendor: string }} holding
 * @param {number | undefined} bank what the bank account held at the backup
 * @param {number} now unix seconds
 */
export function search({ scrip: { scrip_id: scrip, value: amount }, vendor }, bank, now) {
  return newWork({ purpose: 'restore', items: [{ transaction: 'regain', scrip, amount, vendor, ...!vendor && { bank } }], about: {} }, now)
}

/** @param {Work} work @returns {Change} */
export const putWork = work => ({ kind: 'works', id: work.id, value: work })

/**
 * Writes a work down that needs nothing but itself. Call it with the wallet's lock held.
 * @template {keyof Purposes} P
 * @param {Context} ctx
 * @param {{ purpose: P, about: Purposes[P], items: Work['items'] }} what
 */
export async function written(ctx, what) {
  const work = newWork(what, ctx.now())
  await ctx.purse.apply([putWork(work)])
  return work
}

/** The purchase of a work, once its T10 is written down. @param {Work} work @returns {In<Purchase, 'asked' | 'refused' | 'undone' | 'done'> | undefined} */
export function purchaseOf({ items }) {
  for (const item of items) if (item.transaction === '6.3' && item.phase) return item
  return undefined
}

/** The certificate that a work has brought, of the stall that it opened. @param {Work} work @returns {string | undefined} */
export function certificateOf({ items }) {
  for (const item of items) if (item.transaction === 'stall' && item.phase === 'done') return item.certificate
  return undefined
}
