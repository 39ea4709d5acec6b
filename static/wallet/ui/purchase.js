// @ts-check
/**
 * A purchase as it goes: how far it has come, what became of it, and where to go from there.
 * @module
 */
import { lastBackup } from '../backup.js'
import { TooFew } from '../errors.js'
import { protectedBy } from '../holds.js'
import { tr } from '../language.js'
import { purchaseOf } from '../work.js'
import { isUnsaved } from './backup.js'
import { callout, entitle, fill, focus, h, placed, words } from './dom.js'
import { action } from './form.js'
import { receipt } from './receipt.js'
import { telling } from './telling.js'
import { follow, stopped } from './work.js'

/** @import { Wanted } from '../quote.js' */
/** @import { Order, Work } from '../rows.js' */
/** @import { Wallet } from '../wallet.js' */
/** @import { Child } from './dom.js' */

/**
 * Where a purchase that came to nothing can go from here. What is sold out is not tried again.
 * @param {HTMLElement} mount
 * @param {Child} again
 */
export function onward({ dataset: { listingUrl = '/', paying } }, again) {
  return h('div', { class: 'actions' }, again, ...paying !== undefined ? [] : [
    h('a', { class: again ? '' : 'btn', href: listingUrl, 'data-testid': 'checkout-back' }, tr('Back to the listing')),
    h('a', { class: again ? '' : 'btn', href: '/search', 'data-testid': 'checkout-browse' }, tr('Browse other things'))])
}

/** What a page is called before it is paid. @param {HTMLElement} mount */
const called = mount => mount.dataset.paying !== undefined ? tr('Payment') : wantedOn(mount).basket ? tr('Basket') : tr('Checkout')

/** A way to buy so many as are left, if some are. @param {number} left */
export const fewer = left => left > 0 && h('a', { class: 'btn btn--primary', href: `?quantity=${left}`, 'data-testid': 'checkout-fewer' }, tr({ one: 'Buy the one that is left', other: 'Buy the {n} that are left' }, { n: left }))

/** How many of one listing are left, where they are too few; else 0. @param {Wallet} wallet @param {HTMLElement} mount */
async function leftOf(wallet, mount) {
  if (wantedOn(mount).basket) return 0
  try {
    await wallet.quote(wantedOn(mount))
  } catch (error) {
    if (error instanceof TooFew) return error.left
  }
  return 0
}

/** Follows a purchase. @param {Page} page @param {Work} work @param {() => Promise<void>} anew asks again, after one that came to nothing */
export function running(page, work, anew) {
  const { wallet, place } = page
  history.replaceState(null, '', `#work=${work.id}`)
  page.mount.toggleAttribute('data-running', true)
  const heading = h('h2', { class: 'card__title' }, work.state === 'running' ? tr('What is happening') : tr('This purchase'))
  const end = h('div', { class: 'stack' })
  const list = follow(wallet, work.id, ended => void over(page, { end, heading }, ended, anew))
  fill(place, end, h('section', { class: 'card stack' }, heading, list))
  if (work.state === 'running') {
    entitle(tr('Paying'))
    focus(heading)
  }
}

/** Which of several things a purchase was refused for. @param {Work} work */
function about(work) {
  const item = purchaseOf(work)
  const line = item?.phase === 'refused' && work.purpose === 'checkout' && work.about.lines.length > 1 && work.about.lines[item.line ?? -1]
  return line && h('p', { 'data-testid': 'checkout-line' }, ...placed(tr('It is about “{title}”. Take it out of the basket and go on with the rest.'), { title: words(line.title) }))
}

/**
 * @param {Page} page
 * @param {{ end: HTMLElement, heading: HTMLElement }} parts
 * @param {Work} work
 * @param {() => Promise<void>} anew
 */
async function over({ wallet, mount }, { end, heading }, work, anew) {
  fill(heading, tr('What happened'))
  if (work.state === 'stopped') {
    mount.toggleAttribute('data-running', false)
    const again = async () => {
      history.replaceState(null, '', location.pathname + location.search)
      entitle(called(mount))
      await anew()
    }
    const sold = work.reason === 'out-of-stock'
    fill(end, stopped(work), about(work), onward(mount, sold ? fewer(await leftOf(wallet, mount)) :
      action({ label: tr('Try again'), testid: 'checkout-again', css: 'btn btn--primary', run: again })))
    return
  }
  const tx = purchaseOf(work)?.tx
  const order = tx && await wallet.order(tx)
  const { broker } = await wallet.profile()
  const undelivered = order && order.delivery?.way === 'none'
  const paid = callout('success', undelivered ? tr('Paid') : tr('Paid. The seller has your order.'), { 'data-testid': 'checkout-done' })
  entitle(undelivered ? tr('Paid') : tr('Order placed'))
  document.getElementById('summary')?.closest('aside')?.setAttribute('hidden', '') // the receipt says it now
  for (const past of document.querySelectorAll('[data-testid="basket-added"]')) past.remove()
  fill(end, paid, order && (undelivered ? settled(order) : next(order, Boolean(protectedBy(order)))), await unsaved(wallet), order && receipt(order, broker))
  focus(paid)
}

/** What happens after a purchase, and where to go from here. @param {Order} order @param {boolean} held whether it is protected */
const next = ({ tx, stall, delivery }, held) => h('section', { class: 'card stack', 'data-testid': 'checkout-next' },
  h('h2', { class: 'card__title' }, tr('What happens next')),
  h('ol', { class: 'plain-steps' },
    h('li', {}, ...placed(delivery?.way === 'collect' ? tr('{stall} sees your order now. Write to each other when and where you collect it.') : tr('{stall} sees your order now, and says when it is on its way.'), { stall: words(stall) })),
    h('li', {}, tr('What the seller writes, and the receipt, are on the page of your order. There you can write too.')),
    h('li', {}, tr('When it is here, say so there. If something is wrong, write to the seller first.'), held && ' ', held && (delivery?.way === 'collect' ? tr('Until then your money is held; if you do not get it, you can have it back there.') : tr('Until then your money is held; if nothing is sent, you can have it back there.')))),
  h('div', { class: 'actions' }, h('a', { class: 'btn btn--primary', href: `/wallet/orders/${tx}`, 'data-testid': 'checkout-order' }, tr('View the order')),
    h('a', { class: 'btn', href: '/search', 'data-testid': 'checkout-shop' }, tr('Keep shopping'))),
  telling())

/** What happens after a payment for which nothing is delivered. @param {Order} order */
const settled = ({ tx }) => h('section', { class: 'card stack', 'data-testid': 'checkout-next' }, h('h2', { class: 'card__title' }, tr('What happens next')),
  h('p', {}, tr('The receipt in your wallet proves what you paid. You can write there, too.')),
  h('div', { class: 'cluster' }, h('a', { class: 'btn btn--primary', href: `/wallet/orders/${tx}`, 'data-testid': 'checkout-order' }, tr('View the order'))), telling())

/** Now there is something to lose. @param {Wallet} wallet */
async function unsaved(wallet) {
  const last = await lastBackup(wallet.open())
  return await isUnsaved(wallet, last) && callout('warn', last ? tr('Your backup does not have this order yet.') : tr('This order and your money are in this browser only.'), { 'data-testid': 'checkout-unsaved' },
    h('p', {}, last ? tr('Back up again: it takes a click, and no words to write down.') : tr('If the browser or the device is lost, they are, unless you have a backup. It takes two minutes.')),
    h('p', {}, h('a', { class: 'btn btn--sm', href: '/wallet#backup' }, last ? tr('Back up again') : tr('Make a backup'))))
}

/** @typedef {{ wallet: Wallet, mount: HTMLElement, place: HTMLElement }} Page */

/** What a page is to buy. @param {HTMLElement} mount @returns {Wanted & { basket: boolean }} */
export function wantedOn({ dataset: { vendor = '', offer = '', quantity = '1', lines } }) {
  return lines === undefined ? { vendor, lines: [{ offer, quantity: Number(quantity) }], basket: false } : { vendor, lines: JSON.parse(lines), basket: true }
}
