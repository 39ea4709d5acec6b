// @ts-check
/**
 * One work as a card: what it is, how far it has come, what it waits for, and what came of it.
 * @module
 */
import { clockText, dayText } from '../dates.js'
import { tr } from '../language.js'
import { summary } from '../lines.js'
import { format } from '../money.js'
import { safety, sentence } from '../refusals.js'
import { isCancellable, isGivable } from '../runner.js'
import { isReal } from '../payways.js'
import { owed } from '../stuck.js'
import { isKnown } from '../transactions.js'
import { callout, fill, h, placed } from './dom.js'
import { action } from './form.js'
import { spoken, steps } from './steps.js'

/** @import { Currency } from '../money.js' */
/** @import { BrokerPin, Work } from '../rows.js' */
/** @import { Wallet } from '../wallet.js' */
/** @import { Away } from '../working.js' */

/** What a work says of a protected purchase. */
const saying = { RELEASE: tr('Having the seller paid'), RECLAIM: tr('Asking for your money back'), DISPUTE: tr('Reporting a problem') }

/** @param {Work} work @param {Currency} currency @returns {string} */
export function title({ purpose, about }, currency) {
  switch (purpose) {
    case 'checkout': return tr('Buying {things} from {stall}', { things: summary(about.lines), stall: about.stall })
    case 'load': return tr('Loading {amount} from your bank', { amount: format(about.amount, currency) })
    case 'bank': return tr('Changing your bank account')
    case 'rekey': return tr('Replacing this wallet\'s key')
    case 'stall': return tr('Opening the stall {name}', { name: about.name })
    case 'withdraw': return tr('Taking {amount} back to your bank', { amount: format(about.amount, currency) })
    case 'credit': return about.amount > 0 ? tr('Taking {amount} that you have back into this wallet', { amount: format(about.amount, currency) }) : tr('Taking what you have back into this wallet')
    case 'protect': return `${saying[about.says]}: ${about.title}`
    case 'payout': return about.to === 'bank'
      ? tr('Taking the {amount} earned at {stall} to your bank', { amount: format(about.amount, currency), stall: about.stall })
      : tr('Putting the {amount} earned at {stall} into this wallet', { amount: format(about.amount, currency), stall: about.stall })
    case 'giveback': return tr('Taking {amount} of {stall} back to your bank', { amount: format(about.amount, currency), stall: about.stall })
    case 'rescue': return tr('Taking {amount} at {stall}, which is gone, back to your bank', { amount: format(about.amount, currency), stall: about.stall })
    case 'renew': return about.stall ? tr('Renewing {amount} of {stall}', { amount: format(about.amount, currency), stall: about.stall }) : tr('Renewing {amount}', { amount: format(about.amount, currency) })
    case 'recover': return tr('Asking again what came of an earlier request')
    case 'restore': return tr('Asking what became of money of the backup')
    case 'join': return tr('Opening your account')
    default: return tr('Begun by a newer version of this page')
  }
}

/**
 * Keeps an element showing a work until it ends.
 * @param {Wallet} wallet
 * @param {string} id
 * @param {(work: Work) => void} [ended] called once, also if it had ended before
 * @returns {HTMLElement}
 */
export function follow(wallet, id, ended = () => {}) {
  const notes = h('div', { class: 'stack' })
  const shown = steps()
  const live = h('p', { class: 'visually-hidden', 'aria-live': 'polite' })
  let over = false
  const show = async () => {
    if (!wallet.ctx) return
    const work = await wallet.workOf(id)
    if (!work) return
    const line = spoken(work)
    if (live.textContent !== line) fill(live, line)
    const noticeWaits = await wallet.noticeWaits(work)
    fill(notes, ...isKnown(work) ? await waits(wallet, work) : [await setAside(wallet, work)])
    notes.hidden = notes.childElementCount === 0
    shown.show(work, noticeWaits)
    if (work.state === 'running') return
    if (!noticeWaits) stop() // T9 may be on its way after the work has ended
    if (over) return
    over = true
    ended(work)
  }
  const stop = wallet.watch(show)
  void wallet.inform(show)
  return h('div', { class: 'stack' }, live, notes, shown.element)
}

/** A work of which this version does not know how it goes on, with the money it has in hand. @param {Wallet} wallet @param {Work} work */
async function setAside(wallet, work) {
  const [value, { broker }] = await Promise.all([wallet.inHandOf(work.id), wallet.profile()])
  const has = value > 0 ? tr('{amount} of your money is in its hands and stays there until then; it is not lost.', { amount: format(value, broker) }) : tr('It has no money in its hands.')
  return callout('warn', tr('A newer version of this page began this. It is set aside here, and goes on when that version is back.'), { 'data-testid': 'work-set-aside' }, h('p', {}, has))
}

/** What a running work waits for. @param {Wallet} wallet @param {Work} work */
async function waits(wallet, work) {
  if (work.state !== 'running') return []
  const [away, { broker }] = await Promise.all([wallet.away(work), wallet.profile()])
  const trouble = wallet.underWay.troubles.get(work.id)
  const again = h('button', { class: 'btn btn--sm', type: 'button', 'data-testid': 'work-retry', onclick: () => wallet.wake() }, tr('Try again now'))
  return [
    waitsFor(wallet, broker, work, again),
    isWaiting(wallet, work) && action({ label: tr('Call it off'), testid: 'work-cancel', css: 'btn btn--sm', run: () => wallet.cancel(work.id) }),
    trouble && callout('warn', work.purpose === 'giveback' ? tr('{stall}: {trouble} Everything else goes on without it.', { stall: work.about.stall, trouble }) : trouble, { 'data-testid': 'work-trouble' },
      h('p', { 'data-testid': 'work-known' }, away ? known(away, owed(work)?.amount ?? 0, broker) : tried(work)),
      h('div', { class: 'cluster' }, again, isGivable(work) && action({ label: tr('Give this up'), testid: 'work-give-up', css: 'btn btn--sm', run: () => wallet.giveUp(work.id) }))),
  ]
}

/** What comes by itself of a work that has trouble. @param {Work} work */
const tried = work => isGivable(work) ? tr('It is tried again by itself for a day. Then it is given up, and your money is free. You can leave this page.') :
  tr('It is tried again by itself; you can leave this page.')

/**
 * What is known of a stall that has kept one waiting for days, and what comes of it.
 * @param {Away} away
 * @param {number} amount that it owes, beside what is in the wallet, minor units
 * @param {Currency} currency
 */
function known({ stall, tx, since, ends }, amount, currency) {
  return [
    tr('This has waited for {stall} since {date}.', { stall, date: dayText(since) }),
    amount > 0 ? tr('The market\'s books say that it owes you {amount}.', { amount: format(amount, currency) }) : tr('The market\'s books say that what you have there is yours.'),
    tr('If the stall is closed, stays silent for 30 days, or its certificate, which ends on {date}, is not renewed within a week, it goes back to your bank by itself.', { date: dayText(ends) }),
    tr('If it answers and does not give it, who runs this market can close the stall: name them the payment {payment} of {date}, which their books have.', { payment: tx, date: dayText(since) }),
    tr('What the stall signed stands in your wallet, under “Advanced” and there under “Envelopes”.'),
  ].join(' ')
}

/** Seconds that a work takes from one transaction to the next where nothing keeps it. */
const passing = 1

/** Whether a work waits before something that it has not begun. @param {Wallet} wallet @param {Work} work */
const isWaiting = (wallet, work) => isCancellable(work) && wallet.parts.now() - work.changed > passing

/** Whose word the item that is run waits for. @param {Wallet} wallet @param {BrokerPin} broker @param {Work} work @param {HTMLElement} again */
function waitsFor(wallet, broker, { items, at, about }, again) {
  const item = items[at]
  if ((item?.transaction === '6.1' || item?.transaction === '6.4') && item.phase === 'pending') return isReal(broker) ? paying(wallet, item.link) : confirming(wallet, item.link)
  if (item?.transaction === '6.2' && item.phase === 'noted' && item.no) {
    return callout('warn', sentence(item.no), { 'data-testid': 'work-undoing' },
      h('p', {}, tr('Your money is held until {time} and then free again. You can leave this page.', { time: clockText(item.deadline) })))
  }
  if (item?.transaction !== '6.5' || item.phase !== 'asked' && item.phase !== 'changed' || item.deadline === 0) return undefined
  const silent = 'stall' in about && about.stall ? tr('{stall} has not answered yet.', { stall: about.stall }) : tr('The stall has not answered yet.')
  return callout('info', silent, { 'data-testid': 'work-extending' }, h('p', {}, item.phase === 'changed' ?
    [item.had > item.amount && tr('Your change is back.'), tr('What was to be added stays set aside until the stall has answered; if it says no, it goes to your bank account.')].filter(Boolean).join(' ') :
    tr('The market goes on asking it. If there is no answer by {time}, you have your change back then.', { time: clockText(item.deadline) })), again)
}

/** @param {Wallet} wallet @param {string} link */
const confirming = (wallet, link) => callout('info', tr('Your bank asks you to confirm this payment.'), { 'data-testid': 'bank-confirm' },
  h('p', {}, ...placed(tr('{link}. It goes on here by itself.'), { link: h('a', { href: safeLink(link), target: '_blank', rel: 'noopener' }, tr('Confirm it at your bank')) })),
  action({ label: tr('Call it off'), testid: 'bank-decline', css: 'btn btn--sm', run: () => wallet.decline(link) }))

/** @param {Wallet} wallet @param {string} link */
const paying = (wallet, link) => callout('info', tr('Pay, and your wallet goes on by itself.'), { 'data-testid': 'bank-confirm' },
  h('p', {}, tr('You can close this page meanwhile, and pay later: what is waiting stays on the page of your wallet.')),
  h('p', {}, h('a', { class: 'btn btn--primary', href: safeLink(link), target: '_blank', rel: 'noopener' }, tr('Open the payment page'))),
  action({ label: tr('Call it off'), testid: 'bank-decline', css: 'btn btn--sm', run: () => wallet.decline(link) }))

/** A link from a message, if it leads to a page. @param {string} link */
function safeLink(link) {
  const url = new URL(link, document.baseURI)
  return ['http:', 'https:'].includes(url.protocol) ? url.href : ''
}

/** Whether somebody else was faster with the one piece that was wanted. @param {Work} work */
const isLastOne = ({ reason, purpose, about }) => reason === 'out-of-stock' && purpose === 'checkout' && about.lines.length === 1 && about.lines[0]?.quantity === 1

/** What came of a work that stopped. @param {Work} work */
export const stopped = work => callout('error', isLastOne(work) ? tr('Someone else bought the last one.') : sentence(work.reason, work.items[work.at]?.transaction), { 'data-testid': 'checkout-error', 'data-reason': work.reason }, h('p', {}, safety(work)))
