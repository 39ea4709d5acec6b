// @ts-check
/**
 * A piece of scrip out of a backup, looked for at its issuer. First it is renewed (T26), with the request that every copy of
 * this wallet makes for it: if it lives, it is changed for new and copies of it elsewhere are worth nothing; if another copy
 * has renewed it, the stored reply brings what came of that. Scrip that is dead can do no more harm, so its issuer is then
 * asked what else can have become of it, with the requests that can be made again: T20 or T22, whose stored reply says that
 * it is at the bank; and T13, for what the bank account has paid since, whose stored reply brings the larger scrip.
 * @module
 */
import { isPassing, putHolding } from '../context.js'
import { Problem, Refusal } from '../errors.js'
import { takenUp } from './exchange.js'
import * as giveback from './giveback.js'
import { asked, finished, patience, poll } from './held.js'
import * as renew from './renew.js'
import * as topup from './topup.js'
import * as withdraw from './withdraw.js'

/** @import { Answer, Context, Request } from '../context.js' */
/** @import { Item, Outcome, Holding, Work } from '../types.js' */

/** What is asked, one after the other. balance: what the bank account holds, minor units; 'unknown' where nobody tells. */
/** @typedef {Answer | Refusal | { balance: number | 'unknown' }} Heard */

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item scrip: which, or "" for what this work has brought; bank: what the bank account held at the backup, where it was told
 * @returns {Promise<Outcome>}
 */
export async function begin(ctx, work, item) {
  const holding = await sought(ctx, work, item)
  // What was under way at the backup has been carried on, and brought it to an end.
  if (!holding || holding.spent) return { item: { ...item, phase: 'done', found: holding ? 'gone' : 'good' }, changes: [], done: true }
  if (holding.work && holding.work !== work.id) return { item, changes: [], wait: patience }
  return asked(ctx, work, { ...item, vendor: holding.vendor, amount: holding.scrip.value, asks: 'T26' }, { holding, ...await renew.renewal(ctx, holding) })
}

/**
 * The scrip of the backup; or, where none is named, what came to this work just now.
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item
 * @returns {Promise<Holding | undefined>}
 */
async function sought(ctx, work, { scrip, vendor }) {
  if (scrip) return ctx.purse.get('holdings', scrip)
  return (await ctx.holdings()).find(holding => holding.work === work.id && holding.vendor === vendor)
}

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item
 * @returns {Promise<Heard>}
 */
export async function send(ctx, work, item) {
  if (item.asks === 'T26') return renew.send(ctx, work, item)
  if (item.asks === 'T20') return withdraw.send(ctx, work, item)
  if (item.asks === 'T22') return giveback.send(ctx, work, item)
  if (item.asks === 'T13') return topup.send(ctx, work, item)
  try {
    return { balance: (await ctx.broker.bankAccount((await ctx.profile()).bank)).balance }
  } catch (error) {
    if (error instanceof Problem && !error.passing) return { balance: 'unknown' }
    throw error
  }
}

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item
 * @param {Heard} heard
 * @returns {Promise<Outcome>}
 */
export async function settle(ctx, work, item, heard) {
  const holding = /** @type {Holding} */ (await ctx.purse.get('holdings', item.scrip))
  if (heard instanceof Refusal) return isPassing(heard) ? { item, changes: [], wait: poll } : refused(ctx, work, item, { no: heard, holding })
  if ('balance' in heard) return paidSince(ctx, work, item, { balance: heard.balance, holding })
  const way = { T26: renew, T20: withdraw, T22: giveback, T13: topup }[/** @type {'T26' | 'T20' | 'T22' | 'T13'} */ (item.asks)]
  const outcome = await way.settle(ctx, work, item, heard)
  const found = ['T20', 'T22'].includes(item.asks) ? 'bank' : 'good'
  return outcome.done ? { ...outcome, item: { ...outcome.item, found, ...item.asks === 'T13' && { added: item.total - item.amount } } } : outcome
}

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item
 * @param {{ no: Refusal, holding: Holding }} what
 * @returns {Promise<Outcome>}
 */
async function refused(ctx, work, item, { no, holding }) {
  if (no.reason !== 'scrip-spent' && no.reason !== 'scrip-invalid' && item.asks === 'T26') {
    // Not dead, and not to be had now: it is kept, with the reason, and can be tried again by hand.
    return { item: { ...finished(item), found: 'unsure' }, changes: [putHolding(item.scrip, { ...holding, work: '', refused: no.reason }), ...no.entries], done: true }
  }
  if (item.asks === 'T22' || item.asks === 'T13') return gone(ctx, item, holding, no)
  if (item.vendor) {
    const { entries, ...request } = await giveback.giveback(ctx, holding, work)
    return { item: { ...item, asks: 'T22', ...request }, changes: [...no.entries, ...entries] }
  }
  if (item.asks === 'T26') {
    const request = await withdraw.withdrawal(ctx, holding)
    return { item: { ...item, asks: 'T20', request }, changes: [...no.entries, ctx.sent(request, 'broker', work)] }
  }
  return { item: { ...item, asks: 'bank' }, changes: no.entries }
}

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item
 * @param {{ balance: number | 'unknown', holding: Holding }} what
 * @returns {Promise<Outcome>}
 */
async function paidSince(ctx, work, item, { balance, holding }) {
  const paid = item.bank === undefined || balance === 'unknown' ? 0 : item.bank - balance
  if (paid <= 0) return gone(ctx, item, holding)
  const total = item.amount + paid
  const request = await topup.topUp(ctx, holding, total)
  return { item: { ...item, asks: 'T13', total, request }, changes: [ctx.sent(request, 'broker', work)] }
}

/**
 * It was spent, or changed into something that no request of ours brings back. An exchange that the backup knows as undone
 * may have been what spent it: then that is taken up again.
 * @param {Context} ctx
 * @param {Item} item
 * @param {Holding} holding
 * @param {Refusal} [no]
 * @returns {Promise<Outcome>}
 */
async function gone(ctx, item, holding, no) {
  const changes = [putHolding(item.scrip, { ...holding, work: '', spent: true }), ...await takenUp(ctx, item.scrip), ...no?.entries ?? []]
  return { item: { ...finished(item), found: 'gone' }, changes, done: true }
}
