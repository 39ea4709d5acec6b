// @ts-check
/**
 * Which scrip is renewed (6.8), when nobody asks for it: each in a work of its own. Call with the wallet's lock held.
 * @module
 */
import { isAskedAgain, isDue } from './ageing.js'
import { isPassing } from './errors.js'
import { onceMore } from './transactions/revive.js'
import { newWork, putWork } from './work.js'

/** @import { Context } from './context.js' */
/** @import { Planned, Renew } from './items.js' */
/** @import { Holding, Work } from './rows.js' */

/**
 * The scrip that is due for its renewal, or that others may have, free, and was not refused one before. One that was only not answered is asked for again
 * once it buys nothing else.
 * @param {Context} ctx
 * @returns {Promise<Holding[]>}
 */
export async function due(ctx) {
  const now = ctx.reckoning.earliest()
  return (await ctx.holdings()).filter(holding => !holding.work && !isLeft(holding, now) && (isDue(holding, now) || holding.exposed === true))
}

/** Whether it is not renewed by itself. @param {Holding} holding @param {number} now unix seconds */
const isLeft = ({ unrenewed = '', exposed = false, scrip: { expires } }, now) => unrenewed !== '' && !isAskedAgain(unrenewed, expires, now) && !(exposed && isPassing(unrenewed))

/** Whether it is set aside because it was too old for its issuer, whose clock may have been wrong. @param {Holding} holding @param {number} now unix seconds */
export const isTooOldElsewhere = ({ doubt, scrip: { expires } }, now) => doubt !== '' && isAskedAgain(doubt, expires, now)

/** What was too old for its issuer and is not by the clock of this device. @param {Context} ctx @returns {Promise<Holding[]>} */
export const tooOld = async ctx => (await ctx.purse.all('holdings')).filter(holding => !holding.work && isTooOldElsewhere(holding, ctx.now()))

/**
 * Asks again for it, each with the request that was refused, so that asking often leaves nothing behind.
 * @param {Context} ctx
 * @returns {Promise<Work[]>}
 */
export async function renewOld(ctx) {
  const works = await onceMore(ctx, (await tooOld(ctx)).map(({ scrip }) => scrip.scrip_id))
  await ctx.purse.apply(works.map(putWork))
  return works
}

/**
 * Renews scrip, unless a work is at it.
 * @param {Context} ctx
 * @param {Holding[]} holdings
 * @returns {Promise<Work[]>}
 */
export async function renew(ctx, holdings) {
  const running = (await ctx.works()).filter(work => work.state === 'running')
  const busy = new Set(running.flatMap(work => work.items.slice(work.at).map(item => 'scrip' in item && item.scrip)))
  const idle = holdings.filter(({ work, scrip }) => !work && !busy.has(scrip.scrip_id))
  const begun = await Promise.all(idle.map(async holding => renewing(holding, await stallOf(ctx, holding), ctx.now())))
  await ctx.purse.apply(begun.map(putWork))
  return begun
}

/** The name of the stall whose the scrip is, or "". @param {Context} ctx @param {Holding} holding */
export const stallOf = async (ctx, { vendor }) => vendor && (await ctx.merchant(vendor)).name

/** @param {Holding} holding @param {string} stall its name, or "" @param {number} now unix seconds */
export const renewing = (holding, stall, now) =>
  newWork({ purpose: 'renew', items: [renewal(holding)], about: { amount: holding.scrip.value, stall } }, now)

/** @param {Holding} holding @returns {Planned<Renew>} */
const renewal = ({ vendor, scrip: { scrip_id: scrip, value: amount } }) => ({ transaction: '6.8', scrip, vendor, amount })

/** Whether it is used as it is: its issuer has refused to renew it, and it lives. @param {Holding} holding @param {number} now unix seconds */
export const isAsItIs = ({ unrenewed, scrip: { expires } }, now) => Boolean(unrenewed) && expires > now

/** Its renewal, where that has to come first. @param {Holding} holding @param {number} now unix seconds */
export const first = (holding, now) => isDue(holding, now) && !isAsItIs(holding, now) ? [renewal(holding)] : []
