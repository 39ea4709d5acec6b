// @ts-check
/**
 * Regaining a scrip of a backup: its issuer is asked what became of it. First it is renewed (T26), with a request that no other
 * copy of this wallet can make: if it lives, it is changed for new, and copies of it elsewhere are worth nothing. If it is dead, it is asked
 * for with the request that every copy makes for it: where another copy has renewed it, the stored reply brings what came of
 * that. Scrip that is dead can do no more harm, so its issuer is then asked what else can have become of it, with the requests
 * that can be made again: T20 or T22, whose stored reply says that it is at the bank; and T13, for what the bank account has paid
 * since, whose stored reply brings the larger scrip. What a stored reply brings, the other copy has too: it is renewed once more,
 * like the first.
 * @module
 */
import { Problem, Refusal } from '../errors.js'
import { free, isDead } from '../holdings.js'
import { sent } from '../transcript.js'
import * as giveback from './giveback.js'
import { held, isBusy, waiting } from './present.js'
import * as renew from './renew.js'
import * as topup from './topup.js'
import { revive } from './revive.js'
import * as withdraw from './withdraw.js'

/** @import { Context } from '../context.js' */
/** @import { In, Outcome, Planned, Question, Regain, Transaction, UnderWay } from '../items.js' */
/** @import { Answer, Request } from '../requests.js' */
/** @import { Change, Holding, Work } from '../rows.js' */

/** What was heard: an answer to the question; or what the bank account holds, minor units, 'unknown' where nobody tells. */
/** @typedef {Answer | Refusal | { balance: number | 'unknown' }} Heard */

/** @type {Record<Question['transaction'], Transaction<any, any>>} */
const ways = { '6.8': renew, '6.6': withdraw, '6.7': giveback, '6.4': topup }

/** @param {Context} ctx @param {Work} work @param {Planned<Regain>} item @returns {Promise<Outcome>} */
export async function begin(ctx, work, item) {
  const holding = await sought(ctx, work, item)
  // What was under way at the backup has been carried on, and brought it to an end.
  if (!holding || holding.doubt) return { item: { ...item, phase: 'done', found: holding ? 'gone' : 'carried' }, changes: [], done: true }
  if (isBusy(holding, work)) return waiting(ctx, work, item)
  const { request, peer } = await renew.renewal(ctx, holding, { alone: true })
  return { item: renewing({ ...item, amount: holding.scrip.value }, holding, request, false), changes: held(holding, work, sent(request, peer, ctx.now())), wait: 0 }
}

/** @param {Regain} item @param {Holding} holding @param {Request} request T26 @param {boolean} again @returns {In<Regain, 'asking'>} */
function renewing({ transaction, amount, bank, added }, { scrip: { scrip_id: scrip, value }, vendor }, request, again) {
  const question = { transaction: /** @type {const} */ ('6.8'), phase: /** @type {const} */ ('asked'), scrip, vendor, amount: value, request }
  return { transaction, scrip, vendor, amount, bank, added, phase: 'asking', again, question }
}

/**
 * The scrip of the backup; or, where none is named, what came to this work just now, or is the account's BrokerScrip.
 * @param {Context} ctx
 * @param {Work} work
 * @param {Planned<Regain>} item
 * @returns {Promise<Holding | undefined>}
 */
async function sought(ctx, work, { scrip, vendor }) {
  if (scrip) return ctx.purse.get('holdings', scrip)
  return (await ctx.holdings()).find(holding => holding.vendor === vendor && (vendor === '' || holding.work === work.id))
}

/** @param {Context} ctx @param {UnderWay<Regain>} item @returns {Promise<Heard>} */
export async function send(ctx, item) {
  if (item.phase === 'asking') return ways[item.question.transaction].send(ctx, item.question)
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
 * @param {UnderWay<Regain>} item
 * @param {Heard} heard
 * @returns {Promise<Outcome>}
 */
export async function settle(ctx, work, item, heard) {
  if ('balance' in heard) return paidSince(ctx, item, heard.balance)
  if (item.phase !== 'asking') throw new Error('an answer to no question')
  if (heard instanceof Refusal) return refused(ctx, item, heard)
  const { question, ...rest } = item
  const outcome = await ways[question.transaction].settle(ctx, work, question, heard)
  if (!('done' in outcome)) return { ...outcome, item: asking(item, /** @type {Question} */ (outcome.item)) }
  const added = question.transaction === '6.4' ? { added: question.total - item.amount } : {}
  const brought = outcome.changes.flatMap(({ kind, value }) => kind === 'holdings' && value ? [value] : [])
  if (item.again && brought[0]) return onceMore(ctx, work, { item: { ...item, ...added }, holding: brought[0], changes: outcome.changes })
  const { again, ...done } = rest
  const found = question.transaction === '6.6' || question.transaction === '6.7' ? 'bank' : 'good'
  return { ...outcome, item: { ...done, phase: 'done', found } }
}

/**
 * Renews what a stored reply brought: another copy of this wallet has it too.
 * @param {Context} ctx
 * @param {Work} work
 * @param {{ item: Regain, holding: Holding, changes: Change[] }} what
 * @returns {Promise<Outcome>}
 */
async function onceMore(ctx, work, { item, holding, changes }) {
  const { request, peer } = await renew.renewal(ctx, holding, { alone: true })
  return { item: renewing(item, holding, request, false), changes: [...changes, ...held(holding, work, sent(request, peer, ctx.now()))], wait: 0 }
}

/** The next question, after a no to the last one. @param {Context} ctx @param {In<Regain, 'asking'>} item @param {Refusal} no @returns {Promise<Outcome>} */
async function refused(ctx, item, no) {
  const { question, again, ...rest } = item
  const holding = await ctx.holding(item.scrip)
  if (question.transaction === '6.8' && !isDead(no.reason)) {
    // Not dead, and not to be had now: it is kept, with the reason, and can be tried again by hand.
    return { item: { ...rest, phase: 'done', found: 'unsure' }, changes: [free(holding, { unrenewed: no.reason }), ...no.entries], done: true }
  }
  if (question.transaction === '6.8' && !again) {
    const { request, peer } = await renew.renewal(ctx, holding)
    return { item: renewing(item, holding, request, true), changes: [...no.entries, sent(request, peer, ctx.now())], wait: 0 }
  }
  if (question.transaction === '6.7' || question.transaction === '6.4') return lost(ctx, item, no.entries)
  const { scrip: { scrip_id: scrip, value: amount }, vendor } = holding
  if (vendor) {
    const { entries, ...requests } = await giveback.giveback(ctx, holding)
    return { item: asking(item, { transaction: '6.7', phase: 'asked', scrip, vendor, amount, ...requests }), changes: [...no.entries, ...entries], wait: 0 }
  }
  if (question.transaction === '6.6') return { item: { ...rest, phase: 'weighing' }, changes: no.entries, wait: 0 }
  const request = await withdraw.withdrawal(ctx, holding)
  return { item: asking(item, { transaction: '6.6', phase: 'asked', scrip, amount, request }), changes: [...no.entries, sent(request, 'broker', ctx.now())], wait: 0 }
}

/** @param {In<Regain, 'asking'>} item @param {Question} question @returns {Regain} */
const asking = (item, question) => ({ ...item, question })

/**
 * T13 for what the bank account has paid since the backup, if it has paid anything.
 * @param {Context} ctx
 * @param {UnderWay<Regain>} item
 * @param {number | 'unknown'} balance
 * @returns {Promise<Outcome>}
 */
async function paidSince(ctx, item, balance) {
  const amount = item.bank === undefined || item.added !== undefined || balance === 'unknown' ? 0 : item.bank - balance
  if (amount <= 0) return lost(ctx, item, [])
  const { scrip } = item
  const total = item.amount + amount
  const request = await topup.topUp(ctx, await ctx.holding(scrip), total)
  return {
    item: { ...item, phase: 'asking', again: true, question: { transaction: '6.4', phase: 'asked', scrip, amount, total, request } },
    changes: [sent(request, 'broker', ctx.now())], wait: 0,
  }
}

/**
 * It was spent, or changed into something that no request of ours brings back; unless it was something that the backup knows as
 * refused or undone, which is asked for again.
 * @param {Context} ctx
 * @param {UnderWay<Regain>} item
 * @param {Change[]} entries
 * @returns {Promise<Outcome>}
 */
async function lost(ctx, { transaction, scrip, vendor, amount, bank }, entries) {
  const changes = [free(await ctx.holding(scrip), { doubt: 'scrip-spent' }), ...await revive(ctx, scrip), ...entries]
  return { item: { transaction, scrip, vendor, amount, bank, phase: 'done', found: 'gone' }, changes, done: true }
}
