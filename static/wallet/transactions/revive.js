// @ts-check
/**
 * Reviving: items that were refused or undone are asked for once more. Whoever kept a refused request can send it again later,
 * and it may be granted then; the scrip is gone, and only the same request brings what came of it. So when an issuer says that
 * scrip is no money any more, or that the account has BrokerScrip which this wallet does not know, every item that ended with
 * the same at stake goes back to where it was asked. It gets its stored reply, or is refused for that very reason and left
 * alone from then on.
 * @module
 */
import { putWork } from '../work.js'

/** @import { Context } from '../context.js' */
/** @import { In, Item } from '../items.js' */
/** @import { Change, Holding, Work } from '../rows.js' */

/** What is at stake where no scrip is: that the account has no BrokerScrip. */
export const account = 'account'

/** Reasons after which asking again brings nothing: the item was not what used it up. */
const proven = new Set(['scrip-spent', 'scrip-invalid', 'scrip-held'])

/**
 * The works that ended with one of these at stake, taken up again.
 * @param {Context} ctx
 * @param {...string} stakes scrip_ids, or account
 * @returns {Promise<Change[]>}
 */
export async function revive(ctx, ...stakes) {
  const ended = (await ctx.works()).filter(({ state, reason }) => state !== 'running' && !proven.has(reason))
  return ended.flatMap(work => {
    const at = work.items.findIndex(item => isEnded(item) && atStake(item).some(stake => stakes.includes(stake)))
    const item = work.items[at]
    return item && isEnded(item) && !(item.transaction === 'rescue' && work.reason === 'float-short') ? [putWork(takenUp(work, at, again(item), ctx.now()))] : []
  })
}

/**
 * The last 6.8 of each of these that ended without new scrip, taken up again; not those that a work is at.
 * @param {Context} ctx
 * @param {string[]} scrips scrip_ids
 * @returns {Promise<Work[]>}
 */
export async function onceMore(ctx, scrips) {
  const all = (await ctx.works()).toSorted((a, b) => b.changed - a.changed)
  return scrips.flatMap(scrip => {
    const its = (/** @type {Item} */ item) => item.transaction === '6.8' && item.scrip === scrip
    if (all.some(({ state, items }) => state === 'running' && items.some(its))) return []
    const work = all.find(({ items }) => items.some(item => its(item) && isEnded(item)))
    const at = work?.items.findIndex(item => its(item) && isEnded(item)) ?? -1
    const item = work?.items[at]
    return work && item && isEnded(item) ? [takenUp(work, at, again(item), ctx.now())] : []
  })
}

/** What is at stake in a wallet with these holdings: they, their stalls, and that there may be no BrokerScrip. @param {Holding[]} holdings @returns {Set<string>} */
export const stakesOf = holdings => new Set([account, ...holdings.flatMap(({ scrip, vendor }) => [scrip.scrip_id, vendor])])

/** Whether what a work asked may be asked for once more. @param {Work} work @param {ReadonlySet<string>} stakes of the wallet */
export const isRevivable = ({ items }, stakes) => items.some(item => isEnded(item) && atStake(item).some(stake => stakes.has(stake)))

/** @typedef {In<Item, 'refused' | 'undone'>} Ended */

/** Whether an item ended on a no, and what it asked is still there. @param {Item} item @returns {item is Ended} */
const isEnded = item => (item.phase === 'refused' || item.phase === 'undone') && ('request' in item || 'order' in item)

/** @param {Ended} item @returns {string[]} */
function atStake(item) {
  switch (item.transaction) {
    case '6.1': return [account]
    case 'payout': return item.scrip ? [item.scrip] : item.to === 'scrip' ? [account] : []
    case '6.5': return [item.scrip, item.grows]
    case 'rescue': return [item.vendor]
    case 'account': case 'stall': case 'bank': case 'rekey': case 'credit': case 'protect': return []
    default: return [item.scrip]
  }
}

/** The item as it was when its request was written down. @param {Ended} item */
const again = item => /** @type {Item} */ ({ ...item, phase: 'asked', ...'tries' in item && { tries: 0 } })

/**
 * The work with this item and nothing behind it: for the money, not for what was to follow.
 * @param {Work} work
 * @param {number} at
 * @param {Item} item
 * @param {number} now unix seconds
 * @returns {Work}
 */
function takenUp(work, at, item, now) {
  const items = [...work.items.slice(0, at), item]
  const about = 'stall' in work.about ? { stall: work.about.stall } : {}
  return { ...work, items, at, purpose: 'recover', about, state: 'running', reason: '', rev: work.rev + 1, changed: now }
}
