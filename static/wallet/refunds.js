// @ts-check
/**
 * Refunds: what a seller has taken back is collected by itself when the wallet meets the stall (COLLECT, COLLECTED). A
 * COLLECT is written down before it is sent, with a counter above every one before, and the same COLLECT is sent until it is
 * answered. What the answer means is in collected.js. A crash leaves the COLLECT, which is sent again.
 *
 * What came stays at the stall, or goes on to the bank (6.7), as its person has said once; whoever has not said it is asked. A stall that
 * is away, or gives nothing back, leaves it in the wallet (patience.js), and one that is gone leaves it to RESCUE (stuck.js).
 * @module
 */
import { meaning } from './collected.js'
import { Problem, Refusal, Unreachable } from './errors.js'
import { toBank } from './leaving.js'
import { fromMerchant, toMerchant } from './requests.js'
import { caughtUpFrom } from './transactions/acquire.js'
import { putWork } from './work.js'

/** @import { Context } from './context.js' */
/** @import { Answer, Request } from './requests.js' */
/** @import { Change, Holding, Merchant, Order, RefundsTo } from './rows.js' */
/** @typedef {<T>(name: string, run: () => Promise<T>) => Promise<T>} Exclusive */

/** Seconds between two questions to the same stall that nobody waits for. */
const rarely = 180

/** What a seller has taken back of an order. @param {Order} order @returns {number} minor units */
export const refunded = ({ refunds = [] }) => refunds.reduce((sum, { amount }) => sum + amount, 0)

/**
 * What sellers gave back and is still as it came, in no use. Pure.
 * @param {Holding[]} holdings
 * @param {string} [vendor] at this stall
 */
export const asItCame = (holdings, vendor) => holdings.filter(holding => holding.refund && !holding.work && !holding.doubt && (!vendor || holding.vendor === vendor))

/**
 * Keeps where refunds go from now on, and where that is the bank has those go there that are still as they came. Call with the wallet's lock held.
 * @param {Context} ctx
 * @param {RefundsTo} to
 * @param {string} [vendor] those of this stall alone
 */
export async function choose(ctx, to, vendor) {
  const profile = await ctx.profile()
  const going = to === 'bank' ? asItCame(await ctx.holdings(), vendor) : []
  const works = await Promise.all(going.map(async holding => toBank(holding, (await ctx.merchant(holding.vendor)).name, ctx.now())))
  await ctx.purse.apply([{ kind: 'profile', id: 'me', value: { ...profile, refunds: to } }, ...works.map(putWork)])
  return works
}

/**
 * The stalls where this wallet has bought and has not asked for a while.
 * @param {Context} ctx
 * @returns {Promise<string[]>}
 */
export async function due(ctx) {
  const vendors = new Set((await ctx.purse.all('orders')).map(order => order.vendor))
  const merchants = await ctx.purse.all('merchants')
  return merchants.filter(({ vendor, collect }) => vendors.has(vendor) && ctx.now() >= (collect?.at ?? 0) + rarely).map(({ vendor }) => vendor)
}

/**
 * Asks one stall. Where its count stands elsewhere than this wallet's, it is asked once more.
 * @param {Context} ctx
 * @param {Exclusive} exclusive
 * @param {string} vendor
 * @param {boolean} [recounted] whether the counter is where the stall said that its count stands
 * @returns {Promise<boolean>} whether money came
 */
export async function collect(ctx, exclusive, vendor, recounted = false) {
  const before = (await ctx.purse.get('merchants', vendor))?.collect?.request?.tx
  const merchant = await exclusive('peerscrip-wallet', () => ask(ctx, vendor, recounted))
  const request = merchant?.collect?.request
  if (!merchant || !request) return false
  try {
    const { envelope } = await ctx.stall(merchant).ask(request)
    const answer = await fromMerchant(ctx, envelope, request, ['COLLECTED'], merchant)
    return await exclusive('peerscrip-wallet', () => settle(ctx, merchant, request, answer))
  } catch (error) {
    if (error instanceof Refusal && !error.passing) {
      await exclusive('peerscrip-wallet', () => refused(ctx, vendor, request, error))
      if (request.tx === before) return collect(ctx, exclusive, vendor, recounted) // what was sent again was answered with nothing before
      return error.isStale && !recounted && collect(ctx, exclusive, vendor, true)
    }
    if (error instanceof Refusal || error instanceof Unreachable || error instanceof Problem) return false
    throw error
  }
}

/**
 * Writes a COLLECT down, unless one waits for its answer. It counts by the clock, but from where the stall said that its count
 * stands.
 * @param {Context} ctx
 * @param {string} vendor
 * @param {boolean} recounted
 * @returns {Promise<Merchant | undefined>} undefined where this wallet has never bought
 */
async function ask(ctx, vendor, recounted) {
  const merchant = await ctx.purse.get('merchants', vendor)
  if (!merchant) return undefined
  const { counter = 0, request: waiting = null } = merchant.collect ?? {}
  const next = waiting ? counter : Math.max(counter + 1, recounted ? 0 : ctx.now() * 1000)
  const request = waiting ?? await toMerchant(ctx, 'COLLECT', { body: { vendor, counter: next } }, merchant)
  const asking = { ...merchant, collect: { ...waiting && merchant.collect, counter: next, at: ctx.now(), request } }
  await ctx.purse.apply([put(asking)])
  return asking
}

/** @param {Merchant} merchant @returns {Change} */
const put = merchant => ({ kind: 'merchants', id: merchant.vendor, value: merchant })

/**
 * The merchant without the COLLECT that was answered, unless another tab was faster.
 * @param {Context} ctx
 * @param {string} vendor
 * @param {Request} request
 */
async function answered(ctx, vendor, request) {
  const merchant = await ctx.merchant(vendor)
  const { collect } = merchant
  return collect?.request?.tx === request.tx ? { ...merchant, collect: { counter: collect.counter, at: collect.at, request: null } } : undefined
}

/**
 * @param {Context} ctx
 * @param {Merchant} merchant
 * @param {Request} request
 * @param {Answer<'COLLECTED'>} answer
 * @returns {Promise<boolean>} whether something came
 */
async function settle(ctx, merchant, request, answer) {
  const news = await meaning(ctx, merchant, request, answer)
  const after = await answered(ctx, merchant.vendor, request)
  if (!after) return false
  await ctx.purse.apply([put(after), ...news])
  return news.length > 0
}

/**
 * @param {Context} ctx
 * @param {string} vendor
 * @param {Request} request
 * @param {Refusal} refusal
 */
async function refused(ctx, vendor, request, { isStale, stale }) {
  const after = await answered(ctx, vendor, request)
  if (!after?.collect) return
  if (isStale) after.collect.counter = caughtUpFrom(after.collect.counter, stale)
  await ctx.purse.apply([put(after)])
}
