// @ts-check
/**
 * Patience: what a stall is asked is waited for, but not for ever, where waiting keeps money from its use. A purchase, a giveback
 * or a renewal to which nothing has come for a day that decides it is given up: its money is free. Its request is kept, because
 * the stall may have done it: whoever spends the scrip next finds that out (revive.js). After a purchase the stall is asked at
 * once whether the scrip lives (6.8): new scrip proves that the purchase did not happen and cannot any more. So it is at once
 * with a purchase that an earlier version of the wallet began, in a form that no stall takes any more. The end of an exchange is
 * the broker's word, and waited for.
 * @module
 */
import { isDue } from './ageing.js'
import { free } from './holdings.js'
import { isOfNow } from './lines.js'
import { renewing } from './renewals.js'
import { putWork } from './work.js'

/** @import { Context } from './context.js' */
/** @import { Item, Outcome, UnderWay } from './items.js' */
/** @import { Change, Holding, Work } from './rows.js' */

/** Seconds; a renewal that is not due only asks whether scrip lives, and its answer may have got lost. */
const [patience, minute] = [24 * 60 * 60, 60]

/**
 * Whether what an issuer was asked so many seconds ago is not waited for any more. What was asked days from now was so by a clock
 * that was ahead, and nobody knows for how long it has waited. Pure.
 * @param {string} transaction
 * @param {{ vendor: string, due: boolean, waited: number }} of vendor: "" for the broker; due: of 6.8, whether what it renews is
 */
export function tooLong(transaction, { vendor, due, waited }) {
  const long = waited >= patience || waited < -patience
  if (transaction === '6.8') return !due && (long || waited >= minute) || vendor !== '' && long
  return (transaction === '6.3' || transaction === '6.7') && long
}

/** The items that can be given up. @typedef {Extract<UnderWay<Item>, { transaction: '6.3' | '6.7' | '6.8' | 'regain' }>} Givable */

/** @param {UnderWay<Item>} item @returns {item is Givable} */
const isGivable = item => isOneOf(item.transaction)

/** @param {string} transaction */
const isOneOf = transaction => transaction === '6.3' || transaction === '6.7' || transaction === '6.8' || transaction === 'regain'

/**
 * What becomes of an item that is not waited for any more; undefined while it is.
 * @param {Context} ctx
 * @param {Work} work
 * @param {UnderWay<Item>} item
 * @returns {Promise<Outcome | undefined>}
 */
export async function orGivenUp(ctx, work, item) {
  if (!isGivable(item)) return undefined
  const holding = await ctx.purse.get('holdings', item.scrip)
  const due = holding !== undefined && isDue(holding, ctx.reckoning.earliest())
  const asked = item.transaction === 'regain' && item.vendor !== '' ? '6.7' : item.transaction
  if (item.transaction === '6.3' && !isOfNow(item.request)) return givenUp(ctx, item)
  return tooLong(asked, { vendor: item.vendor, due, waited: ctx.now() - work.changed }) ? givenUp(ctx, item) : undefined
}

/**
 * @param {Context} ctx
 * @param {Givable} item
 * @param {string} [reason]
 * @returns {Promise<Outcome>}
 */
export async function givenUp(ctx, item, reason = 'no-answer') {
  const holding = await ctx.purse.get('holdings', item.scrip)
  const due = holding !== undefined && isDue(holding, ctx.reckoning.earliest())
  switch (item.transaction) {
    case '6.3': return { item: { ...item, phase: 'undone' }, changes: holding ? [free(holding), ...await asking(ctx, holding)] : [], stop: reason }
    case '6.7': return { item: { ...item, phase: 'undone' }, changes: holding ? [free(holding)] : [], stop: reason }
    case '6.8': return { item: { ...item, phase: 'undone' }, changes: holding ? [free(holding, due ? unanswered : {})] : [], stop: reason }
    case 'regain': {
      const { transaction, scrip, vendor, amount, bank, added } = item
      return { item: { transaction, scrip, vendor, amount, bank, added, phase: 'done', found: 'unsure' }, changes: holding ? [free(holding, unanswered)] : [], done: true }
    }
  }
}

/** Of a holding whose issuer has not renewed it, for now. */
const unanswered = { unrenewed: 'unavailable' }

/** The work that asks whether a scrip lives, unless it is known not to. @param {Context} ctx @param {Holding} holding @returns {Promise<Change[]>} */
async function asking(ctx, holding) {
  return holding.doubt ? [] : [putWork(renewing(holding, (await ctx.merchant(holding.vendor)).name, ctx.now()))]
}
