// @ts-check
/**
 * All the money of the wallet: one total, what it consists of, and what has a name of its own: under way, on its way back, still
 * to come, hard to get. How long it is good stands there when that is soon; else under "Advanced".
 * @module
 */
import { dueFrom, isDue } from '../ageing.js'
import { tr } from '../language.js'
import { format } from '../money.js'
import { nameOf, names, sum } from '../shares.js'
import { fill, h, icon, money, placed, words } from './dom.js'
import { until } from './until.js'

/** @import { AtStall } from '../contents.js' */
/** @import { Holding, Profile } from '../rows.js' */
/** @import { Share } from '../shares.js' */
/** @import { Child } from './dom.js' */
/** @import { Wallet } from '../wallet.js' */

/** @typedef {{ broker: Holding | undefined, stalls: AtStall[] }} Balance */

/** Seconds before its renewal from which it is said how long money is good. */
const soon = 7 * 24 * 3600

/**
 * @param {Wallet} wallet
 * @param {Profile} profile
 * @returns {{ element: HTMLElement, refresh: (balance: Balance, unsaved: boolean) => Promise<void> }} unsaved: whether it is worth a backup
 */
export function yourMoney(wallet, { broker }) {
  const element = h('section', { class: 'ticket ticket--brand', 'aria-label': tr('Your money'), 'data-testid': 'shares' })
  const refresh = async (/** @type {Balance} */ balance, /** @type {boolean} */ unsaved) => {
    const [shares, doubtful, stalls, held] = await Promise.all([wallet.shares(), wallet.doubtful(), wallet.stallNames(), wallet.held()])
    const now = wallet.parts.now()
    const ready = shares.find(({ kind }) => kind === 'ready') ?? { kind: 'ready', vendor: '', amount: 0 }
    const rows = [ready, ...shares.filter(({ kind }) => kind !== 'ready')].map(share => row(/** @type {Share} */ (share), holdingOf(/** @type {Share} */ (share), balance, now)))
    const at = element.contains(document.activeElement) && document.activeElement?.getAttribute('data-testid')
    fill(element,
      h('div', { class: 'ticket__main stack stack--xs' },
        h('h2', { class: 'card__title' }, tr('Your money')),
        h('p', {}, money(sum(shares), broker, 'money--xl', { 'data-testid': 'shares-total' })),
        h('dl', { class: 'facts facts--sum facts--parts' }, ...rows),
        held.orders > 0 && h('p', {}, h('a', { href: '/wallet/orders', 'data-testid': 'shares-held' }, tr({ one: '{amount} held for 1 order', other: '{amount} held for {n} orders' }, { n: held.orders, amount: format(held.amount, broker) }))),
        doubtful > 0 && h('p', { 'data-testid': 'doubtful' }, ...placed(tr('{amount} more is not accepted by who issued it, and in no sum here: it was spent elsewhere, perhaps by another copy of this wallet, or it is too old. What is too old by the issuer\'s clock alone is asked for again.'), { amount: money(doubtful, broker) }))),
      h('div', { class: 'ticket__stub cluster cluster--between' },
        sum(shares) === 0 ? h('p', {}, tr('Empty. Add money below.')) : unsaved ? h('a', { class: 'badge badge--accent', href: '#backup', 'data-testid': 'shares-unsaved' }, tr('Not backed up')) : h('span'),
        h('div', { class: 'cluster' }, isAnyDue(balance, now) && renewing(wallet),
          h('button', { class: 'btn btn--sm', type: 'button', 'data-testid': 'wallet-lock', onclick: () => void wallet.lock() }, icon('lock'), tr('Lock now')))))
    if (at) /** @type {HTMLElement | null} */ (element.querySelector(`[data-testid="${at}"]`))?.focus()
    function row(/** @type {Share} */ share, /** @type {Holding | undefined} */ holding) {
      const { kind, vendor, amount } = share
      const name = stalls.get(vendor) ?? ''
      const place = ['stall', 'given-up', 'gone'].includes(kind)
      /** @type {Child[]} */
      const said = kind === 'stall' ? placed(names.stall, { stall: h('a', { href: `/stalls/${vendor}` }, words(name || tr('a stall'))) }) : [nameOf(share, name)]
      return h('div', { 'data-testid': place ? 'wallet-stall' : undefined, 'data-vendor': vendor || undefined },
        h('dt', {}, ...said, holding && h('span', { class: 'small' }, h('br'), until(holding))),
        h('dd', {}, money(amount, broker, '', { 'data-testid': kind === 'ready' ? 'wallet-balance' : 'share', 'data-kind': kind })))
    }
  }
  return { element, refresh }
}

/** What of a share is due for its renewal soon. @param {Share} share @param {Balance} balance @param {number} now unix seconds */
function holdingOf({ kind, vendor }, { broker, stalls }, now) {
  const [holding] = kind === 'ready' ? [broker] : kind === 'stall' ? stalls.find(stall => stall.vendor === vendor)?.holdings ?? [] : []
  return holding && (dueFrom(holding) - now < soon || holding.unrenewed) ? holding : undefined
}

/** @param {Balance} balance */
const all = ({ broker, stalls }) => [...broker ? [broker] : [], ...stalls.flatMap(({ holdings }) => holdings)]

/** @param {Balance} balance @param {number} now unix seconds */
const isAnyDue = (balance, now) => all(balance).some(holding => isDue(holding, now))

/** @param {Wallet} wallet */
const renewing = wallet => h('button', { class: 'btn btn--sm', type: 'button', 'data-testid': 'wallet-renew', onclick: () => void wallet.renew(true) }, tr('Renew now'))

/**
 * Until when each sum is good; who wants to renews it before it is due, which it does by itself.
 * @param {Wallet} wallet
 * @param {Profile} profile
 * @returns {{ element: HTMLElement, refresh: (balance: Balance) => void }} hidden while there is none
 */
export function goodUntil(wallet, { broker }) {
  const element = h('section', { class: 'stack', 'aria-label': tr('How long it is good') })
  const refresh = (/** @type {Balance} */ balance) => {
    const stalls = new Map(balance.stalls.map(({ vendor, name }) => [vendor, name]))
    element.hidden = all(balance).length === 0
    const row = (/** @type {Holding} */ holding) => h('tr', {},
      h('td', { 'data-label': tr('Where') }, holding.vendor ? words(stalls.get(holding.vendor) ?? '') : tr('At every stall')),
      h('td', { 'data-label': tr('Good until') }, until(holding, true)),
      h('td', { 'data-label': tr('Amount'), class: 'num' }, money(holding.scrip.value, broker)))
    fill(element, h('h3', { class: 'card__title' }, tr('How long it is good')),
      h('p', {}, tr('Money has a date, and renews by itself before it while you look in now and then.')),
      h('div', { class: 'table-wrap' }, h('table', { class: 'table table--cards' },
        h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, tr('Where')), h('th', { scope: 'col' }, tr('Good until')), h('th', { scope: 'col', class: 'num' }, tr('Amount')))),
        h('tbody', {}, ...all(balance).map(row)))),
      !isAnyDue(balance, wallet.parts.now()) && h('div', { class: 'actions' }, renewing(wallet)))
  }
  return { element, refresh }
}
