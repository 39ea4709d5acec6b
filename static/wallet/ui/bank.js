// @ts-check
/**
 * The sandbox bank on a page of the wallet: what is in it, and test money.
 * @module
 */
import { newID } from '../base64url.js'
import { Advice } from '../errors.js'
import { tr } from '../language.js'
import { format, unit } from '../money.js'
import { cleanLine } from '../text.js'
import { callout, fill, focus, h, money, placed } from './dom.js'
import { FieldError, action, field, form } from './form.js'
import { follow, stopped } from './work.js'

/** @import { Currency } from '../money.js' */
/** @import { Wallet } from '../wallet.js' */

/** The bank's own page: it stands with the broker. */
export const bankPage = () => `${document.querySelector('meta[name="peerscrip-broker"]')?.getAttribute('content') ?? ''}/bank`

/** The most that the sandbox takes at once, in units (docs/protocol.md, "The sandbox bank"). */
const mostDeposit = 1000

/**
 * @param {Wallet} wallet
 * @param {Currency} currency
 * @param {{ url: string, reference: string, least?: number }} bank least: what the next payment needs, minor units
 * @returns {{ element: HTMLElement, refresh: () => Promise<void> }}
 */
export function bank(wallet, currency, { url, reference, least = 0 }) {
  const hundred = 100 * unit(currency)
  const amount = Math.min(Math.ceil(Math.max(least, 1) / hundred) * hundred, mostDeposit * unit(currency))
  const balance = h('span', { 'data-testid': 'bank-balance' }, '…')
  let key = newID()
  const refresh = async () => {
    try {
      fill(balance, money(await wallet.bankBalance(), currency))
    } catch {
      fill(balance, tr('not to be reached now'))
    }
  }
  const deposit = async () => {
    await wallet.deposit(amount, key)
    key = newID()
    await refresh()
  }
  void refresh()
  const element = h('div', { class: 'stack stack--sm' },
    h('p', {}, ...placed(tr('In your sandbox bank account: {amount}'), { amount: balance })),
    h('div', { class: 'cluster' },
      action({ label: tr('Put {amount} of test money in', { amount: format(amount, currency) }), testid: 'bank-deposit', css: 'btn btn--sm', run: deposit }),
      url && h('a', { href: `${url}?account=${encodeURIComponent(reference)}`, 'data-testid': 'bank-link' }, tr('See this account at the bank'))))
  return { element, refresh }
}

/**
 * Says before a load is begun that the bank is known to hold less, and what to do.
 * @param {Wallet} wallet
 * @param {number} load minor units
 * @param {Currency} currency
 * @throws {Advice}
 */
export async function enough(wallet, load, currency) {
  const lacking = load > 0 ? await wallet.bankBalance().then(balance => load - balance, () => 0) : 0
  if (lacking > 0) throw new Advice(tr('Your bank account holds less than that: {amount} are missing. Put test money in first, as often as it takes, or load less.', { amount: format(lacking, currency) }))
}

/**
 * A form for another bank account: where money is loaded from, and goes back to, from then on.
 * @param {Wallet} wallet
 * @param {string} reference the one of now
 * @param {(id: string) => void} [begun] told of the work, which is shown here
 */
export function otherBank(wallet, reference, begun = () => {}) {
  const { field: box, input } = field({ label: tr('Reference of the other bank account') }, { maxlength: '64', spellcheck: 'false', 'data-testid': 'bank-other' })
  const outcome = h('div', { class: 'stack' })
  const change = async (/** @type {string} */ to) => {
    const work = await wallet.changeBank(to)
    begun(work.id)
    fill(outcome, follow(wallet, work.id, ended => {
      const told = ended.state === 'stopped' ? stopped(ended) : callout('success', tr('Your bank account is changed.'), { 'data-testid': 'bank-changed' },
        h('p', {}, ...placed(tr('From now on money is loaded from {reference} and goes back there.'), { reference: h('code', { class: 'long' }, to) })))
      fill(outcome, told)
      focus(outcome)
    }))
  }
  const submit = async () => {
    const to = cleanLine(input.value)
    if (!to) throw new FieldError(input, tr('Write the reference of the bank account.'))
    await change(to)
  }
  return h('details', {}, h('summary', { 'data-testid': 'bank-other-open' }, tr('Use another bank account')), h('div', { class: 'stack' },
    h('p', {}, ...placed(tr('Now: {reference}. What waits for your confirmation there is not paid any more once it is changed.'), { reference: h('code', { class: 'long' }, reference) })),
    form({ label: tr('Change'), testid: 'bank-change', css: 'btn', submit }, box),
    action({ label: tr('Open a new one at the sandbox bank'), testid: 'bank-new', css: 'btn btn--sm', run: async () => change((await wallet.broker.newBankAccount()).reference) }),
    outcome))
}
