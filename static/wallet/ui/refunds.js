// @ts-check
/**
 * What sellers gave back: it is kept for the stall, or goes back to the bank. Its person is asked once; the wallet does the same with
 * what comes later, and can be told otherwise.
 * @module
 */
import { tr } from '../language.js'
import { format } from '../money.js'
import { fill, h } from './dom.js'
import { action } from './form.js'

/** @import { BrokerPin, RefundsTo } from '../rows.js' */
/** @import { Wallet } from '../wallet.js' */

/**
 * What is at a stall as it came, or at all of them, and what is to become of it.
 * @param {Wallet} wallet
 * @param {BrokerPin} broker
 * @param {{ vendor: string, stall: string }} [at]
 * @returns {{ element: HTMLElement, refresh: () => Promise<void> }} hidden while there is nothing to say
 */
export function refundChoice(wallet, broker, at) {
  const element = h('div', { class: 'stack stack--sm', hidden: true, 'data-testid': 'refund-choice' })
  const go = (/** @type {RefundsTo} */ to) => async () => { await wallet.refundsGo(to, at?.vendor) }
  let shown = ''
  const refresh = async () => {
    const [{ refunds }, left, going] = [await wallet.profile(), await wallet.refundsAsTheyCame(at?.vendor), await onTheWay(wallet, at?.vendor)]
    const amount = format(left.reduce((sum, { scrip }) => sum + scrip.value, 0), broker)
    const now = `${refunds} ${left.length && amount} ${going}`
    if (now === shown) return
    shown = now
    element.hidden = left.length === 0 && !going || !at && refunds === 'stall'
    const take = action({ label: tr('Take {amount} back to my bank', { amount }), testid: 'refund-bank', css: 'btn', run: go('bank') })
    const keep = !refunds && action({ label: at ? tr('Keep it for this stall') : tr('Keep it at the stalls'), testid: 'refund-stall', css: 'btn', run: go('stall') })
    fill(element, going && h('p', {}, tr('It is on its way to your bank account.')),
      left.length > 0 && h('p', {}, says(amount, refunds, at?.stall)), left.length > 0 && h('div', { class: 'actions' }, keep, take),
      left.length > 0 && !refunds && h('p', { class: 'soft small' }, tr('The wallet does the same with what sellers give back later. You can change it under “Advanced” of your wallet.')))
  }
  return { element, refresh }
}

/** @param {string} amount @param {RefundsTo | undefined} refunds @param {string} [stall] */
function says(amount, refunds, stall) {
  if (!stall) return tr('Sellers gave {amount} back. It is at their stalls: it pays there again, or goes back to your bank account.', { amount })
  if (refunds === 'stall') return tr('{amount} of it is kept for your next purchase at {stall}.', { amount, stall })
  if (refunds === 'bank') return tr('{amount} of it is still at {stall}, which has not given it back yet.', { amount, stall })
  return tr('{amount} is at {stall}: it pays there again, or goes back to your bank account.', { amount, stall })
}

/** Whether something is being given back. @param {Wallet} wallet @param {string} [vendor] */
const onTheWay = async (wallet, vendor) => (await wallet.works()).some(({ purpose, state, about, items }) => purpose === 'giveback' && state === 'running' && about.leaving === undefined &&
  items.some(item => 'vendor' in item && (!vendor || item.vendor === vendor)))

/**
 * Where refunds go, to be changed.
 * @param {Wallet} wallet
 * @param {RefundsTo | undefined} refunds
 */
export function refundSetting(wallet, refunds) {
  const open = h('p', { class: 'field__hint', hidden: Boolean(refunds) }, tr('Not chosen yet: you are asked when the first comes.'))
  const choose = (/** @type {RefundsTo} */ to) => {
    open.hidden = true
    void wallet.inform(() => wallet.refundsGo(to))
  }
  const choice = (/** @type {RefundsTo} */ to, /** @type {string} */ label) => h('label', { class: 'choice' },
    h('input', { type: 'radio', name: 'refunds', checked: refunds === to, 'data-testid': `refunds-${to}`, onchange: () => choose(to) }), h('span', {}, label))
  return h('fieldset', { class: 'stack stack--xs' }, h('legend', { class: 'field__label' }, tr('When a seller gives money back')), open,
    choice('stall', tr('It stays at the stall, for my next purchase there')), choice('bank', tr('It goes back to my bank account by itself')))
}
