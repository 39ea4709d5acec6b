// @ts-check
/**
 * The sandbox bank on a page of the wallet: what is in it, and test money.
 * @module
 */
import { newID } from '../base64url.js'
import { format } from '../money.js'
import { fill, h, money } from './dom.js'
import { action } from './form.js'

/** @import { Currency } from '../money.js' */
/** @import { Wallet } from '../wallet.js' */

/** The bank's own page: it stands with the broker. */
export const bankPage = () => `${document.querySelector('meta[name="peerscrip-broker"]')?.getAttribute('content') ?? ''}/bank`

/**
 * @param {Wallet} wallet
 * @param {Currency} currency
 * @param {{ url: string, reference: string, least?: number }} bank least: what the next payment needs, minor units
 * @returns {{ element: HTMLElement, refresh: () => Promise<void> }}
 */
export function bank(wallet, currency, { url, reference, least = 0 }) {
  const hundred = 100 * 10 ** currency.exponent
  const amount = Math.ceil(Math.max(least, 1) / hundred) * hundred
  const balance = h('span', { 'data-testid': 'bank-balance' }, '…')
  let key = newID()
  const refresh = async () => {
    try {
      fill(balance, money(await wallet.bankBalance(), currency))
    } catch {
      fill(balance, 'not to be reached now')
    }
  }
  const deposit = async () => {
    await wallet.deposit(amount, key)
    key = newID()
    await refresh()
  }
  void refresh()
  const element = h('div', { class: 'stack stack--sm' },
    h('p', {}, 'In your sandbox bank account: ', balance),
    h('div', { class: 'cluster' },
      action({ label: `Put ${format(amount, currency)} of test money in`, testid: 'bank-deposit', css: 'btn btn--sm', run: deposit }),
      url && h('a', { href: `${url}?account=${encodeURIComponent(reference)}`, 'data-testid': 'bank-link' }, 'See this account at the bank')))
  return { element, refresh }
}
