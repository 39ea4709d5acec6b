// @ts-check
/**
 * The pages "Orders" and "Order": what was bought, and for one of them what both sides signed, checked again here.
 * @module
 */
import { collect, make, makeAll } from '../bundle.js'
import { dayText } from '../dates.js'
import { disclosureDigest } from '../envelope.js'
import { tr } from '../language.js'
import { summary } from '../lines.js'
import { evidence } from '../messages.js'
import { format } from '../money.js'
import { refunded } from '../refunds.js'
import { gets } from '../standing.js'
import { orderID } from '../thin.js'
import { merchant as certified } from '../trust.js'
import { callout, entitle, fill, h, icon, moment, money, placed, words } from './dom.js'
import { action } from './form.js'
import { gate } from './gate.js'
import { pretty } from './code.js'
import { offered, receipt } from './receipt.js'
import { refundChoice } from './refunds.js'
import { ratingBox } from './rating.js'
import { telling } from './telling.js'
import { thumb } from './thumb.js'
import { parcel, protection, standingBadge } from './protect.js'
import { newBadge, talkList, talking } from './talks.js'

/** @import { BrokerPin, Order } from '../rows.js' */
/** @import { Conversation } from '../talks.js' */
/** @import { Standing } from '../standing.js' */
/** @import { Claims } from '../types.js' */
/** @import { Wallet } from '../wallet.js' */

/** @param {Wallet} wallet @param {HTMLElement} mount */
export const ordersPage = (wallet, mount) => gate(wallet, mount, async place => {
  const { broker } = await wallet.profile()
  const told = telling()
  const show = async () => {
    if (!wallet.ctx) return
    const [orders, talks] = [await wallet.orders(), await wallet.conversations()]
    const of = new Map(talks.map(one => [one.talk.tx, one]))
    const asked = talkList(talks.filter(({ talk }) => !talk.mandate))
    const stands = new Map(await Promise.all(orders.map(async order => /** @type {[string, Standing]} */ ([order.tx, await wallet.standing(order, of.get(order.tx))]))))
    fill(place, ...orders.length === 0 ? [asked || none()] : [h('div', { class: 'stack stack--lg' }, cards(orders, broker, { of, stands }), asked, told, savingAll(orders, broker))])
  }
  wallet.watch(show)
  await show()
})

const none = () => h('div', { class: 'empty', 'data-testid': 'orders-none' }, icon('receipt', 'empty__icon'), h('h2', { class: 'empty__title' }, tr('Nothing bought yet')),
  h('p', {}, tr('What you buy is listed here, with the seller\'s signature on each.')), h('a', { class: 'btn', href: '/search' }, tr('Browse')))

/** How an order stands, and what comes next. @param {Order} order @param {Standing} standing @param {Conversation} [talk] what was said about it */
function state(order, standing, talk) {
  const { next, todo } = standing
  const sent = refunded(order) > 0 && order.sent
  return h('div', { class: 'order-card__state' }, standingBadge(standing), newBadge(talk, order.news), sent && h('span', { class: 'soft small' }, gets(order).on(dayText(sent.at))),
    next && (todo ? h('a', { class: 'btn btn--sm', href: `/wallet/orders/${order.tx}`, 'data-testid': 'order-todo' }, next) : h('span', { class: 'soft small' }, next)))
}

/** The orders, each with a picture, how it stands and what comes next. @param {Order[]} orders @param {BrokerPin} broker @param {{ of: Map<string, Conversation>, stands: Map<string, Standing> }} by tx */
const cards = (orders, broker, { of, stands }) => h('ul', { class: 'order-cards', role: 'list' }, ...orders.map(order => h('li', { class: 'order-card', 'data-testid': 'order-row', 'data-tx': order.tx },
  thumb(offered(order.lines[0])?.photos),
  h('div', { class: 'order-card__about' }, h('p', { class: 'item__title' }, h('a', { href: `/wallet/orders/${order.tx}` }, words(summary(order.lines)))),
    h('p', { class: 'soft small' }, words(order.stall), ' · ', moment(order.at))),
  h('p', { class: 'order-card__price' }, money(order.price, broker)), state(order, /** @type {Standing} */ (stands.get(order.tx)), of.get(order.tx)))))

/** "Save your receipts": all of them in one file. @param {Order[]} orders @param {BrokerPin} broker */
function savingAll(orders, broker) {
  const whole = orders.filter(({ bare }) => bare === undefined)
  const outcome = h('div', { 'aria-live': 'polite' })
  const save = async () => {
    const href = URL.createObjectURL(new Blob(makeAll(whole, broker), { type: 'application/json' }))
    const link = h('a', { href, download: `peerscrip-receipts-${new Date().toISOString().slice(0, 10)}.jsonl`, 'data-testid': 'receipts-file' }, tr('Save it once more'))
    fill(outcome, callout('success', tr({ one: 'Saved: 1 receipt.', other: 'Saved: {n} receipts.' }, { n: whole.length }), { 'data-testid': 'receipts-saved' }, h('p', {}, link)))
    link.click()
  }
  const lacking = orders.length - whole.length
  return h('section', { class: 'card stack' }, h('h2', { class: 'card__title' }, tr('Save your receipts')),
    h('p', {}, ...placed(tr('All of them in one file, which the page {verify} reads. It is not encrypted: it says what you bought and your notes to the sellers. It holds no money.'), { verify: h('a', { href: '/verify' }, tr('What a receipt proves')) })),
    lacking > 0 && h('p', {}, tr({ one: '1 order has none here: the backup had no room for them. They are in the file that you saved before.', other: '{n} orders have none here: the backup had no room for them. They are in the file that you saved before.' }, { n: lacking })),
    action({ label: tr('Save your receipts'), testid: 'receipts-save', run: save }), outcome)
}

/** @param {Wallet} wallet @param {HTMLElement} mount */
export const orderPage = (wallet, mount) => gate(wallet, mount, async place => {
  const tx = location.pathname.split('/').at(-1) ?? ''
  const order = await wallet.order(tx)
  const back = h('p', {}, h('a', { href: '/wallet/orders' }, tr('All orders and conversations')))
  const { broker } = await wallet.profile()
  if (!order) return fill(place, h('div', { class: 'stack stack--lg' }, ...await asking(wallet, tx, broker), back))
  const parts = order.bare === undefined ? await signedParts(order, broker) : []
  const money = await protection(wallet, order)
  const taken = h('div', { class: 'stack', 'aria-live': 'polite' })
  const choice = refundChoice(wallet, broker, order)
  const show = async () => {
    const now = wallet.ctx && await wallet.order(order.tx)
    if (now) await choice.refresh()
    if (now) fill(taken, money ? undefined : onItsWay(now), takenBack(now, broker, choice.element))
    taken.hidden = taken.childElementCount === 0
  }
  wallet.watch(show)
  await show()
  void wallet.inform(() => wallet.collect(order.vendor))
  const talk = order.bare === undefined && await talking(wallet, order.tx, broker)
  const rating = order.bare === undefined && await ratingBox(wallet, order)
  fill(place, h('div', { class: 'stack stack--lg' }, h('p', { class: 'lead' }, ...placed(tr('{title}, from {stall}'), { title: words(summary(order.lines)), stall: h('a', { href: `/stalls/${order.vendor}` }, words(order.stall)) })), taken, money, talk, rating, receipt(order, broker), ...order.bare === undefined ? [keeping(wallet, order, broker), h('details', { class: 'choices-more' },
    h('summary', { 'data-testid': 'signed-show' }, tr('Show what was signed')), h('div', { class: 'stack' }, h('p', {}, tr('With these anyone can check who sold what, and that it was paid.')), ...parts.map(part)))] : [leftOut()], back))
})

/** A conversation about a listing, which has no order. @param {Wallet} wallet @param {string} tx @param {BrokerPin} broker */
async function asking(wallet, tx, broker) {
  const talk = await wallet.conversation(tx)
  if (!talk) return [callout('warn', tr('This order is not in this wallet.'), { 'data-testid': 'order-none' })]
  entitle(tr('Conversation'))
  const { vendor, stall, title } = talk.talk
  const offer = talk.lines.find(({ event }) => event.offer)?.event.offer
  return [h('div', { class: 'stack' },
    h('p', { class: 'lead' }, ...placed(tr('With {stall}, about {title}'), { stall: h('a', { href: `/stalls/${vendor}` }, words(stall)), title: offer ? h('a', { href: `/l/${vendor}/${offer}` }, words(title)) : words(title) })),
    await talking(wallet, tx, broker))]
}

const leftOut = () => callout('info', tr('The signed receipt of this order is not in this wallet any more: the backup it was restored from had no room for it.'), { 'data-testid': 'order-bare' },
  h('p', {}, tr('It is in the file that “Save your receipts” made before, if you have one.')))

/** That the seller has sent an order, and its note. @param {Order} order */
const onItsWay = order => order.sent && h('section', { class: 'card', 'aria-label': tr('Delivery') }, parcel(order))

/** What the seller took back of an order, and what becomes of it. @param {Order} order @param {BrokerPin} broker @param {HTMLElement} choice */
function takenBack(order, broker, choice) {
  const { refunds = [] } = order
  const back = refunded(order)
  return back > 0 && callout('success', tr('Refunded {amount}.', { amount: format(back, broker) }), { 'data-testid': 'order-refunded' }, choice,
    ...refunds.length > 1 ? refunds.map(refund => h('p', {}, ...placed(tr('{amount} on {date}'), { amount: money(refund.amount, broker), date: moment(refund.at) }))) : [])
}

/**
 * The receipt as a file that anyone can verify.
 * @param {Wallet} wallet
 * @param {Order} order
 * @param {BrokerPin} broker
 */
function keeping(wallet, order, broker) {
  const outcome = h('div', { 'data-testid': 'receipt-saved' })
  const save = async (/** @type {boolean} */ whole) => {
    const bundle = await collect(whole ? order : { ...order, order: undefined }, broker, digest => wallet.broker.logMessage(digest))
    const href = URL.createObjectURL(new Blob([make(bundle)], { type: 'application/json' }))
    const link = h('a', { href, download: `peerscrip-receipt-${orderID(order)}${whole ? '' : '-without-order'}.json` }, tr('Save it once more'))
    fill(outcome, bundle.logged
      ? callout('success', tr('Saved, with the proof that the purchase was recorded.'), {}, h('p', {}, link))
      : callout('warn', tr('Saved, without the proof that it was recorded: the seller has not reported the purchase yet, or the market does not answer. Download it again in a few minutes.'), {}, h('p', {}, link)))
    link.click()
  }
  return h('section', { class: 'stack' }, h('h2', {}, tr('Keep the receipt')),
    h('p', {}, tr('One file that proves what you bought and that you paid, to anyone, under your pseudonym. It holds no money. With the order in it, it holds your delivery note too; without, it proves whom you paid and how much, but not for what.'), ' ',
      h('a', { href: '/verify' }, tr('See what a receipt proves'))),
    action({ label: tr('Download the receipt'), testid: 'receipt-download', run: () => save(true) }),
    action({ label: tr('Download without the order'), testid: 'receipt-download-bare', css: 'btn btn--quiet', run: () => save(false) }), outcome)
}

/**
 * @typedef {{ code: string, title: string, jws: string, claims: Claims | null }} Part claims: null when it does not hold
 */

/** @param {Order} order @param {BrokerPin} broker @returns {Promise<Part[]>} */
async function signedParts({ vendor, tx, stall, certificate, at, order, lines, mandate, paid, refunds = [] }, broker) {
  const merchant = await certified(certificate, vendor, broker, at).catch(() => null)
  const signers = { [vendor]: merchant ? [merchant.signing] : [] }
  const digest = await disclosureDigest(order)
  const gave = await evidence(mandate, 'T10', { aud: vendor, tx }).catch(() => null)
  const aud = gave?.claims.iss ?? ''
  const got = await evidence(paid, 'T11', { signers, aud, tx }).catch(() => null)
  const offers = await Promise.all(lines.map(async ({ offer, title }) => {
    const offered = await evidence(offer, 'OFFER', { signers, aud: vendor }).catch(() => null)
    const of = lines.length > 1 ? tr('The offer of “{title}”, signed by {stall}', { title, stall }) : tr('The offer, signed by {stall}', { stall })
    return { code: 'OFFER', title: of, jws: offer, claims: offered && offered.claims }
  }))
  return [
    ...offers,
    { code: 'T10', title: tr('Your order to pay, signed by your pseudonym'), jws: mandate, claims: gave?.claims.attached.order === digest ? gave.claims : null },
    { code: 'T11', title: tr('The receipt, signed by {stall}', { stall }), jws: paid, claims: got?.body.order_digest === digest ? got.claims : null },
    ...await Promise.all(refunds.map(async ({ collected }) => {
      const back = await evidence(collected, 'COLLECTED', { signers, aud }).catch(() => null)
      return { code: 'COLLECTED', title: tr('A refund, signed by {stall}', { stall }), jws: collected, claims: back && back.claims }
    })),
  ]
}

/** @param {Part} part */
const part = ({ code, title, jws, claims }) => h('details', { class: 'envelope', 'data-testid': `signed-${code}` },
  h('summary', { class: 'envelope__head' }, h('span', { class: 'step__code' }, code), h('h3', { class: 'envelope__title' }, title),
    h('span', { class: claims ? 'badge badge--success' : 'badge badge--danger' }, claims ? tr('Signature checked') : tr('Does not check'))),
  h('div', { class: 'envelope__body stack' }, claims && pretty(claims), h('p', {}, tr('As signed:')), h('pre', { class: 'code code--wrap', tabindex: '0' }, h('code', {}, jws))))
