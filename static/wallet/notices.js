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

/** After how many notices without any answer a round ends. */
const mostUnheard = 8

/**
 * Tries every waiting notice once, from another one on each time: one that cannot go keeps none waiting. After mostUnheard without an
 * answer the rest is left for the next time.
 * @param {Context} ctx
 * @param {<T>(name: string, run: () => Promise<T>) => Promise<T>} exclusive
 * @returns {Promise<number>} how many still wait
 * @throws the first error of one that could not be sent at all, once all were tried
 */
export async function deliver(ctx, exclusive) {
  const all = await ctx.purse.all('notices')
  const from = Math.floor(Math.random() * all.length)
  let [waiting, unheard] = [all.length, 0]
  /** @type {unknown[]} */
  const faults = []
  for (const notice of [...all.slice(from), ...all.slice(0, from)]) {
    try {
      const { changes, heard } = await attempt(ctx, notice)
      if (!heard && ++unheard === mostUnheard) break
      if (changes.length === 0) continue
      await exclusive('peerscrip-wallet', () => ctx.purse.apply(changes))
      waiting--
    } catch (error) {
      faults.push(error)
    }
  }
  if (faults.length > 0) throw faults[0]
  return waiting
}

/**
 * @param {Context} ctx
 * @param {Notice} notice
 * @returns {Promise<{ changes: Change[], heard: boolean }>} changes: none when it has to be tried again; heard: whether anybody answered
 */
async function attempt(ctx, { tx, request }) {
  /** @type {Change} */
  const gone = { kind: 'notices', id: tx, value: null }
  try {
    const { envelope } = await ctx.broker.ask(request)
    const { entry } = await fromBroker(ctx, envelope, request, ['NOTED'], { profile: await ctx.profile() })
    return { changes: [gone, entry], heard: true }
  } catch (error) {
    if (error instanceof Refusal && !error.passing) return { changes: [gone, ...error.entries], heard: true }
    if (error instanceof Refusal || error instanceof Unreachable || error instanceof Problem) return { changes: [], heard: !(error instanceof Unreachable && error.host) }
    throw error
  }
}
