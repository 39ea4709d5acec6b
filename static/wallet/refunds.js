// @ts-check
/**
 * Refunds: what a seller has taken back is collected by itself when the wallet meets the stall (COLLECT, COLLECTED). A
 * COLLECT is written down before it is sent, with a counter above every one before, and the same COLLECT is sent until it is
 * answered. An answer without money leaves no trace but what it says was sent.
 * @module
 */
import { Problem, Refusal, Unreachable, Unreadable } from './errors.js'
import { came } from './holdings.js'
import { received } from './messages.js'
import { fromMerchant, toMerchant } from './requests.js'
import { sent } from './transcript.js'

/** @import { Context } from './context.js' */
/** @import { Body } from './forms.js' */
/** @import { Answer, Request } from './requests.js' */
/** @import { Change, Merchant, Order, Refund } from './rows.js' */
/** @typedef {<T>(name: string, run: () => Promise<T>) => Promise<T>} Exclusive */

/** Seconds between two questions to the same stall that nobody waits for. */
const rarely = 180

/** How far the counter jumps, in milliseconds, when another copy of this wallet has counted further. */
const day = 86_400_000

/** What a seller has taken back of an order. @param {Order} order @returns {number} minor units */
export const refunded = ({ refunds = [] }) => refunds.reduce((sum, { amount }) => sum + amount, 0)

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
 * Asks one stall.
 * @param {Context} ctx
 * @param {Exclusive} exclusive
 * @param {string} vendor
 * @returns {Promise<boolean>} whether money came, or word of an order that was sent
 */
export async function collect(ctx, exclusive, vendor) {
  const before = (await ctx.purse.get('merchants', vendor))?.collect?.request?.tx
  const merchant = await exclusive('peerscrip-wallet', () => ask(ctx, vendor))
  const request = merchant?.collect?.request
  if (!merchant || !request) return false
  try {
    const { envelope } = await ctx.stall(merchant).collections(request.envelope)
    const answer = await fromMerchant(ctx, envelope, request, ['COLLECTED'], merchant)
    return await exclusive('peerscrip-wallet', () => settle(ctx, merchant, request, answer))
  } catch (error) {
    if (error instanceof Refusal && !error.passing) {
      const first = request.tx !== before
      await exclusive('peerscrip-wallet', () => refused(ctx, vendor, request, first && error.reason === 'counter-stale' ? day : 0))
      return first ? false : collect(ctx, exclusive, vendor) // what was sent again was answered with nothing before
    }
    if (error instanceof Refusal || error instanceof Unreachable || error instanceof Problem) return false
    throw error
  }
}

/**
 * Writes a COLLECT down, unless one waits for its answer.
 * @param {Context} ctx
 * @param {string} vendor
 * @returns {Promise<Merchant | undefined>} undefined where this wallet has never bought
 */
async function ask(ctx, vendor) {
  const merchant = await ctx.purse.get('merchants', vendor)
  if (!merchant) return undefined
  const { counter = 0, request: waiting = null } = merchant.collect ?? {}
  const next = waiting ? counter : Math.max(counter + 1, ctx.now() * 1000)
  const request = waiting ?? await toMerchant(ctx, 'COLLECT', { body: { vendor, counter: next } }, merchant)
  const asking = { ...merchant, collect: { counter: next, at: ctx.now(), request } }
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
  return collect?.request?.tx === request.tx ? { ...merchant, collect: { ...collect, request: null } } : undefined
}

/**
 * @param {Context} ctx
 * @param {Merchant} merchant
 * @param {Request} request
 * @param {Answer<'COLLECTED'>} answer
 * @returns {Promise<boolean>} whether something came
 */
async function settle(ctx, { vendor, name }, request, { opened, entry }) {
  const { amount, refunds, sent: orders = [] } = opened.body
  if (opened.body.vendor !== vendor) throw new Unreadable()
  const { broker } = await ctx.profile()
  const money = amount > 0 ? received(opened, { issuer: vendor, value: amount, currency: broker.currency }) : null
  const after = await answered(ctx, vendor, request)
  if (!after) return false
  const changes = [put(after), ...await told(ctx, vendor, orders)]
  if (money) {
    const kept = await Promise.all(refunds.map(refund => withOrder(ctx, vendor, refund, opened.jws)))
    changes.push(came(money, { vendor, work: '' }), sent(request, name, ctx.now()), entry, ...merged(kept.flat()))
  }
  await ctx.purse.apply(changes)
  return changes.length > 1
}

/**
 * The orders that a stall says it has sent, where that is news; a time to come is none.
 * @param {Context} ctx
 * @param {string} vendor
 * @param {NonNullable<Body<'COLLECTED'>['sent']>} sent
 * @returns {Promise<Change[]>}
 */
async function told(ctx, vendor, sent) {
  const changes = await Promise.all(sent.map(async ({ purchase, at, note }) => {
    const order = await ctx.purse.get('orders', purchase)
    if (!order || order.vendor !== vendor || at * 1000 > ctx.now() * 1000 + day || order.sent?.at === at && order.sent.note === note) return []
    return [/** @type {Change} */ ({ kind: 'orders', id: purchase, value: { ...order, sent: { at, note } } })]
  }))
  return changes.flat()
}

/**
 * Which order a refund belongs to.
 * @param {Context} ctx
 * @param {string} vendor
 * @param {Body<'COLLECTED'>['refunds'][number]} what
 * @param {string} collected COLLECTED's JWS
 * @returns {Promise<{ order: Order, refund: Refund }[]>} none where it is of no order of that stall
 */
async function withOrder(ctx, vendor, { refund, purchase, amount }, collected) {
  const order = await ctx.purse.get('orders', purchase)
  return order?.vendor === vendor ? [{ order, refund: { refund, amount, at: ctx.now(), collected } }] : []
}

/** @param {{ order: Order, refund: Refund }[]} found @returns {Change[]} one for each order, every refund once */
function merged(found) {
  const orders = /** @type {Map<string, Order>} */ (new Map())
  for (const { order, refund } of found) {
    const now = orders.get(order.tx) ?? order
    const others = (now.refunds ?? []).filter(known => known.refund !== refund.refund)
    orders.set(order.tx, { ...now, refunds: [...others, refund] })
  }
  return [...orders].map(([id, value]) => ({ kind: 'orders', id, value }))
}

/**
 * @param {Context} ctx
 * @param {string} vendor
 * @param {Request} request
 * @param {number} ahead by how much the next counter is to be higher, milliseconds
 */
async function refused(ctx, vendor, request, ahead) {
  const after = await answered(ctx, vendor, request)
  if (!after?.collect) return
  after.collect.counter += ahead
  await ctx.purse.apply([put(after)])
}
