// @ts-check
/**
 * The answers of a 6.2, and what they mean. Money is taken first, whatever is still missing; an exchange that cannot happen any
 * more is undone, and keeps its requests (revive.js). A crash before the outcome is applied has the same message sent again.
 * @module
 */
import { orNothing } from '../errors.js'
import { came, free, gone, isDead } from '../holdings.js'
import { signer } from '../keys.js'
import { evidence, received } from '../messages.js'
import { toMerchant } from '../requests.js'
import { signersOf } from '../succession.js'
import { sent } from '../transcript.js'
import { denied, heir } from './present.js'

/** @import { Context } from '../context.js' */
/** @import { Refusal } from '../errors.js' */
/** @import { Exchange, Outcome, UnderWay } from '../items.js' */
/** @import { Answer } from '../requests.js' */
/** @import { Change, Merchant, Profile, Work } from '../rows.js' */
/** @import { Heard } from './exchange.js' */

/** Seconds past the deadline before the lock is believed to be over: a T5 that came in time may be under way at the broker. */
const allowance = 60

/** @param {number} deadline @param {number} now unix seconds, of the same clock */
export const isOver = (deadline, now) => now > deadline + allowance

/**
 * The deadline in a NOTED, in the time of this device's clock, which may be wrong: for showing it, and for guessing when it is past.
 * @param {Answer<'NOTED'>} noted
 * @param {number} now unix seconds, when it came
 */
export const here = ({ opened: { body: { deadline }, claims: { iat } } }, now) => deadline - iat + now

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {UnderWay<Exchange>} item
 * @param {Heard} heard
 * @returns {Promise<Outcome>}
 */
export async function settle(ctx, work, item, { t6, t8, noted, no, by }) {
  if (t6 || t8) return take(ctx, work, item, { t6, t8, no })
  if (no) return refusal(ctx, item, no, by)
  return noted ? announced(ctx, item, noted) : retry(item, item.tries)
}

/** Milliseconds before the next try, growing. @param {number} tries */
export const pause = tries => Math.min(1000 * 2 ** tries, 15_000)

/** @param {UnderWay<Exchange>} item @param {number} tries of which the pause grows @returns {Outcome} */
const retry = (item, tries) => ({ item: { ...item, tries: item.tries + 1 }, changes: [], wait: pause(tries) })

/**
 * T3 was noted: T4 is due. NOTED is signed anew each time: when by its own time the lock is over, the exchange never happened and
 * never can; a stall that has issued all the same has given its money away.
 * @param {Context} ctx
 * @param {UnderWay<Exchange>} item
 * @param {Answer<'NOTED'>} noted
 * @returns {Promise<Outcome>}
 */
async function announced(ctx, item, noted) {
  const deadline = here(noted, ctx.now())
  if (isOver(noted.opened.body.deadline, noted.opened.claims.iat)) {
    const end = item.phase === 'issued' ? { done: /** @type {const} */ (true) } : { stop: item.no ?? 'stall-silent' }
    return { item: { ...item, phase: 'undone', deadline }, changes: [free(await ctx.holding(item.scrip))], ...end }
  }
  if (item.phase !== 'asked') return { ...retry(item, item.tries), item: { ...item, deadline, tries: item.tries + 1 } }
  const { name } = await ctx.merchant(item.vendor)
  const changes = [sent(item.order, name, ctx.now()), sent(item.payment, `broker, through ${name}`, ctx.now())]
  return { item: { ...item, phase: 'noted', deadline, tries: 0 }, changes, wait: 0 }
}

/**
 * T6 and T8 are each judged alone: one that is not what was asked for is as if it had not come.
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
 * @returns {Promise<{ receipt: string, changes: Change[] } | undefined>}
 */
async function readT6({ opened, entry }, item, { profile: { broker }, merchant }) {
  const { vendor, value, change, receipt } = opened.body
  const proof = await evidence(receipt, 'RECEIPT', { signers: signersOf(broker), aud: item.vendor, tx: item.tx }).catch(() => undefined)
  const { thumbprint } = await signer(merchant.pseudonym)
  const meant = vendor === item.vendor && value === item.amount && change === item.had - item.amount &&
    proof?.body.vendor === vendor && proof.body.value === value && proof.body.pseudonym === thumbprint &&
    proof.body.possession === item.proof
  const money = meant && change > 0 ? orNothing(() => received(opened, { issuer: broker.id, value: change, currency: broker.currency })) : undefined
  if (!meant || change > 0 && !money) return undefined
  return { receipt, changes: [gone(item.scrip), ...money ? [came(money, { vendor: '', work: '' })] : [], entry] }
}

/**
 * T8: the VendorScrip.
 * @param {Answer<'T8'>} t8
 * @param {UnderWay<Exchange>} item
 * @param {{ profile: Profile, work: Work }} whose
 * @returns {Change[] | undefined}
 */
function readT8({ opened, entry }, { vendor, amount: value }, { profile: { broker: { currency } }, work }) {
  if (opened.body.value !== value) return undefined
  const money = orNothing(() => received(opened, { issuer: vendor, value, currency }))
  return money && [came(money, { vendor, work: heir(work) }), entry]
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
  if (no.passing || half && no.reason !== 'scrip-spent') return { ...retry(item, item.tries + 2), ...item.phase === 'claiming' && { trouble: 'stall-owes' } }
  // Whoever restored a backup may be told that what this brought is spent, by the wallet that lived on.
  if (item.phase === 'claiming') return { item: { ...item, phase: 'refused' }, changes: no.entries, stop: no.reason }
  // A stall's no does not prove that the broker has not exchanged: T3 tells, at the latest after the deadline.
  if (by === 'stall') return { item: { ...item, tries: item.tries + 1, no: no.reason }, changes: no.entries, wait: 0 }
  const outcome = await denied(ctx, item, no)
  return isDead(no.reason) ? outcome : { ...outcome, stop: item.no ?? no.reason }
}
