// @ts-check
/**
 * What the answers of a 6.5 mean: money is taken in whatever order it comes, whatever is still missing.
 * @module
 */
import { Unreadable } from '../errors.js'
import { came, free, gone, isDead } from '../holdings.js'
import { received } from '../messages.js'
import { renewing } from '../renewals.js'
import { putWork } from '../work.js'
import { pause } from './exchanged.js'
import { heir, poll } from './present.js'
import { takenUp } from './undone.js'

/** @import { Context } from '../context.js' */
/** @import { Refusal } from '../errors.js' */
/** @import { Extend, Outcome, UnderWay } from '../items.js' */
/** @import { Answer } from '../requests.js' */
/** @import { BrokerPin, Change, Work } from '../rows.js' */
/** @import { Heard } from './extend.js' */

/**
 * @param {Context} ctx
 * @param {Work} work
 * @param {UnderWay<Extend>} item
 * @param {Heard} heard
 * @returns {Promise<Outcome>}
 */
export async function settle(ctx, work, item, { no, t17, t19, noted, alone = false }) {
  if (no) return refusal(ctx, item, no)
  const { broker } = await ctx.profile()
  const next = { ...item, tries: item.tries + 1, deadline: noted?.opened.body.deadline ?? item.deadline }
  const changes = [...noted && !item.deadline ? [noted.entry] : [], ...t19 ? change(item, t19, broker) : []]
  if (t19 && t19.opened.body.returned > 0) return { item: { ...plain(next), phase: 'refused' }, changes, stop: 'stall-declined' }
  const grown = t17 && item.phase !== 'grown' ? growth(item, t17, { broker, work }) : undefined
  changes.push(...grown ?? [])
  const [has17, has19] = [grown || item.phase === 'grown', t19 || item.phase === 'changed' || item.had === item.amount]
  if (has17 && has19) {
    if (item.had === item.amount) changes.push(gone(item.scrip))
    return { item: { ...plain(next), phase: 'done' }, changes, done: true }
  }
  const wait = pause(item.tries)
  if (has17) return { item: { ...next, phase: 'grown' }, changes, wait }
  return { item: t19 ? { ...next, phase: 'changed', late: alone } : next, changes, wait }
}

/** Without what was only needed to ask. @param {UnderWay<Extend>} item */
const plain = ({ transaction, vendor, amount, need, scrip, had, grows, from, tries, deadline }) =>
  ({ transaction, vendor, amount, need, scrip, had, grows, from, tries, deadline })

/**
 * T19: what is left of the BrokerScrip, once; it may have been spent since it first came.
 * @param {UnderWay<Extend>} item
 * @param {Answer<'T19'>} t19
 * @param {BrokerPin} broker
 * @returns {Change[]}
 */
function change(item, { opened, entry }, { id, currency }) {
  const { value, returned } = opened.body
  if (value !== item.had - item.amount || returned !== 0 && returned !== item.amount) throw new Unreadable()
  const money = received(opened, { issuer: id, value, currency })
  if (item.phase === 'changed') return returned > 0 ? [entry] : []
  return [gone(item.scrip), came(money, { vendor: '', work: '' }), entry]
}

/**
 * What T17 brought, if it is what was paid for. A stall that sends anything else must not keep us from our change.
 * @param {UnderWay<Extend>} item
 * @param {Answer<'T17'>} t17
 * @param {{ broker: BrokerPin, work: Work }} whose
 * @returns {Change[] | undefined}
 */
function growth({ vendor, amount, from, grows }, { opened, entry }, { broker: { currency }, work }) {
  const value = from + amount
  try {
    if (opened.body.value !== value) return undefined
    return [gone(grows), came(received(opened, { issuer: vendor, value, currency }), { vendor, work: heir(work) }), entry]
  } catch {
    return undefined
  }
}

/**
 * Nothing was taken, or everything is back by now. A refusal does not say which of the two scrip it is about: where one may be
 * spent, both are renewed, which tells.
 * @param {Context} ctx
 * @param {UnderWay<Extend>} item
 * @param {Refusal} no
 * @returns {Promise<Outcome>}
 */
async function refusal(ctx, item, no) {
  if (no.passing || item.phase === 'grown') return { item: { ...item, tries: item.tries + 1 }, changes: [], wait: poll, trouble: no.reason }
  const there = await Promise.all([item.scrip, item.grows].map(id => ctx.purse.get('holdings', id)))
  const holdings = there.filter(holding => holding !== undefined)
  const changes = [...holdings.map(holding => free(holding)), ...no.entries]
  if (item.phase === 'changed' && item.late) return { item: { ...plain(item), phase: 'refused' }, changes, stop: 'stall-declined' }
  if (isDead(no.reason)) {
    const { name } = await ctx.merchant(item.vendor)
    changes.push(...holdings.map(holding => putWork(renewing(holding, holding.vendor && name, ctx.now()))), ...await takenUp(ctx, item.scrip))
  }
  return { item: { ...plain(item), phase: 'refused' }, changes, stop: no.reason }
}
