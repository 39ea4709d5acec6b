// @ts-check
/**
 * "Take money out" (6.6): a button, a confirmation that says the amount, and what came of it.
 * @module
 */
import { tr } from '../language.js'
import { format } from '../money.js'
import { callout, fill, focus, h } from './dom.js'
import { action } from './form.js'
import { leftForBank, toAccount } from './payin.js'
import { follow, stopped, title } from './work.js'

/** @import { Profile, Holding, Work } from '../rows.js' */
/** @import { Wallet } from '../wallet.js' */

/**
 * @param {Wallet} wallet
 * @param {Profile} profile
 * @param {(id: string) => void} begun told of the work before anything else hears of it
 * @returns {{ element: HTMLElement, refresh: (holding: Holding | undefined, more: boolean) => void }} more: whether there is money at single stalls
 */
export function withdrawing(wallet, { broker, bank: reference }, begun) {
  const place = h('div', { class: 'stack', hidden: true })
  const outcome = h('div', { class: 'stack', hidden: true })
  const element = h('section', { class: 'stack', 'aria-label': tr('What is good at every stall') }, outcome, place)
  let [shown, atStalls] = ['', false]
  const offer = (/** @type {number} */ amount) => fill(place,
    h('p', {}, tr('Puts the {amount} that is good at every stall back into your bank account.', { amount: format(amount, broker) }),
      atStalls && ' ', atStalls && tr('What is good at single stalls stays here; “Leave the market”, below, takes that back too.')),
    h('div', { class: 'actions' }, h('button', { class: 'btn', type: 'button', 'data-testid': 'wallet-withdraw', onclick: () => confirm(amount) }, tr('Take it back to the bank'))))
  const confirm = (/** @type {number} */ amount) => {
    const question = h('p', {}, tr('Take {amount} back to your bank?', { amount: format(amount, broker) }))
    const keep = h('button', { class: 'btn', type: 'button', 'data-testid': 'wallet-withdraw-keep', onclick: () => offer(amount) }, tr('Keep it'))
    fill(place, question, h('div', { class: 'actions' },
      action({ label: tr('Take {amount} back', { amount: format(amount, broker) }), testid: 'wallet-withdraw-confirm', css: 'btn btn--primary', run: () => take(amount) }), keep))
    focus(question)
  }
  const take = async (/** @type {number} */ amount) => {
    const work = await wallet.withdraw(amount)
    begun(work.id)
    place.hidden = true
    outcome.hidden = false
    fill(outcome, h('p', {}, title(work, broker)), follow(wallet, work.id, ended => tell(ended, amount)))
  }
  const tell = (/** @type {Work} */ work, /** @type {number} */ amount) => {
    const done = callout('success', leftForBank(format(amount, broker), broker), { 'data-testid': 'wallet-withdrawn' }, toAccount(broker, reference))
    fill(outcome, work.state === 'stopped' ? stopped(work) : done)
    focus(outcome)
  }
  const refresh = (/** @type {Holding | undefined} */ holding, /** @type {boolean} */ more) => {
    atStalls = more
    const now = holding ? `${holding.scrip.value} ${holding.work} ${more}` : ''
    if (now !== shown) {
      shown = now
      place.hidden = !holding || holding.work !== ''
      if (holding) offer(holding.scrip.value)
    }
    element.hidden = place.hidden && outcome.hidden
  }
  return { element, refresh }
}
