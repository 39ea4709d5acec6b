// @ts-check
/**
 * One work as a card: what it is, how far it has come, what it waits for, and what came of it.
 * @module
 */
import { clockText } from '../dates.js'
import { format } from '../money.js'
import { safety, sentence } from '../refusals.js'
import { callout, fill, h } from './dom.js'
import { spoken, steps } from './steps.js'

/** @import { Currency } from '../money.js' */
/** @import { Work } from '../types.js' */
/** @import { Wallet } from '../wallet.js' */

/** @param {Work} work @param {Currency} currency */
export function title({ kind, about }, currency) {
  if (kind === 'checkout') return `Buying ${about.title} from ${about.stall}`
  if (kind === 'load') return `Loading ${format(about.amount, currency)} from your bank`
  if (kind === 'stall') return `Opening the stall ${about.name}`
  if (kind === 'withdraw') return `Taking ${format(about.amount, currency)} back to your bank`
  if (kind === 'payout') return `${about.to === 'bank' ? 'Taking' : 'Putting'} the ${format(about.amount, currency)} earned at ${about.stall} ${about.to === 'bank' ? 'to your bank' : 'into this wallet'}`
  if (kind === 'giveback') return `Taking ${format(about.amount, currency)} of ${about.stall} back to your bank`
  if (kind === 'renew') return `Renewing ${format(about.amount, currency)}${about.stall ? ` of ${about.stall}` : ''}`
  return kind === 'recover' ? 'Fetching money of an undone exchange' : 'Opening your account'
}

/**
 * Keeps an element showing a work until it ends.
 * @param {Wallet} wallet
 * @param {string} id
 * @param {(work: Work) => void} [ended] called once, also if it had ended before
 * @returns {HTMLElement}
 */
export function follow(wallet, id, ended = () => {}) {
  const list = h('div', { class: 'stack' })
  const live = h('p', { class: 'visually-hidden', 'aria-live': 'polite' })
  let over = false
  const show = async () => {
    if (!wallet.ctx) return
    const work = await wallet.workOf(id)
    if (!work) return
    const line = spoken(work)
    if (live.textContent !== line) fill(live, line)
    const noticeWaits = await wallet.noticeWaits(work)
    fill(list, ...waits(wallet, work), steps(work, noticeWaits))
    if (work.state === 'running') return
    if (!noticeWaits) stop() // T9 may be on its way after the work has ended
    if (over) return
    over = true
    ended(work)
  }
  const stop = wallet.watch(show)
  void wallet.inform(show)
  return h('div', { class: 'stack' }, live, list)
}

/** What a running work waits for. @param {Wallet} wallet @param {Work} work */
function waits(wallet, work) {
  if (work.state !== 'running') return []
  const { phase, link, refusal, deadline, late } = /** @type {Record<string, any>} */ (work.items[work.at] ?? {})
  const trouble = wallet.underWay.troubles.get(work.id)
  const again = h('button', { class: 'btn btn--sm', type: 'button', 'data-testid': 'work-retry', onclick: () => wallet.wake() }, 'Try again now')
  return [
    phase === 'pending' && callout('info', 'Your bank asks you to confirm this payment.', { 'data-testid': 'bank-confirm' },
      h('p', {}, h('a', { href: safeLink(link), target: '_blank', rel: 'noopener' }, 'Confirm it at your bank'), '. It goes on here by itself.')),
    refusal && callout('warn', sentence(refusal), { 'data-testid': 'work-undoing' },
      h('p', {}, `Your money is held until ${clockText(deadline)} and then free again. You can leave this page.`)),
    phase === 'extending' && deadline > 0 && callout('info', `${work.about.stall} has not answered yet.`, { 'data-testid': 'work-extending' }, h('p', {}, late ?
      'Your change is back. What was to be added stays set aside until the stall has answered; if it says no, it goes to your bank account.' :
      `The broker goes on asking it. If there is no answer by ${clockText(deadline)}, you have your change back then.`), again),
    trouble && callout('warn', work.kind === 'giveback' ? `${work.about.stall}: ${trouble} Everything else goes on without it.` : trouble, { 'data-testid': 'work-trouble' }, h('p', {}, 'It is tried again by itself; you can leave this page. Nothing is lost.'), again),
  ]
}

/** A link from a message, if it leads to a page. @param {string} link */
function safeLink(link) {
  const url = new URL(link, document.baseURI)
  return ['http:', 'https:'].includes(url.protocol) ? url.href : ''
}

/** What came of a work that stopped. @param {Work} work */
export const stopped = work => callout('error', sentence(work.reason), { 'data-testid': 'checkout-error', 'data-reason': work.reason }, h('p', {}, safety(work)))
