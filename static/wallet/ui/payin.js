// @ts-check
/**
 * A bank of real money on pages of the wallet: what paying in costs, what is in the account there, and where what left it is shown.
 * @module
 */
import { feesFor, isReal } from '../payways.js'
import { tr } from '../language.js'
import { format } from '../money.js'
import { brokerURL, callout, fill, h, money, placed } from './dom.js'

/** @import { BrokerPin } from '../rows.js' */
/** @import { Wallet } from '../wallet.js' */
/** @import { Bank } from './bank.js' */

/** The bank's own page: it stands with the broker. */
export const bankPage = () => `${brokerURL()}/bank`

/** @param {string} reference */
const accountPage = reference => `${bankPage()}?account=${encodeURIComponent(reference)}`

/**
 * In a sentence for each way what paying an amount in costs, and who bears it. Empty at the sandbox, where nothing is paid.
 * @param {number} amount minor units
 * @param {BrokerPin} broker
 */
export const feeSentences = (amount, broker) => feesFor(amount, broker).map(({ way, fee }) => {
  const values = { fee: format(fee, broker), total: format(amount + fee, broker) }
  if (way === 'card') return fee > 0 ? tr('By card you pay a fee of {fee}, so {total} in all.', values) : tr('By card there is no fee: the market bears it.')
  return fee > 0 ? tr('By bank transfer you pay a fee of {fee}, so {total} in all.', values) : tr('By bank transfer there is no fee.')
})

/**
 * What is in the account at a bank of real money, if there is anything: it could not be paid out, or was paid in and not loaded.
 * @param {Wallet} wallet
 * @param {BrokerPin} broker
 * @param {string} reference
 * @returns {Bank}
 */
export function realBank(wallet, broker, reference) {
  const held = h('div', { class: 'stack stack--sm', 'aria-live': 'polite' })
  const link = () => h('a', { href: accountPage(reference), 'data-testid': 'bank-link' }, tr('See your account'))
  const refresh = async () => {
    const balance = await wallet.bankBalance().catch(() => 0) // not reached: the load tells
    fill(held, balance > 0 && callout('info', tr('There is money in your account at the market.'), { 'data-testid': 'bank-holds' },
      h('p', {}, ...placed(tr('{amount} was paid in and not loaded, or could not be paid out. The next load takes it first.'), { amount: money(balance, broker) }), ' ', link())))
  }
  void refresh()
  const element = h('div', { class: 'stack stack--sm' }, held,
    h('p', { class: 'small' }, tr('You pay on a page of the market, and your wallet goes on by itself.'), ' ', link()))
  return { element, lack: h('div', { hidden: true }), refresh, whenLacking: tell => tell(false, false) }
}

/**
 * What is said of money that left the wallet for the bank: with real money it is on its way, and where that is shown.
 * @param {string} amount as it is written
 * @param {BrokerPin} broker
 */
export const leftForBank = (amount, broker) =>
  isReal(broker) ? tr('{amount} is on its way to you. The page of your account says how it stands.', { amount }) : tr('{amount} is back in your bank account.', { amount })

/**
 * A link to the page of the account, where real money is.
 * @param {BrokerPin} broker
 * @param {string} reference
 */
export const toAccount = (broker, reference) => isReal(broker) && h('p', {}, h('a', { href: accountPage(reference) }, tr('See your account')))
