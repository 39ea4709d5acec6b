// @ts-check
/**
 * How far a work has come: in words for people, one stage for each thing it does, and message by message. Pure: read off its items,
 * so it says the same after a reload.
 * @module
 */

/** @import { Exchange, Extend, Item, Purchase, Regain } from './items.js' */
/** @import { Work } from './rows.js' */

/**
 * waiting: not yet; running: on its way; done; later: on its way by itself; failed: refused, or undone.
 * @typedef {'waiting' | 'running' | 'done' | 'later' | 'failed'} State
 * @typedef {{ message: string, says: string, state: State }} Line
 */

/** One thing that a work does, in words for people. @typedef {{ says: string, state: State }} Stage */

/**
 * What a work does, in its order; loadings that add to each other are one stage.
 * @param {Work} work
 * @returns {Stage[]}
 */
export function stages(work) {
  const stall = 'stall' in work.about && work.about.stall || 'the stall'
  /** @type {Stage[]} */
  const list = []
  for (const [i, item] of work.items.entries()) {
    const says = doing[item.transaction]?.(stall, item)
    if (!says) continue // of a newer version of this program
    const state = i < work.at || work.state === 'done' ? 'done' : i > work.at ? 'waiting' : work.state === 'stopped' ? 'failed' : 'running'
    const last = list.at(-1)
    if (last?.says !== says) list.push({ says, state })
    else if (last.state === 'done') last.state = state === 'waiting' ? 'running' : state
  }
  return list
}

/** @type {Record<string, (stall: string, item: any) => string>} */
const doing = {
  account: () => 'Open your account',
  bank: () => 'Use the other bank account',
  stall: () => 'Register the stall',
  '6.1': () => 'Load money from your bank',
  '6.2': stall => `Set it aside for ${stall}`,
  '6.3': stall => `Pay ${stall}`,
  '6.4': () => 'Load money from your bank',
  '6.5': stall => `Set more aside for ${stall}`,
  '6.6': () => 'Take it to your bank',
  '6.7': stall => `Take it back from ${stall}`,
  '6.8': () => 'Renew the money',
  payout: (_, { to }) => to === 'bank' ? 'Take it to your bank' : 'Put it into this wallet',
  credit: () => 'Put it into this wallet',
  protect: (_, { says }) => protecting[says] ?? '',
  rescue: () => 'Take it to your bank',
  regain: () => 'Ask what became of money of the backup',
}

/** What is said of a protected purchase. @type {Record<string, string>} */
const protecting = { RELEASE: 'Have the seller paid', RECLAIM: 'Ask for the money back', DISPUTE: 'Report the problem' }

/**
 * @param {Work} work
 * @param {boolean} noticeWaits whether T9 has not been acknowledged yet
 * @returns {Line[]}
 */
export function progress(work, noticeWaits) {
  return work.items.flatMap((item, i) => {
    const live = i === work.at && work.state === 'running'
    const lines = factsOf(item, noticeWaits)
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

/** @param {Item} item @param {boolean} noticeWaits @returns {Fact[]} none of a transaction that a newer version of this program has written */
function factsOf(item, noticeWaits) {
  const table = /** @type {((item: Item, noticeWaits: boolean) => Fact[]) | undefined} */ (tables[item.transaction])
  return table?.(item, noticeWaits) ?? []
}

/** @type {{ [T in Item['transaction']]: (item: Extract<Item, { transaction: T }>, noticeWaits: boolean) => Fact[] }} */
const tables = {
  account: ({ phase }) => all(phase, { R1: 'Ask the broker for an account', R2: 'The account is open' }),
  bank: ({ phase }) => all(phase, { BANK: 'Tell the broker of your other bank account', NOTED: 'It is noted' }),
  stall: ({ phase }) => all(phase, { R3: 'Ask the broker for a certificate', R4: 'The certificate is here' }),
  '6.1': ({ phase }) => [
    { message: 'T1', says: 'Ask the broker for money from your bank', done: phase === 'pending' || phase === 'done' },
    { message: 'T2', says: 'Money from the broker arrives', done: phase === 'done' },
  ],
  '6.2': exchange,
  '6.3': (item, noticeWaits) => [
    { message: 'T9', says: 'Tell the broker that a purchase is coming', done: false, aside: notice(item, noticeWaits) },
    { message: 'T10', says: 'Pay the stall', done: item.phase === 'done' },
    { message: 'T11', says: 'The stall\'s receipt arrives', done: item.phase === 'done' },
    { message: 'T12', says: 'The stall reports the sale to the broker, by itself', done: false, aside: item.phase === 'done' ? 'later' : 'waiting' },
  ],
  '6.4': ({ phase }) => [
    { message: 'T13', says: 'Ask the broker to add money from your bank', done: phase === 'pending' || phase === 'done' },
    { message: 'T14', says: 'New money comes, worth all of it', done: phase === 'done' },
  ],
  '6.5': extension,
  '6.6': ({ phase }) => all(phase, { T20: 'Withdraw your money from the broker', T21: 'The broker confirms that it is at your bank' }),
  '6.7': ({ phase }) => all(phase, {
    T22: 'Give the stall its money back', T23: 'The stall asks the broker to pay it out', T24: 'The broker approves to the stall',
    T25: 'The broker confirms that it is at your bank',
  }),
  '6.8': ({ phase, vendor }) => all(phase, { T26: `Ask ${vendor ? 'the stall' : 'the broker'} to renew its money`, T27: 'New money of the same value comes' }),
  payout: ({ phase, to, vendor }) => all(phase, {
    PAYOUT: vendor ? 'Ask the broker to pay out what your stall has earned' : 'Ask the broker to pay out what it owes you',
    PAID_OUT: to === 'bank' ? 'The broker confirms that it is at your bank' : 'Money comes into this wallet',
  }),
  credit: ({ phase }) => all(phase, { STATEMENT: 'Ask the broker what it owes you', STATED: 'It says how much' }),
  protect: ({ phase, says }) => all(phase, { [says]: protecting[says] ?? '', HELD: 'The broker says how the money stands' }),
  rescue: ({ phase }) => all(phase, { RESCUE: 'Ask the broker to pay back what is at the stall', RESCUED: 'The broker confirms that it is at your bank' }),
  regain,
}

/** Messages of which nothing is known before the last has come. @param {string | undefined} phase @param {Record<string, string>} messages @returns {Fact[]} */
const all = (phase, messages) => Object.entries(messages).map(([message, says]) => ({ message, says, done: phase === 'done' }))

/** How T9 stands, which goes its own way. @param {Purchase} item @param {boolean} waits @returns {State} */
function notice(item, waits) {
  if (item.phase === undefined || item.phase === 'refused' && !item.announced) return 'waiting'
  return waits ? 'later' : 'done'
}

/** @param {Exchange} item @returns {Fact[]} */
function exchange(item) {
  const noted = item.phase !== undefined && (item.phase === 'done' || item.deadline > 0)
  const t6 = item.phase === 'done' || item.phase === 'claiming' || item.phase === 'refused' && item.claim !== undefined
  const t8 = item.phase === 'done' || item.phase === 'issued'
  return [
    { message: 'T3', says: 'Tell the broker which exchange is coming', done: noted || t6 },
    { message: 'T4', says: 'Ask the stall for its own money', done: t6 || t8 },
    { message: 'T5', says: 'The stall asks the broker', done: t6 || t8 },
    { message: 'T6', says: 'The broker\'s receipt and your change', done: t6 },
    { message: 'T7', says: 'The broker approves to the stall', done: t8 },
    { message: 'T8', says: 'Money of the stall arrives', done: t8 },
  ]
}

/** @param {Extend} item @returns {Fact[]} */
function extension(item) {
  const t17 = item.phase === 'done' || item.phase === 'grown'
  const t19 = item.phase === 'done' || item.phase === 'changed'
  const none = item.phase !== undefined && item.had === item.amount // nothing is left of the BrokerScrip
  return [
    { message: 'T15', says: 'Ask the broker for more money of the stall', done: t17 || item.phase !== undefined && item.deadline > 0 },
    { message: 'T16', says: 'The broker asks the stall', done: t17 },
    { message: 'T17', says: 'New money of the stall comes, worth all of it', done: t17 },
    { message: 'T18', says: 'The stall approves to the broker', done: t17 },
    ...none ? [] : [{ message: 'T19', says: 'The broker\'s change comes', done: t19 }],
  ]
}

/** @param {Regain} item @returns {Fact[]} what has been asked so far */
function regain(item) {
  const asked = item.phase === 'asking' ? item.question.transaction : item.phase
  const over = item.phase === 'done'
  return [
    { message: 'T26', says: 'Ask whether this money of the backup is still good, and change it for new', done: over || asked !== undefined && asked !== '6.8' },
    ...asked === '6.6' || asked === 'weighing' || asked === '6.4' ? [{ message: 'T20', says: 'Ask whether it went back to your bank', done: asked !== '6.6' }] : [],
    ...asked === '6.7' ? [{ message: 'T22', says: 'Ask whether it went back to your bank', done: over }] : [],
    ...asked === '6.4' ? [{ message: 'T13', says: 'Ask whether more was added to it', done: over }] : [],
  ]
}
