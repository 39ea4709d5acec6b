// @ts-check
/**
 * The runner takes a work to its end, one transaction after the other, from wherever it stands. Each turn is: decide under the
 * lock (begin or settle of the transaction), apply what was decided in one commit, and only then send. So a crash at any line
 * leaves either nothing of a turn, or a request that was written down and is sent again.
 *
 * Two locks: "peerscrip-wallet" is held while deciding and applying, so only one tab writes; "peerscrip-work-<id>" while a
 * tab runs that work, so that another tab takes over when it closes instead of sending everything twice.
 *
 * What a work has not begun can still be called off (cancel), and a work that spends is not begun when it has waited for so long
 * that nobody may want it any more (isOverdue).
 * @module
 */
import { Full, Problem, Refusal, Unreachable } from './errors.js'
import { free } from './holdings.js'
import { givenUp, orGivenUp } from './patience.js'
import { begin, send, settle } from './transactions.js'
import { putWork } from './work.js'

/** @import { Context } from './context.js' */
/** @import { Item, Outcome, UnderWay } from './items.js' */
/** @import { Change, Work } from './rows.js' */

const longest = 30_000

/** Seconds after which a work that spends begins nothing more: who asked for it may be gone. */
const wanted = 60 * 60

/**
 * @typedef {object} Tools
 * @property {<T>(name: string, run: () => Promise<T>) => Promise<T>} exclusive runs with the named lock held
 * @property {(milliseconds: number) => Promise<void>} sleep
 * @property {() => boolean} stopped whether the wallet was locked
 * @property {(work: Work, error?: Error) => void} tell called after every change, and with the error when a try failed
 */

/** The wallet was locked while a work ran. The work stands as it was last applied, and goes on after the next unlocking. */
export class Locked extends Error {}

/**
 * Runs a work until it has ended.
 * @param {Context} ctx
 * @param {string} id
 * @param {Tools} tools
 * @returns {Promise<Work>} ended
 * @throws {Locked}
 */
export function run(ctx, id, tools) {
  return tools.exclusive(`peerscrip-work-${id}`, async () => {
    let tries = 0
    for (;;) {
      if (tools.stopped()) throw new Locked()
      const work = await ctx.must('works', id)
      if (work.state !== 'running') return work
      const wait = await turn(ctx, work, tools).then(pause => {
        tries = 0
        return pause
      }, error => trouble(error, work, tools, tries++))
      if (wait > 0) await tools.sleep(wait)
    }
  })
}

/**
 * One turn of a work: begins its item, or sends what is due and settles on the answer.
 * @param {Context} ctx
 * @param {Work} work
 * @param {Tools} tools
 * @returns {Promise<number>} milliseconds to wait
 * @throws {Unreachable | Problem} when nothing came that was signed: it decides nothing
 */
export async function turn(ctx, work, tools) {
  const item = current(work)
  if (item.phase === undefined) return decide(ctx, work, tools, () => isOverdue(work, ctx.now()) ? Promise.resolve(overdue(item)) : begin(ctx, work, item))
  if (!isUnderWay(item)) throw new Error(`work ${work.id} runs an item that has ended`)
  try {
    const answer = await send(ctx, item)
    return await decide(ctx, work, tools, async () => {
      const outcome = await settle(ctx, work, item, answer)
      return isUndecided(outcome, item) && await orGivenUp(ctx, work, item) || outcome
    })
  } catch (error) {
    const unsigned = error instanceof Unreachable || error instanceof Problem
    if (!unsigned || await orGivenUp(ctx, work, item) === undefined) throw error
    return decide(ctx, work, tools, async () => /** @type {Outcome} */ (await orGivenUp(ctx, work, item)))
  }
}

/** Whether an item goes on from where it was. @param {Outcome} outcome @param {UnderWay<Item>} item */
const isUndecided = (outcome, item) => 'wait' in outcome && outcome.item.phase === item.phase && outcome.changes.length === 0

/** Whether a work that takes money from the bank, or spends it, was asked for too long ago. @param {Work} work @param {number} now unix seconds */
const isOverdue = ({ purpose, created }, now) => (purpose === 'checkout' || purpose === 'load') && now - created > wanted

/** @param {Item} item @returns {Outcome} */
const overdue = item => ({ item, changes: [], stop: 'waited-long' })

/** Works that a person can call off. The wallet's own go on: it would begin them again. */
const callable = ['checkout', 'load', 'withdraw', 'giveback', 'payout']

/** Whether nothing has been sent of what the work would do now, so that it can be called off. @param {Work} work */
export const isCancellable = work => work.state === 'running' && callable.includes(work.purpose) && current(work).phase === undefined

/**
 * Calls a work off, if nothing has been sent of what it would do now: that is not begun, nor what follows it. What it had done
 * before stands, and its money is free. Call with the wallet's lock held.
 * @param {Context} ctx
 * @param {string} id
 * @returns {Promise<boolean>} whether it was; else it is under way, or has ended
 */
export async function cancel(ctx, id) {
  const work = await ctx.must('works', id)
  if (!isCancellable(work)) return false
  const next = after(work, { item: current(work), changes: [], stop: 'cancelled' }, ctx.now())
  await ctx.purse.apply([...await release(ctx, id, []), putWork(next)])
  return true
}

/** Whether a work waits for a stall to sell something or to pay out, and can be given up. @param {Work} work */
export const isGivable = work => givable(work) !== undefined

/** @param {Work} work */
function givable(work) {
  const item = current(work)
  return work.state === 'running' && (item.transaction === '6.3' || item.transaction === '6.7') && item.phase === 'asked' ? item : undefined
}

/**
 * Gives up a purchase or a giveback whose stall does not answer, as time would (patience.js). Call with the wallet's lock held.
 * @param {Context} ctx
 * @param {string} id
 * @returns {Promise<boolean>} whether it was; else it has ended
 */
export async function giveUp(ctx, id) {
  const work = await ctx.must('works', id)
  const item = givable(work)
  if (!item) return false
  const outcome = await givenUp(ctx, item, 'given-up')
  await ctx.purse.apply([...outcome.changes, ...await release(ctx, id, outcome.changes), putWork(after(work, outcome, ctx.now()))])
  return true
}

/** @param {Work} work @returns {Item} */
function current(work) {
  const item = work.items[work.at]
  if (!item) throw new Error(`work ${work.id} has no item ${work.at}`)
  return item
}

/** @param {Item} item @returns {item is UnderWay<Item>} */
const isUnderWay = item => item.phase !== undefined && item.phase !== 'done' && item.phase !== 'undone' && item.phase !== 'refused'

/**
 * Decides and applies, unless another tab was faster: then its decision stands. What changes nothing is not written.
 * @param {Context} ctx
 * @param {Work} work
 * @param {Tools} tools
 * @param {() => Promise<Outcome>} choose
 * @returns {Promise<number>} milliseconds to wait
 */
function decide(ctx, work, tools, choose) {
  return tools.exclusive('peerscrip-wallet', async () => {
    const fresh = await ctx.purse.get('works', work.id)
    if (tools.stopped()) throw new Locked()
    if (fresh?.rev !== work.rev) return 0
    const outcome = await choose()
    const wait = 'wait' in outcome ? outcome.wait : 0
    const trouble = 'trouble' in outcome && outcome.trouble ? new Refusal(outcome.trouble) : undefined
    if (wait > 0 && outcome.item === current(work) && outcome.changes.length === 0) {
      tools.tell(work, trouble)
      return wait
    }
    const next = after(work, outcome, ctx.now())
    const released = next.state === 'running' ? [] : await release(ctx, work.id, outcome.changes)
    await ctx.purse.apply([...outcome.changes, ...released, putWork(next)])
    tools.tell(next, trouble)
    return wait
  })
}

/**
 * The work after an outcome. Pure.
 * @param {Work} work
 * @param {Outcome} outcome
 * @param {number} now unix seconds
 * @returns {Work}
 */
export function after(work, outcome, now) {
  const items = work.items.with(work.at, outcome.item)
  const last = work.at === work.items.length - 1
  const [done, reason] = ['done' in outcome, 'stop' in outcome ? outcome.stop : '']
  const state = 'stop' in outcome ? 'stopped' : done && last ? 'done' : 'running'
  return { ...work, items, at: done && !last ? work.at + 1 : work.at, state, reason, rev: work.rev + 1, changed: now }
}

/**
 * Frees the scrip that an ended work still holds, except what its last changes say about it.
 * @param {Context} ctx
 * @param {string} id
 * @param {Change[]} changes
 * @returns {Promise<Change[]>}
 */
async function release(ctx, id, changes) {
  const said = changes.filter(change => change.kind === 'holdings')
  const ids = new Set(said.map(change => change.id))
  const held = (await ctx.holdings()).filter(holding => holding.work === id && !ids.has(holding.scrip.scrip_id))
  const put = said.flatMap(({ value }) => value?.work === id ? [value] : [])
  return [...held, ...put].map(holding => free(holding))
}

/**
 * A failed try, also one to write down what came: how long to wait before the next, and what to say meanwhile. Faults of our own end the run.
 * @param {unknown} error
 * @param {Work} work
 * @param {Tools} tools
 * @param {number} tries
 */
function trouble(error, work, tools, tries) {
  const again = error instanceof Unreachable || error instanceof Problem || error instanceof Full
  if (!again) throw error
  tools.tell(work, error)
  const patient = error instanceof Problem && !error.passing
  return patient ? longest : Math.min(longest, 1000 * 2 ** tries)
}
