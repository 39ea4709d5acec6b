// @ts-check
/**
 * The page "Checkout": the signed offer, how it is paid, one confirmation, then how far it has come, and what happens next. The
 * work's id stands in the address once it is confirmed, so a reload shows the same purchase and never buys twice.
 * @module
 */
import { maxNote } from '../checkout.js'
import { agoText } from '../dates.js'
import { Advice, TooFew } from '../errors.js'
import { promised } from '../hold.js'
import { tr } from '../language.js'
import { format } from '../money.js'
import { region } from './address.js'
import { amounts } from './amounts.js'
import { enough } from './bank.js'
import { delivering, nearest } from './delivering.js'
import { callout, fill, h, placed, words } from './dom.js'
import { action, failed, field, form } from './form.js'
import { gate } from './gate.js'
import { howPaid } from './plan.js'
import { fewer, onward, running, wantedOn } from './purchase.js'
import { inAll, summed } from './total.js'

/** @import { Address } from '../forms.js' */
/** @import { Quote } from '../quote.js' */
/** @import { Profile, Work } from '../rows.js' */
/** @import { Chosen } from '../trust.js' */
/** @import { Wallet } from '../wallet.js' */
/** @import { Page } from './purchase.js' */

/** A payment link that is over asks for no wallet, but to show the payment that the address names. @param {Wallet} wallet @param {HTMLElement} mount */
export async function checkoutPage(wallet, mount) {
  if (mount.dataset.over !== undefined && !named()) return fill(mount)
  await gate(wallet, mount, async place => {
    await checkout(wallet, mount, place)
  })
}

/** The work that the address names. */
const named = () => /^#work=([\w-]{22})$/.exec(location.hash)?.[1]

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
  const id = named()
  const known = id ? await wallet.workOf(id) : undefined
  const isThis = known?.purpose === 'checkout' && known.about.vendor === vendor &&
    (known.about.basket ?? known.about.lines.some(({ offerID }) => lines.some(({ offer }) => offer === offerID)))
  const work = isThis ? known : await wallet.unfinished(vendor, lines.map(({ offer }) => offer))
  if (work) running({ wallet, mount, place }, work, () => asking(wallet, mount, place))
  else if (lines.length > 0) await asking(wallet, mount, place, before)
}

/** @typedef {{ note: string, told: string, address?: Address, remember?: boolean, delivery?: Chosen }} Before what was typed and chosen before the wallet changed, and what is told of that */

/** @param {Wallet} wallet @param {HTMLElement} mount @param {HTMLElement} place @param {Before} [before] where it was asked before */
export async function asking(wallet, mount, place, before) {
  mount.toggleAttribute('data-running', false)
  if (!before) fill(place, h('p', { role: 'status' }, tr('Checking the seller\'s signature and the price …')))
  try {
    const quote = await wallet.quote({ ...wantedOn(mount), region: region(), delivery: before?.delivery })
    fill(place, ...await look({ wallet, mount, place }, quote, before))
  } catch (error) {
    const sold = error instanceof TooFew && !wantedOn(mount).basket
    fill(place, failed(error, { 'data-testid': 'checkout-error' }),
      onward(mount, sold ? fewer(error.left) : action({ label: tr('Try again'), testid: 'checkout-retry', run: () => asking(wallet, mount, place) })))
  }
}

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

/**
 * @param {Page} page
 * @param {Quote} quote
 * @param {Profile} profile
 * @param {Before} [before]
 */
function asked({ wallet, mount, place }, quote, profile, before) {
  const { price, merchant, bought } = quote
  const { broker } = profile
  const { loading, lack, more, typed, chosen, watch, whenLacking } = amounts(wallet, quote, profile)
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
  const paid = howPaid(quote, broker, { typed, watch })
  const run = (/** @type {Work} */ work) => running({ wallet, mount, place }, work, () => asking(wallet, mount, place))
  const confirm = async () => {
    const choice = { ...delivery.chosen(), ...chosen() }
    await enough(wallet, choice.load, broker)
    mine = true
    try {
      run(await wallet.buy(quote, { note: note.input.value.trim(), basket: wantedOn(mount).basket, ...choice }))
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
    if (other) run(other)
    else await asking(wallet, mount, place, { ...sofar(), told })
  }
  // What another tab does changes what this one shows, or shows what was bought there.
  const stop = wallet.watch(async () => {
    if (!wallet.ctx || mine) return
    if (!place.contains(paid)) return stop()
    if (await wallet.begunSince(quote) || await wallet.isStale(quote)) await again(tr('Your wallet has changed, so this is a new plan.'))
  })
  const undelivered = quote.delivery.way === 'none'
  const repeat = undelivered ? tr('Pay {amount} again', { amount: format(price, broker) }) : tr('Buy another for {amount}', { amount: format(price, broker) })
  const element = form({ label: bought ? repeat : tr('Pay {amount}', { amount: format(price, broker) }), testid: 'checkout-confirm', css: 'btn btn--primary btn--wide', class: 'card form', submit: confirm },
    bought && callout('warn', undelivered ? tr('You paid this {ago}. Once more?', { ago: agoText(bought.at, wallet.parts.now()) }) : tr('You bought this {ago}. Do you want another?', { ago: agoText(bought.at, wallet.parts.now()) }), { 'data-testid': 'checkout-bought' },
      h('p', {}, h('a', { href: `/wallet/orders/${bought.tx}` }, tr('See that order')))),
    delivery.element, note.field, protects(quote, broker),
    paid, loading, more, inAll(quote, broker), h('p', { class: 'soft small' }, ...placed(learns[quote.delivery.way], { stall: words(merchant.name) })), lack)
  const pay = /** @type {HTMLButtonElement} */ (element.querySelector('[type="submit"]'))
  whenLacking((lacking, moved) => {
    pay.hidden = lacking
    if (!lacking && moved) pay.focus()
  })
  return element
}

/** What the seller learns. */
const learns = {
  post: tr('{stall} learns what you bought, the address and your note, and nothing else about you.'),
  collect: tr('{stall} learns what you bought and your note, and nothing else about you.'),
  none: tr('{stall} learns that this was paid and your note, and nothing else about you.'),
}

/** How the purchase is protected, or that it is not. @param {Quote} quote @param {Profile['broker']} broker */
function protects({ lines, delivery, price }, broker) {
  if (delivery.way === 'none') return callout('warn', tr('Not protected: the seller is paid at once.'), { role: undefined, 'data-testid': 'checkout-protection' }, h('p', {}, tr('Pay whom you know: only the seller can give it back.'), ' ', more()))
  const offers = lines.map(({ offer }) => offer)
  const { send, check } = promised(offers, delivery)
  if (check === 0) return callout('warn', tr('Not protected: the seller is paid at once.'), { role: undefined, 'data-testid': 'checkout-protection' }, h('p', {}, tr('If it does not come, or is not as described, only the seller can give your money back.'), ' ', more()))
  const look = Math.max(...offers.map(({ check_within: days = 0 }) => days))
  const amount = format(price, broker)
  const held = delivery.way === 'post' ?
    tr({ one: 'Your {amount} is held until you say that all is well, or 1 day after it should have come.', other: 'Your {amount} is held until you say that all is well, or {n} days after it should have come.' }, { n: look, amount }) :
    tr({ one: 'Your {amount} is held until you say that all is well, or 1 day after the seller has handed it over.', other: 'Your {amount} is held until you say that all is well, or {n} days after the seller has handed it over.' }, { n: look, amount })
  return callout('success', tr('Protected: you pay now, and the seller is paid later.'), { role: undefined, 'data-testid': 'checkout-protection' },
    h('p', {}, held, ' ', delivery.way === 'post' ? tr({ one: 'The seller sends it within 1 day. If not, you can have your money back a day later.', other: 'The seller sends it within {n} days. If not, you can have your money back a day later.' }, { n: send })
      : tr({ one: 'The seller hands it over within 1 day. If not, you can have your money back a day later.', other: 'The seller hands it over within {n} days. If not, you can have your money back a day later.' }, { n: send }), ' ', more()))
}

const more = () => h('a', { href: '/help#protection', target: '_blank' }, tr('How you are protected'))
