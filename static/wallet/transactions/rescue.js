// @ts-check
/**
 * RESCUE: what the account put in at a stall that is gone goes back to its bank (RESCUE, RESCUED). The stall's scrip is set aside
 * then, for it is worth nothing any more, and what waited for that stall ends. What notices announced stays: the stall may have
 * been paid. So they go first, that an honest stall finds its money.
 * @module
 */
import { Refusal, Unreadable } from '../errors.js'
import { hold, put } from '../holdings.js'
import { toBroker } from '../requests.js'
import { boughtLast, noticed } from '../stuck.js'
import { sent } from '../transcript.js'
import { putWork } from '../work.js'
import { askBroker, patience } from './present.js'
import { revive } from './revive.js'

/** @import { Context } from '../context.js' */
/** @import { Outcome, Planned, Rescue, UnderWay } from '../items.js' */
/** @import { Answer } from '../requests.js' */
/** @import { Work } from '../rows.js' */

/** Why scrip is set aside that was rescued, and why what waited for its stall ended. */
const closed = 'stall-revoked'

/** @param {Context} ctx @param {Work} work @param {Planned<Rescue>} item @returns {Promise<Outcome>} */
export async function begin(ctx, work, item) {
  if ((await ctx.purse.all('notices')).length > 0) return { item, changes: [], wait: patience }
  const own = (await ctx.purse.all('holdings')).filter(({ vendor, doubt }) => vendor === item.vendor && doubt !== closed)
  const profile = await ctx.profile()
  const request = await toBroker(ctx, 'RESCUE', { body: { account: profile.account, vendor: item.vendor } }, profile)
  const free = own.filter(({ work: held, doubt }) => !held && !doubt)
  return {
    item: { ...item, phase: 'asked', scrips: own.map(({ scrip }) => scrip.scrip_id), request },
    changes: [...free.map(holding => hold(holding, work)), sent(request, 'broker', ctx.now())], wait: 0,
  }
}

/** @param {Context} ctx @param {UnderWay<Rescue>} item */
export const send = (ctx, { request }) => askBroker(ctx, request, ['RESCUED'])

/**
 * That nothing is there may be because an earlier RESCUE, which was refused, was granted since; or because the stall reported what
 * the wallet does not know that it bought. Unless it is kept for a notice, what the wallet has there is worth nothing then too.
 * @param {Context} ctx
 * @param {Work} work
 * @param {UnderWay<Rescue>} item
 * @param {Answer<'RESCUED'> | Refusal} answer
 * @returns {Promise<Outcome>}
 */
export async function settle(ctx, work, item, answer) {
  if (answer instanceof Refusal) {
    const short = answer.reason === 'float-short'
    const spent = short && !await noticedLately(ctx, item.vendor) ? await worthless(ctx, work, item, { announced: 0, why: 'float-short' }) : []
    return { item: { ...item, phase: 'refused' }, changes: [...answer.entries, ...spent, ...short ? await revive(ctx, item.vendor) : []], stop: answer.reason }
  }
  const { opened: { body: { account, vendor, amount, announced } }, entry } = answer
  if (vendor !== item.vendor || account !== (await ctx.profile()).account) throw new Unreadable()
  const { request, scrips, ...rest } = item
  return { item: { ...rest, phase: 'done', back: amount, announced }, done: true, changes: [...await worthless(ctx, work, item, { announced, why: closed }), entry] }
}

/** Whether the wallet announced a purchase at a stall so lately that the broker may keep money for it. @param {Context} ctx @param {string} vendor */
async function noticedLately(ctx, vendor) {
  return ctx.now() - await boughtLast(ctx, vendor) < noticed
}

/**
 * Sets the scrip aside that a RESCUE was about, and ends what waited for its stall.
 * @param {Context} ctx
 * @param {Work} work
 * @param {UnderWay<Rescue>} item
 * @param {{ announced: number, why: string }} of
 */
async function worthless(ctx, work, { vendor, scrips }, { announced, why }) {
  const over = (await ctx.works()).filter(other => other.id !== work.id && other.state === 'running' && isOver(other, vendor, announced))
  const ended = over.map(other => putWork({ ...other, state: 'stopped', reason: closed, rev: other.rev + 1, changed: ctx.now() }))
  return [...await letGo(ctx, scrips, [work, ...over].map(({ id }) => id), why), ...ended]
}

/**
 * The scrip is set aside, and what ended works held is free.
 * @param {Context} ctx
 * @param {string[]} scrips
 * @param {string[]} works
 * @param {string} why
 */
async function letGo(ctx, scrips, works, why) {
  const touched = (await ctx.purse.all('holdings')).filter(({ scrip, work }) => scrips.includes(scrip.scrip_id) || works.includes(work))
  return touched.map(holding => put({
    ...holding, work: works.includes(holding.work) ? '' : holding.work, doubt: scrips.includes(holding.scrip.scrip_id) ? why : holding.doubt,
  }))
}

/**
 * Whether nothing can come any more of what a work waits for at a stall whose money was rescued. A purchase that was announced may
 * have been made; of a 6.5, and of a 6.2 that was not blessed, the broker tells the end.
 * @param {Work} work
 * @param {string} vendor
 * @param {number} announced
 */
function isOver({ items, at }, vendor, announced) {
  const item = items[at]
  if (!item?.phase || !('vendor' in item) || item.vendor !== vendor) return false
  switch (item.transaction) {
    case '6.7': case '6.8': case 'regain': return true
    case '6.3': return announced === 0
    case '6.2': return item.phase === 'claiming'
    default: return false
  }
}
