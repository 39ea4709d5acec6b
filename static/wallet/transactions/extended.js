// @ts-check
/**
 * The answers of a 6.5, and what they mean. T17 and T19 are each judged alone, and money is taken in whatever order it comes,
 * whatever is still missing. A crash before the outcome is applied has the same T15 sent again.
 * @module
 */
import { orNothing } from '../errors.js'
import { came, free, gone, isDead } from '../holdings.js'
import { received } from '../messages.js'
import { renewing } from '../renewals.js'
import { putWork } from '../work.js'
import { here, pause } from './exchanged.js'
import { heir, poll } from './present.js'
import { revive } from './revive.js'

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
export async function settle(ctx, work, item, { no, t17, t19, noted }) {
  if (no) return refusal(ctx, item, no)
  const { broker } = await ctx.profile()
  const change = readT19(item, t19, broker)
  const grown = item.phase === 'grown' ? undefined : readT17(item, t17, { broker, work })
  const next = { ...item, tries: item.tries + 1, deadline: noted ? here(noted, ctx.now()) : item.deadline }
  const over = isOver(item, noted)
  const changes = [
    ...noted && !item.deadline ? [noted.entry] : [], ...item.phase === 'asked' && (change || grown || over) ? [gone(item.scrip)] : [],
    ...change?.changes ?? [], ...grown ?? [],
  ]
  const has17 = grown || item.phase === 'grown'
  if (change?.returned && !has17) return undone(next, changes)
  const has19 = change || over || item.phase === 'changed' || item.had === item.amount && has17
  if (has17 && has19) return { item: { ...plain(next), phase: 'done' }, changes, done: true }
  const phase = has17 ? 'grown' : has19 ? 'changed' : item.phase
  return { item: { ...next, phase }, changes, wait: pause(item.tries) }
}

/**
 * Whether a NOTED says that the BrokerScrip is gone: all of it was to be added, so there is no T19, and by the broker's own
 * clock the time is over.
 * @param {UnderWay<Extend>} item
 * @param {Answer<'NOTED'> | undefined} noted
 */
const isOver = ({ had, amount }, noted) => had === amount && noted !== undefined && noted.opened.claims.iat >= noted.opened.body.deadline

/** Without what was only needed to ask. @param {UnderWay<Extend>} item */
function plain({ order, payment, tx, ...item }) {
  return item
}

/**
 * T19: what is left of the BrokerScrip, once; it may have been spent since it first came.
 * @param {UnderWay<Extend>} item
 * @param {Answer<'T19'> | undefined} t19
 * @param {BrokerPin} broker
 * @returns {{ changes: Change[], returned: boolean } | undefined} returned: what was to be added is at the bank
 */
function readT19(item, t19, { id, currency }) {
  const { value = 0, returned = 0 } = t19?.opened.body ?? {}
  if (!t19 || value !== item.had - item.amount || returned !== 0 && returned !== item.amount) return undefined
  const money = orNothing(() => received(t19.opened, { issuer: id, value, currency }))
  if (!money) return undefined
  if (item.phase === 'changed') return { changes: returned > 0 ? [t19.entry] : [], returned: returned > 0 }
  return { changes: [came(money, { vendor: '', work: '' }), t19.entry], returned: returned > 0 }
}

/**
 * T17: the VendorScrip, worth what was added.
 * @param {UnderWay<Extend>} item
 * @param {Answer<'T17'> | undefined} t17
 * @param {{ broker: BrokerPin, work: Work }} whose
 * @returns {Change[] | undefined}
 */
function readT17({ vendor, amount, from, grows }, t17, { broker: { currency }, work }) {
  const value = from + amount
  if (t17?.opened.body.value !== value) return undefined
  const money = orNothing(() => received(t17.opened, { issuer: vendor, value, currency }))
  return money && [gone(grows), came(money, { vendor, work: heir(work) }), t17.entry]
}

/**
 * The time is over and what was to be added is at the bank: the VendorScrip is as it was, and T15 can never be granted any more.
 * @param {UnderWay<Extend>} item
 * @param {Change[]} changes
 * @returns {Outcome}
 */
const undone = (item, changes) => ({ item: { ...plain(item), phase: 'undone' }, changes, stop: 'stall-declined' })

/**
 * Nothing was taken; or, once the BrokerScrip is gone, what was to be added is at the bank. A refusal does not say which of the
 * two scrip it is about: where one may be dead, both are renewed, which tells.
 * @param {Context} ctx
 * @param {UnderWay<Extend>} item
 * @param {Refusal} no
 * @returns {Promise<Outcome>}
 */
async function refusal(ctx, item, no) {
  if (no.passing || item.phase === 'grown') return { item: { ...item, tries: item.tries + 1 }, changes: [], wait: poll, trouble: no.reason }
  if (item.phase === 'changed') return undone(item, no.entries)
  const there = await Promise.all([item.scrip, item.grows].map(id => ctx.purse.get('holdings', id)))
  const holdings = there.filter(holding => holding !== undefined)
  const changes = [...holdings.map(holding => free(holding)), ...no.entries]
  if (isDead(no.reason)) {
    const { name } = await ctx.merchant(item.vendor)
    changes.push(...holdings.map(holding => putWork(renewing(holding, holding.vendor && name, ctx.now()))), ...await revive(ctx, item.scrip, item.grows))
  }
  return { item: { ...item, phase: 'refused' }, changes, stop: no.reason }
}
