// @ts-check
/**
 * What is done with money itself, apart from buying: load it, take it back to the bank, keep it good. Each writes down a
 * work, to be run by runner.js; call them with the wallet's lock held.
 * @module
 */
import { isAgeing } from './ageing.js'
import { Notice } from './errors.js'
import { maxMoney } from './shape.js'
import { written } from './work.js'

/** @import { Context } from './context.js' */
/** @import { Item, Purse, Work } from './types.js' */

/**
 * Loads money from the bank: 6.1, or 6.4 where there is some already.
 * @param {Context} ctx
 * @param {number} amount minor units
 * @returns {Promise<Work>}
 */
export async function load(ctx, amount) {
  const { broker } = await ctx.profile()
  const held = await ctx.brokerScrip()
  if (broker.maxCharge > 0 && amount > broker.maxCharge) throw new Notice('That is more than the broker gives at once.')
  if ((held?.scrip.value ?? 0) + amount > maxMoney) throw new Notice('That is more than a wallet can hold.')
  const items = held ? [...first(held, ctx.now()), { transaction: '6.4', amount }] : [{ transaction: '6.1', amount }]
  return written(ctx, { kind: 'load', items, about: { amount } })
}

/**
 * Takes all BrokerScrip back to the bank (6.6).
 * @param {Context} ctx
 * @param {number} amount what the person was shown and confirmed, minor units
 * @returns {Promise<Work>}
 */
export async function withdraw(ctx, amount) {
  const held = await ctx.brokerScrip()
  if (!held || held.scrip.value !== amount) throw new Notice('Your wallet holds another amount by now. Look at it again.')
  if (held.work) throw new Notice('This money is in use just now. Try again when that is done.')
  return written(ctx, { kind: 'withdraw', items: [...first(held, ctx.now()), { transaction: '6.6', amount }], about: { amount } })
}

/**
 * The scrip that is due for its renewal, free, and was not refused one before.
 * @param {Context} ctx
 * @returns {Promise<Purse[]>}
 */
export async function due(ctx) {
  return (await ctx.purses()).filter(({ scrip, since, spent, work, refused }) => !spent && !work && !refused && isAgeing({ expires: scrip.expires, since }, ctx.now()))
}

/**
 * Renews scrip (6.8), each piece in a work of its own, unless one is at it.
 * @param {Context} ctx
 * @param {Purse[]} purses
 * @returns {Promise<Work[]>}
 */
export async function renew(ctx, purses) {
  const works = /** @type {Work[]} */ (await ctx.records.all('works'))
  const busy = new Set(works.filter(work => work.state === 'running').flatMap(work => work.items.slice(work.at).map(item => item.scrip)))
  const begun = []
  for (const { scrip, vendor } of purses.filter(purse => !purse.work && !busy.has(purse.scrip.scrip_id))) {
    const stall = vendor && (await ctx.merchant(vendor)).name
    begun.push(await written(ctx, { kind: 'renew', items: [renewal(scrip.scrip_id, scrip.value)], about: { amount: scrip.value, stall } }))
  }
  return begun
}

/** @param {string} scrip @param {number} amount @returns {Item} */
const renewal = (scrip, amount) => ({ transaction: '6.8', scrip, amount })

/** Its renewal, where that has to come first. @param {Purse} purse @param {number} now @returns {Item[]} */
const first = ({ scrip, since }, now) => isAgeing({ expires: scrip.expires, since }, now) ? [renewal(scrip.scrip_id, scrip.value)] : []
