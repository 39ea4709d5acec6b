// @ts-check
/**
 * What the answers of a 6.2 mean: money is taken first, whatever is still missing; an exchange that cannot happen any more is
 * undone, and remembered (undone.js).
 * @module
 */
import { Unreadable } from '../errors.js'
import { came, free, gone } from '../holdings.js'
import { signer } from '../keys.js'
import { evidence, received } from '../messages.js'
import { toMerchant } from '../requests.js'
import { sent } from '../transcript.js'
import { heir } from './present.js'
import { takenUp } from './undone.js'

/** @import { Context } from '../context.js' */
/** @import { Refusal } from '../errors.js' */
/** @import { Exchange, Outcome, UnderWay } from '../items.js' */
/** @import { Answer } from '../requests.js' */
/** @import { Change, Merchant, Profile, Work } from '../rows.js' */
/** @import { Heard } from './exchange.js' */

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {UnderWay<Exchange>} item
 * @param {Heard} heard
 * @returns {Promise<Outcome>}
 */
export async function settle(ctx, work, item, { t6, t8, noted, late = false, no, by }) {
  if (t6 || t8) return take(ctx, work, item, { t6, t8, no })
  if (no) return refusal(ctx, item, no, by)
  return noted ? announced(ctx, item, noted.opened.body.deadline, late) : retry(item, item.tries)
}

/** Milliseconds before the next try, growing. @param {number} tries */
export const pause = tries => Math.min(1000 * 2 ** tries, 15_000)

/** @param {UnderWay<Exchange>} item @param {number} tries of which the pause grows @returns {Outcome} */
const retry = (item, tries) => ({ item: { ...item, tries: item.tries + 1 }, changes: [], wait: pause(tries) })

/**
 * T3 was noted: T4 is due. Noted when the lock is over, it never happened; a stall that has issued all the same has given its
 * money away.
 * @param {Context} ctx
 * @param {UnderWay<Exchange>} item
 * @param {number} deadline
 * @param {boolean} late
 * @returns {Promise<Outcome>}
 */
async function announced(ctx, item, deadline, late) {
  if (late && item.phase === 'issued') return { item: { ...item, phase: 'undone' }, changes: [free(await ctx.holding(item.scrip))], done: true }
  if (late) return undone(ctx, item, item.no ?? 'stall-silent')
  if (item.phase !== 'asked') return { ...retry(item, item.tries), item: { ...item, deadline, tries: item.tries + 1 } }
  const { name } = await ctx.merchant(item.vendor)
  const changes = [sent(item.order, name, ctx.now()), sent(item.payment, `broker, through ${name}`, ctx.now())]
  return { item: { ...item, phase: 'noted', deadline, tries: 0 }, changes, wait: 0 }
}

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {UnderWay<Exchange>} item
 * @param {{ t6?: Answer<'T6'>, t8?: Answer<'T8'>, no?: Refusal }} came no: the stall's, beside T6
 * @returns {Promise<Outcome>}
 */
async function take(ctx, work, item, { t6, t8, no }) {
  const [profile, merchant] = [await ctx.profile(), await ctx.merchant(item.vendor)]
  const tries = item.tries + 1
  const paid = t6 && item.phase !== 'claiming' ? await readT6(t6, item, { profile, merchant }) : undefined
  const issued = t8 && item.phase !== 'issued' ? readT8(t8, item, { profile, work }) : undefined
  const changes = [...paid?.changes ?? [], ...issued ?? [], ...no?.entries ?? []]
  if ((paid || item.phase === 'claiming') && (issued || item.phase === 'issued')) {
    const { transaction, vendor, amount, tx, scrip, had } = item
    return { item: { transaction, vendor, amount, phase: 'done', tx, scrip, had }, changes, done: true }
  }
  if (issued) return { item: { ...item, phase: 'issued', tries }, changes, wait: pause(item.tries) }
  if (!paid) return retry(item, item.tries)
  const claim = await toMerchant(ctx, 'CLAIM', { tx: item.tx, body: { value: item.amount, receipt: paid.receipt } }, merchant)
  return { item: { ...item, phase: 'claiming', tries, claim }, changes: [...changes, sent(claim, merchant.name, ctx.now())], wait: pause(item.tries) }
}

/**
 * T6: the BrokerScrip is gone, its change is here, and the receipt that the stall takes.
 * @param {Answer<'T6'>} t6
 * @param {UnderWay<Exchange>} item
 * @param {{ profile: Profile, merchant: Merchant }} parties
 */
async function readT6({ opened, entry }, item, { profile: { broker }, merchant }) {
  const { vendor, value, change, receipt } = opened.body
  if (vendor !== item.vendor || value !== item.amount || change !== item.had - item.amount) throw new Unreadable()
  const { thumbprint } = await signer(merchant.pseudonym)
  const { body } = await evidence(receipt, 'RECEIPT', { signers: { [broker.id]: broker.signing }, aud: vendor, tx: item.tx })
  if (body.vendor !== vendor || body.value !== value || body.pseudonym !== thumbprint) throw new Unreadable()
  const changes = [gone(item.scrip), entry]
  if (change > 0) changes.push(came(received(opened, { issuer: broker.id, value: change, currency: broker.currency }), { vendor: '', work: '' }))
  return { receipt, changes }
}

/**
 * What T8 brought, if it is what was paid for. A stall that sends anything else must not keep us from our change.
 * @param {Answer<'T8'>} t8
 * @param {UnderWay<Exchange>} item
 * @param {{ profile: Profile, work: Work }} whose
 * @returns {Change[] | undefined}
 */
function readT8({ opened, entry }, { vendor, amount: value }, { profile: { broker: { currency } }, work }) {
  try {
    if (opened.body.value !== value) return undefined
    return [came(received(opened, { issuer: vendor, value, currency }), { vendor, work: heir(work) }), entry]
  } catch {
    return undefined
  }
}

/**
 * @param {Context} ctx
 * @param {UnderWay<Exchange>} item
 * @param {Refusal} no
 * @param {'broker' | 'stall' | undefined} by
 * @returns {Promise<Outcome>}
 */
async function refusal(ctx, item, no, by) {
  const half = item.phase === 'claiming' || item.phase === 'issued'
  if (no.passing || half && no.reason !== 'scrip-spent') return retry(item, item.tries + 2)
  // Whoever restored a backup may be told that what this brought is spent, by the wallet that lived on.
  if (item.phase === 'claiming') return { item: { ...item, phase: 'refused' }, changes: no.entries, stop: no.reason }
  // A stall's no does not prove that the broker has not exchanged: T3 tells, at the latest after the deadline.
  if (by === 'stall') return { item: { ...item, tries: item.tries + 1, no: no.reason }, changes: no.entries, wait: 0 }
  if (no.reason === 'scrip-spent') return spent(ctx, item, no)
  const outcome = await undone(ctx, item, item.no ?? no.reason)
  return { ...outcome, changes: [...outcome.changes, ...no.entries] }
}

/**
 * The broker says that the scrip is spent: by an exchange that was undone too early, or by no one we know.
 * @param {Context} ctx
 * @param {UnderWay<Exchange>} item
 * @param {Refusal} no
 * @returns {Promise<Outcome>}
 */
async function spent(ctx, item, no) {
  const changes = [...await takenUp(ctx, item.scrip), free(await ctx.holding(item.scrip), { spent: true }), ...no.entries]
  return { item: { ...item, phase: 'refused' }, changes, stop: 'scrip-spent' }
}

/**
 * The exchange did not happen and cannot happen any more: the scrip is free again.
 * @param {Context} ctx
 * @param {UnderWay<Exchange>} item
 * @param {string} reason
 * @returns {Promise<Outcome>}
 */
async function undone(ctx, item, reason) {
  return { item: { ...item, phase: 'undone' }, changes: [free(await ctx.holding(item.scrip))], stop: reason }
}
