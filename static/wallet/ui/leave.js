// @ts-check
/**
 * "Leave the market": what will go back to the bank (6.7 for each stall, then 6.6), a confirmation that says the amounts, and
 * how far each part has come. It is found again after a reload.
 * @module
 */
import { Finds } from '../finds.js'
import { tr } from '../language.js'
import { format } from '../money.js'
import { callout, fill, focus, h, money, placed } from './dom.js'
import { action } from './form.js'
import { leftForBank } from './payin.js'
import { follow, stopped, title } from './work.js'

/** @import { Leaving } from '../leaving.js' */
/** @import { Profile, Work } from '../rows.js' */
/** @import { Wallet } from '../wallet.js' */
/** @typedef {{ wallet: Wallet, broker: Profile['broker'], plan: HTMLElement, outcome: HTMLElement }} Card */

/**
 * @param {Wallet} wallet
 * @param {Profile} profile
 * @returns {{ element: HTMLElement, refresh: () => Promise<void> }}
 */
export function leaving(wallet, { broker }) {
  const card = { wallet, broker, plan: h('div', { class: 'stack' }), outcome: h('div', { class: 'stack', hidden: true, 'data-testid': 'leave-progress' }) }
  const element = h('section', { class: 'stack leave', 'data-testid': 'leave' }, h('h3', { class: 'card__title' }, tr('Leave the market')), card.outcome, card.plan)
  let shown = '', group = '', turn = 0
  const refresh = async () => {
    const mine = ++turn
    const [seen, works] = await Promise.all([wallet.leaving(), wallet.works()])
    if (mine !== turn) return // what was read since is newer
    const parts = works.filter(isPart)
    const running = parts.find(work => work.state === 'running')?.about.leaving
    if (running && running !== group) {
      group = running
      show(card, parts.filter(work => work.about.leaving === running).toReversed())
    }
    const now = JSON.stringify(seen)
    if (now !== shown) offer(card, seen)
    shown = now
    card.plan.hidden = parts.some(isBeginning) || seen.stalls.length === 0
    element.hidden = card.plan.hidden && card.outcome.hidden
  }
  return { element, refresh }
}

/** Whether a work is about to take in hand what the plan would show. @param {Work} work */
const isBeginning = ({ state, items, at }) => state === 'running' && items[at]?.phase === undefined

/** Whether a work is part of leaving the market. @param {Work} work @returns {work is Work<'giveback' | 'withdraw'>} */
export const isPart = work => (work.purpose === 'giveback' || work.purpose === 'withdraw') && work.about.leaving !== undefined

/** @param {Leaving} seen minor units */
const sum = ({ stalls, cash }) => stalls.reduce((sum, { amount }) => sum + amount, cash)

/** What goes back from each stall, in however many pieces. @param {Leaving} seen @returns {{ name: string, amount: number }[]} */
function byStall({ stalls }) {
  /** @type {Map<string, { name: string, amount: number }>} */
  const sums = new Map()
  for (const { vendor, name, amount } of stalls) sums.set(vendor, { name, amount: amount + (sums.get(vendor)?.amount ?? 0) })
  return [...sums.values()]
}

/** @param {Card} card @param {Leaving} seen */
function offer(card, seen) {
  const { broker, plan } = card
  fill(plan,
    h('p', {}, tr('Takes all your money back to your bank account: what you hold at single stalls first, then the rest.')),
    h('ul', { class: 'plain-steps', 'data-testid': 'leave-plan' },
      ...byStall(seen).map(({ name, amount }) => h('li', {}, ...placed(tr('{amount} from {stall}'), { amount: money(amount, broker), stall: name }))),
      seen.cash > 0 && h('li', {}, ...placed(tr('{amount} that is ready to spend at any stall'), { amount: money(seen.cash, broker) }))),
    h('p', {}, ...placed(tr('Together: {amount}'), { amount: money(sum(seen), broker, '', { 'data-testid': 'leave-sum' }) })),
    seen.busy && h('p', {}, tr('What is in use just now stays here.')),
    h('div', { class: 'actions' }, h('button', { class: 'btn', type: 'button', 'data-testid': 'leave-ask', onclick: () => confirm(card, seen) }, tr('Leave the market'))))
}

/** @param {Card} card @param {Leaving} seen */
function confirm(card, seen) {
  const amount = format(sum(seen), card.broker)
  const question = h('p', {}, tr('Take {amount} back to your bank account? Your keys and receipts stay here, and you can load money again any time. What you saved and looked at is forgotten.', { amount }))
  fill(card.plan, question, h('div', { class: 'cluster' },
    action({ label: tr('Take {amount} back', { amount }), testid: 'leave-confirm', css: 'btn btn--primary', run: async () => {
      await card.wallet.leave(seen)
      new Finds(localStorage).forget()
    } }),
    h('button', { class: 'btn', type: 'button', 'data-testid': 'leave-stay', onclick: () => offer(card, seen) }, tr('Stay'))))
  focus(question)
}

/** @param {Card} card @param {Work<'giveback' | 'withdraw'>[]} works of one leaving */
function show({ wallet, broker, outcome }, works) {
  const end = h('div', { 'aria-live': 'polite' })
  const states = new Map(works.map(work => [work.id, work.state]))
  const tell = (/** @type {Work} */ ended) => {
    states.set(ended.id, ended.state)
    const all = works.map(({ id, about }) => ({ state: states.get(id), about }))
    if (all.some(work => work.state === 'running')) return
    const back = all.filter(work => work.state === 'done').reduce((sum, work) => sum + work.about.amount, 0)
    const said = leftForBank(format(back, broker), broker)
    const whole = all.every(work => work.state === 'done')
    fill(end, callout(whole ? 'success' : 'warn', whole ? said : [said, tr('The rest is still here.')].join(' '), { 'data-testid': 'leave-done' }))
  }
  outcome.hidden = false
  fill(outcome, end, ...works.map(work => part(wallet, broker, work, tell)))
}

/** @param {Wallet} wallet @param {Profile['broker']} broker @param {Work} work @param {(ended: Work) => void} tell */
function part(wallet, broker, work, tell) {
  const heading = h('h4', { class: 'card__title' }, title(work, broker))
  const element = h('article', { class: 'stack', 'data-testid': 'leave-part', 'data-kind': work.purpose }, heading)
  element.append(follow(wallet, work.id, ended => {
    if (ended.state === 'stopped') fill(element, heading, stopped(ended))
    tell(ended)
  }))
  return element
}
