// @ts-check
/**
 * The way to a stall, which may have moved: where it does not answer at the address that the purse knows, the broker is asked where
 * it is certified by now, once a minute at most, and it is asked there, and from then on. In Go this is wallet.atStall.
 * @module
 */
import { Advice, Problem, Unreachable } from './errors.js'
import { Stall } from './stall.js'
import { certificate } from './trust.js'

/** @import { Pair, Parts } from './broker.js' */
/** @import { Context } from './context.js' */
/** @import { Request } from './requests.js' */

/** Seconds in which the broker is asked once for the address of a stall that does not answer. */
const rarely = 60

export class Way {
  /** @param {Context} ctx @param {{ baseURL: string, vendor: string }} merchant as the purse knows it */
  constructor(ctx, { baseURL, vendor }) {
    this.ctx = ctx
    this.baseURL = baseURL
    this.vendor = vendor
  }

  /** The stall at an address, which tells heads of the broker's log. @param {string} base */
  at(base) {
    return new Stall(base, this.vendor, head => this.ctx.told.set(this.vendor, head))
  }

  /** As a Stall's. @param {Request} request @returns {Promise<{ envelope: unknown }>} */
  ask(request) {
    return this.through(stall => stall.ask(request))
  }

  /** As a Stall's. @param {Pair} request @returns {Promise<Parts>} */
  askPair(request) {
    return this.through(stall => stall.askPair(request))
  }

  /** @template T @param {(stall: Stall) => Promise<T>} ask @returns {Promise<T>} */
  async through(ask) {
    try {
      return await ask(this.at(this.baseURL))
    } catch (error) {
      if (!isUnanswered(error)) throw error
      const moved = await movedTo(this)
      if (moved === undefined) throw error
      return ask(this.at(moved))
    }
  }
}

/** @param {unknown} error */
const isUnanswered = error => error instanceof Unreachable || error instanceof Problem

/** Another address than this one, at which the stall is certified by now. @param {Way} way @returns {Promise<string | undefined>} */
async function movedTo({ ctx, baseURL, vendor }) {
  const known = await ctx.purse.get('merchants', vendor)
  if (known && known.baseURL !== baseURL) return known.baseURL // who asked at the same time has found it
  const [now, last] = [ctx.now(), ctx.lookedFor.get(vendor)]
  if (last !== undefined && now >= last && now < last + rarely) return undefined
  ctx.lookedFor.set(vendor, now)
  try {
    const { certificate: jws } = await ctx.broker.stall(vendor)
    const fresh = await certificate(jws, vendor, (await ctx.profile()).broker)
    if (fresh.baseURL === baseURL) return undefined
    await ctx.exclusive('peerscrip-wallet', async () => {
      const value = await ctx.purse.get('merchants', vendor)
      if (value) await ctx.purse.apply([{ kind: 'merchants', id: vendor, value: { ...value, ...fresh } }])
    })
    return fresh.baseURL
  } catch (error) {
    if (isUnanswered(error) || error instanceof Advice) return undefined
    throw error
  }
}
