// @ts-check
/**
 * What buyer and seller said and did, as the page of an order shows it, or of a conversation about a listing: a timeline, and
 * what can be said next.
 * @module
 */
import { trackingLink } from '../carriers.js'
import { protectedBy } from '../holds.js'
import { tr } from '../language.js'
import { refunded } from '../refunds.js'
import { unread } from '../talks.js'
import { may } from '../thread.js'
import { addressBlock, addressFields, blank } from './address.js'
import { dealing, proposing, terms } from './haggle.js'
import { callout, day, fill, h, moment, money, placed, words } from './dom.js'
import { action, addressOf, explain, field, form } from './form.js'
import { asking, keeping, sentBack } from './returns.js'
import { pictures, sending } from './talkphoto.js'
import { telling } from './telling.js'

/** @import { BrokerPin, Order } from '../rows.js' */
/** @import { Conversation, Said } from '../talks.js' */
/** @import { Wallet } from '../wallet.js' */

/** What buyer and stall did who made an event of that kind. @type {Record<string, Record<string, string>>} */
const did = {
  C: {
    ask: tr('You asked'), message: tr('You wrote'), photo: tr('You showed a photo'), propose: tr('You proposed {terms}'), address: tr('You gave another address'), received: tr('You received it'),
    cancel: tr('You asked to cancel the order'), return: tr('You asked to send it back'), returned: tr('You sent it back'), kept: tr('You keep it after all'),
    disputed: tr('You reported a problem to the market'), reclaimed: tr('You have your money back'), released: tr('The seller was paid'), decided: tr('The market decided'),
  },
  M: {
    message: tr('{stall} wrote'), photo: tr('{stall} showed a photo'), 'private-offer': tr('{stall} offered it for {terms}'), declined: tr('{stall} declined the proposal'),
    packed: tr('{stall} packed it'), sent: tr('{stall} sent it'), kept: tr('{stall} left it as it is'), cancelled: tr('{stall} cancelled the order {amount}'), refund: tr('{stall} gave money back {amount}'),
    'return-agreed': tr('{stall} agreed to take it back'), 'return-declined': tr('{stall} declined to take it back'),
    disputed: tr('{stall} learned of the problem'), reclaimed: tr('{stall} learned that you have your money back'), released: tr('{stall} learned that it is paid'), decided: tr('{stall} learned of the decision'),
  },
}

/** What the stall did that says "sent" of what is collected. */
const handedOver = tr('{stall} handed it over')

/** That there is something new. @param {Conversation | undefined} conversation @param {boolean} [more] whether beside what was said something else is */
export function newBadge(conversation, more) {
  const count = (conversation ? unread(conversation) : 0) + (more ? 1 : 0)
  return count > 0 && h('span', { class: 'badge badge--accent', 'data-testid': 'talk-new' }, tr('{n} new', { n: count }))
}

/** @typedef {(event: Said) => HTMLElement | undefined} Pictures shows the photo of an event, where it has one */

/** @param {Conversation} conversation @param {BrokerPin} broker @param {{ pictured: Pictures, collected: boolean }} more collected: what it is about is */
const timeline = ({ talk, lines, unsaid }, broker, more) => h('ol', { class: 'said', role: 'list', 'data-testid': 'said' },
  ...lines.map(line => said(talk.stall, line.event, broker, { ...line, ...more })),
  unsaid && said(talk.stall, unsaid, broker, { by: 'C', ...more }))

/** @param {string} stall @param {Said} event @param {BrokerPin} broker @param {{ by: string, at?: number, pictured: Pictures, collected: boolean }} line at: left out, where there is no answer yet */
function said(stall, event, broker, { by, at, pictured, collected }) {
  const { kind, text, carrier, tracking, address, amount, pays } = event
  const parcel = [carrier, tracking].filter(Boolean)
  const link = trackingLink(carrier ?? '', tracking ?? '')
  return h('li', { class: by === 'C' ? 'said__line said__line--mine' : 'said__line', 'data-kind': kind },
    h('p', { class: 'soft small' }, ...placed(collected && kind === 'sent' ? handedOver : did[by]?.[kind] ?? kind, { stall: words(stall), amount: amount !== undefined && money(amount, broker), terms: terms(event, broker) }),
      ' · ', at === undefined ? tr('no answer yet; it is sent again by itself') : moment(at)),
    parcel.length > 0 && h('p', { 'data-testid': 'tracking' }, ...parcel.flatMap((part, i) => [i > 0 && ' ', words(part ?? '')]),
      link && h('span', {}, ' · ', h('a', { href: link, target: '_blank', rel: 'noreferrer', 'data-testid': 'tracking-link' }, tr('Follow it at {host}', { host: new URL(link).host })))),
    pays && h('p', {}, pays === 'C' ? tr('You pay for the way back.') : tr('The seller pays for the way back.')), address && addressBlock(address), pictured(event), text && h('p', { class: 'lines', dir: 'auto' }, text))
}

/**
 * The whole of it, for as long as the page is open.
 * @param {Wallet} wallet
 * @param {string} tx
 * @param {BrokerPin} broker
 */
export async function talking(wallet, tx, broker) {
  const [lines, moves, dealt] = [h('div', { 'aria-live': 'polite' }), h('div', { class: 'stack' }), h('div', { class: 'stack' })]
  const text = field({ label: tr('Write to the seller') }, { rows: 3, maxlength: 2000, dir: 'auto', 'data-testid': 'talk-text' })
  const writing = form({ label: tr('Send'), testid: 'talk-send', css: 'btn', submit: async () => {
    await wallet.say(tx, { kind: 'message', text: text.input.value })
    text.input.value = ''
  } }, text.field)
  const pictured = pictures(wallet, tx)
  const photos = sending(wallet, tx)
  let shown = ''
  const show = async () => {
    const now = wallet.ctx && await wallet.conversation(tx)
    if (!now) return
    const order = await wallet.order(tx)
    const more = { pictured, collected: order?.delivery?.way === 'collect' }
    fill(lines, now.lines.length > 0 || now.unsaid ? timeline(now, broker, more) : h('p', { class: 'soft' }, tr('Nobody has written yet.')))
    fill(dealt, await dealing(wallet, now, broker))
    const may = movesOf(wallet, now, order)
    writing.hidden = !may.includes('message')
    photos.hidden = !may.includes('photo')
    if (shown !== String(may)) fill(moves, ...may.map(kind => buttons[kind]?.(wallet, tx, { now, broker, order })))
    shown = String(may)
    await wallet.seen(tx)
  }
  wallet.watch(show)
  await show()
  const trouble = h('div', { 'aria-live': 'polite' })
  void wallet.listen(tx).catch(error => {
    if (wallet.ctx) fill(trouble, h('div', { class: 'soft small', 'data-testid': 'talk-away' }, h('p', {}, tr('The seller could not be asked just now: {why}', { why: explain(error) })), addressOf(error)))
  })
  return h('section', { class: 'card stack', 'aria-label': tr('With the seller'), 'data-testid': 'talk' }, h('h2', { class: 'card__title' }, tr('With the seller')), lines, dealt, trouble, writing, photos, moves, comparing(wallet, tx), telling())
}

/** What may be said now. While money is held, that it is here goes to the market (protect.js), and from there into the thread; what has ended there is not called off here, nor sent elsewhere. @param {Wallet} wallet @param {Conversation} now @param {Order | undefined} order @returns {string[]} kinds */
function movesOf(wallet, { thread }, order) {
  const hold = order && protectedBy(order)?.hold
  const not = !hold ? [] : ['held', 'sent'].includes(hold.state) ? ['received'] : hold.state === 'released' ? ['address', 'cancel'] : ['received', 'address', 'cancel']
  if (order && refunded(order) >= order.price) not.push('return') // nothing is left to give back
  if (order?.delivery?.way === 'none') not.push('received', 'address', 'return') // nothing comes
  return ['message', 'photo', ...Object.keys(buttons)].filter(kind => !not.includes(kind) && may(thread, 'C', kind, Math.max(wallet.parts.now(), thread.last)))
}

/** What is done by a button of its own. @type {Record<string, (wallet: Wallet, tx: string, about: { now: Conversation, broker: BrokerPin, order: Order | undefined }) => HTMLElement>} */
const buttons = {
  propose: (wallet, tx, { now: { lines }, broker }) => h('details', {}, h('summary', { 'data-testid': 'talk-propose' }, tr('Make an offer')),
    proposing(broker, Math.max(...lines.map(({ event }) => event.quantity ?? 1)), terms => wallet.say(tx, { kind: 'propose', offer: lines[0]?.event.offer, ...terms }))),
  received: (wallet, tx) => action({ label: tr('It is here'), testid: 'talk-received', css: 'btn btn--primary', run: () => wallet.say(tx, { kind: 'received', text: '' }) }),
  address: (wallet, tx) => {
    const place = h('div', { class: 'stack' })
    void wallet.order(tx).then(order => {
      const was = order?.delivery?.address
      if (!was) return
      const fields = addressFields(blank(was.country), [was.country])
      fill(place, form({ label: tr('Send the address'), testid: 'talk-address-send', css: 'btn', submit: () => wallet.say(tx, { kind: 'address', text: '', address: fields.checked() }) },
        h('p', { class: 'field__hint' }, tr('It takes the place of the one you gave before, in the same country.')), fields.element))
    })
    return h('details', {}, h('summary', {}, tr('Send it to another address')), place)
  },
  return: asking, returned: sentBack, kept: keeping,
  cancel: (wallet, tx) => h('details', {}, h('summary', {}, tr('Cancel the order')), h('p', {}, tr('The seller is asked, and gives the money back by cancelling it.')),
    action({ label: tr('Ask to cancel it'), testid: 'talk-cancel', run: () => wallet.say(tx, { kind: 'cancel', text: '' }) })),
}

/** Whether the stall has the same. @param {Wallet} wallet @param {string} tx */
function comparing(wallet, tx) {
  const place = h('div', { 'aria-live': 'polite' })
  const compare = async () => {
    const { here, there, lost, ours, theirs } = await wallet.reconcile(tx)
    const told = lost ? tr('The stall has nothing of this any more. What is here is signed by whoever said it.')
      : theirs ? tr('In one place the stall shows something else than was signed before. Both are below, as they were signed.')
        : ours ? tr('The stall has only {there} of the {n} things that were said.', { there, n: here })
          : there > here ? tr('The stall shows more, which does not follow from what is here.') : tr('Both have the same.')
    fill(place, callout(lost || ours || there !== here ? 'warn' : 'success', told, { 'data-testid': 'talk-compared' },
      ...[ours, theirs].filter(Boolean).map(jws => h('pre', { class: 'code code--wrap', tabindex: '0' }, h('code', {}, jws ?? '')))))
  }
  return h('details', {}, h('summary', {}, tr('Compare with the stall')), h('p', {}, tr('Everything above is signed by whoever said it. This asks the stall for all of it and says whether it shows the same.')),
    action({ label: tr('Compare'), testid: 'talk-compare', run: compare }), place)
}

/** Conversations about listings. @param {Conversation[]} list */
export const talkList = list => list.length > 0 && h('section', { class: 'card stack' }, h('h2', { class: 'card__title' }, tr('Conversations about listings')),
  h('ul', { class: 'stack stack--sm', role: 'list' }, ...list.map(one => h('li', { 'data-testid': 'talk-row' },
    h('p', {}, h('a', { href: `/wallet/talks/${one.talk.tx}` }, words(one.talk.title)), ' ', newBadge(one)),
    h('p', { class: 'soft small' }, words(one.talk.stall), ' · ', day(one.thread.last))))))
