// @ts-check
/**
 * The page "Wallet": what is in it, adding money and taking it out, what is unfinished, the backup, what unlocks it, and under "Advanced"
 * what most people never need.
 * @module
 */
import { tr } from '../language.js'
import { sentence } from '../refusals.js'
import { digits, format, read, sign, unit, unread } from '../money.js'
import { purchaseOf } from '../work.js'
import { elsewhere, puttingAside } from './aside.js'
import { backingUp } from './backup.js'
import { waiting } from './basket.js'
import { bank, enough, otherBank } from './bank.js'
import { callout, fill, focus, h, placed } from './dom.js'
import { earned } from './earnings.js'
import { fleeting } from './fleeting.js'
import { FieldError, field, form } from './form.js'
import { gate } from './gate.js'
import { otherBooks } from './heads.js'
import { atGoneStalls, said } from './gone.js'
import { isPart, leaving } from './leave.js'
import { bankPage, feeSentences } from './payin.js'
import { toLookAt } from './protect.js'
import { refundChoice, refundSetting } from './refunds.js'
import { restoredFrom } from './restore.js'
import { security } from './security.js'
import { goodUntil, yourMoney } from './shares.js'
import { withdrawing } from './withdraw.js'
import { follow, stopped, title } from './work.js'

/** @import { Profile, Work } from '../rows.js' */
/** @import { Wallet } from '../wallet.js' */

/** @param {Wallet} wallet @param {HTMLElement} mount */
export const walletPage = (wallet, mount) => gate(wallet, mount, async place => {
  const profile = await wallet.profile()
  const warning = h('div')
  const underWay = h('section', { class: 'stack', 'aria-label': tr('Unfinished') })
  const wanted = h('section', { class: 'card stack stack--sm', id: 'baskets', 'aria-label': tr('Baskets') })
  const due = h('section', { class: 'card stack stack--sm', 'aria-label': tr('Orders that wait for you'), 'data-testid': 'wallet-due' })
  /** @type {Set<string>} */
  const known = new Set()
  const added = h('div', { hidden: true }) // what was loaded last, until something else is done
  const begun = (/** @type {string} */ id) => {
    known.add(id)
    fill(added)
    added.hidden = true
  }
  const follows = (/** @type {Work} */ work) => {
    if (known.has(work.id)) return
    begun(work.id)
    underWay.append(unfinished(wallet, profile, work, card => {
      fill(added, card)
      added.hidden = false
    }))
    underWay.hidden = false
  }
  const books = otherBooks(wallet)
  const [money, good] = [yourMoney(wallet, profile), goodUntil(wallet, profile)]
  const load = loading(wallet, profile, bankPage(), follows)
  const [restored, backup] = [restoredFrom(wallet, profile), backingUp(wallet, profile)]
  const back = withdrawing(wallet, profile, begun)
  const leave = leaving(wallet, profile)
  const lost = atGoneStalls(wallet, profile, begun)
  const out = h('section', { class: 'card stack' }, h('h2', { class: 'card__title' }, tr('Take money out')), back.element, leave.element)
  const more = advanced(wallet, profile, begun, good.element, books.settled)
  const safety = security(wallet)
  const refunds = refundChoice(wallet, profile.broker)
  const came = h('section', { class: 'card stack stack--sm', hidden: true, 'aria-label': tr('Money back from sellers') }, refunds.element)
  const show = async () => {
    if (!wallet.ctx) return
    const balance = await wallet.balance()
    const superseded = await wallet.superseded()
    fill(warning, wallet.warning && callout('error', wallet.warning, { 'data-testid': 'wallet-warning' }), superseded && callout('error', sentence('key-replaced'), { 'data-testid': 'wallet-superseded' }))
    warning.hidden = !wallet.warning && !superseded
    lost.refresh(balance.stalls)
    good.refresh(balance)
    const kept = await wallet.baskets()
    fill(wanted, ...waiting(kept))
    wanted.hidden = kept.length === 0
    const list = await wallet.toDo()
    fill(due, ...toLookAt(list))
    due.hidden = list.length === 0
    const works = await wallet.works()
    load.refresh(balance.broker?.scrip.value ?? 0, works.filter(({ state }) => state !== 'running').length)
    back.refresh(balance.broker, balance.stalls.length > 0)
    await Promise.all([restored.refresh(), backup.refresh().then(unsaved => money.refresh(balance, unsaved)), leave.refresh(), safety.refresh(), refunds.refresh(), books.refresh()])
    came.hidden = refunds.element.hidden
    out.hidden = back.element.hidden && leave.element.hidden
    for (const work of works) {
      const asked = location.hash === `#work=${work.id}`
      if ((work.state !== 'running' && !asked && !isNews(work, wallet.parts.now())) || ['join', 'restore'].includes(work.purpose) || isPart(work) || known.has(work.id)) continue
      follows(work)
    }
    underWay.hidden = underWay.childElementCount === 0
  }
  wallet.watch(show)
  await show()
  void wallet.inform(() => wallet.collect())
  fill(place, h('div', { class: 'stack stack--lg' }, warning, books.element, restored.element, money.element, earned(wallet, profile, begun), due, came, added, underWay, wanted, lost.element, h('div', { class: 'pair' }, load.element, out), backup.element, safety.element, more))
  const [, part] = /^#(backup|baskets)$/.exec(location.hash) ?? []
  if (part) focus(/** @type {HTMLElement} */ (document.getElementById(part))) // which was not there when the page came
})

/**
 * What most people never need.
 * @param {Wallet} wallet
 * @param {Profile} profile
 * @param {(id: string) => void} begun
 * @param {HTMLElement} good
 * @param {HTMLElement} settledBooks
 */
function advanced(wallet, profile, begun, good, settledBooks) {
  return h('details', { class: 'card' }, h('summary', { 'data-testid': 'wallet-advanced' }, tr('Advanced')),
    h('div', { class: 'stack stack--lg' }, good, otherBank(wallet, profile, begun), refundSetting(wallet, profile.refunds), puttingAside(wallet),
      h('p', {}, ...placed(tr('{envelopes}: every message of this wallet as it travelled, and what was in it.'), { envelopes: h('a', { href: '/wallet/envelopes' }, tr('Envelopes')) })), settledBooks, elsewhere()))
}

/**
 * @param {Wallet} wallet
 * @param {Profile} profile
 * @param {string} url of the bank's page
 * @param {(work: Work) => void} begun
 */
function loading(wallet, { broker, bank: reference }, url, begun) {
  const { field: box, input } = field({ label: tr('Amount'), affix: sign(broker), short: true, hint: ' ' },
    { inputmode: 'decimal', value: digits(50 * unit(broker), broker), 'data-testid': 'wallet-load-amount' })
  const account = bank(wallet, broker, { url, reference })
  const start = async () => {
    const amount = read(input.value, broker)
    if (amount === null) throw new FieldError(input, unread(input.value, broker))
    if (amount === 0) throw new FieldError(input, tr('Write an amount above 0.'))
    await enough(wallet, amount, broker)
    begun(await wallet.load(amount))
    input.value = '' // the next is typed anew
  }
  const loader = form({ label: tr('Add it'), testid: 'wallet-load', submit: start }, fleeting(wallet), box)
  const hint = /** @type {HTMLElement} */ (box.querySelector('.field__hint'))
  let [held, settled] = [-1, -1]
  const refresh = (/** @type {number} */ value, /** @type {number} what has ended may have moved money of the bank */ ended) => {
    if (held === value && settled === ended) return
    held = value
    settled = ended
    fill(hint, value > 0 && tr('It is added to the {amount} you hold.', { amount: format(value, broker) }))
    hint.hidden = value === 0
    void account.refresh()
  }
  const fees = h('p', { class: 'small', 'aria-live': 'polite', 'data-testid': 'wallet-load-fees' })
  const showFees = () => fill(fees, feeSentences(read(input.value, broker) ?? 0, broker).join(' '))
  input.addEventListener('input', showFees)
  showFees()
  const element = h('section', { class: 'card stack' }, h('h2', { class: 'card__title' }, tr('Add money')), account.element, loader, broker.bank && fees)
  return { element, refresh }
}

/** Whether a work ended today in a way that its person may not know of: not begun or given up because it took so long, or money that came back by itself. @param {import('../rows.js').Work} work @param {number} now unix seconds */
const isNews = ({ purpose, state, reason, changed }, now) => now - changed < 24 * 60 * 60 &&
  (reason === 'waited-long' || reason === 'no-answer' && purpose !== 'renew' || purpose === 'rescue' && state === 'done')

/** @param {Wallet} wallet @param {Profile} profile @param {Work} work @param {(card: HTMLElement) => void} loaded keeps the card of money that has come */
function unfinished(wallet, { broker }, work, loaded) {
  const card = h('article', { class: 'card stack', 'data-testid': 'wallet-work', 'data-kind': work.purpose },
    h('h2', { class: 'card__title' }, title(work, broker)))
  const here = location.hash === `#work=${work.id}`
  const steps = follow(wallet, work.id, ended => {
    if (ended.state === 'stopped') fill(card, h('h2', { class: 'card__title' }, title(ended, broker)), stopped(ended), askedAgain(ended))
    else if (ended.purpose === 'rescue') fill(card, h('h2', { class: 'card__title' }, title(ended, broker)), said(ended, broker))
    else if (here) card.append(paid(ended))
    else if (ended.purpose === 'load') {
      card.dataset.testid = 'wallet-loaded'
      fill(card, callout('success', tr('Added {amount}', { amount: format(ended.about.amount, broker) })), steps)
      loaded(card)
    }
    else card.remove()
  })
  card.append(steps)
  if (work.purpose === 'checkout' && work.state === 'running' && !here) {
    card.append(h('p', {}, h('a', { href: `${checkoutOf(work)}#work=${work.id}`, 'data-testid': 'work-resume' }, tr('Go to this purchase'))))
  }
  return card
}

/** Where a purchase that was not begun is asked for again. @param {import('../rows.js').Work} work */
const askedAgain = work => work.purpose === 'checkout' && ['waited-long', 'no-answer', 'cancelled'].includes(work.reason) &&
  h('p', {}, h('a', { href: checkoutOf(work), 'data-testid': 'work-again' }, tr('Look at it again')))

/** @param {import('../rows.js').Work<'checkout'>} work */
const checkoutOf = ({ about: { vendor, lines: [line], basket } }) => basket ? `/stalls/${vendor}/basket` : `/l/${vendor}/${line?.offerID}/checkout?quantity=${line?.quantity}`

/** @param {import('../rows.js').Work} work */
function paid(work) {
  const tx = purchaseOf(work)?.tx
  return callout('success', tr('Done.'), { 'data-testid': 'checkout-done' }, tx && h('p', {}, h('a', { href: `/wallet/orders/${tx}`, 'data-testid': 'checkout-order' }, tr('See the order'))))
}
