// @ts-check
/**
 * The page "Envelopes": every message as it was on the wire, which is all that a listener sees, and what it held. Secrets
 * are masked until asked for.
 * @module
 */
import { decode } from '../base64url.js'
import { tr } from '../language.js'
import { facts, fill, h, icon, moment } from './dom.js'
import { pretty, segments } from './code.js'
import { gate } from './gate.js'

/** @import { Entry } from '../transcript.js' */
/** @import { Wallet } from '../wallet.js' */

const most = 100
const secrets = new Set(['secret', 'reply_key', 'certificate'])

/** @param {Wallet} wallet @param {HTMLElement} mount */
export const envelopesPage = (wallet, mount) => gate(wallet, mount, async place => {
  const list = h('div', { class: 'stack stack--sm' })
  const known = new Set()
  const show = async () => {
    if (!wallet.ctx) return
    const entries = (await wallet.transcript()).slice(0, most).filter(entry => !known.has(entry.id))
    entries.forEach(entry => known.add(entry.id))
    list.prepend(...entries.map(envelope))
    if (known.size > 0 || place.firstElementChild !== list) fill(place, known.size > 0 ? list : none())
  }
  wallet.watch(show)
  await show()
})

const none = () => h('div', { class: 'empty' }, icon('envelope', 'empty__icon'), h('h2', { class: 'empty__title' }, tr('No messages yet')), h('p', {}, tr('Load money or buy something, and every message is shown here.')))

/** @param {Entry} entry */
function envelope(entry) {
  const body = h('div', { class: 'envelope__body stack' })
  const route = entry.way === 'sent' ? tr('you → {peer}', { peer: named(entry.peer) }) : tr('{peer} → you', { peer: named(entry.peer) })
  const element = h('details', { class: 'envelope', 'data-testid': 'envelope', 'data-typ': entry.typ, 'data-way': entry.way },
    h('summary', { class: 'envelope__head' }, h('span', { class: 'step__code' }, entry.typ), h('h2', { class: 'envelope__title' }, titles[entry.typ] ?? entry.typ),
      h('p', { class: 'envelope__route' }, route, ' · ', moment(entry.at))), body)
  element.addEventListener('toggle', () => body.childElementCount === 0 && fill(body, ...wire(entry), ...held(entry)), { once: true })
  return element
}

/** Who a message went to or came from, as the transcript has it: a stall's name, or the broker, or one through the other. @param {string} peer */
function named(peer) {
  if (peer === 'broker') return tr('broker')
  const [, to, from] = /^broker, through (.*)$|^(.*), through the broker$/.exec(peer) ?? []
  if (to !== undefined) return tr('broker, through {stall}', { stall: to })
  return from === undefined ? peer : tr('{stall}, through the broker', { stall: from })
}

/** @param {Entry} entry */
function wire({ envelope, way }) {
  const [header = '', key = '', iv = '', content = '', tag = ''] = envelope.split('.')
  const bytes = (/** @type {string} */ part) => tr('{n} bytes', { n: decode(part).length })
  return [
    h('h3', { class: 'card__title' }, tr('On the wire')),
    h('p', {}, tr('What a listener sees: {n} characters.', { n: envelope.length })),
    facts([
      [tr('Header'), tr('{size}: how it is sealed', { size: bytes(header) })],
      [tr('Wrapped key'), key ? tr('{size}: only the receiver can unwrap it', { size: bytes(key) }) : tr('none: sealed with the reply key of your request')],
      [tr('Start value'), bytes(iv)], [tr('Sealed content'), bytes(content)], [tr('Check value'), bytes(tag)],
    ]),
    pretty(JSON.parse(new TextDecoder().decode(decode(header)))),
    h('details', {}, h('summary', {}, way === 'sent' ? tr('The envelope as sent') : tr('The envelope as received')), segments(envelope)),
  ]
}

/** @param {Entry} entry */
function held({ jws, attachments }) {
  const [header = '', payload = ''] = jws.split('.').map(part => new TextDecoder().decode(decode(part)))
  const values = Object.fromEntries(attachments.map(text => JSON.parse(new TextDecoder().decode(decode(text))).slice(1)))
  const place = h('div')
  let open = false
  const show = () => fill(place, pretty(values, (name, value) => !open && secrets.has(name) && typeof value === 'string'))
  const toggle = h('button', { class: 'btn btn--sm', type: 'button', 'aria-pressed': 'false', 'data-testid': 'envelope-secrets' }, tr('Show secrets'))
  toggle.addEventListener('click', () => {
    open = !open
    toggle.setAttribute('aria-pressed', String(open))
    show()
  })
  show()
  return [
    h('h3', { class: 'card__title' }, tr('Inside')),
    h('p', {}, tr('Signed header and claims:')), pretty(JSON.parse(header)), pretty(JSON.parse(payload)),
    ...attachments.length === 0 ? [] : [h('p', {}, tr('Attached, and named above by digest only:')), place, h('div', { class: 'actions' }, toggle)],
  ]
}

/** @type {Record<string, string>} */
const titles = {
  R1: tr('Open an account'), R2: tr('The account'), BANK: tr('Another bank account'), REKEY: tr('Another key for this wallet'), R3: tr('Open a stall'), R4: tr('The stall\'s certificate'),
  T1: tr('Load money from the bank'), T2: tr('Money of the broker'), PENDING: tr('The bank waits for you'),
  T3: tr('An exchange is coming'), NOTED: tr('The broker has noted what it was told'), 'T4-order': tr('Exchange: the part for the stall'), 'T4-payment': tr('Exchange: the part for the broker'),
  T6: tr('The broker\'s receipt and change'), T8: tr('Money of the stall'), CLAIM: tr('Claim with the broker\'s receipt'),
  T9: tr('A purchase is coming'), T10: tr('Pay'), T11: tr('The stall\'s receipt'),
  T13: tr('Add money from the bank'), T14: tr('Money of the broker, with what was added'),
  'T15-order': tr('More money of the stall: the part for the stall'), 'T15-payment': tr('More money of the stall: the part for the broker'),
  T17: tr('Money of the stall, with what was added'), T19: tr('The broker\'s change'), T20: tr('Back to the bank'), T21: tr('It is at the bank'),
  'T22-order': tr('The stall\'s money back: the part for the stall'), 'T22-payment': tr('The stall\'s money back: the part for the broker'),
  T25: tr('It is at the bank'), COLLECT: tr('What does the seller take back?'), COLLECTED: tr('What the seller takes back'),
  STATEMENT: tr('What have the stalls earned?'), STATED: tr('What the stalls have earned'), PAYOUT: tr('Pay earnings out'), PAID_OUT: tr('Earnings are paid out'),
  TELL: tr('A word to the seller'), TOLD: tr('What was said, as the stall has it'), RATE: tr('Your rating'), RENAME: tr('Another name for the stall'),
  RELEASE: tr('It is here, and fine'), RECLAIM: tr('It was not sent: the money back'), DISPUTE: tr('It is not as it should be'), HELD: tr('How the money of a purchase stands'),
  WATCH: tr('What has become of protected purchases?'), WATCHED: tr('What has become of protected purchases'),
  RESCUE: tr('Take back what is at a stall that is gone'), RESCUED: tr('It is at the bank'),
  T26: tr('Renew money'), T27: tr('Renewed money'), REFUSE: tr('Declined, with the reason'), LOGIN: tr('Sign in to the desk'),
}
