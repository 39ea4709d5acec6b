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
import { isReal } from '../payways.js'
import { callout, fill, focus, h, money, placed } from './dom.js'
import { FieldError, action, field, form } from './form.js'
import { realBank } from './payin.js'
import { follow, stopped } from './work.js'

/** @import { Currency } from '../money.js' */
/** @import { BrokerPin, Profile } from '../rows.js' */
/** @import { Wallet } from '../wallet.js' */

/** The most that the sandbox takes at once, in units (docs/protocol.md, "The sandbox bank"). */
const mostDeposit = 1000

/**
 * What is in the bank account, for who is to load from it.
 * @param {Wallet} wallet
 * @param {BrokerPin} broker
 * @param {{ url: string, reference: string, least?: number }} account least: what the next payment needs, minor units
 * @returns {Bank}
 */
export const bank = (wallet, broker, account) => isReal(broker) ? realBank(wallet, broker, account.reference) : sandbox(wallet, broker, account)

/**
 * @param {Wallet} wallet
 * @param {Currency} currency
 * @param {{ url: string, reference: string, least?: number }} bank
 * @returns {Bank}
 */
function sandbox(wallet, currency, { url, reference, least = 0 }) {
  const balance = h('span', { 'data-testid': 'bank-balance' }, '…')
  const [beside, lack] = [h('div', { class: 'cluster' }), h('div', { class: 'stack', 'aria-live': 'polite' })]
  const link = url && h('a', { href: `${url}?account=${encodeURIComponent(reference)}`, 'data-testid': 'bank-link' }, tr('See this account at the bank'))
  let [key, shown, lacking] = [newID(), -1, false]
  let told = (/** @type {boolean} */ _lacking, /** @type {boolean} */ _moved) => {}
  const show = (/** @type {number} */ held, moved = false) => {
    if (held === shown) return
    shown = held
    const [missing, amount] = [Math.max(least - held, 0), depositFor(least - held, currency)]
    lacking = missing > 0
    const put = (/** @type {string} */ css) => action({ label: tr('Put {amount} of test money in', { amount: format(amount, currency) }), testid: 'bank-deposit', css, run: () => deposit(amount) })
    fill(beside, !lacking && put('btn btn--sm'), link)
    fill(lack, lacking && callout('warn', tr('Your bank account lacks {amount}.', { amount: format(missing, currency) }), { 'data-testid': 'bank-lacks' },
      h('p', {}, tr('This purchase needs at least {need} from it, and it holds {held}.', { need: format(least, currency), held: format(held, currency) }))), lacking && put('btn btn--primary btn--wide'))
    lack.hidden = !lacking
    told(lacking, moved)
  }
  const refresh = async (moved = false) => {
    try {
      const held = await wallet.bankBalance()
      fill(balance, money(held, currency))
      show(held, moved)
    } catch {
      fill(balance, tr('not to be reached now'))
      fill(beside, link)
    }
  }
  const deposit = async (/** @type {number} */ amount) => {
    await wallet.deposit(amount, key)
    key = newID()
    await refresh(true)
  }
  void refresh()
  const element = h('div', { class: 'stack stack--sm' }, h('p', {}, ...placed(tr('In your sandbox bank account: {amount}'), { amount: balance })), beside)
  return {
    element, lack, refresh: () => refresh(),
    whenLacking: (/** @type {(lacking: boolean, moved: boolean) => void} */ tell) => {
      told = tell
      if (shown >= 0) tell(lacking, false)
    },
  }
}

/**
 * @typedef {object} Bank
 * @property {HTMLElement} element what is in it
 * @property {HTMLElement} lack that it holds too little for the payment, with the button that changes that; hidden where it does not
 * @property {() => Promise<void>} refresh
 * @property {(tell: (lacking: boolean, moved: boolean) => void) => void} whenLacking tells whether it holds too little, and whether its button was pressed for it
 */

/** How much test money is put in where so much is missing: whole hundreds, as much as the sandbox takes at once. @param {number} missing @param {Currency} currency */
function depositFor(missing, currency) {
  const hundred = 100 * unit(currency)
  return Math.min(Math.ceil(Math.max(missing, 1) / hundred) * hundred, mostDeposit * unit(currency))
}

/**
 * Says before a load is begun that the bank is known to hold less, and what to do.
 * @param {Wallet} wallet
 * @param {number} load minor units
 * @param {BrokerPin} currency the broker, whose bank may be one where money is paid in when it is asked for
 * @throws {Advice}
 */
export async function enough(wallet, load, currency) {
  if (isReal(currency)) return
  const held = load > 0 ? await wallet.bankBalance().catch(() => load) : load
  if (held < load) throw new Advice(tr('Your bank account holds {held}. Put test money in first, or load at most that much.', { held: format(held, currency) }))
}

/**
 * A form for another bank account: where money is loaded from, and goes back to, from then on.
 * @param {Wallet} wallet
 * @param {Profile} profile
 * @param {(id: string) => void} [begun] told of the work, which is shown here
 */
export function otherBank(wallet, { broker, bank: reference }, begun = () => {}) {
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
    action({ label: isReal(broker) ? tr('Open a new one') : tr('Open a new one at the sandbox bank'), testid: 'bank-new', css: 'btn', run: async () => change((await wallet.broker.newBankAccount()).reference) }),
    outcome))
}
