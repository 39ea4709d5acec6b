// @ts-check
/**
 * 6.2: BrokerScrip into VendorScrip (T3 to the broker, T4 through the stall, T6 and T8 back; CLAIM if the stall vanished in
 * between). Two things must come back: T6 (the change, and a receipt) and T8 (the VendorScrip). Whichever is missing is asked
 * for again, in the way that still works:
 *
 *   asked       T3, until it is noted
 *   noted       T4; every third time T3 again, whose answer is T6 once the exchange has happened. When the lock's deadline is
 *               past, T3 once more: NOTED means that it never happened and never can: undone
 *   claiming    T6 is here: CLAIM with the receipt, until the stall gives T8
 *   issued      T8 is here: T3, whose answer is T6
 *
 * What the answers mean is in exchanged.js.
 * @module
 */
import { newID } from '../base64url.js'
import { Problem, Refusal, Unreachable, Unreadable } from '../errors.js'
import { signer } from '../keys.js'
import { fromBroker, fromMerchant, ofType, pair, possession as prove, toBroker } from '../requests.js'
import { sent } from '../transcript.js'
import { isOver } from './exchanged.js'
import { askBroker, askStall, held, isBusy, waiting } from './present.js'

export { settle } from './exchanged.js'

/** @import { Context } from '../context.js' */
/** @import { Exchange, In, Outcome, Planned, UnderWay } from '../items.js' */
/** @import { Answer } from '../requests.js' */
/** @import { Work } from '../rows.js' */

/**
 * What was heard: what came, or that T3 was noted, or a no; nothing, where T4 was not answered.
 * @typedef {{ t6?: Answer<'T6'>, t8?: Answer<'T8'>, noted?: Answer<'NOTED'>, no?: Refusal, by?: 'broker' | 'stall' }} Heard
 */

/** @param {Context} ctx @param {Work} work @param {Planned<Exchange>} item @returns {Promise<Outcome>} */
export async function begin(ctx, work, item) {
  const { vendor, amount: value } = item
  const holding = await ctx.brokerScrip()
  if (!holding || holding.scrip.value < value) return { item, changes: [], stop: 'insufficient-scrip' }
  if (isBusy(holding, work)) return waiting(ctx, work, item)
  const [profile, merchant] = [await ctx.profile(), await ctx.merchant(vendor)]
  const { account } = profile
  const { scrip, secret } = holding
  const tx = newID()
  const parties = { value, vendor, pseudonym: (await signer(merchant.pseudonym)).thumbprint }
  const { possession, proof } = await prove(ctx, tx, merchant, profile)
  const t3 = await toBroker(ctx, 'T3', { tx, attach: { possession, secret }, body: { account, scrip_id: scrip.scrip_id, ...parties } }, profile)
  const parts = await pair(ctx, {
    tx, order: { typ: 'T4-order', body: parties }, payment: { typ: 'T4-payment', body: { account, ...parties }, attach: { scrip } },
  }, merchant, profile)
  return {
    item: { ...item, ...parts, phase: 'asked', tx, scrip: scrip.scrip_id, had: scrip.value, t3, proof, deadline: 0, tries: 0 },
    changes: held(holding, work, sent(t3, 'broker', ctx.now())), wait: 0,
  }
}

/**
 * Which message is due. Pure.
 * @param {UnderWay<Exchange>} item
 * @param {number} now unix seconds
 * @returns {'T3' | 'T4' | 'CLAIM'}
 */
export function due(item, now) {
  if (item.phase === 'claiming') return 'CLAIM'
  if (item.phase !== 'noted' || item.no || isOver(item.deadline, now)) return 'T3'
  return item.tries % 3 === 2 ? 'T3' : 'T4'
}

/** @param {Context} ctx @param {UnderWay<Exchange>} item @returns {Promise<Heard>} */
export async function send(ctx, item) {
  if (item.phase === 'claiming') return claim(ctx, item)
  if (due(item, ctx.now()) === 'T3') return announce(ctx, item)
  try {
    return await order(ctx, item)
  } catch (error) {
    // No answer to T4 is news too: the next try may have to go to the broker instead.
    if (error instanceof Unreachable || error instanceof Problem) return {}
    throw error
  }
}

/** T3. @param {Context} ctx @param {UnderWay<Exchange>} item @returns {Promise<Heard>} */
async function announce(ctx, item) {
  const answer = await askBroker(ctx, item.t3, ['NOTED', 'T6'])
  return answer instanceof Refusal ? { no: answer, by: 'broker' } : { t6: ofType(answer, 'T6'), noted: ofType(answer, 'NOTED') }
}

/** T4. @param {Context} ctx @param {UnderWay<Exchange>} item @returns {Promise<Heard>} */
async function order(ctx, item) {
  const merchant = await ctx.merchant(item.vendor)
  const answer = await ctx.stall(merchant).askPair(item)
  const t6 = answer.payment === undefined ? undefined : await quiet(fromBroker(ctx, answer.payment, item.payment, ['T6'], { profile: await ctx.profile() }))
  const t8 = await quiet(fromMerchant(ctx, answer.order, item.order, ['T8'], merchant))
  if (!t6 && !t8) throw new Unreadable()
  return { ...!(t6 instanceof Refusal) && { t6 }, ...t8 instanceof Refusal ? { no: t8, by: 'stall' } : { t8 } }
}

/** One unreadable half of an answer must not hide the other. @template T @param {Promise<T>} reading @returns {Promise<T | Refusal | undefined>} */
export const quiet = reading => reading.catch(error => error instanceof Refusal ? error : undefined)

/** CLAIM. @param {Context} ctx @param {In<Exchange, 'claiming'>} item @returns {Promise<Heard>} */
async function claim(ctx, item) {
  const answer = await askStall(ctx, item.claim, ['T8'], await ctx.merchant(item.vendor))
  return answer instanceof Refusal ? { no: answer, by: 'stall' } : { t8: answer }
}
