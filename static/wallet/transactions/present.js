// @ts-check
/**
 * What the transactions share that present one scrip to its issuer in one request (6.4, 6.6, 6.7, 6.8, PAYOUT): the work holds
 * the scrip until the answer has come, because the issuer may have killed it already.
 * @module
 */
import { orRefusal } from '../errors.js'
import { free, hold, isDead } from '../holdings.js'
import { fromBroker, fromMerchant } from '../requests.js'
import { account, revive } from './revive.js'

/** @import { Context } from '../context.js' */
/** @import { Typ } from '../forms.js' */
/** @import { Item } from '../items.js' */
/** @import { Answer, Request } from '../requests.js' */
/** @import { Change, Holding, Merchant, Work } from '../rows.js' */
/** @import { Refusal } from '../errors.js' */
/** @import { Opened } from '../types.js' */

/** Milliseconds until scrip that another work holds is looked at again. */
export const patience = 2000

/** Milliseconds until a request that the other side has not decided yet is sent again. */
export const poll = 3000

/** Whether another work holds it. @param {Holding | undefined} holding @param {Work} work */
export const isBusy = (holding, work) => holding !== undefined && holding.work !== '' && holding.work !== work.id

/**
 * The item waits for scrip that another work holds; and says so, where that one waits for its person's word at the bank.
 * @template {Item} I
 * @param {Context} ctx
 * @param {Work} work
 * @param {I} item
 */
export async function waiting(ctx, work, item) {
  const atBank = (await ctx.works()).some(other => other.id !== work.id && isAtBank(other))
  return { item, changes: [], wait: patience, ...atBank && { trouble: 'bank-waits' } }
}

/** Whether a work waits for its person's word at the bank. @param {Work} work */
export function isAtBank({ state, items, at }) {
  const item = state === 'running' ? items[at] : undefined
  return item !== undefined && (item.transaction === '6.1' || item.transaction === '6.4') && item.phase === 'pending'
}

/** Whose the scrip is from now on that an item brings: the work's, if something follows. @param {Work} work */
export const heir = work => work.items.length > work.at + 1 ? work.id : ''

/** The scrip held, and what was written down beside it. @param {Holding} holding @param {Work} work @param {...Change} entries */
export const held = (holding, work, ...entries) => [hold(holding, work), ...entries]

/**
 * A request of the account, sent to the broker.
 * @template {Typ} T
 * @param {Context} ctx
 * @param {Request} request
 * @param {T[]} types of the answer
 * @param {string} [aud] whom the answer must address; the account unless said
 * @returns {Promise<Answer<T> | Refusal>}
 */
export async function askBroker(ctx, request, types, aud) {
  const { envelope } = await ctx.broker.ask(request)
  return orRefusal(fromBroker(ctx, envelope, request, types, { profile: await ctx.profile(), aud }))
}

/**
 * A request of the pseudonym, sent to its stall.
 * @template {Typ} T
 * @param {Context} ctx
 * @param {Request} request
 * @param {T[]} types of the answer
 * @param {Merchant} merchant
 * @returns {Promise<Answer<T> | Refusal>}
 */
export async function askStall(ctx, request, types, merchant) {
  const { envelope } = await ctx.stall(merchant).ask(request)
  return orRefusal(fromMerchant(ctx, envelope, request, types, merchant))
}

/**
 * The bank wants its customer to confirm: the same request is sent again until that is done.
 * @template {{ phase: 'asked' | 'pending' }} I
 * @param {I} item
 * @param {Opened<'PENDING'>} pending
 * @param {Change} entry
 */
export const confirming = (item, { body: { link } }, entry) =>
  ({ item: { ...item, phase: /** @type {const} */ ('pending'), link }, changes: item.phase === 'pending' ? [] : [entry], wait: poll })

/**
 * The work ends on a signed no, and its scrip is free again; or in doubt, if it is no money any more: then what may have used
 * it up is asked for again (revive.js). An item that was revived may find that the scrip has gone meanwhile.
 * @template {{ scrip: string }} I
 * @param {Context} ctx
 * @param {I} item
 * @param {Refusal} no
 * @param {(holding: Holding) => Partial<Holding>} [how] what else becomes of scrip that is money still
 */
export async function denied(ctx, item, no, how = () => ({})) {
  const holding = await ctx.purse.get('holdings', item.scrip)
  const dead = isDead(no.reason)
  const changes = holding ? [free(holding, dead ? { doubt: no.reason } : how(holding)), ...no.entries] : no.entries
  const revived = dead ? await revive(ctx, item.scrip) : []
  return { item: { ...item, phase: /** @type {const} */ ('refused') }, changes: [...changes, ...revived], stop: no.reason }
}

/**
 * What is asked for again when the broker says that the account has BrokerScrip of which the wallet does not know.
 * @param {Context} ctx
 * @param {Refusal} no
 * @returns {Promise<Change[]>}
 */
export const unknown = async (ctx, no) => no.reason === 'scrip-held' ? revive(ctx, account) : []

/** Counts how often a request about it was declined, so that the next one is another. @param {Holding} holding */
export const declined = ({ declined = 0 }) => ({ declined: declined + 1 })
