// @ts-check
/**
 * The page of a basket: what is in it, which can be changed, and below it the checkout of all of it. A listing's page leads
 * here with what is to be put in; the same address once more puts in nothing twice.
 * @module
 */
import { tr } from '../language.js'
import { maxLines } from '../lines.js'
import { piecesIn } from '../wanted.js'
import { typedIn } from './address.js'
import { checkout } from './checkout.js'
import { callout, fill, h, placed, words } from './dom.js'
import { failed } from './form.js'
import { gate } from './gate.js'

/** @import { Basket } from '../rows.js' */
/** @import { Wallet } from '../wallet.js' */

/** @param {Wallet} wallet @param {HTMLElement} mount */
export const basketPage = (wallet, mount) => gate(wallet, mount, async place => {
  const { vendor = '' } = mount.dataset
  const told = await putIn(wallet, vendor)
  const list = h('section', { class: 'card stack', 'aria-label': tr('In your basket') })
  const paying = h('div', { class: 'stack' })
  fill(place, told, list, paying)
  let shown = ''
  const show = async () => {
    if (!wallet.ctx) return
    const basket = await wallet.basket(vendor)
    const lines = JSON.stringify(basket?.lines ?? [])
    if (lines === shown) return
    shown = lines
    const running = location.hash.startsWith('#work=')
    list.hidden = running && !basket
    fill(list, ...basket ? contents(wallet, basket) : empty(vendor))
    mount.dataset.lines = JSON.stringify((basket?.lines ?? []).map(({ offer, title, quantity }) => ({ offer, title, quantity })))
    if (!running) await (basket ? checkout(wallet, mount, paying, typed(paying)) : fill(paying))
  }
  if (location.hash.startsWith('#work=')) await checkout(wallet, mount, paying)
  wallet.watch(show)
  await show()
})

/** What was written before the basket changed. @param {HTMLElement} paying */
function typed(paying) {
  const note = /** @type {HTMLTextAreaElement | null} */ (paying.querySelector('[data-testid="checkout-note"]'))
  return note ? { note: note.value, told: '', address: typedIn(paying) } : undefined
}

/**
 * Puts in what the address says, and takes it out of the address, so that a reload finds the basket as it is by then.
 * @param {Wallet} wallet
 * @param {string} vendor
 */
async function putIn(wallet, vendor) {
  const asked = new URLSearchParams(location.search)
  const offer = asked.get('add')
  if (!offer) return undefined
  history.replaceState(null, '', location.pathname + location.hash)
  try {
    const title = await wallet.wish(vendor, offer, Number(asked.get('quantity') ?? 1))
    return callout('success', tr('In your basket:'), { 'data-testid': 'basket-added' }, h('p', {}, words(title)))
  } catch (error) {
    return failed(error, { 'data-testid': 'basket-error' })
  }
}

/** @param {string} vendor */
const empty = vendor => [h('p', { 'data-testid': 'basket-empty' }, tr('There is nothing in this basket.')), h('p', {}, h('a', { href: `/stalls/${vendor}` }, tr('See what this stall sells')))]

/** @param {Wallet} wallet @param {Basket} basket */
function contents(wallet, { vendor, stall, lines }) {
  const row = (/** @type {Basket['lines'][number]} */ line, /** @type {number} */ i) => {
    const id = `basket-${i}`
    const input = /** @type {HTMLInputElement} */ (h('input', {
      class: 'input basket__quantity', id, type: 'number', min: 1, max: 1000, value: line.quantity, 'data-testid': 'basket-quantity',
      onchange: () => void change(Number(input.value)),
    }))
    const change = async (/** @type {number} */ quantity) => {
      try {
        await wallet.change(vendor, { ...line, quantity })
      } catch (error) {
        input.value = String(line.quantity)
        fill(trouble, failed(error))
      }
    }
    return h('li', { class: 'basket__line', 'data-testid': 'basket-line', 'data-offer': line.offer },
      h('div', { class: 'item' }, h('span', { 'data-photo': true }, h('span', { class: 'item__photo' })),
        h('div', {}, h('p', { class: 'item__title' }, h('a', { class: 'long', href: `/l/${vendor}/${line.offer}` }, words(line.title))), h('p', { 'data-price': true, 'data-testid': 'basket-price' }))),
      h('div', { class: 'cluster basket__change' },
        h('label', { class: 'visually-hidden', for: id }, ...placed(tr('How many of {title}'), { title: words(line.title) })), input,
        h('button', { class: 'btn btn--sm', type: 'button', 'data-testid': 'basket-remove', onclick: () => void change(0) }, tr('Remove'), h('span', { class: 'visually-hidden' }, ' ', words(line.title)))))
  }
  const trouble = h('div')
  return [
    h('h2', { class: 'card__title' }, ...placed(tr('From {stall}'), { stall: words(stall) })), h('ul', { class: 'stack stack--sm', role: 'list' }, ...lines.map(row)), trouble,
    h('p', { class: 'soft small' }, tr('All of it is sent in one parcel: you pay the largest postage among them, once. A basket holds {n} different things and stays in your wallet until you buy or remove them.', { n: maxLines })),
    h('p', {}, h('a', { href: `/stalls/${vendor}` }, tr('See what else this stall sells'))),
  ]
}

/** The baskets of a wallet, as a card of its page; nothing where there is none. @param {Basket[]} list */
export const waiting = list => list.length === 0 ? [] : [
  h('h2', { class: 'card__title' }, list.length === 1 ? tr('Your basket') : tr('Your baskets')),
  h('ul', { class: 'stack stack--xs', role: 'list' }, ...list.map(({ vendor, stall, lines }) => h('li', {},
    h('a', { href: `/stalls/${vendor}/basket`, 'data-testid': 'wallet-basket' }, ...placed(tr({ one: '1 thing from {stall}', other: '{n} things from {stall}' }, { n: piecesIn({ lines }) }), { stall: words(stall) }))))),
]
