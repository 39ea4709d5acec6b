// @ts-check
/**
 * "Take money out" (6.6): a button, a confirmation that says the amount, and what came of it.
 * @module
 */
import { format } from '../money.js'
import { callout, fill, focus, h } from './dom.js'
import { action } from './form.js'
import { follow, stopped, title } from './work.js'

/** @import { Profile, Holding, Work } from '../rows.js' */
/** @import { Wallet } from '../wallet.js' */

/**
 * @param {Wallet} wallet
 * @param {Profile} profile
 * @param {(id: string) => void} begun told of the work before anything else hears of it
 * @returns {{ element: HTMLElement, refresh: (holding: Holding | undefined, more: boolean) => void }} more: whether there is money at single stalls
 */
export function withdrawing(wallet, { broker }, begun) {
  const place = h('div', { class: 'stack', hidden: true })
  const outcome = h('div', { class: 'stack', hidden: true })
  const element = h('section', { class: 'stack', 'aria-label': 'What is good at every stall' }, outcome, place)
  let [shown, atStalls] = ['', false]
  const offer = (/** @type {number} */ amount) => fill(place,
    h('p', {}, `Puts the ${format(amount, broker)} that are good at every stall back into your bank account.${atStalls ? ' What is good at single stalls stays here; “Leave the market”, below, takes that back too.' : ''}`),
    h('div', { class: 'actions' }, h('button', { class: 'btn', type: 'button', 'data-testid': 'wallet-withdraw', onclick: () => confirm(amount) }, 'Take it back to the bank')))
  const confirm = (/** @type {number} */ amount) => {
    const question = h('p', {}, `Take ${format(amount, broker)} back to your bank?`)
    const keep = h('button', { class: 'btn', type: 'button', 'data-testid': 'wallet-withdraw-keep', onclick: () => offer(amount) }, 'Keep it')
    fill(place, question, h('div', { class: 'cluster' },
      action({ label: `Take ${format(amount, broker)} back`, testid: 'wallet-withdraw-confirm', css: 'btn btn--primary', run: () => take(amount) }), keep))
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
    const done = callout('success', `${format(amount, broker)} are back in your bank account.`, { 'data-testid': 'wallet-withdrawn' })
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
