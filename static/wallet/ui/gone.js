// @ts-check
/**
 * Money at stalls that are gone: what is known of each, and a button that takes it back to the bank.
 * @module
 */
import { dayText } from '../dates.js'
import { tr } from '../language.js'
import { format } from '../money.js'
import { callout, fill, focus, h } from './dom.js'
import { action } from './form.js'
import { follow, stopped, title } from './work.js'

/** @import { AtStall } from '../contents.js' */
/** @import { Gone } from '../gone.js' */
/** @import { Profile, Work } from '../rows.js' */
/** @import { Wallet } from '../wallet.js' */

/**
 * @param {Wallet} wallet
 * @param {Profile} profile
 * @param {(id: string) => void} begun told of a rescue, which is shown here
 * @returns {{ element: HTMLElement, refresh: (stalls: AtStall[]) => void }} hidden while there is nothing to say
 */
export function atGoneStalls(wallet, { broker }, begun) {
  const [list, outcome] = [h('div', { class: 'stack' }), h('div', { class: 'stack', hidden: true })]
  const element = h('section', { class: 'stack', hidden: true, 'aria-label': tr('Stalls that are gone'), 'data-testid': 'gone' }, outcome, list)
  const asked = /** @type {Map<string, Promise<Gone | undefined>>} */ (new Map())
  const ask = (/** @type {string} */ vendor) => {
    const known = asked.get(vendor) ?? wallet.gone(vendor).catch(() => undefined) // while nobody tells, the page does without
    asked.set(vendor, known)
    return known
  }
  const take = (/** @type {AtStall} */ stall) => async () => {
    const work = await wallet.rescue(stall)
    begun(work.id)
    outcome.hidden = false
    fill(outcome, h('p', {}, title(work, broker)), follow(wallet, work.id, ended => {
      fill(outcome, ended.state === 'stopped' ? stopped(ended) : said(ended, broker))
      focus(outcome)
    }))
  }
  const refresh = async (/** @type {AtStall[]} */ stalls) => {
    const all = await Promise.all(stalls.map(async stall => ({ stall, of: await ask(stall.vendor) })))
    const some = all.flatMap(({ stall, of }) => of ? [row(stall, of, broker, take(stall))] : [])
    fill(list, ...some)
    element.hidden = some.length === 0 && outcome.hidden
  }
  return { element, refresh: stalls => void refresh(stalls) }
}

/** @param {AtStall} stall @param {Gone} of @param {Profile['broker']} broker @param {() => Promise<void>} take */
function row({ vendor, name, total }, of, broker, take) {
  return callout('warn', known(name, of), { 'data-testid': 'gone-stall', 'data-vendor': vendor },
    h('p', {}, tr('What you have there can go back to your bank account. The price of something you bought there and the stall has not reported stays for 90 days, because it may yet be delivered.')),
    action({ label: tr('Take {amount} back to your bank', { amount: format(total, broker) }), testid: 'gone-take', run: take }))
}

/** Why it is gone. @param {string} name @param {Gone} of */
function known(name, { ended, silent }) {
  if (silent > 0) return tr('{name} has not answered since {date}. It may not come back.', { name, date: dayText(silent) })
  return ended === 0 ? tr('The market has closed {name}.', { name }) : tr('{name} is not open any more, since {date}.', { name, date: dayText(ended) })
}

/** What came of it. @param {Work} work @param {Profile['broker']} broker */
export function said({ items: [item] }, broker) {
  if (item?.transaction !== 'rescue' || item.phase !== 'done') return undefined
  const kept = item.announced > 0 && h('p', {}, tr('{amount} stay for what you bought there, for 90 days. What the stall has not reported by then comes back by itself, when the wallet is opened after that.', { amount: format(item.announced, broker) }))
  return callout('success', tr('{amount} is back in your bank account.', { amount: format(item.back, broker) }), { 'data-testid': 'gone-done' }, kept)
}
