// @ts-check
/**
 * The page "Checkout": the signed offer, how it is paid, one confirmation, then how far it has come, and what happens next. The
 * work's id stands in the address once it is confirmed, so a reload shows the same purchase and never buys twice.
 * @module
 */
import { lastBackup } from '../backup.js'
import { partsOf } from '../cash.js'
import { maxNote } from '../checkout.js'
import { agoText } from '../dates.js'
import { choices, reach } from '../delivery.js'
import { Advice, TooFew } from '../errors.js'
import { promised } from '../hold.js'
import { protectedBy } from '../holds.js'
import { tr } from '../language.js'
import { format } from '../money.js'
import { purchaseOf } from '../work.js'
import { addressFields, blank, countryName, region } from './address.js'
import { amounts } from './amounts.js'
import { isUnsaved } from './backup.js'
import { enough } from './bank.js'
import { callout, facts, fill, focus, h, money, placed, words } from './dom.js'
import { action, explain, field, form } from './form.js'
import { gate } from './gate.js'
import { receipt } from './receipt.js'
import { telling } from './telling.js'
import { follow, stopped } from './work.js'

/** @import { Address, Delivery } from '../forms.js' */
/** @import { Order, Profile, Work } from '../rows.js' */
/** @import { Chosen } from '../trust.js' */
/** @import { Quote, Wanted } from '../quote.js' */
/** @import { Child } from './dom.js' */
/** @import { Wallet } from '../wallet.js' */

/** @param {Wallet} wallet @param {HTMLElement} mount */
export const checkoutPage = (wallet, mount) => gate(wallet, mount, async place => {
  await checkout(wallet, mount, place)
})

/**
 * The checkout of what a page is for: one listing, or a basket. A purchase that is under way, or that the address names, is
 * shown instead.
 * @param {Wallet} wallet
 * @param {HTMLElement} mount
 * @param {HTMLElement} place
 * @param {Before} [before] where it was asked before
 */
export async function checkout(wallet, mount, place, before) {
  const { vendor, lines } = wantedOn(mount)
  const id = /^#work=([\w-]{22})$/.exec(location.hash)?.[1]
  const known = id ? await wallet.workOf(id) : undefined
  const isThis = known?.purpose === 'checkout' && known.about.vendor === vendor &&
    (known.about.basket ?? known.about.lines.some(({ offerID }) => lines.some(({ offer }) => offer === offerID)))
  const work = isThis ? known : await wallet.unfinished(vendor, lines.map(({ offer }) => offer))
  if (work) running(wallet, mount, place, work)
  else if (lines.length > 0) await asking(wallet, mount, place, before)
}

/** What a page is to buy. @param {HTMLElement} mount @returns {Wanted & { basket: boolean }} */
function wantedOn({ dataset: { vendor = '', offer = '', quantity = '1', lines } }) {
  return lines === undefined ? { vendor, lines: [{ offer, quantity: Number(quantity) }], basket: false } : { vendor, lines: JSON.parse(lines), basket: true }
}

/** @typedef {{ note: string, told: string, address?: Address, remember?: boolean, delivery?: Chosen }} Before what was typed and chosen before the wallet changed, and what is told of that */

/** @param {Wallet} wallet @param {HTMLElement} mount @param {HTMLElement} place @param {Before} [before] where it was asked before */
async function asking(wallet, mount, place, before) {
  if (!before) fill(place, h('p', { role: 'status' }, tr('Checking the seller\'s signature and the price …')))
  try {
    const quote = await wallet.quote({ ...wantedOn(mount), region: region(), delivery: before?.delivery })
    fill(place, ...await look({ wallet, mount, place }, quote, before))
  } catch (error) {
    const sold = error instanceof TooFew && !wantedOn(mount).basket
    fill(place, callout('error', explain(error), { 'data-testid': 'checkout-error' }),
      onward(mount, sold ? fewer(error.left) : action({ label: tr('Try again'), testid: 'checkout-retry', run: () => asking(wallet, mount, place) })))
  }
}

/**
 * Where a purchase that came to nothing can go from here. What is sold out is not tried again.
 * @param {HTMLElement} mount
 * @param {Child} again
 */
function onward({ dataset: { listingUrl = '/' } }, again) {
  return h('div', { class: 'cluster' }, again,
    h('a', { class: again ? '' : 'btn', href: listingUrl, 'data-testid': 'checkout-back' }, tr('Back to the listing')),
    h('a', { class: again ? '' : 'btn', href: '/search', 'data-testid': 'checkout-browse' }, tr('Browse other things')))
}

/** A way to buy so many as are left, if some are. @param {number} left */
const fewer = left => left > 0 && h('a', { class: 'btn btn--primary', href: `?quantity=${left}`, 'data-testid': 'checkout-fewer' }, tr({ one: 'Buy the one that is left', other: 'Buy the {n} that are left' }, { n: left }))

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

/** @typedef {{ wallet: Wallet, mount: HTMLElement, place: HTMLElement }} Page */

/** @param {Page} page @param {Quote} quote @param {Before} [before] */
async function look(page, quote, before) {
  const { wallet, mount } = page
  const profile = await wallet.profile()
  const { broker } = profile
  const [line] = quote.lines
  const other = mount.dataset.unitMinor !== undefined && String(line?.offer.price) !== mount.dataset.unitMinor &&
    callout('warn', tr('The seller\'s signed price is not the one this site showed. You pay the signed price.'))
  summed(quote, broker)
  const told = before?.told ? callout('warn', before.told, { 'data-testid': 'checkout-changed' }) : undefined
  return [told, other || undefined, asked(page, quote, profile, before)].filter(part => part !== undefined)
}

/** All that is paid, at the end of the column. @param {Quote} quote @param {Profile['broker']} broker */
function inAll(quote, broker) {
  const { lines, merchant, price } = quote
  return h('section', { class: 'stack stack--sm checkout__total' },
    ...lines.length > 1 ? together(quote, broker) : lines.map(({ offer, quantity }) => h('h2', { class: 'card__title', 'data-testid': 'checkout-item' }, quantity > 1 && `${quantity} × `, words(offer.title))),
    h('p', {}, ...placed(tr('{amount} to {stall}'), { amount: money(price, broker, 'money--lg', { 'data-testid': 'checkout-price' }), stall: words(merchant.name) })))
}

/** What the parcel costs. @param {Quote} quote */
const postageOf = ({ lines, price }) => price - lines.reduce((sum, { offer, quantity }) => sum + offer.price * quantity, 0)

/** Tells the summary beside it what it costs this way. @param {Quote} quote @param {Profile['broker']} broker */
function summed(quote, broker) {
  const postage = postageOf(quote)
  document.getElementById('summary-postage')?.replaceChildren(postage > 0 ? money(postage, broker) : tr('None'))
  document.getElementById('summary-total')?.replaceChildren(money(quote.price, broker, 'money--lg'))
}

/** What several things cost, each and in all. @param {Quote} quote @param {Profile['broker']} broker */
function together(quote, broker) {
  const each = quote.lines.map(({ offer, quantity }) => /** @type {[Child, Node]} */ ([h('span', {}, quantity > 1 && `${quantity} × `, words(offer.title)), money(offer.price * quantity, broker)]))
  const postage = postageOf(quote)
  return [h('h2', { class: 'card__title', 'data-testid': 'checkout-item' }, tr('Together')),
    facts([...each, ...postage > 0 ? [/** @type {[Child, Node]} */ ([tr('Postage, for one parcel'), money(postage, broker)])] : []], 'facts facts--sum')]
}

/** One way to get it, in words. @param {import('../delivery.js').Choice} choice @param {Quote} quote @param {Profile['broker']} broker */
function wayText({ way, label, postage, days: [least = 0, most = 0] }, { lines }, broker) {
  const place = lines.map(({ offer }) => offer.place).find(Boolean)
  const at = place && [place.town, countryName(place.country)].filter(Boolean).join(', ')
  const name = way === 'post' ? [tr('Posted')] : at ? placed(tr('Collect it in {place}'), { place: words(at) }) : [tr('Collect it')]
  const time = least === most ? tr({ one: '1 day on its way', other: '{n} days on its way' }, { n: most }) : tr('{least} to {most} days on its way', { least, most })
  return h('span', {}, ...name, label && ': ', label && words(label), way === 'post' && ` – ${postage > 0 ? format(postage, broker) : tr('no postage')}`,
    h('span', { class: 'soft small' }, way === 'post' ? ` · ${time}` : ''))
}

/**
 * How it gets there: the ways, and where it is posted, the address. What is chosen changes the price, so the checkout is shown anew.
 * @param {Quote} quote
 * @param {Profile} profile
 * @param {Before | undefined} before
 * @param {(delivery: Chosen, from: string) => void} change from: the testid of what was chosen
 */
function delivering(quote, { broker, address: known }, before, change) {
  const { lines, delivery } = quote
  const to = reach(lines)
  const posted = delivery.way === 'post'
  const ways = choices(lines, delivery.country || (before?.address ?? known)?.country || (to[0] ?? ''))
  const is = (/** @type {Chosen} */ one) => one.way === delivery.way && one.label === delivery.label
  const value = before?.address ?? (known && to.includes(known.country) ? known : blank(delivery.country))
  const fields = posted && to.length > 0 ? addressFields({ ...value, country: delivery.country }, to) : undefined
  fields?.country.addEventListener('change', () => {
    if (fields.country.value) change({ ...delivery, country: fields.country.value }, 'address-country')
  })
  const keep = /** @type {HTMLInputElement} */ (h('input', { type: 'checkbox', 'data-testid': 'address-remember', checked: before?.remember ?? true }))
  const pick = (/** @type {import('../delivery.js').Choice} */ one, /** @type {number} */ i) => h('label', { class: 'choice' },
    h('input', { type: 'radio', name: 'way', value: i, checked: is(one), 'data-testid': `way-${one.way}-${i}`, onchange: () => change({ way: one.way, label: one.label, country: one.country }, `way-${one.way}-${i}`) }),
    wayText(one, quote, broker))
  const only = ways.length === 1 && ways[0]
  const element = h('fieldset', { class: 'form__part', 'data-testid': 'checkout-delivery' }, h('legend', { class: 'form__legend' }, posted ? tr('Where to send it') : tr('How you get it')),
    only ? h('p', {}, wayText(only, quote, broker)) : h('div', { class: 'choices' }, ...ways.map(pick)),
    fields?.element, fields && h('label', { class: 'choice' }, keep, h('span', {}, tr('Remember this address in my wallet'))),
    !posted && h('p', { class: 'soft' }, tr('Agree with the seller on when and where, on the page of your order.')))
  return {
    element,
    typed: () => ({ address: fields?.typed() ?? before?.address, remember: keep.checked }),
    /** @returns {{ delivery: Delivery, remember: boolean }} */
    chosen: () => fields ? { delivery: { way: 'post', label: delivery.label, address: fields.checked() }, remember: keep.checked } : { delivery: { way: 'collect', label: delivery.label }, remember: false },
  }
}

/**
 * @param {Page} page
 * @param {Quote} quote
 * @param {Profile} profile
 * @param {Before} [before]
 */
function asked({ wallet, mount, place }, quote, profile, before) {
  const { plan, price, merchant, bought } = quote
  const { broker } = profile
  const { loading, more, typed, chosen, watch } = amounts(wallet, quote, profile)
  const note = field({ label: tr('Note to the seller'), optional: true, hint: tr('Only the seller can read it.') }, { rows: 2, maxlength: maxNote, 'data-testid': 'checkout-note' })
  note.input.value = before?.note ?? ''
  const sofar = () => ({ note: note.input.value, delivery: quote.delivery, ...delivery.typed() })
  const delivery = delivering(quote, profile, before, (next, from) => void (async () => {
    stop()
    const { told, ...rest } = { told: '', ...sofar(), delivery: next }
    fill(place, ...await look({ wallet, mount, place }, await wallet.priced(quote, nearest(quote, next)), { told, ...rest }))
    const control = /** @type {HTMLElement | null} */ (place.querySelector(`[data-testid="${from}"]`))
    control?.focus()
  })())
  const list = h('ol', { class: 'plain-steps', 'data-testid': 'checkout-plan' })
  const from = h('span')
  const show = () => {
    fill(list, ...plan.legs.map(leg => h('li', { 'data-transaction': leg.transaction }, ...says(leg, quote, broker, typed()))))
    fill(from, ...paidFrom(quote, broker, typed()))
  }
  watch(show)
  show()
  const confirm = async () => {
    const choice = { ...delivery.chosen(), ...chosen() }
    await enough(wallet, choice.load, broker)
    mine = true
    try {
      running(wallet, mount, place, await wallet.buy(quote, { note: note.input.value.trim(), basket: wantedOn(mount).basket, ...choice }))
      stop()
    } catch (error) {
      mine = false
      if (!(error instanceof Advice && error.reason === 'wallet-changed')) throw error
      await again(error.message)
    }
  }
  let mine = false
  const again = async (/** @type {string} */ told) => {
    stop()
    const other = await wallet.begunSince(quote)
    if (other) running(wallet, mount, place, other)
    else await asking(wallet, mount, place, { ...sofar(), told })
  }
  // What another tab does changes what this one shows, or shows what was bought there.
  const stop = wallet.watch(async () => {
    if (!wallet.ctx || mine) return
    if (!place.contains(list)) return stop()
    if (await wallet.begunSince(quote) || await wallet.isStale(quote)) await again(tr('Your wallet has changed, so this is a new plan.'))
  })
  return form({ label: bought ? tr('Buy another for {amount}', { amount: format(price, broker) }) : tr('Pay {amount}', { amount: format(price, broker) }), testid: 'checkout-confirm', css: 'btn btn--primary btn--wide', class: 'card form', submit: confirm },
    bought && callout('warn', tr('You bought this {ago}. Do you want another?', { ago: agoText(bought.at, wallet.parts.now()) }), { 'data-testid': 'checkout-bought' },
      h('p', {}, h('a', { href: `/wallet/orders/${bought.tx}` }, tr('See that order')))),
    delivery.element, note.field, protects(quote, broker),
    h('div', { class: 'stack stack--sm' }, h('h2', { class: 'card__title' }, tr('How it is paid')), h('p', { 'data-testid': 'checkout-paid-from' }, from),
      h('details', { class: 'choices-more' }, h('summary', { 'data-testid': 'checkout-plan-open' }, tr('What your wallet does')), list)),
    loading, more, inAll(quote, broker), h('p', { class: 'soft small' }, ...placed(tr('{stall} learns what you bought, the address and your note, and nothing else about you.'), { stall: words(merchant.name) })))
}

/** How the purchase is protected, or that it is not. @param {Quote} quote @param {Profile['broker']} broker */
function protects({ lines, delivery, price }, broker) {
  const offers = lines.map(({ offer }) => offer)
  const { send, check } = promised(offers, delivery)
  if (check === 0) return callout('warn', tr('Not protected: the seller is paid at once.'), { role: undefined, 'data-testid': 'checkout-protection' }, h('p', {}, tr('If it does not come, or is not as described, only the seller can give your money back.'), ' ', more()))
  const look = Math.max(...offers.map(({ check_within: days = 0 }) => days))
  const amount = format(price, broker)
  const held = delivery.way === 'post' ?
    tr({ one: 'Your {amount} are held until you say that all is well, or 1 day after it should have come.', other: 'Your {amount} are held until you say that all is well, or {n} days after it should have come.' }, { n: look, amount }) :
    tr({ one: 'Your {amount} are held until you say that all is well, or 1 day after the seller has handed it over.', other: 'Your {amount} are held until you say that all is well, or {n} days after the seller has handed it over.' }, { n: look, amount })
  return callout('success', tr('Protected: you pay now, and the seller is paid later.'), { role: undefined, 'data-testid': 'checkout-protection' },
    h('p', {}, held, ' ', tr({ one: 'Not sent within 1 day: you can have them back.', other: 'Not sent within {n} days: you can have them back.' }, { n: send + 1 }), ' ', more()))
}

const more = () => h('a', { href: '/help#protection', target: '_blank' }, tr('How you are protected'))

/** What is nearest to a choice: another way, where the one that was chosen does not go to another country. @param {Quote} quote @param {Chosen} next @returns {Chosen} */
function nearest({ lines }, next) {
  const ways = choices(lines, next.country)
  const { way, label, country } = ways.find(one => one.way === next.way && one.label === next.label) ?? ways.find(one => one.way === next.way) ?? next
  return { way, label, country }
}

/** What is loaded: what was typed, and where that is too little or no amount, what is needed. @param {number | null} typed @param {number} need */
const loaded = (typed, need) => Math.max(typed ?? 0, need)

/**
 * In a sentence where the money comes from.
 * @param {Quote} quote
 * @param {Profile['broker']} broker
 * @param {{ load: number | null }} typed
 * @returns {Child[]}
 */
function paidFrom({ plan: { legs }, merchant, held }, broker, { load }) {
  const leg = legs.find(({ transaction }) => transaction === '6.1' || transaction === '6.4')
  if (leg) {
    const need = leg.transaction === '6.4' ? leg.amount - held : leg.amount
    const amount = loaded(load, need)
    const beside = leg.transaction === '6.4' && held > 0
    const parts = inParts(amount, broker)
    const said = !parts ? beside ? tr('From your bank: {amount}, beside the {held} in your wallet.') : tr('From your bank: {amount}.')
      : beside ? tr('From your bank: {amount}, in {n} parts of at most {most}, one after the other by themselves; your bank may ask you to confirm each, beside the {held} in your wallet.', parts)
        : tr('From your bank: {amount}, in {n} parts of at most {most}, one after the other by themselves; your bank may ask you to confirm each.', parts)
    return placed(said, { amount: money(amount, broker), held: format(held, broker) })
  }
  if (legs.some(({ transaction }) => transaction === '6.2')) return [tr('From your wallet.')]
  const stall = words(merchant.name)
  return legs.some(({ transaction }) => transaction === '6.5') ? placed(tr('From your wallet, and what you have at {stall}.'), { stall }) : placed(tr('From what you have at {stall}.'), { stall })
}

/**
 * @param {import('../plan.js').Leg} leg
 * @param {Quote} quote
 * @param {Profile['broker']} broker
 * @param {{ load: number | null, exchange: number | null }} typed
 */
function says({ transaction, amount }, { merchant, held }, broker, { load, exchange }) {
  const stall = words(merchant.name)
  if (transaction === '6.8') return placed(tr('Renew {amount}, so that it stays good'), { amount: money(amount, broker) })
  if (transaction === '6.3') return placed(tr('Pay {amount} to {stall}'), { amount: money(amount, broker), stall })
  if (transaction === '6.4' || transaction === '6.1') {
    const from = loaded(load, transaction === '6.4' ? amount - held : amount)
    return placed(loads(transaction, inParts(from, broker)), { amount: money(from, broker), held: money(held, broker) })
  }
  const moved = exchange ?? amount
  return placed(setsAside(transaction, moved > amount), { amount: money(moved, broker), stall, kept: money(moved - amount, broker) })
}

/** @param {'6.1' | '6.4'} transaction @param {ReturnType<typeof inParts>} parts */
function loads(transaction, parts) {
  if (transaction === '6.1') {
    return parts ? tr('Load {amount} from your bank, in {n} parts of at most {most}, one after the other by themselves; your bank may ask you to confirm each', parts) : tr('Load {amount} from your bank')
  }
  return parts ? tr('Add {amount} from your bank to the {held} you hold, in {n} parts of at most {most}, one after the other by themselves; your bank may ask you to confirm each', parts)
    : tr('Add {amount} from your bank to the {held} you hold')
}

/** @param {string} transaction @param {boolean} keeps whether something of it is left there */
function setsAside(transaction, keeps) {
  if (transaction !== '6.5') return keeps ? tr('Set {amount} aside for {stall}; {kept} of it stays there for your next purchase') : tr('Set {amount} aside for {stall}')
  return keeps ? tr('Set {amount} aside for {stall}, to add to what you have there; {kept} of it stays there for your next purchase') : tr('Set {amount} aside for {stall}, to add to what you have there')
}

/** In how many parts an amount is loaded, and how much is loaded at once; undefined where that is all of it. @param {number} amount @param {Profile['broker']} broker */
function inParts(amount, broker) {
  const n = partsOf(amount, broker.maxCharge)
  return n > 1 ? { n, most: format(broker.maxCharge, broker) } : undefined
}

/** @param {Wallet} wallet @param {HTMLElement} mount @param {HTMLElement} place @param {Work} work */
function running(wallet, mount, place, work) {
  history.replaceState(null, '', `#work=${work.id}`)
  const heading = h('h2', { class: 'card__title' }, work.state === 'running' ? tr('Paying') : tr('This purchase'))
  const end = h('div', { class: 'stack' })
  const list = follow(wallet, work.id, ended => void over(wallet, mount, { end, heading, place }, ended))
  fill(place, end, h('section', { class: 'card stack' }, heading, list))
  if (work.state === 'running') focus(heading)
}

/** Which of several things a purchase was refused for. @param {Work} work */
function about(work) {
  const item = purchaseOf(work)
  const line = item?.phase === 'refused' && work.purpose === 'checkout' && work.about.lines.length > 1 && work.about.lines[item.line ?? -1]
  return line && h('p', { 'data-testid': 'checkout-line' }, ...placed(tr('It is about “{title}”. Take it out of the basket and go on with the rest.'), { title: words(line.title) }))
}

/**
 * @param {Wallet} wallet
 * @param {HTMLElement} mount
 * @param {{ end: HTMLElement, heading: HTMLElement, place: HTMLElement }} parts
 * @param {Work} work
 */
async function over(wallet, mount, { end, heading, place }, work) {
  fill(heading, tr('What happened'))
  if (work.state === 'stopped') {
    const again = async () => {
      history.replaceState(null, '', location.pathname + location.search)
      await asking(wallet, mount, place)
    }
    const sold = work.reason === 'out-of-stock'
    fill(end, stopped(work), about(work), onward(mount, sold ? fewer(await leftOf(wallet, mount)) :
      action({ label: tr('Try again'), testid: 'checkout-again', css: 'btn btn--primary', run: again })))
    return
  }
  const tx = purchaseOf(work)?.tx
  const order = tx && await wallet.order(tx)
  const { broker } = await wallet.profile()
  const paid = callout('success', tr('Paid. The seller has your order.'), { 'data-testid': 'checkout-done' })
  document.getElementById('summary')?.closest('aside')?.setAttribute('hidden', '') // the receipt says it now
  fill(end, paid, order && next(order, Boolean(protectedBy(order))), await unsaved(wallet), order && receipt(order, broker))
  focus(paid)
}

/** What happens after a purchase, and where to go from here. @param {Order} order @param {boolean} held whether it is protected */
const next = ({ tx, stall }, held) => h('section', { class: 'card stack', 'data-testid': 'checkout-next' },
  h('h2', { class: 'card__title' }, tr('What happens next')),
  h('ol', { class: 'plain-steps' },
    h('li', {}, ...placed(tr('{stall} sees your order now, and says when it is on its way.'), { stall: words(stall) })),
    h('li', {}, tr('What the seller writes, and the receipt, are on the page of your order. There you can write too.')),
    h('li', {}, tr('When it is here, say so there. If something is wrong, write to the seller first.'), held && ' ', held && tr('Until then your money is held; if nothing is sent, you can have it back there.'))),
  h('div', { class: 'cluster' }, h('a', { class: 'btn btn--primary', href: `/wallet/orders/${tx}`, 'data-testid': 'checkout-order' }, tr('View the order')),
    h('a', { class: 'btn', href: '/search', 'data-testid': 'checkout-shop' }, tr('Keep shopping'))),
  telling())

/** Now there is something to lose. @param {Wallet} wallet */
async function unsaved(wallet) {
  const last = await lastBackup(wallet.open())
  return await isUnsaved(wallet, last) && callout('warn', last ? tr('Your backup does not have this order yet.') : tr('This order and your money are in this browser only.'), { 'data-testid': 'checkout-unsaved' },
    h('p', {}, last ? tr('Back up again: it takes a click, and no words to write down.') : tr('If the browser or the device is lost, they are, unless you have a backup. It takes two minutes.')),
    h('p', {}, h('a', { class: 'btn btn--sm', href: '/wallet#backup' }, last ? tr('Back up again') : tr('Make a backup'))))
}
