// @ts-check
/**
 * Exchanges that were undone although they happened. The wallet undoes a 6.2 when by its own clock the broker's lock is over;
 * if that clock was wrong, the broker says later that the scrip is spent, and the exchange still has its change to bring.
 * @module
 */

/** @import { Context } from '../context.js' */
/** @import { Change, Work } from '../rows.js' */

/**
 * The undone exchanges of this scrip, taken up again.
 * @param {Context} ctx
 * @param {string} scrip scrip_id
 * @returns {Promise<Change[]>}
 */
export async function takenUp(ctx, scrip) {
  const ended = (await ctx.works()).filter(work => work.state !== 'running')
  return ended.flatMap(work => {
    const at = work.items.findIndex(item => item.transaction === '6.2' && item.phase === 'undone' && item.scrip === scrip)
    return at < 0 ? [] : [reopened(work, at, ctx.now())]
  })
}

/**
 * The work with its undone exchange, and nothing behind it: for the money, not for the purchase that was to follow.
 * @param {Work} work
 * @param {number} at index of the exchange
 * @param {number} now unix seconds
 * @returns {Change}
 */
function reopened(work, at, now) {
  const items = work.items.slice(0, at + 1).map((item, i) => i === at && item.transaction === '6.2' && item.phase === 'undone'
    ? { ...item, phase: /** @type {const} */ ('asked'), tries: 0 } : item)
  const about = 'stall' in work.about ? { stall: work.about.stall } : {}
  return { kind: 'works', id: work.id, value: { ...work, items, at, purpose: 'recover', about, state: 'running', reason: '', rev: work.rev + 1, changed: now } }
}
