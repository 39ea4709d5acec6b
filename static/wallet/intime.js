// @ts-check
/**
 * Whether what was signed is in force now: decided by the broker's time, so that no clock of a device refuses anything alone.
 * @module
 */
import { stated } from './earnings.js'
import { Advice, Problem, Refusal, Unreachable } from './errors.js'
import { sentence } from './refusals.js'
import { OutOfTime } from './trust.js'

/** @import { Context } from './context.js' */

/**
 * What check says at the broker's time. What is out of time is tried once more when the broker has told its time.
 * @template T
 * @param {Context} ctx
 * @param {(now: number) => Promise<T>} check throws OutOfTime
 * @returns {Promise<T>}
 * @throws {Advice} that names the clock, when the broker cannot be asked
 */
export async function inTime(ctx, check) {
  try {
    return await check(ctx.reckoning.brokerTime())
  } catch (error) {
    if (!(error instanceof OutOfTime)) throw error
  }
  await askTime(ctx)
  return check(ctx.reckoning.brokerTime())
}

/** Hears the broker's time in the answer to a STATEMENT, which is never a stored one. @param {Context} ctx */
async function askTime(ctx) {
  const asked = ctx.now()
  try {
    const { signed } = await stated(ctx)
    ctx.reckoning.hear({ asked, signed, came: ctx.now() })
  } catch (error) {
    if (!(error instanceof Unreachable || error instanceof Problem || error instanceof Refusal)) throw error
    throw new Advice(sentence('clock-wrong'), 'clock-wrong')
  }
}
