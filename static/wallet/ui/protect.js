// @ts-check
/**
 * How the money of an order stands, on its page, and what its buyer says of it: it is here and fine, something is wrong, the
 * money back.
 * @module
 */
import { Problem, Refusal, Unreachable } from '../errors.js'
import { protectedBy } from '../holds.js'
import { summary } from '../lines.js'
import { sentence } from '../refusals.js'
import { showing } from '../showing.js'
import { reported } from '../standing.js'
import { clean } from '../text.js'
import { callout, day, fill, focus, h, moment, words } from './dom.js'
import { FieldError, action, field, form } from './form.js'

/** @import { Order } from '../rows.js' */
/** @import { Can, Standing } from '../standing.js' */
/** @import { Wallet } from '../wallet.js' */
/** @import { Child } from './dom.js' */

const mostText = 2000

/** The badge of how an order stands, wherever that is shown. @param {Standing} standing */
export const standingBadge = ({ label, tone }) => h('span', { class: tone ? `badge badge--${tone}` : 'badge', 'data-testid': 'order-state' }, label)

/**
 * The card of a protected purchase, for as long as the page is open; nothing for one without protection.
 * @param {Wallet} wallet
 * @param {Order} order
 */
export async function protection(wallet, { tx, ...order }) {
  if (!protectedBy({ tx, ...order })) return undefined
  const [said, doing, report] = [h('div', { class: 'stack stack--sm', 'aria-live': 'polite' }), h('div', { class: 'stack' }), h('div', { hidden: true })]
  let [offered, told] = ['', '']
  const show = async () => {
    const now = wallet.ctx && await wallet.order(tx)
    if (!now) return
    const [standing, work, decided] = [await wallet.standing(now, await wallet.conversation(tx)), await wallet.protecting(tx), await wallet.decided(now)]
    const running = work?.state === 'running'
    fill(said, h('p', {}, standingBadge(standing)), h('p', { 'data-testid': 'hold-says' }, standing.says),
      parcel(now), decided && h('p', { class: 'soft small' }, 'Why it was decided so:'), decided && h('p', { class: 'lines', dir: 'auto', 'data-testid': 'hold-decided' }, decided.text),
      running && callout('info', telling[work.about.says], { 'data-testid': 'hold-telling' }, wallet.underWay.troubles.get(work.id) && h('p', {}, 'There is no answer yet. It is sent again by itself; you can leave this page.')),
      work?.state === 'stopped' && callout('error', sentence(work.reason, 'protect'), { 'data-testid': 'hold-refused' }))
    const can = running ? [] : standing.can
    if (offered !== String(can)) fill(doing, ...can.map(one => buttons[one](wallet, now, standing)))
    offered = String(can)
    const about = String([standing.label, work?.id, work?.state])
    if (protectedBy(now)?.held?.state !== 'disputed' && !decided || running || told === about) return
    told = about
    void wallet.inform(() => sides(wallet, now, report))
  }
  wallet.watch(show)
  await show()
  void wallet.inform(() => wallet.askHolds(order.vendor))
  return h('section', { class: 'card stack', 'aria-labelledby': 'protection', 'data-testid': 'protection' },
    h('h2', { class: 'card__title', id: 'protection' }, 'Your money'), said, report, doing, h('p', { class: 'soft small' }, h('a', { href: '/help#protection' }, 'How you are protected')))
}

/** What was said in a dispute, as the market tells both sides. @param {Wallet} wallet @param {Order} order @param {HTMLElement} place */
async function sides(wallet, order, place) {
  const said = await wallet.bothSides(order).catch(error => {
    if (error instanceof Refusal || error instanceof Unreachable || error instanceof Problem) return []
    throw error
  })
  place.hidden = said.length === 0
  fill(place, h('ol', { class: 'said', role: 'list', 'aria-label': 'What was said to the market', 'data-testid': 'hold-both' }, ...said.map(({ by, at, text }) => h('li', { class: by === 'C' ? 'said__line said__line--mine' : 'said__line' },
    h('p', { class: 'soft small' }, by === 'C' ? 'You' : words(order.stall), ' told the market · ', moment(at)), h('p', { class: 'lines', dir: 'auto' }, text)))))
}

/** When the seller says that it has sent an order, and what it wrote then. @param {Order} order */
export const parcel = ({ sent, stall }) => sent && h('div', { class: 'stack stack--xs', 'data-testid': 'order-sent' },
  h('p', { class: 'soft small' }, 'Sent on ', day(sent.at), sent.note && '. ', sent.note && words(stall), sent.note && ' writes:'),
  sent.note && h('p', { class: 'delivery', dir: 'auto' }, sent.note))

/** What is on its way to the market. */
const telling = { RELEASE: 'The market is told that it is here and fine.', RECLAIM: 'The market is asked for your money.', DISPUTE: 'Your report is on its way to the market.' }

/** @type {Record<Can, (wallet: Wallet, order: Order, standing: Standing) => HTMLElement>} */
const buttons = {
  RELEASE: (wallet, { tx, stall }, { label }) => asking({
    ...label === reported ? { label: 'It is settled: pay the seller', css: 'btn' } : { label: 'It is here and it is fine', css: 'btn btn--primary' }, testid: 'hold-release', yes: 'Yes, pay the seller',
    question: [words(stall), ' is paid at once then. A problem cannot be reported here any more.'], run: () => wallet.protect(tx, { says: 'RELEASE' }),
  }),
  RECLAIM: (wallet, { tx, stall }) => asking({
    label: 'Get my money back', testid: 'hold-reclaim', css: 'btn btn--primary', yes: 'Yes, money back',
    question: ['The order is cancelled, and ', words(stall), ' is told not to send it. It is yours at once.'], run: () => wallet.protect(tx, { says: 'RECLAIM' }),
  }),
  DISPUTE: (wallet, order, { label }) => h('details', {}, h('summary', { 'data-testid': 'hold-problem' }, label === reported ? 'Add to your report' : 'There is a problem'), reporting(wallet, order)),
}

/**
 * A button that asks once more before it does what cannot be undone.
 * @param {{ label: string, testid: string, css: string, yes: string, question: Child[], run: () => Promise<unknown> }} what
 */
function asking({ label, testid, css, yes, question, run }) {
  const place = h('div', { class: 'stack stack--sm' })
  const rest = () => {
    fill(place, h('div', { class: 'actions' }, h('button', { class: css, type: 'button', 'data-testid': testid, onclick: ask }, label)))
  }
  const ask = () => {
    const asked = h('p', { class: 'callout__title' }, ...question)
    const no = () => (rest(), /** @type {HTMLElement | null} */ (place.querySelector('button'))?.focus())
    fill(place, h('div', { class: 'callout callout--warn' }, h('div', { class: 'callout__body stack stack--sm' }, asked,
      action({ label: yes, testid: `${testid}-yes`, css, run: async () => { await run() } }),
      h('div', { class: 'actions' }, h('button', { class: 'btn btn--quiet', type: 'button', 'data-testid': `${testid}-no`, onclick: no }, 'Not now')))))
    focus(asked)
  }
  rest()
  return place
}

/** What is wrong, and what shows it. @param {Wallet} wallet @param {Order} order */
function reporting(wallet, order) {
  const text = field({ label: 'What is wrong?', hint: 'Who runs this market reads it, and what you show, and decides. Write to the seller too: most problems end there.' },
    { rows: 5, maxlength: mostText, 'data-testid': 'problem-text' })
  const [receipt, said] = [box('problem-receipt'), box('problem-said')]
  const left = h('p', { class: 'soft small', role: 'status', hidden: true })
  const shown = async () => showing({ order, talk: (await wallet.conversation(order.tx))?.talk }, { receipt: receipt.checked, said: said.checked })
  const count = async () => {
    const { left: over } = await shown()
    left.hidden = over === 0
    fill(left, over > 0 && `Not all of it finds room in one report: ${over} of the oldest are left out. You can add to it later.`)
  }
  for (const one of [receipt, said]) one.addEventListener('change', () => void count())
  void count()
  return form({ label: 'Report it', testid: 'problem-send', submit: async () => {
    const words = clean(text.input.value)
    if (!words) throw new FieldError(text.input, 'Write what is wrong.')
    if ([...words].length > mostText) throw new FieldError(text.input, 'Use at most 2,000 characters.')
    await wallet.protect(order.tx, { says: 'DISPUTE', text: words, shows: (await shown()).shows })
    text.input.value = ''
  } }, text.field,
    h('fieldset', { class: 'stack stack--xs' }, h('legend', { class: 'field__label' }, 'What you show'),
      h('label', { class: 'choice' }, receipt, h('span', {}, 'The receipt: what the seller offered, and that you paid')),
      h('label', { class: 'choice' }, said, h('span', {}, 'What you and the seller wrote here, without addresses'))), left,
    h('p', { class: 'soft small' }, 'Until it is decided the money stays where it is. Nothing else of your wallet is shown, and the seller does not learn who you are.'))
}

/** A box to tick, which is ticked. @param {string} testid */
const box = testid => /** @type {HTMLInputElement} */ (h('input', { type: 'checkbox', checked: true, 'data-testid': testid }))

/** The orders with which their person has to do something, as a card of the wallet's page. @param {{ order: Order, standing: Standing }[]} list */
export const toLookAt = list => list.length === 0 ? [] : [
  h('h2', { class: 'card__title' }, list.length === 1 ? 'An order waits for you' : 'Orders wait for you'),
  h('ul', { class: 'stack stack--sm', role: 'list' }, ...list.map(({ order: { tx, lines }, standing }) => h('li', {},
    h('a', { href: `/wallet/orders/${tx}` }, words(summary(lines))), ' ', standingBadge(standing), h('span', { class: 'order-next small' }, standing.next)))),
]
