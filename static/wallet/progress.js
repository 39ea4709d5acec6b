// @ts-check
/**
 * How far a work has come, message by message. Pure: read off the record, so it says the same after a reload.
 * @module
 */

/** @import { Item, Work } from './types.js' */

/**
 * waiting: not yet; running: on its way; done; later: on its way by itself; failed: refused, or undone.
 * @typedef {'waiting' | 'running' | 'done' | 'later' | 'failed'} State
 * @typedef {{ message: string, says: string, state: State }} Line
 */

/**
 * @param {Work} work
 * @param {boolean} noticeWaits whether T9 has not been acknowledged yet
 * @returns {Line[]}
 */
export function progress(work, noticeWaits) {
  return work.items.flatMap((item, i) => {
    const live = i === work.at && work.state === 'running'
    const lines = (tables[item.transaction] ?? none)(item, noticeWaits)
    const reached = i < work.at || work.state === 'done'
    return mark(lines, reached, live, work.state === 'stopped' && i === work.at)
  })
}

/** @typedef {{ message: string, says: string, done: boolean, aside?: State }} Fact */

/**
 * @param {Fact[]} facts
 * @param {boolean} all the transaction is finished
 * @param {boolean} live it is running now
 * @param {boolean} failed it stopped here
 * @returns {Line[]}
 */
function mark(facts, all, live, failed) {
  const next = facts.find(fact => !fact.done && !fact.aside)
  return facts.map(fact => {
    const { message, says } = fact
    if (fact.aside && (all || live || failed)) return { message, says, state: fact.aside }
    if (all || fact.done) return { message, says, state: 'done' }
    if (fact === next && (live || failed)) return { message, says, state: live ? 'running' : 'failed' }
    return { message, says, state: 'waiting' }
  })
}

/** @type {Record<string, (item: Item, noticeWaits: boolean) => Fact[]>} */
const tables = {
  '6.1': item => [
    { message: 'T1', says: 'Ask the broker for money from your bank', done: item.phase === 'pending' || item.phase === 'done' },
    { message: 'T2', says: 'Money from the broker arrives', done: item.phase === 'done' },
  ],
  '6.2': item => [
    { message: 'T3', says: 'Tell the broker which exchange is coming', done: Boolean(item.noted || item.t6) },
    { message: 'T4', says: 'Ask the stall for its own money', done: Boolean(item.t6 || item.t8) },
    { message: 'T5', says: 'The stall asks the broker', done: Boolean(item.t6 || item.t8) },
    { message: 'T6', says: 'The broker\'s receipt and your change', done: Boolean(item.t6) },
    { message: 'T7', says: 'The broker approves to the stall', done: Boolean(item.t8) },
    { message: 'T8', says: 'Money of the stall arrives', done: Boolean(item.t8) },
  ],
  '6.3': (item, noticeWaits) => [
    { message: 'T9', says: 'Tell the broker that a purchase is coming', done: false, aside: item.phase === undefined ? 'waiting' : noticeWaits ? 'later' : 'done' },
    { message: 'T10', says: 'Pay the stall', done: item.phase === 'done' },
    { message: 'T11', says: 'The stall\'s receipt arrives', done: item.phase === 'done' },
    { message: 'T12', says: 'The stall reports the sale to the broker, by itself', done: false, aside: item.phase === 'done' ? 'later' : 'waiting' },
  ],
  '6.4': item => [
    { message: 'T13', says: 'Ask the broker to add money from your bank', done: item.phase === 'pending' || item.phase === 'done' },
    { message: 'T14', says: 'New money comes, worth all of it', done: item.phase === 'done' },
  ],
  '6.5': item => [
    { message: 'T15', says: 'Ask the broker for more money of the stall', done: Boolean(item.deadline || item.t17) },
    { message: 'T16', says: 'The broker asks the stall', done: Boolean(item.t17) },
    { message: 'T17', says: 'New money of the stall comes, worth all of it', done: Boolean(item.t17) },
    { message: 'T18', says: 'The stall approves to the broker', done: Boolean(item.t17) },
    ...item.had !== undefined && item.had === item.amount ? [] : [{ message: 'T19', says: 'The broker\'s change comes', done: Boolean(item.t19) }],
  ],
  '6.6': item => [
    { message: 'T20', says: 'Give your money back to the broker', done: item.phase === 'done' },
    { message: 'T21', says: 'The broker confirms that it is at your bank', done: item.phase === 'done' },
  ],
  '6.7': item => [
    { message: 'T22', says: 'Give the stall its money back', done: item.phase === 'done' },
    { message: 'T23', says: 'The stall asks the broker to pay it out', done: item.phase === 'done' },
    { message: 'T24', says: 'The broker approves to the stall', done: item.phase === 'done' },
    { message: 'T25', says: 'The broker confirms that it is at your bank', done: item.phase === 'done' },
  ],
  payout: item => [
    { message: 'PAYOUT', says: 'Ask the broker to pay out what your stall has earned', done: item.phase === 'done' },
    { message: 'PAID_OUT', says: item.to === 'bank' ? 'The broker confirms that it is at your bank' : 'Money comes into this wallet', done: item.phase === 'done' },
  ],
  '6.8': item => [
    { message: 'T26', says: `Ask ${item.vendor ? 'the stall' : 'the broker'} to renew its money`, done: item.phase === 'done' },
    { message: 'T27', says: 'New money of the same value comes', done: item.phase === 'done' },
  ],
  regain: item => [
    { message: 'T26', says: 'Ask whether this money of the backup is still good, and change it for new', done: item.phase === 'done' || item.asks !== 'T26' },
    ...['T20', 'T13'].includes(item.asks) ? [{ message: 'T20', says: 'Ask whether it went back to your bank', done: item.phase === 'done' || item.asks === 'T13' }] : [],
    ...item.asks === 'T22' ? [{ message: 'T22', says: 'Ask whether it went back to your bank', done: item.phase === 'done' }] : [],
    ...item.asks === 'T13' ? [{ message: 'T13', says: 'Ask whether more was added to it', done: item.phase === 'done' }] : [],
  ],
  account: item => [{ message: 'R1', says: 'Ask the broker for an account', done: item.phase === 'done' }, { message: 'R2', says: 'The account is open', done: item.phase === 'done' }],
  stall: item => [{ message: 'R3', says: 'Ask the broker for a certificate', done: item.phase === 'done' }, { message: 'R4', says: 'The certificate is here', done: item.phase === 'done' }],
}

const none = () => []
