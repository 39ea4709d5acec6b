// @ts-check
/**
 * The page "Envelopes": every message as it was on the wire, which is all that a listener sees, and what it held. Secrets
 * are masked until asked for.
 * @module
 */
import { decode } from '../base64url.js'
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

const none = () => h('div', { class: 'empty' }, icon('envelope', 'empty__icon'), h('h2', { class: 'empty__title' }, 'No messages yet'), h('p', {}, 'Load money or buy something, and every message is shown here.'))

/** @param {Entry} entry */
function envelope(entry) {
  const body = h('div', { class: 'envelope__body stack' })
  const route = entry.way === 'sent' ? `you → ${entry.peer}` : `${entry.peer} → you`
  const element = h('details', { class: 'envelope', 'data-testid': 'envelope', 'data-typ': entry.typ, 'data-way': entry.way },
    h('summary', { class: 'envelope__head' }, h('span', { class: 'step__code' }, entry.typ), h('h2', { class: 'envelope__title' }, titles[entry.typ] ?? entry.typ),
      h('p', { class: 'envelope__route' }, route, ' · ', moment(entry.at))), body)
  element.addEventListener('toggle', () => body.childElementCount === 0 && fill(body, ...wire(entry), ...held(entry)), { once: true })
  return element
}

/** @param {Entry} entry */
function wire({ envelope, way }) {
  const [header = '', key = '', iv = '', content = '', tag = ''] = envelope.split('.')
  const bytes = (/** @type {string} */ part) => `${decode(part).length} bytes`
  return [
    h('h3', { class: 'card__title' }, 'On the wire'),
    h('p', {}, `What a listener sees: ${envelope.length} characters.`),
    facts([
      ['Header', `${bytes(header)}: how it is sealed`],
      ['Wrapped key', key ? `${bytes(key)}: only the receiver can unwrap it` : 'none: sealed with the reply key of your request'],
      ['Start value', bytes(iv)], ['Sealed content', bytes(content)], ['Check value', bytes(tag)],
    ]),
    pretty(JSON.parse(new TextDecoder().decode(decode(header)))),
    h('details', {}, h('summary', {}, `The envelope as ${way}`), segments(envelope)),
  ]
}

/** @param {Entry} entry */
function held({ jws, attachments }) {
  const [header = '', payload = ''] = jws.split('.').map(part => new TextDecoder().decode(decode(part)))
  const values = Object.fromEntries(attachments.map(text => JSON.parse(new TextDecoder().decode(decode(text))).slice(1)))
  const place = h('div')
  let open = false
  const show = () => fill(place, pretty(values, (name, value) => !open && secrets.has(name) && typeof value === 'string'))
  const toggle = h('button', { class: 'btn btn--sm', type: 'button', 'aria-pressed': 'false', 'data-testid': 'envelope-secrets' }, 'Show secrets')
  toggle.addEventListener('click', () => {
    open = !open
    toggle.setAttribute('aria-pressed', String(open))
    show()
  })
  show()
  return [
    h('h3', { class: 'card__title' }, 'Inside'),
    h('p', {}, 'Signed header and claims:'), pretty(JSON.parse(header)), pretty(JSON.parse(payload)),
    ...attachments.length === 0 ? [] : [h('p', {}, 'Attached, and named above by digest only:'), place, h('div', { class: 'actions' }, toggle)],
  ]
}

/** @type {Record<string, string>} */
const titles = {
  R1: 'Open an account', R2: 'The account', BANK: 'Another bank account', R3: 'Open a stall', R4: 'The stall\'s certificate',
  T1: 'Load money from the bank', T2: 'Money of the broker', PENDING: 'The bank waits for you',
  T3: 'An exchange is coming', NOTED: 'Noted', 'T4-order': 'Exchange: the part for the stall', 'T4-payment': 'Exchange: the part for the broker',
  T6: 'The broker\'s receipt and change', T8: 'Money of the stall', CLAIM: 'Claim with the broker\'s receipt',
  T9: 'A purchase is coming', T10: 'Pay', T11: 'The stall\'s receipt',
  T13: 'Add money from the bank', T14: 'Money of the broker, with what was added',
  'T15-order': 'More money of the stall: the part for the stall', 'T15-payment': 'More money of the stall: the part for the broker',
  T17: 'Money of the stall, with what was added', T19: 'The broker\'s change', T20: 'Back to the bank', T21: 'It is at the bank',
  'T22-order': 'The stall\'s money back: the part for the stall', 'T22-payment': 'The stall\'s money back: the part for the broker',
  T25: 'It is at the bank', COLLECT: 'What does the seller take back?', COLLECTED: 'What the seller takes back',
  STATEMENT: 'What have the stalls earned?', STATED: 'What the stalls have earned', PAYOUT: 'Pay earnings out', PAID_OUT: 'Earnings are paid out',
  RELEASE: 'It is here, and fine', RECLAIM: 'It was not sent: the money back', DISPUTE: 'It is not as it should be', HELD: 'How the money of a purchase stands',
  WATCH: 'What has become of protected purchases?', WATCHED: 'What has become of protected purchases',
  RESCUE: 'Take back what is at a stall that is gone', RESCUED: 'It is at the bank',
  T26: 'Renew money', T27: 'Renewed money', REFUSE: 'Declined', LOGIN: 'Sign in to the desk',
}
