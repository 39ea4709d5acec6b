// @ts-check
/**
 * 6.5: VendorScrip that is worth too little becomes worth more, out of BrokerScrip (T15 in two parts to the broker, T17
 * from the stall and T19 from the broker back; T16 and T18 go between those two). The same T15 is sent until all of it is
 * here:
 *
 *   T17 and T19    the end; without T19 where nothing of the BrokerScrip is left
 *   NOTED          the stall has not answered; the broker goes on asking it
 *   T19 alone      the time is over: the change is back, and what was to be added stays reserved until the stall answers,
 *                  which brings T17 after all, or T19 again, which then says what went back to the bank
 *   REFUSE         nothing was taken; or, once T19 was here, what was to be added is at the bank
 * @module
 */
import { newID } from '../base64url.js'
import { renewing } from '../cash.js'
import { isPassing, newHolding, putHolding } from '../context.js'
import { Refusal, Unreadable } from '../errors.js'
import { received } from '../messages.js'
import { pause, quiet, takenUp } from './exchange.js'
import { next, patience, poll, proof } from './held.js'

/** @import { Answer, Context } from '../context.js' */
/** @import { Change, Item, Outcome, Holding, Work } from '../types.js' */
/** @typedef {{ t17?: Answer, said?: Answer, no?: Refusal, alone?: boolean }} Answers alone: nothing of the stall's came along */

/**
 * @param {Context} ctx
 * @param {Work} work about.price: what the stall's money has to be worth
 * @param {Item} item vendor; amount: what is added
 * @returns {Promise<Outcome>}
 */
export async function begin(ctx, work, item) {
  const cash = await ctx.brokerScrip()
  const held = (await ctx.holdings()).filter(({ vendor, spent }) => vendor === item.vendor && !spent)
  const free = held.filter(holding => !holding.work || holding.work === work.id).toSorted((a, b) => b.scrip.value - a.scrip.value)
  const [holding] = free
  if (holding && holding.scrip.value >= work.about.price) return { item, changes: [], done: true } // it is worth enough by now
  if (cash?.work && cash.work !== work.id || !holding && held.length > 0) return { item, changes: [], wait: patience }
  if (!holding || holding.scrip.value + item.amount < work.about.price) return { item, changes: [], stop: 'wallet-changed' }
  if (!cash || cash.scrip.value < item.amount) return { item, changes: [], stop: 'insufficient-scrip' }
  const [profile, merchant] = [await ctx.profile(), await ctx.merchant(item.vendor)]
  const tx = newID()
  const body = { value: item.amount, vendor: item.vendor }
  const { order, payment } = await ctx.pair({
    tx, order: { typ: 'T15-order', body, attach: proof(holding) },
    payment: { typ: 'T15-payment', body: { account: profile.account, ...body }, attach: proof(cash) },
  }, merchant, profile)
  return {
    item: {
      ...item, phase: 'extending', tx, scrip: cash.scrip.scrip_id, had: cash.scrip.value, grows: holding.scrip.scrip_id, from: holding.scrip.value,
      order, payment, tries: 0, deadline: 0, t17: false, t19: cash.scrip.value === item.amount,
    },
    changes: [
      ...[cash, holding].map(held => putHolding(held.scrip.scrip_id, { ...held, work: work.id })),
      ctx.sent(payment, 'broker', work), ctx.sent(order, `${merchant.name}, through the broker`, work),
    ],
  }
}

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item
 * @returns {Promise<Answers>}
 */
export async function send(ctx, work, item) {
  const answer = await ctx.broker.extensions(item.order.envelope, item.payment.envelope)
  const t17 = answer.order === undefined ? undefined : await quiet(ctx.fromMerchant(answer.order, item.order, ['T17'], await ctx.merchant(item.vendor)))
  const said = answer.payment === undefined ? undefined : await quiet(ctx.fromBroker(answer.payment, item.payment, ['T19', 'NOTED'], await ctx.profile()))
  if (said instanceof Refusal) return { no: said }
  // That the stall has refused, only the broker can say.
  if (!said && (!t17 || t17 instanceof Refusal)) throw new Unreadable()
  return { said, alone: answer.order === undefined, ...!(t17 instanceof Refusal) && { t17 } }
}

/**
 * Takes what came, in whatever order it comes: money first, whatever is still missing.
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item
 * @param {Answers} answers
 * @returns {Promise<Outcome>}
 */
export async function settle(ctx, work, item, { no, said, t17, alone }) {
  if (no) return refusal(ctx, item, no)
  /** @type {Change[]} */
  const changes = []
  /** @type {Item} */
  let after = { ...item, tries: item.tries + 1 }
  if (said?.opened.typ === 'NOTED') {
    if (!item.deadline) changes.push(said.entry)
    after.deadline = said.opened.body.deadline
  }
  if (said?.opened.typ === 'T19') {
    changes.push(...await change(ctx, item, said))
    after = { ...after, t19: true, late: Boolean(alone) && !after.t17 }
    if (said.opened.body.returned > 0) return { item: ended(after, 'refused'), changes, stop: 'stall-declined' }
  }
  const grown = t17 && !item.t17 && await more(ctx, work, item, t17)
  if (grown) {
    changes.push({ kind: 'holdings', id: item.grows, value: null }, ...grown)
    after.t17 = true
  }
  if (!after.t17 || !after.t19) return { item: after, changes, wait: pause(item.tries) }
  if (item.had === item.amount) changes.push({ kind: 'holdings', id: item.scrip, value: null })
  return { item: ended(after, 'done'), changes, done: true }
}

/** Without what was only needed to ask. @param {Item} item @param {string} phase @returns {Item} */
function ended({ order, payment, ...rest }, phase) {
  return { ...rest, phase }
}

/**
 * What is left of the BrokerScrip, once; it may have been spent since it first came.
 * @param {Context} ctx
 * @param {Item} item
 * @param {Answer} t19
 * @returns {Promise<Change[]>}
 */
async function change(ctx, item, { opened, entry }) {
  const { broker } = await ctx.profile()
  const { value, returned } = opened.body
  if (value !== item.had - item.amount || returned !== 0 && returned !== item.amount) throw new Unreadable()
  const money = received(opened, { issuer: broker.id, value, currency: broker.currency })
  if (item.t19) return returned > 0 ? [entry] : []
  return [{ kind: 'holdings', id: item.scrip, value: null }, newHolding(money, { vendor: '', work: '', since: ctx.now() }), entry]
}

/**
 * What T17 brought, if it is what was paid for. A stall that sends anything else must not keep us from our change.
 * @param {Context} ctx
 * @param {Work} work
 * @param {Item} item
 * @param {Answer} t17
 * @returns {Promise<Change[] | null>}
 */
async function more(ctx, work, item, { opened, entry }) {
  const { broker } = await ctx.profile()
  const value = item.from + item.amount
  try {
    const money = received(opened, { issuer: item.vendor, value, currency: broker.currency })
    return opened.body.value === value ? [newHolding(money, { vendor: item.vendor, work: next(work), since: ctx.now() }), entry] : null
  } catch {
    return null
  }
}

/**
 * Nothing was taken, or everything is back by now. A refusal does not say which of the two pieces it is about: where one
 * may be spent, both are renewed, which tells.
 * @param {Context} ctx
 * @param {Item} item
 * @param {Refusal} no
 * @returns {Promise<Outcome>}
 */
async function refusal(ctx, item, no) {
  if (isPassing(no) || item.t17) return { item: { ...item, tries: item.tries + 1 }, changes: [], wait: poll, trouble: no.reason }
  const [cash, grows] = /** @type {(Holding | undefined)[]} */ (await Promise.all([item.scrip, item.grows].map(id => ctx.purse.get('holdings', id))))
  const pieces = [cash, grows].filter(holding => holding !== undefined)
  const changes = [...pieces.map(holding => putHolding(holding.scrip.scrip_id, { ...holding, work: '' })), ...no.entries]
  if (item.late) return { item: ended(item, 'refused'), changes, stop: 'stall-declined' }
  if (no.reason === 'scrip-spent' || no.reason === 'scrip-invalid') {
    const { name } = await ctx.merchant(item.vendor)
    const works = pieces.map(holding => renewing(holding, holding.vendor && name, ctx.now()))
    changes.push(...works.map(value => ({ kind: 'works', id: value.id, value })), ...await takenUp(ctx, item.scrip))
  }
  return { item: ended(item, 'refused'), changes, stop: no.reason }
}
