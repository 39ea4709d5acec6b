// @ts-check
/**
 * How an order stands, in people's words, and what its buyer can do next: the one source for the page of an order, for every list
 * of orders, for the header and for notices. Read off the order, what was said about it, and the broker's last word on its
 * money. Pure.
 * @module
 */
import { dayText, dueText, momentText } from './dates.js'
import { isOpen, may, promisedBy } from './hold.js'
import { protectedBy } from './holds.js'
import { tr } from './language.js'
import { format } from './money.js'
import { refunded } from './refunds.js'

/** @import { Currency } from './money.js' */
/** @import { Order } from './rows.js' */
/** @import { Protected } from './holds.js' */

/**
 * @typedef {object} Standing
 * @property {string} label in a word or two
 * @property {'' | 'accent' | 'success' | 'warn'} tone
 * @property {string} says in sentences: where the money is, and until when; "" where it is simply the seller's
 * @property {string} next what comes next, in a few words; "" for nothing
 * @property {Can[]} can what can be said of a protected purchase now
 * @property {number} days how many days are left to say that something is wrong, where they are 2 or 1; else 0
 * @property {boolean} returning whether it is being sent back
 * @property {'check' | 'reclaim' | ''} todo what its person has to do, if anything
 *
 * @typedef {'RELEASE' | 'RECLAIM' | 'DISPUTE'} Can
 */

const day = 86_400

/** @param {...(string | false)} sentences that are so */
const all = (...sentences) => sentences.filter(Boolean).join(' ')

/** What is said otherwise of what is collected than of what is posted; of an order of before, as of what is posted. */
const getting = {
  post: {
    due: tr('Paid, to be sent'), going: tr('On its way'), late: tr('Not sent in time'), saidSo: tr('Said to be sent'),
    missed: tr('It was not sent in time, as far as the market knows.'), told: tr('The seller says that it is on its way, and the market has not heard of it yet.'),
    on: (/** @type {string} */ date) => tr('Sent on {date}', { date }),
    by: (/** @type {string} */ date) => tr('Sent by {date}, or your money back', { date }),
    until: (/** @type {{ date: string, money: string, from: string }} */ what) => tr('The seller has until {date} to send it. Your {money} is held until it is here; if it is not sent, you can have your money back from {from}.', what),
    back: (/** @type {string} */ money) => tr('It was not sent in time, and {money} is yours again.', { money }),
  },
  collect: {
    due: tr('Paid, to be collected'), going: tr('Handed over'), late: tr('Not handed over in time'), saidSo: tr('Said to be handed over'),
    missed: tr('It was not handed over in time, as far as the market knows.'), told: tr('The seller says that it was handed over, and the market has not heard of it yet.'),
    on: (/** @type {string} */ date) => tr('Handed over on {date}', { date }),
    by: (/** @type {string} */ date) => tr('Collect it by {date}, or have your money back', { date }),
    until: (/** @type {{ date: string, money: string, from: string }} */ what) => tr('The seller has until {date} to hand it over. Your {money} is held until you have it; if you do not get it, you can have your money back from {from}.', what),
    back: (/** @type {string} */ money) => tr('It was not handed over in time, and {money} is yours again.', { money }),
  },
}

/** How an order gets to its buyer, in words. @param {Order} order */
export const gets = ({ delivery }) => getting[delivery?.way === 'collect' ? 'collect' : 'post']

/** The label of what is disputed. */
export const reported = tr('Problem reported')

/** How an order stands by what buyer and seller said, where that has a word of its own. @type {Record<string, [string, Standing['tone']]>} */
const talked = {
  packed: [tr('Packed'), 'accent'], 'cancel-asked': [tr('Cancelling asked'), 'warn'], cancelled: [tr('Cancelled'), ''], received: [tr('Received'), 'success'], closed: [tr('Closed'), ''],
  'return-asked': [tr('Return asked'), 'warn'], 'return-agreed': [tr('To be sent back'), 'warn'], returned: [tr('Sent back'), 'accent'],
}

/** What comes next in a return. @type {Record<string, string>} */
const returning = { 'return-asked': tr('Waits for the seller\'s answer'), 'return-agreed': tr('Send it back'), returned: tr('Waits for your money') }

/**
 * @param {Order} order
 * @param {{ state?: string, now: number, currency: Currency, credit?: number }} more state: of its thread; now: unix seconds, by the broker's clock; credit: what the broker still owes, minor units
 * @returns {Standing}
 */
export function standing(order, { state = '', now, currency, credit = 0 }) {
  const by = protectedBy(order)
  const base = plain(order, state, currency)
  if (!by) return base
  const can = /** @type {Can[]} */ (['RELEASE', 'RECLAIM', 'DISPUTE'].filter(event => may(by.hold, event, now)))
  return { ...base, ...isOpen(by.hold) ? open(order, by, { state, now, currency }) : over(order, by, { state, currency, credit }), can }
}

/** How an order stands but for its protection. @param {Order} order @param {string} state @param {Currency} currency @returns {Standing} */
function plain(order, state, currency) {
  const back = refunded(order)
  const [label, tone] = talked[state] ?? []
  const next = returning[state] ?? ''
  const none = { says: '', next, can: [], days: 0, returning: next !== '', todo: /** @type {const} */ ('') }
  if (next && label !== undefined && tone !== undefined) return { ...none, label, tone }
  if (back > 0) return { ...none, label: tr('Refunded {amount}', { amount: format(back, currency) }), tone: '' }
  if (label !== undefined && tone !== undefined) return { ...none, label, tone }
  return { ...none, label: order.sent ? gets(order).on(dayText(order.sent.at)) : tr('Paid'), tone: 'success' }
}

/**
 * @param {Order} order
 * @param {Protected} by
 * @param {{ state: string, now: number, currency: Currency }} more
 * @returns {Partial<Standing>}
 */
function open(order, { hold, held }, { state, now, currency }) {
  const money = format(held?.left ?? order.price, currency)
  if (hold.state === 'disputed') {
    return { label: reported, tone: 'warn', next: tr('Waits for the decision'), says: tr('You reported a problem on {date}. Your {money} stays where it is until whoever runs this market has decided. You read here what comes of it.', { date: dayText(held?.since ?? now), money }) }
  }
  if (hold.state === 'sent') return sent(order, hold.due, { state, money, now })
  const [promised, late, from] = [promisedBy(hold.send_by), now >= hold.send_by, momentText(hold.send_by)]
  const its = gets(order)
  const told = (order.sent !== undefined || state === 'sent') && its.told
  if (late) return { label: told ? its.saidSo : its.late, tone: 'warn', says: all(its.missed, told, tr('You can have your {money} back, or wait on.', { money })), next: tr('Get your money back'), todo: 'reclaim' }
  const back = tr('Your money back from {from}', { from })
  if (now >= promised) return { label: told ? its.saidSo : its.late, tone: 'warn', says: all(its.missed, told, `${back}.`), next: returning[state] ?? back }
  const said = talked[state] || refunded(order) > 0 ? {} : { label: told ? its.going : its.due, tone: /** @type {const} */ ('accent') }
  return { ...said, next: returning[state] ?? its.by(dueText(promised, now)), says: all(its.until({ date: dueText(promised, now), money, from }), told) }
}

/** What is on its way, or here, and can be looked at. @param {Order} order @param {number} due unix seconds @param {{ state: string, money: string, now: number }} more @returns {Partial<Standing>} */
function sent(order, due, { state, money, now }) {
  const back = returning[state]
  if (now >= due) return { ...!back && { label: tr('Closed'), tone: '' }, says: tr('The time to say that something is wrong is over, and the {money} go to the seller.', { money }) }
  const days = due - now <= day ? 1 : due - now <= 2 * day ? 2 : 0
  const date = dueText(due, now)
  const left = days === 1 ? tr('Less than a day is left to say that something is wrong.') : days === 2 && tr('Less than two days are left to say that something is wrong.')
  return {
    ...days ? { label: back ? tr('Settle it by {date}', { date }) : tr('Check it by {date}', { date }), tone: /** @type {const} */ ('warn') } : !talked[state] && refunded(order) === 0 && { label: gets(order).going, tone: /** @type {const} */ ('accent') },
    days, todo: days ? 'check' : '', next: days ? back ? tr('Report it, if your money is not back by then') : tr('Say if something is wrong') : back ?? tr('Your money is held until {date}', { date }),
    says: all(back ? tr('Your {money} is held until {date}. The return does not stop that time: if you do not have your money back by then, report a problem, and the market decides. After it only the seller can give it back.', { money, date })
      : tr('Your {money} is held until {date}. If all is well you need do nothing: the seller is paid then.', { money, date }), left),
  }
}

/**
 * @param {Order} order
 * @param {Protected} by
 * @param {{ state: string, currency: Currency, credit: number }} more
 * @returns {Partial<Standing>}
 */
function over(order, { held }, { state, currency, credit }) {
  if (!held) return {}
  const [mine, theirs] = [format(held.to_buyer, currency), format(held.to_seller, currency)]
  const where = credit > 0 ? tr('It comes into your wallet by itself.') : tr('It is in your wallet.')
  switch (held.state) {
    case 'reclaimed': return { label: tr('Money back'), tone: 'success', says: all(gets(order).back(mine), where) }
    case 'decided': return { label: tr('Decided'), tone: '', says: all(tr('Whoever runs this market has decided on {date}: {mine} for you, {theirs} for the seller.', { date: dayText(held.since), mine, theirs }), held.to_buyer > 0 && where) }
    case 'released': return returning[state] ? { says: tr('The seller has had the {money} since {date}. The return goes on, and only the seller can give it back now.', { money: theirs, date: dayText(held.since) }) }
      : { ...refunded(order) > 0 ? {} : { label: tr('Done'), tone: 'success' }, says: tr('The seller has had the {money} since {date}.', { money: theirs, date: dayText(held.since) }) }
    default: return {}
  }
}
