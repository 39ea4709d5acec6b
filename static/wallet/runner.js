// @ts-check
/**
 * Runs a work to its end, one transaction after the other, from wherever it stands. Every step is: decide under the lock,
 * apply in one transaction of the database, and only then send. So a crash at any line leaves either nothing of a step or
 * a message that was written down and is sent again.
 *
 * Two locks: "peerscrip-wallet" is held while deciding and applying, so only one tab writes; "peerscrip-work-<id>" while a
 * tab runs that work, so that another tab takes over when it closes instead of sending everything twice.
 * @module
 */
import { Advice, Problem, Refusal, Unreachable } from './errors.js'
import { transactions } from './transactions.js'

/** @import { Context } from './context.js' */
/** @import { Change, Item, Outcome, Holding, Work } from './types.js' */

const longest = 30_000

/**
 * @typedef {object} Tools
 * @property {<T>(name: string, run: () => Promise<T>) => Promise<T>} exclusive runs with the named lock held
 * @property {(milliseconds: number) => Promise<void>} sleep
 * @property {() => boolean} stopped whether the wallet was locked
 * @property {(work: Work, error?: Error) => void} tell called after every change, and with the error when a try failed
 */

/** Raised when the wallet is locked while a work runs; the work goes on after the next unlocking. */
export class Locked extends Error {}

/**
 * @param {Context} ctx
 * @param {string} id
 * @param {Tools} tools
 * @returns {Promise<Work>} ended
 */
export function run(ctx, id, tools) {
  return tools.exclusive(`peerscrip-work-${id}`, async () => {
    let tries = 0
    for (;;) {
      if (tools.stopped()) throw new Locked()
      const work = /** @type {Work} */ (await ctx.purse.get('works', id))
      if (!work || work.state !== 'running') return work
      const wait = await attempt(ctx, work, tools).then(pause => {
        tries = 0
        return pause
      }, error => trouble(error, work, tools, tries++))
      if (wait > 0) await tools.sleep(wait)
    }
  })
}

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {Tools} tools
 * @returns {Promise<number>} milliseconds to wait
 */
async function attempt(ctx, work, tools) {
  const item = current(work)
  const way = transactions[item.transaction]
  if (!way) throw new Advice(`This version cannot run transaction ${item.transaction}.`)
  if (item.phase === undefined) return decide(ctx, work, tools, () => way.begin(ctx, work, item))
  const answer = await way.send(ctx, work, item)
  return decide(ctx, work, tools, () => way.settle(ctx, work, item, answer))
}

/** @param {Work} work @returns {Item} */
function current(work) {
  const item = work.items[work.at]
  if (!item) throw new Error(`work ${work.id} has no item ${work.at}`)
  return item
}

/**
 * Decides and applies, unless another tab was faster: then its decision stands.
 * @param {Context} ctx
 * @param {Work} work
 * @param {Tools} tools
 * @param {() => Promise<Outcome>} choose
 * @returns {Promise<number>}
 */
function decide(ctx, work, tools, choose) {
  return tools.exclusive('peerscrip-wallet', async () => {
    const fresh = /** @type {Work} */ (await ctx.purse.get('works', work.id))
    if (tools.stopped()) throw new Locked()
    if (fresh?.rev !== work.rev) return 0
    const outcome = await choose()
    const next = after(work, outcome, ctx.now())
    const released = next.state === 'running' ? [] : await release(ctx, work.id, outcome.changes)
    await ctx.purse.apply([...outcome.changes, ...released, { kind: 'works', id: work.id, value: next }])
    tools.tell(next, outcome.trouble ? new Refusal(outcome.trouble) : undefined)
    return outcome.wait ?? 0
  })
}

/**
 * The work after an outcome. Pure.
 * @param {Work} work
 * @param {Outcome} outcome
 * @param {number} now unix seconds
 * @returns {Work}
 */
export function after(work, { item, done, stop }, now) {
  const items = work.items.with(work.at, item)
  const last = work.at === work.items.length - 1
  /** @type {Work['state']} */
  const state = stop ? 'stopped' : done && last ? 'done' : 'running'
  return { ...work, items, at: done && !last ? work.at + 1 : work.at, state, reason: stop ?? '', rev: work.rev + 1, changed: now }
}

/**
 * Frees the scrip that an ended work still holds, except what its last changes say about it.
 * @param {Context} ctx
 * @param {string} id
 * @param {Change[]} changes
 * @returns {Promise<Change[]>}
 */
async function release(ctx, id, changes) {
  const said = new Set(changes.filter(change => change.kind === 'holdings').map(change => change.id))
  const held = (await ctx.holdings()).filter(holding => holding.work === id && !said.has(holding.scrip.scrip_id))
  const put = changes.filter(change => change.kind === 'holdings' && change.value?.work === id)
  return [...held.map(free), ...put.map(change => free(change.value))]
}

/** @param {Holding} holding @returns {Change} */
const free = holding => ({ kind: 'holdings', id: holding.scrip.scrip_id, value: { ...holding, work: '' } })

/**
 * A failed try: how long to wait before the next, and what to say meanwhile. Faults of our own end the run.
 * @param {unknown} error
 * @param {Work} work
 * @param {Tools} tools
 * @param {number} tries
 */
function trouble(error, work, tools, tries) {
  const again = error instanceof Unreachable || error instanceof Problem
  if (!again) throw error
  tools.tell(work, error)
  const patient = error instanceof Problem && !error.passing
  return patient ? longest : Math.min(longest, 1000 * 2 ** tries)
}
