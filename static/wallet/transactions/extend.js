// @ts-check
/**
 * 6.5: VendorScrip that is worth too little becomes worth more, out of BrokerScrip (T15 in two parts to the broker, T17
 * from the stall and T19 from the broker back; T16 and T18 go between those two). The same T15 is sent until all of it is
 * here:
 *
 *   T17 and T19    the end; without T19 where nothing of the BrokerScrip is left
 *   T17 alone      grown: T19 is missing
 *   NOTED          the stall has not answered; the broker goes on asking it
 *   T19 alone      changed: the time is over, and what was to be added stays reserved until the stall answers, which brings T17
 *                  after all, or T19 again, which then says what went back to the bank. Where nothing is left, a NOTED from
 *                  after the deadline stands for T19
 *   REFUSE         nothing was taken; or, in changed, what was to be added is at the bank
 *
 * What the answers mean is in extended.js.
 * @module
 */
import { newID } from '../base64url.js'
import { choose } from '../choose.js'
import { Refusal, Unreadable } from '../errors.js'
import { proof } from '../holdings.js'
import { signer } from '../keys.js'
import { fromBroker, fromMerchant, ofType, pair } from '../requests.js'
import { sent } from '../transcript.js'
import { quiet } from './exchange.js'
import { held, isBusy, waiting } from './present.js'

export { settle } from './extended.js'

/** @import { Context } from '../context.js' */
/** @import { Extend, Outcome, Planned, UnderWay } from '../items.js' */
/** @import { Answer } from '../requests.js' */
/** @import { Holding, Work } from '../rows.js' */

/** What was heard. no: the broker's. @typedef {{ t17?: Answer<'T17'>, t19?: Answer<'T19'>, noted?: Answer<'NOTED'>, no?: Refusal }} Heard */

/** @param {Context} ctx @param {Work} work @param {Planned<Extend>} item @returns {Promise<Outcome>} */
export async function begin(ctx, work, item) {
  const { vendor, amount, need } = item
  const cash = await ctx.brokerScrip()
  const there = (await ctx.holdings()).filter(holding => holding.vendor === vendor)
  const grows = choose(there.filter(holding => !isBusy(holding, work)), need, ctx.reckoning.earliest())
  if (grows && grows.scrip.value >= need) return { item, changes: [], done: true } // it is worth enough by now
  if (isBusy(cash, work) || !grows && there.length > 0) return waiting(ctx, work, item)
  if (!grows || grows.scrip.value + amount < need) return { item, changes: [], stop: 'wallet-changed' }
  if (!cash || cash.scrip.value < amount) return { item, changes: [], stop: 'insufficient-scrip' }
  const { entries, ...requests } = await extension(ctx, item, { cash, grows })
  return {
    item: {
      ...item, ...requests, phase: 'asked', scrip: cash.scrip.scrip_id, had: cash.scrip.value, grows: grows.scrip.scrip_id, from: grows.scrip.value,
      tries: 0, deadline: 0,
    },
    changes: [...held(cash, work), ...held(grows, work), ...entries], wait: 0,
  }
}

/** T15. @param {Context} ctx @param {Planned<Extend>} item @param {{ cash: Holding, grows: Holding }} pieces */
async function extension(ctx, { vendor, amount }, { cash, grows }) {
  const [profile, merchant] = [await ctx.profile(), await ctx.merchant(vendor)]
  const tx = newID()
  const body = { value: amount, vendor }
  const { thumbprint: pseudonym } = await signer(merchant.pseudonym)
  const { order, payment } = await pair(ctx, {
    tx, order: { typ: 'T15-order', body, attach: proof(grows) },
    payment: { typ: 'T15-payment', body: { account: profile.account, ...body, pseudonym }, attach: proof(cash) },
  }, merchant, profile)
  return { tx, order, payment, entries: [sent(payment, 'broker', ctx.now()), sent(order, `${merchant.name}, through the broker`, ctx.now())] }
}

/** @param {Context} ctx @param {UnderWay<Extend>} item @returns {Promise<Heard>} */
export async function send(ctx, { vendor, order, payment }) {
  const answer = await ctx.broker.askPair({ order, payment })
  const t17 = answer.order === undefined ? undefined : await quiet(fromMerchant(ctx, answer.order, order, ['T17'], await ctx.merchant(vendor)))
  const said = answer.payment === undefined ? undefined : await quiet(fromBroker(ctx, answer.payment, payment, ['T19', 'NOTED'], { profile: await ctx.profile() }))
  if (said instanceof Refusal) return { no: said }
  // That the stall has refused, only the broker can say.
  if (!said && (!t17 || t17 instanceof Refusal)) throw new Unreadable()
  return { ...!(t17 instanceof Refusal) && { t17 }, t19: ofType(said, 'T19'), noted: ofType(said, 'NOTED') }
}
