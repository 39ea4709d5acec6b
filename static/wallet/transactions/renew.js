// @ts-check
/**
 * 6.8: scrip that has expired, or soon will, for new scrip of the same value (T26 to its issuer, T27 back). The broker is
 * asked by the account's key, a stall by its pseudonym's; either key is its own name.
 * @module
 */
import { again } from '../again.js'
import { Refusal, Unreadable } from '../errors.js'
import { came, gone, proof } from '../holdings.js'
import { signer } from '../keys.js'
import { received } from '../messages.js'
import { signedBy, toBroker, toMerchant } from '../requests.js'
import { sent } from '../transcript.js'
import { askBroker, askStall, denied, heir, held, isBusy, waiting } from './present.js'

/** @import { Context } from '../context.js' */
/** @import { Outcome, Planned, Renew, UnderWay } from '../items.js' */
/** @import { Answer, Request } from '../requests.js' */
/** @import { Holding, Work } from '../rows.js' */
/** @import { JWK } from '../types.js' */

/** @param {Context} ctx @param {Work} work @param {Planned<Renew>} item @returns {Promise<Outcome>} */
export async function begin(ctx, work, item) {
  const holding = await ctx.purse.get('holdings', item.scrip)
  if (!holding || holding.doubt) return { item, changes: [], done: true } // renewed or spent meanwhile
  if (isBusy(holding, work)) return waiting(ctx, work, item)
  const { request, peer } = await renewal(ctx, holding, { alone: holding.exposed })
  return { item: { ...item, phase: 'asked', request }, changes: held(holding, work, sent(request, peer, ctx.now())), wait: 0 }
}

/**
 * T26 of a scrip: the same one whenever it is made; or one that nobody can make again, so that what its answer brings is here
 * alone.
 * @param {Context} ctx
 * @param {Holding} holding
 * @param {{ alone?: boolean }} [how]
 * @returns {Promise<{ request: Request, peer: string }>}
 */
export async function renewal(ctx, holding, { alone = false } = {}) {
  const { scrip: { scrip_id, value }, vendor } = holding
  const says = async (/** @type {JWK} */ key) =>
    ({ body: { scrip_id, value }, attach: proof(holding), ...!alone && { again: await again('T26', key, holding) } })
  if (!vendor) {
    const profile = await ctx.profile()
    return { peer: 'broker', request: await toBroker(ctx, 'T26', await says(profile.key), profile) }
  }
  const merchant = await ctx.merchant(vendor)
  return { peer: merchant.name, request: await toMerchant(ctx, 'T26', await says(merchant.pseudonym), merchant) }
}

/** @param {Context} ctx @param {UnderWay<Renew>} item @returns {Promise<Answer<'T27'> | Refusal>} */
export async function send(ctx, { vendor, request }) {
  if (!vendor) return askBroker(ctx, request, ['T27'], signedBy(request))
  return askStall(ctx, request, ['T27'], await ctx.merchant(vendor))
}

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {UnderWay<Renew>} item
 * @param {Answer<'T27'> | Refusal} answer
 * @returns {Promise<Outcome>}
 */
export async function settle(ctx, work, item, answer) {
  // Too old even to be renewed, it is no money any more; after any other no it is not asked for again by itself, unless this wallet
  // has replaced its key meanwhile.
  if (answer instanceof Refusal) {
    const meanwhile = answer.reason === 'key-replaced' && signedBy(item.request) !== (await signer((await ctx.profile()).key)).thumbprint
    return denied(ctx, item, answer, () => answer.reason === 'scrip-expired' ? { doubt: answer.reason } : meanwhile ? {} : { unrenewed: answer.reason })
  }
  const { opened, entry } = answer
  const { vendor, amount, scrip } = item
  const { broker } = await ctx.profile()
  if (opened.body.value !== amount) throw new Unreadable()
  const money = received(opened, { issuer: vendor || broker.id, value: amount, currency: broker.currency })
  const { request, ...rest } = item
  return { item: { ...rest, phase: 'done' }, done: true, changes: [gone(scrip), came(money, { vendor, work: heir(work) }), entry] }
}
