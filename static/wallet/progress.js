// @ts-check
/**
 * How far a work has come: in words for people, one stage for each thing it does, and message by message. Pure: read off its items,
 * so it says the same after a reload.
 * @module
 */
import { tr } from './language.js'

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
  const stall = 'stall' in work.about && work.about.stall || tr('the stall')
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
  account: () => tr('Open your account'),
  bank: () => tr('Use the other bank account'),
  rekey: () => tr('Sign with another key'),
  stall: () => tr('Register the stall'),
  '6.1': () => tr('Load money from your bank'),
  '6.2': stall => tr('Set it aside for {stall}', { stall }),
  '6.3': stall => tr('Pay {stall}', { stall }),
  '6.4': () => tr('Load money from your bank'),
  '6.5': stall => tr('Set more aside for {stall}', { stall }),
  '6.6': () => tr('Take it to your bank'),
  '6.7': stall => tr('Take it back from {stall}', { stall }),
  '6.8': () => tr('Renew the money'),
  payout: (_, { to }) => to === 'bank' ? tr('Take it to your bank') : tr('Put it into this wallet'),
  credit: () => tr('Put it into this wallet'),
  protect: (_, { says }) => protecting[says] ?? '',
  rescue: () => tr('Take it to your bank'),
  regain: () => tr('Ask what became of money of the backup'),
}

/** What is said of a protected purchase. @type {Record<string, string>} */
const protecting = { RELEASE: tr('Have the seller paid'), RECLAIM: tr('Ask for the money back'), DISPUTE: tr('Report the problem') }

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
  account: ({ phase }) => all(phase, { R1: tr('Ask the broker for an account'), R2: tr('The account is open') }),
  rekey: ({ phase }) => all(phase, { REKEY: tr('Tell the broker of this wallet\'s other key'), NOTED: tr('It is noted') }),
  bank: ({ phase }) => all(phase, { BANK: tr('Tell the broker of your other bank account'), NOTED: tr('It is noted') }),
  stall: ({ phase }) => all(phase, { R3: tr('Ask the broker for a certificate'), R4: tr('The certificate is here') }),
  '6.1': ({ phase }) => [
    { message: 'T1', says: tr('Ask the broker for money from your bank'), done: phase === 'pending' || phase === 'done' },
    { message: 'T2', says: tr('Money from the broker arrives'), done: phase === 'done' },
  ],
  '6.2': exchange,
  '6.3': (item, noticeWaits) => [
    { message: 'T9', says: tr('Tell the broker that a purchase is coming'), done: false, aside: notice(item, noticeWaits) },
    { message: 'T10', says: tr('Pay the stall'), done: item.phase === 'done' },
    { message: 'T11', says: tr('The stall\'s receipt arrives'), done: item.phase === 'done' },
    { message: 'T12', says: tr('The stall reports the sale to the broker, by itself'), done: false, aside: item.phase === 'done' ? 'later' : 'waiting' },
  ],
  '6.4': ({ phase }) => [
    { message: 'T13', says: tr('Ask the broker to add money from your bank'), done: phase === 'pending' || phase === 'done' },
    { message: 'T14', says: tr('New money comes, worth all of it'), done: phase === 'done' },
  ],
  '6.5': extension,
  '6.6': ({ phase }) => all(phase, { T20: tr('Withdraw your money from the broker'), T21: tr('The broker confirms that it is at your bank') }),
  '6.7': ({ phase }) => all(phase, {
    T22: tr('Give the stall its money back'), T23: tr('The stall asks the broker to pay it out'), T24: tr('The broker approves to the stall'),
    T25: tr('The broker confirms that it is at your bank'),
  }),
  '6.8': ({ phase, vendor }) => all(phase, { T26: vendor ? tr('Ask the stall to renew its money') : tr('Ask the broker to renew its money'), T27: tr('New money of the same value comes') }),
  payout: ({ phase, to, vendor }) => all(phase, {
    PAYOUT: vendor ? tr('Ask the broker to pay out what your stall has earned') : tr('Ask the broker to pay out what it owes you'),
    PAID_OUT: to === 'bank' ? tr('The broker confirms that it is at your bank') : tr('Money comes into this wallet'),
  }),
  credit: ({ phase }) => all(phase, { STATEMENT: tr('Ask the broker what it owes you'), STATED: tr('It says how much') }),
  protect: ({ phase, says }) => all(phase, { [says]: protecting[says] ?? '', HELD: tr('The broker says how the money stands') }),
  rescue: ({ phase }) => all(phase, { RESCUE: tr('Ask the broker to pay back what is at the stall'), RESCUED: tr('The broker confirms that it is at your bank') }),
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
    { message: 'T3', says: tr('Tell the broker which exchange is coming'), done: noted || t6 },
    { message: 'T4', says: tr('Ask the stall for its own money'), done: t6 || t8 },
    { message: 'T5', says: tr('The stall asks the broker'), done: t6 || t8 },
    { message: 'T6', says: tr('The broker\'s receipt and your change'), done: t6 },
    { message: 'T7', says: tr('The broker approves to the stall'), done: t8 },
    { message: 'T8', says: tr('Money of the stall arrives'), done: t8 },
  ]
}

/** @param {Extend} item @returns {Fact[]} */
function extension(item) {
  const t17 = item.phase === 'done' || item.phase === 'grown'
  const t19 = item.phase === 'done' || item.phase === 'changed'
  const none = item.phase !== undefined && item.had === item.amount // nothing is left of the BrokerScrip
  return [
    { message: 'T15', says: tr('Ask the broker for more money of the stall'), done: t17 || item.phase !== undefined && item.deadline > 0 },
    { message: 'T16', says: tr('The broker asks the stall'), done: t17 },
    { message: 'T17', says: tr('New money of the stall comes, worth all of it'), done: t17 },
    { message: 'T18', says: tr('The stall approves to the broker'), done: t17 },
    ...none ? [] : [{ message: 'T19', says: tr('The broker\'s change comes'), done: t19 }],
  ]
}

/** @param {Regain} item @returns {Fact[]} what has been asked so far */
function regain(item) {
  const asked = item.phase === 'asking' ? item.question.transaction : item.phase
  const over = item.phase === 'done'
  return [
    { message: 'T26', says: tr('Ask whether this money of the backup is still good, and change it for new'), done: over || asked !== undefined && asked !== '6.8' },
    ...asked === '6.6' || asked === 'weighing' || asked === '6.4' ? [{ message: 'T20', says: tr('Ask whether it went back to your bank'), done: asked !== '6.6' }] : [],
    ...asked === '6.7' ? [{ message: 'T22', says: tr('Ask whether it went back to your bank'), done: over }] : [],
    ...asked === '6.4' ? [{ message: 'T13', says: tr('Ask whether more was added to it'), done: over }] : [],
  ]
}
