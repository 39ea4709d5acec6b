// @ts-check
/**
 * 6.2: BrokerScrip into VendorScrip (T3 to the broker, T4 through the merchant, T6 and T8 back; CLAIM if the merchant
 * vanished in between). Two things must come back: T6 (the change, and a receipt) and T8 (the VendorScrip). Whichever is
 * missing is asked for again, in the way that still works:
 *
 *   nothing yet     T3 until noted, then T4; every third time T3 again, whose answer is T6 once the exchange has happened
 *   T6 only         CLAIM with the receipt, until the merchant gives T8
 *   T8 only         T3, whose answer is T6
 *   nothing, and the lock's deadline is past: T3 once more. NOTED means it never happened and never can: undone.
 *
 * An undone exchange is remembered. Should the broker later say that the scrip is spent after all (our clock was wrong),
 * it is taken up again and brings the change.
 * @module
 */
import { newID } from '../base64url.js'
import { isPassing, newHolding, pseudonym, putHolding } from '../context.js'
import { verify } from '../envelope.js'
import { Problem, Refusal, Unreachable, Unreadable } from '../errors.js'
import { checkEvidence, received } from '../messages.js'
import { refused } from './acquire.js'

/** @import { Answer, Context } from '../context.js' */
/** @import { Change, Item, Outcome, Work } from '../types.js' */
/** @typedef {{ noted?: number, late?: boolean, t6?: Answer, t8?: Answer, no?: Refusal, by?: 'broker' | 'merchant', nothing?: boolean }} Answers */

/** Seconds past the deadline before the wallet believes, by its own clock, that the lock is over. */
export const skew = 15

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item vendor, amount
 * @returns {Promise<Outcome>}
 */
export async function begin(ctx, work, item) {
  const holding = await ctx.brokerScrip()
  if (!holding || holding.scrip.value < item.amount) return { item, changes: [], stop: 'insufficient-scrip' }
  if (holding.work && holding.work !== work.id) return { item, changes: [], wait: 2000 }
  const [profile, merchant] = [await ctx.profile(), await ctx.merchant(item.vendor)]
  const { thumbprint } = await pseudonym(merchant)
  const tx = newID()
  const { scrip_id } = holding.scrip
  const parties = { value: item.amount, vendor: item.vendor, pseudonym: thumbprint }
  const t3 = await ctx.toBroker('T3', {
    tx, attach: { secret: holding.secret },
    body: { account: profile.account, scrip_id, ...parties },
  }, profile)
  const { order, payment } = await ctx.pair({
    tx, order: { typ: 'T4-order', body: parties },
    payment: { typ: 'T4-payment', body: { account: profile.account, ...parties }, attach: { scrip: holding.scrip } },
  }, merchant, profile)
  return {
    item: { ...item, phase: 'exchange', tx, scrip: scrip_id, had: holding.scrip.value, t3, order, payment, deadline: 0, tries: 0, noted: false, t6: false, t8: false, refusal: '' },
    changes: [putHolding(scrip_id, { ...holding, work: work.id }), ctx.sent(t3, 'broker', work)],
  }
}

/**
 * Which message is due. Pure.
 * @param {Item} item
 * @param {number} now unix seconds
 * @returns {'T3' | 'T4' | 'CLAIM'}
 */
export function due(item, now) {
  if (item.t6) return 'CLAIM'
  if (!item.noted || item.t8) return 'T3'
  if (item.refusal || isLate(item, now)) return 'T3'
  return item.tries % 3 === 2 ? 'T3' : 'T4'
}

/** @param {Item} item @param {number} now */
const isLate = (item, now) => now > item.deadline + skew

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item
 * @returns {Promise<Answers>}
 */
export async function send(ctx, work, item) {
  const way = due(item, ctx.now())
  try {
    if (way === 'T3') return await announce(ctx, item)
    return way === 'T4' ? await order(ctx, item) : await claim(ctx, item)
  } catch (error) {
    // No answer to T4 is news too: the next try may have to go to the broker instead.
    if (way === 'T4' && (error instanceof Unreachable || error instanceof Problem)) return { nothing: true }
    throw error
  }
}

/** @param {Context} ctx @param {Item} item @returns {Promise<Answers>} */
async function announce(ctx, item) {
  const late = item.noted && isLate(item, ctx.now())
  const { envelope } = await ctx.broker.announcements(item.t3.envelope)
  const answer = await ctx.fromBroker(envelope, item.t3, ['NOTED', 'T6'], await ctx.profile()).catch(refused)
  if (answer instanceof Refusal) return { no: answer, by: 'broker' }
  return answer.opened.typ === 'T6' ? { t6: answer } : { noted: answer.opened.body.deadline, late }
}

/** @param {Context} ctx @param {Item} item @returns {Promise<Answers>} */
async function order(ctx, item) {
  const merchant = await ctx.merchant(item.vendor)
  const answer = await ctx.stall(merchant).exchanges(item.order.envelope, item.payment.envelope)
  const t6 = answer.payment === undefined ? undefined : await quiet(ctx.fromBroker(answer.payment, item.payment, ['T6'], await ctx.profile()))
  const t8 = await quiet(ctx.fromMerchant(answer.order, item.order, ['T8'], merchant))
  const no = t8 instanceof Refusal ? t8 : undefined
  if (!t6 && !t8) throw new Unreadable()
  return {
    ...t6 && !(t6 instanceof Refusal) && { t6 }, ...t8 && !(t8 instanceof Refusal) && { t8 },
    ...no && { no, by: /** @type {const} */ ('merchant') },
  }
}

/** One unreadable half must not hide the other. @param {Promise<Answer>} reading */
export const quiet = reading => reading.catch(error => error instanceof Refusal ? error : undefined)

/** @param {Context} ctx @param {Item} item @returns {Promise<Answers>} */
async function claim(ctx, item) {
  const merchant = await ctx.merchant(item.vendor)
  const { envelope } = await ctx.stall(merchant).claims(item.claim.envelope)
  const answer = await ctx.fromMerchant(envelope, item.claim, ['T8'], merchant).catch(refused)
  return answer instanceof Refusal ? { no: answer, by: 'merchant' } : { t8: answer }
}

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item
 * @param {Answers} answers
 * @returns {Promise<Outcome>}
 */
export async function settle(ctx, work, item, answers) {
  if (answers.no) return refusal(ctx, item, answers.no, answers.by)
  if (answers.nothing) return { item: { ...item, tries: item.tries + 1 }, changes: [], wait: pause(item.tries) }
  if (answers.noted !== undefined) return noted(ctx, work, item, answers.noted, answers.late ?? false)
  return take(ctx, work, item, answers)
}

/** Milliseconds, growing. @param {number} tries */
export const pause = tries => Math.min(1000 * 2 ** tries, 15_000)

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item
 * @param {number} deadline
 * @param {boolean} late whether we asked after the deadline
 * @returns {Promise<Outcome>}
 */
async function noted(ctx, work, item, deadline, late) {
  if (late) return { ...await undo(ctx, item, item.refusal || 'stall-silent'), ...item.t8 && { stop: undefined, done: true } }
  const first = !item.noted
  const { name } = await ctx.merchant(item.vendor)
  const changes = first ? [ctx.sent(item.order, name, work), ctx.sent(item.payment, `broker, through ${name}`, work)] : []
  return { item: { ...item, noted: true, deadline, tries: first ? 0 : item.tries + 1 }, changes, wait: first ? 0 : pause(item.tries) }
}

/**
 * Takes what came of T6 and T8: money first, whatever is still missing.
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item
 * @param {Answers} answers
 * @returns {Promise<Outcome>}
 */
async function take(ctx, work, item, { t6, t8 }) {
  const profile = await ctx.profile()
  const merchant = await ctx.merchant(item.vendor)
  /** @type {Change[]} */
  const changes = []
  /** @type {Item} */
  let next = { ...item, tries: item.tries + 1 }
  if (t6 && !next.t6) {
    const { change, receipt } = await checkT6(t6, item, { profile, merchant })
    changes.push({ kind: 'holdings', id: item.scrip, value: null }, t6.entry)
    if (change > 0) changes.push(newHolding(received(t6.opened, { issuer: profile.broker.id, value: change, currency: profile.broker.currency }), { vendor: '', work: '', since: ctx.now() }))
    next = { ...next, t6: true, receipt }
  }
  const money = t8 && !next.t8 && bought(t8, item, profile.broker.currency)
  if (t8 && money) {
    changes.push(newHolding(money, { vendor: item.vendor, work: work.items.length > work.at + 1 ? work.id : '', since: ctx.now() }), t8.entry)
    next = { ...next, t8: true }
  }
  if (next.t6 && !next.t8) {
    next.claim = await ctx.toMerchant('CLAIM', { tx: item.tx, body: { value: item.amount, receipt: next.receipt } }, merchant)
    changes.push(ctx.sent(next.claim, merchant.name, work))
  }
  if (!next.t6 || !next.t8) return { item: next, changes, wait: pause(item.tries) }
  const { t3, order, payment, claim, ...rest } = next
  return { item: { ...rest, phase: 'done' }, changes, done: true }
}

/**
 * What T8 brought, if it is what was paid for. A stall that sends anything else must not keep us from our change.
 * @param {Answer} t8
 * @param {Item} item
 * @param {string} currency
 */
function bought({ opened }, item, currency) {
  try {
    return opened.body.value === item.amount ? received(opened, { issuer: item.vendor, value: item.amount, currency }) : null
  } catch {
    return null
  }
}

/**
 * @param {Answer} t6
 * @param {Item} item
 * @param {{ profile: import('../types.js').Profile, merchant: import('../types.js').Merchant }} parties
 */
async function checkT6({ opened: { body } }, item, { profile, merchant }) {
  if (body.vendor !== item.vendor || body.value !== item.amount || body.change !== item.had - item.amount) throw new Unreadable()
  const { broker } = profile
  const { thumbprint } = await pseudonym(merchant)
  const receipt = checkEvidence(await verify(body.receipt, { types: ['RECEIPT'], signers: { [broker.id]: broker.signing }, aud: item.vendor, tx: item.tx }))
  const same = receipt.body.vendor === item.vendor && receipt.body.value === item.amount && receipt.body.pseudonym === thumbprint
  if (!same) throw new Unreadable()
  return body
}

/**
 * @param {Context} ctx
 * @param {Item} item
 * @param {Refusal} no
 * @param {'broker' | 'merchant' | undefined} by
 * @returns {Promise<Outcome>}
 */
async function refusal(ctx, item, no, by) {
  if (isPassing(no) || ((item.t6 || item.t8) && no.reason !== 'scrip-spent')) return { item: { ...item, tries: item.tries + 1 }, changes: [], wait: pause(item.tries + 2) }
  // Whoever restored a backup may be told that what this brought is spent, by the wallet that lived on.
  if (item.t6) return { item: { ...item, phase: 'refused' }, changes: no.entries, stop: no.reason }
  // A merchant's no does not prove that the broker has not exchanged: T3 tells, at the latest after the deadline.
  if (by === 'merchant') return { item: { ...item, tries: item.tries + 1, refusal: no.reason }, changes: no.entries, wait: 0 }
  if (no.reason === 'scrip-spent') return spent(ctx, item, no)
  const outcome = await undo(ctx, item, item.refusal || no.reason)
  return { ...outcome, changes: [...outcome.changes, ...no.entries] }
}

/**
 * The broker says the scrip is spent: by an exchange that was undone too early, or by no one we know.
 * @param {Context} ctx
 * @param {Item} item
 * @param {Refusal} no
 * @returns {Promise<Outcome>}
 */
async function spent(ctx, item, no) {
  const holding = await ctx.purse.get('holdings', item.scrip)
  const changes = [...await takenUp(ctx, item.scrip), putHolding(item.scrip, { ...holding, work: '', spent: true }), ...no.entries]
  return { item: { ...item, phase: 'refused' }, changes, stop: 'scrip-spent' }
}

/**
 * The exchanges of this scrip that were undone, taken up again.
 * @param {Context} ctx
 * @param {string} scrip
 * @returns {Promise<Change[]>}
 */
export async function takenUp(ctx, scrip) {
  const works = /** @type {Work[]} */ (await ctx.purse.all('works'))
  return works.filter(work => work.state !== 'running').flatMap(work => {
    const at = work.items.findIndex(item => item.phase === 'undone' && item.scrip === scrip)
    return at < 0 ? [] : [reopen(work, at, ctx.now())]
  })
}

/**
 * Takes an undone exchange up again: for its money, not for the purchase that was to follow.
 * @param {Work} work
 * @param {number} at
 * @param {number} now
 * @returns {Change}
 */
function reopen(work, at, now) {
  const items = work.items.slice(0, at + 1).map((item, i) => i === at ? { ...item, phase: 'exchange', tries: 2 } : item)
  return { kind: 'works', id: work.id, value: { ...work, items, at, kind: 'recover', state: 'running', reason: '', rev: work.rev + 1, changed: now } }
}

/**
 * The exchange did not happen and cannot happen any more: the scrip is free again.
 * @param {Context} ctx
 * @param {Item} item
 * @param {string} reason
 * @returns {Promise<Outcome>}
 */
async function undo(ctx, item, reason) {
  const holding = await ctx.purse.get('holdings', item.scrip)
  return { item: { ...item, phase: 'undone' }, changes: [putHolding(item.scrip, { ...holding, work: '' })], stop: reason }
}
