// @ts-check
/**
 * What is done with money itself, apart from buying: load it, withdraw it, take in what a stall has earned. Each writes down a
 * work, to be run by runner.js; call them with the wallet's lock held.
 * @module
 */
import { Advice } from './errors.js'
import { mayAdd } from './heads.js'
import { tr } from './language.js'
import { free } from './leaving.js'
import { first } from './renewals.js'
import { maxMoney } from './shape.js'
import { written } from './work.js'

/** @import { Context } from './context.js' */
/** @import { Item } from './items.js' */

/** Loadings that one amount may take. */
const mostLoadings = 10

/**
 * The items that load an amount: one, or where it is above what the broker gives at once, several that add to each other.
 * @param {'6.1' | '6.4'} transaction the first
 * @param {number} amount minor units
 * @param {number} most that the broker gives at once; 0 for no bound
 * @param {number} [need] what is wanted in all
 * @returns {Item[]}
 */
export function loadings(transaction, amount, most, need) {
  const parts = partsOf(amount, most)
  if (parts > mostLoadings) throw new Advice(tr('That takes more than {n} loadings, because no more is given at once. Load it in several parts on the page of your wallet first.', { n: mostLoadings }))
  const rest = { amount: amount - (parts - 1) * most, ...need !== undefined && { need } }
  const begun = (/** @type {{ amount: number, need?: number }} */ load) => /** @type {Item} */ ({ transaction, ...load })
  if (parts === 1) return [begun(rest)]
  /** @type {Item[]} */
  const between = Array.from({ length: parts - 2 }, () => ({ transaction: '6.4', amount: most }))
  return [begun({ amount: most }), ...between, { transaction: '6.4', ...rest }]
}

/** How many loadings an amount takes. @param {number} amount @param {number} most @returns {number} */
export const partsOf = (amount, most) => most > 0 ? Math.max(1, Math.ceil(amount / most)) : 1

/**
 * Loads money from the bank: 6.1, or 6.4 where there is some already.
 * @param {Context} ctx
 * @param {number} amount minor units
 */
export async function load(ctx, amount) {
  const profile = await ctx.profile()
  const { broker } = profile
  mayAdd(profile)
  const held = await ctx.brokerScrip()
  if ((held?.scrip.value ?? 0) + amount > maxMoney) throw new Advice(tr('That is more than a wallet can hold.'))
  /** @type {Item[]} */
  const items = held ? [...first(held, ctx.reckoning.earliest()), ...loadings('6.4', amount, broker.maxCharge)] : loadings('6.1', amount, broker.maxCharge)
  return written(ctx, { purpose: 'load', items, about: { amount } })
}

/**
 * Names another bank account of this account's (BANK). What waits for the one of before, and has moved nothing, is over then.
 * @param {Context} ctx
 * @param {string} reference
 */
export const changeBank = (ctx, reference) => written(ctx, { purpose: 'bank', items: [{ transaction: 'bank', bank: reference }], about: { bank: reference } })

/** Replaces the account's key, unless that is under way. @param {Context} ctx */
export const replaceKey = async ctx => (await ctx.works()).find(work => work.purpose === 'rekey' && work.state === 'running') ??
  written(ctx, { purpose: 'rekey', items: [{ transaction: 'rekey' }], about: {} })

/**
 * Withdraws all BrokerScrip (6.6).
 * @param {Context} ctx
 * @param {number} amount what the person was shown and confirmed, minor units
 */
export async function withdraw(ctx, amount) {
  const held = await ctx.brokerScrip()
  if (!held || held.scrip.value !== amount) throw new Advice(tr('Your wallet holds another amount by now. Look at it again.'))
  if (!(await free(ctx)).some(({ scrip }) => scrip.scrip_id === held.scrip.scrip_id)) throw new Advice(tr('This money is in use just now. Try again when that is done.'))
  return written(ctx, { purpose: 'withdraw', items: [...first(held, ctx.reckoning.earliest()), { transaction: '6.6', amount }], about: { amount } })
}

/**
 * Takes what a stall has earned to the bank, or puts it into this wallet.
 * @param {Context} ctx
 * @param {{ vendor: string, name: string, earned: number }} stall of this account; minor units
 * @param {'bank' | 'scrip'} to
 */
export async function payOut(ctx, { vendor, name, earned }, to) {
  const held = to === 'scrip' ? await ctx.brokerScrip() : undefined
  if ((held?.scrip.value ?? 0) + earned > maxMoney) throw new Advice(tr('That is more than a wallet can hold.'))
  /** @type {Item[]} */
  const items = [...held ? first(held, ctx.reckoning.earliest()) : [], { transaction: 'payout', vendor, amount: earned, to }]
  return written(ctx, { purpose: 'payout', items, about: { amount: earned, vendor, stall: name, to } })
}
