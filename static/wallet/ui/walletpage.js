// @ts-check
/**
 * The page "Wallet": what is in it, loading money and taking it back, what is unfinished, the backup, and the lock.
 * @module
 */
import { minPassphrase } from '../safe.js'
import { format, read, unread } from '../money.js'
import { purchaseOf } from '../work.js'
import { elsewhere, puttingAside } from './aside.js'
import { backingUp } from './backup.js'
import { waiting } from './basket.js'
import { bank, bankPage, enough, otherBank } from './bank.js'
import { callout, fill, h, icon, money, words } from './dom.js'
import { earned } from './earnings.js'
import { fleeting } from './fleeting.js'
import { FieldError, field, form } from './form.js'
import { gate } from './gate.js'
import { atGoneStalls, said } from './gone.js'
import { isPart, leaving } from './leave.js'
import { restoredFrom } from './restore.js'
import { whereItIs } from './shares.js'
import { until } from './until.js'
import { withdrawing } from './withdraw.js'
import { follow, stopped, title } from './work.js'

/** @import { Profile } from '../rows.js' */
/** @import { Wallet } from '../wallet.js' */

/** @param {Wallet} wallet @param {HTMLElement} mount */
export const walletPage = (wallet, mount) => gate(wallet, mount, async place => {
  const profile = await wallet.profile()
  const warning = h('div')
  const cash = h('section', { class: 'ticket ticket--brand', 'aria-label': 'Your money' })
  const stalls = h('section', { class: 'stack', 'aria-label': 'Money at stalls' })
  const underWay = h('section', { class: 'stack', 'aria-label': 'Unfinished' })
  const wanted = h('section', { class: 'card stack stack--sm', 'aria-label': 'Baskets' })
  /** @type {Set<string>} */
  const known = new Set()
  const load = loading(wallet, profile, { url: bankPage(), begun: id => known.add(id) })
  const [restored, backup] = [restoredFrom(wallet, profile), backingUp(wallet, profile)]
  const back = withdrawing(wallet, profile, id => known.add(id))
  const leave = leaving(wallet, profile)
  const where = whereItIs(wallet, profile)
  const lost = atGoneStalls(wallet, profile, id => known.add(id))
  const show = async () => {
    if (!wallet.ctx) return
    const { broker, stalls: list } = await wallet.balance()
    fill(warning, wallet.warning && callout('error', wallet.warning, { 'data-testid': 'wallet-warning' }))
    warning.hidden = !wallet.warning
    const at = cash.contains(document.activeElement) && document.activeElement?.getAttribute('data-testid')
    fill(cash, ...ticket(wallet, profile, broker))
    if (at) /** @type {HTMLElement | null} */ (cash.querySelector(`[data-testid="${at}"]`))?.focus()
    const gone = new Set((await wallet.shares()).filter(({ kind }) => kind === 'gone').map(({ vendor }) => vendor))
    fill(stalls, ...atStalls(profile, list, gone))
    stalls.hidden = list.length === 0
    lost.refresh(list)
    const kept = await wallet.baskets()
    fill(wanted, ...waiting(kept))
    wanted.hidden = kept.length === 0
    const works = await wallet.works()
    load.refresh(broker?.scrip.value ?? 0, works.filter(({ state }) => state !== 'running').length)
    back.refresh(broker)
    await Promise.all([restored.refresh(), where.refresh(), backup.refresh(), leave.refresh()])
    for (const work of works) {
      const asked = location.hash === `#work=${work.id}`
      if ((work.state !== 'running' && !asked && !isNews(work, wallet.parts.now())) || ['join', 'restore'].includes(work.purpose) || isPart(work) || known.has(work.id)) continue
      known.add(work.id)
      underWay.append(unfinished(wallet, profile, work))
    }
    underWay.hidden = underWay.childElementCount === 0
  }
  wallet.watch(show)
  await show()
  void wallet.inform(() => wallet.collect())
  fill(place, h('div', { class: 'stack stack--lg' }, warning, restored.element, cash, where.element, earned(wallet, profile, id => known.add(id)), underWay, wanted, load.element, stalls, lost.element, back.element, leave.element, backup.element, passphrase(wallet), puttingAside(wallet), elsewhere()))
})

/**
 * @param {Wallet} wallet
 * @param {Profile} profile
 * @param {import('../rows.js').Holding | undefined} holding
 */
function ticket(wallet, { broker }, holding) {
  return [
    h('div', { class: 'ticket__main stack stack--xs' },
      h('h2', { class: 'card__title' }, 'Ready to spend at any stall'),
      h('p', {}, money(holding?.scrip.value ?? 0, broker, 'money--xl', { 'data-testid': 'wallet-balance' }))),
    h('div', { class: 'ticket__stub cluster cluster--between' },
      h('p', {}, holding ? until(holding) : 'Empty. Load money below.', holding?.work && ' · in use just now'),
      h('div', { class: 'cluster' },
        holding && h('button', { class: 'btn btn--sm', type: 'button', 'data-testid': 'wallet-renew', onclick: () => void wallet.renew(true) }, 'Renew now'),
        h('button', { class: 'btn btn--sm', type: 'button', 'data-testid': 'wallet-lock', onclick: () => void wallet.lock() }, icon('lock'), 'Lock now'))),
  ]
}

/** @param {Profile} profile @param {Awaited<ReturnType<Wallet['balance']>>['stalls']} stalls @param {ReadonlySet<string>} gone vendors that the broker stands behind no more */
function atStalls({ broker }, stalls, gone) {
  if (stalls.length === 0) return []
  const row = (/** @type {typeof stalls[number]} */ { vendor, name, total, holdings }) => h('tr', { 'data-testid': 'wallet-stall', 'data-vendor': vendor },
    h('td', { 'data-label': 'Stall' }, h('a', { href: `/stalls/${vendor}` }, words(name))),
    h('td', { 'data-label': 'Good until' }, gone.has(vendor) ? 'gone: see below' : holdings[0] && until(holdings[0], '')),
    h('td', { 'data-label': 'Amount', class: 'num' }, money(total, broker)))
  return [
    h('h2', { class: 'card__title' }, 'Money of single stalls'),
    h('p', {}, 'Each is spent at its own stall, and there first.'),
    h('div', { class: 'table-wrap' }, h('table', { class: 'table table--cards' },
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Stall'), h('th', { scope: 'col' }, 'Good until'), h('th', { scope: 'col', class: 'num' }, 'Amount'))),
      h('tbody', {}, ...stalls.map(row)))),
  ]
}

/**
 * @param {Wallet} wallet
 * @param {Profile} profile
 * @param {{ url: string, begun: (id: string) => void }} what url: of the bank's page; begun: told of a work that is shown here
 */
function loading(wallet, { broker, bank: reference }, { url, begun }) {
  const { field: box, input } = field({ label: 'Amount to load', affix: broker.currency, short: true, hint: ' ' },
    { inputmode: 'decimal', value: broker.exponent ? `50.${'0'.repeat(broker.exponent)}` : '50', 'data-testid': 'wallet-load-amount' })
  const account = bank(wallet, broker, { url, reference })
  const start = async () => {
    const amount = read(input.value, broker)
    if (amount === null) throw new FieldError(input, unread(input.value, broker))
    if (amount === 0) throw new FieldError(input, 'Write an amount above 0.')
    await enough(wallet, amount, broker)
    await wallet.load(amount)
  }
  const loader = form({ label: 'Load', testid: 'wallet-load', submit: start }, fleeting(), box)
  const hint = /** @type {HTMLElement} */ (box.querySelector('.field__hint'))
  let [held, settled] = [-1, -1]
  const refresh = (/** @type {number} */ value, /** @type {number} what has ended may have moved money of the bank */ ended) => {
    if (held === value && settled === ended) return
    held = value
    settled = ended
    fill(hint, value > 0 && `It is added to the ${format(value, broker)} you hold.`)
    hint.hidden = value === 0
    void account.refresh()
  }
  const element = h('section', { class: 'card stack' }, h('h2', { class: 'card__title' }, 'Load money from your bank'), account.element, loader,
    otherBank(wallet, reference, begun))
  return { element, refresh }
}

/** Whether a work ended today in a way that its person may not know of: not begun or given up because it took so long, or money that came back by itself. @param {import('../rows.js').Work} work @param {number} now unix seconds */
const isNews = ({ purpose, state, reason, changed }, now) => now - changed < 24 * 60 * 60 &&
  (reason === 'waited-long' || reason === 'no-answer' && purpose !== 'renew' || purpose === 'rescue' && state === 'done')

/** @param {Wallet} wallet @param {Profile} profile @param {import('../rows.js').Work} work */
function unfinished(wallet, { broker }, work) {
  const card = h('article', { class: 'card stack', 'data-testid': 'wallet-work', 'data-kind': work.purpose },
    h('h2', { class: 'card__title' }, title(work, broker)))
  const here = location.hash === `#work=${work.id}`
  const steps = follow(wallet, work.id, ended => {
    if (ended.state === 'stopped') fill(card, h('h2', { class: 'card__title' }, title(ended, broker)), stopped(ended), askedAgain(ended))
    else if (ended.purpose === 'rescue') fill(card, h('h2', { class: 'card__title' }, title(ended, broker)), said(ended, broker))
    else if (here) card.append(paid(ended))
    else card.remove()
  })
  card.append(steps)
  if (work.purpose === 'checkout' && work.state === 'running' && !here) {
    card.append(h('p', {}, h('a', { href: `${checkoutOf(work)}#work=${work.id}`, 'data-testid': 'work-resume' }, 'Go to this purchase')))
  }
  return card
}

/** Where a purchase that was not begun is asked for again. @param {import('../rows.js').Work} work */
const askedAgain = work => work.purpose === 'checkout' && ['waited-long', 'no-answer', 'cancelled'].includes(work.reason) &&
  h('p', {}, h('a', { href: checkoutOf(work), 'data-testid': 'work-again' }, 'Look at it again'))

/** @param {import('../rows.js').Work<'checkout'>} work */
const checkoutOf = ({ about: { vendor, lines: [line], basket } }) => basket ? `/stalls/${vendor}/basket` : `/l/${vendor}/${line?.offerID}/checkout?quantity=${line?.quantity}`

/** @param {import('../rows.js').Work} work */
function paid(work) {
  const tx = purchaseOf(work)?.tx
  return callout('success', 'Done.', { 'data-testid': 'checkout-done' }, tx && h('p', {}, h('a', { href: `/wallet/orders/${tx}`, 'data-testid': 'checkout-order' }, 'See the signed receipt')))
}

/** @param {Wallet} wallet */
function passphrase(wallet) {
  const old = field({ label: 'Passphrase now' }, { type: 'password', autocomplete: 'current-password', 'data-testid': 'passphrase-old' })
  const one = field({ label: 'New passphrase', hint: `At least ${minPassphrase} characters.` }, { type: 'password', autocomplete: 'new-password', 'data-testid': 'passphrase-new' })
  const two = field({ label: 'New passphrase again' }, { type: 'password', autocomplete: 'new-password', 'data-testid': 'passphrase-again' })
  const done = h('div', { 'aria-live': 'polite' })
  const change = async () => {
    if ([...one.input.value].length < minPassphrase) throw new FieldError(one.input, `Use at least ${minPassphrase} characters.`)
    if (one.input.value !== two.input.value) throw new FieldError(two.input, 'The two are not the same.')
    await wallet.changePassphrase(old.input.value, one.input.value).catch(error => {
      throw error.name === 'Advice' ? new FieldError(old.input, error.message) : error
    })
    for (const { input } of [old, one, two]) input.value = ''
    fill(done, callout('success', 'The passphrase is changed.', { 'data-testid': 'passphrase-changed' }))
  }
  return h('details', { class: 'card' }, h('summary', {}, 'Change the passphrase'),
    h('div', { class: 'stack' }, form({ label: 'Change', testid: 'passphrase-change', css: 'btn', submit: change }, old.field, one.field, two.field), done))
}
