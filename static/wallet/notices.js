// @ts-check
/**
 * T9 on its own way: "a purchase is about to take place". A notice stays written down until the broker has answered it, or
 * the stall has refused the purchase. It authorizes nothing, so one that is refused is dropped, and no purchase waits for it.
 * @module
 */
import { Problem, Refusal, Unreachable } from './errors.js'
import { fromBroker } from './requests.js'

/** @import { Context } from './context.js' */
/** @import { Change, Notice } from './rows.js' */

/**
 * Tries every waiting notice once.
 * @param {Context} ctx
 * @param {<T>(name: string, run: () => Promise<T>) => Promise<T>} exclusive
 * @returns {Promise<number>} how many still wait
 */
export async function deliver(ctx, exclusive) {
  let waiting = 0
  for (const notice of await ctx.purse.all('notices')) {
    const changes = await attempt(ctx, notice)
    if (changes.length === 0) waiting++
    else await exclusive('peerscrip-wallet', () => ctx.purse.apply(changes))
  }
  return waiting
}

/**
 * @param {Context} ctx
 * @param {Notice} notice
 * @returns {Promise<Change[]>} empty when it has to be tried again
 */
async function attempt(ctx, { tx, request }) {
  /** @type {Change} */
  const gone = { kind: 'notices', id: tx, value: null }
  try {
    const { envelope } = await ctx.broker.ask(request)
    const { entry } = await fromBroker(ctx, envelope, request, ['NOTED'], { profile: await ctx.profile() })
    return [gone, entry]
  } catch (error) {
    if (error instanceof Refusal && !error.passing) return [gone, ...error.entries]
    if (error instanceof Refusal || error instanceof Unreachable || error instanceof Problem) return []
    throw error
  }
}
