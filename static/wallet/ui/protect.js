// @ts-check
/**
 * How the money of an order stands, on its page, and what its buyer says of it: it is here and fine, something is wrong, the
 * money back.
 * @module
 */
import { Advice, Problem, Refusal, Unreachable } from '../errors.js'
import { protectedBy } from '../holds.js'
import { tr } from '../language.js'
import { summary } from '../lines.js'
import { sentence } from '../refusals.js'
import { showing } from '../showing.js'
import { reported } from '../standing.js'
import { clean } from '../text.js'
import { callout, day, fill, focus, h, moment, placed, words } from './dom.js'
import { FieldError, action, field, form } from './form.js'
import { chosenPhoto, pictures } from './talkphoto.js'

/** @import { Order } from '../rows.js' */
/** @import { Can, Standing } from '../standing.js' */
/** @import { Exhibit } from '../holds.js' */
/** @import { Line } from '../talks.js' */
/** @import { Wallet } from '../wallet.js' */
/** @import { Child } from './dom.js' */

const mostText = 2000

/** How many photos of a purchase the market is shown (docs/protocol.md, "Limits"). */
const mostPhotos = 8

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
  /** @type {Map<string, HTMLElement>} */
  const made = new Map() // by what it is: what is typed into one stays when another changes
  let [offered, told] = ['', '']
  const show = async () => {
    const now = wallet.ctx && await wallet.order(tx)
    if (!now) return
    const [standing, work, decided] = [await wallet.standing(now, await wallet.conversation(tx)), await wallet.protecting(tx), await wallet.decided(now)]
    const running = work?.state === 'running'
    fill(said, h('p', {}, standingBadge(standing)), h('p', { 'data-testid': 'hold-says' }, standing.says),
      parcel(now), decided && h('p', { class: 'soft small' }, tr('Why it was decided so:')), decided && h('p', { class: 'lines', dir: 'auto', 'data-testid': 'hold-decided' }, decided.text),
      running && callout('info', telling[work.about.says], { 'data-testid': 'hold-telling' }, wallet.underWay.troubles.get(work.id) && h('p', {}, tr('There is no answer yet. It is sent again by itself; you can leave this page.'))),
      work?.state === 'stopped' && callout('error', sentence(work.reason, 'protect'), { 'data-testid': 'hold-refused' }))
    const can = running ? [] : most.filter(one => standing.can.includes(one))
    const wanted = new Map(can.map(one => [`${one} ${standing.label === reported} ${one === 'RELEASE' && expected(now, standing)}`, one]))
    for (const name of made.keys()) if (!wanted.has(name)) made.delete(name)
    for (const [name, one] of wanted) if (!made.has(name)) made.set(name, buttons[one](wallet, now, standing))
    const names = [...wanted.keys()]
    if (offered !== String(names)) fill(doing, ...names.map(name => made.get(name)))
    offered = String(names)
    const about = String([standing.label, work?.id, work?.state])
    if (protectedBy(now)?.held?.state !== 'disputed' && !decided || running || told === about) return
    told = about
    void wallet.inform(() => sides(wallet, now, report))
  }
  wallet.watch(show)
  await show()
  void wallet.inform(() => wallet.askHolds(order.vendor))
  return h('section', { class: 'card stack', 'aria-labelledby': 'protection', 'data-testid': 'protection' },
    h('h2', { class: 'card__title', id: 'protection' }, tr('Your money')), said, report, doing, h('p', { class: 'soft small' }, h('a', { href: '/help#protection' }, tr('How you are protected'))))
}

/** What was said in a dispute, as the market tells both sides. @param {Wallet} wallet @param {Order} order @param {HTMLElement} place */
async function sides(wallet, order, place) {
  const said = await wallet.bothSides(order).catch(error => {
    if (error instanceof Refusal || error instanceof Unreachable || error instanceof Problem) return []
    throw error
  })
  place.hidden = said.length === 0
  const lines = (await wallet.conversation(order.tx))?.lines ?? []
  const pictured = pictures(wallet, order.tx)
  fill(place, h('ol', { class: 'said', role: 'list', 'aria-label': tr('What was said to the market'), 'data-testid': 'hold-both' }, ...said.map(({ by, at, text, photo }) => h('li', { class: by === 'C' ? 'said__line said__line--mine' : 'said__line' },
    h('p', { class: 'soft small' }, ...placed(by === 'C' ? tr('You told the market · {date}') : tr('{stall} told the market · {date}'), { stall: words(order.stall), date: moment(at) })), photo && pictured({ photo, text }), photo && signedBy(lines, photo, order), h('p', { class: 'lines', dir: 'auto' }, text)))))
}

/** Who signed a photo that the market was shown, and when, where it was said in the thread. @param {Line[]} lines @param {string} photo @param {Order} order */
function signedBy(lines, photo, { stall }) {
  const line = lines.find(({ event }) => event.photo === photo)
  return line && h('p', { class: 'soft small', 'data-testid': 'hold-photo-signed' }, ...placed(line.by === 'C' ? tr('You signed this photo on {date}') : tr('{stall} signed this photo on {date}'), { stall: words(stall), date: moment(line.at) }))
}

/** When the seller says that it has sent an order, and what it wrote then. @param {Order} order */
export const parcel = ({ sent, stall, delivery }) => sent && h('div', { class: 'stack stack--xs', 'data-testid': 'order-sent' },
  h('p', { class: 'soft small' }, ...placed(delivery?.way === 'collect' ? tr('Handed over on {date}') : tr('Sent on {date}'), { date: day(sent.at) }), sent.note && '. ', ...sent.note ? placed(tr('{stall} writes:'), { stall: words(stall) }) : []),
  sent.note && h('p', { class: 'delivery', dir: 'auto' }, sent.note))

/** What is on its way to the market. */
const telling = { RELEASE: tr('The market is told that it is here and fine.'), RECLAIM: tr('The market is asked for your money.'), DISPUTE: tr('Your report is on its way to the market.') }

/** What can be done, what is most likely wanted first. @type {Can[]} */
const most = ['RECLAIM', 'RELEASE', 'DISPUTE']

/** Whether it is to come by now, and to stay: then that it is here is most likely said. @param {Order} order @param {Standing} standing */
const expected = (order, { returning }) => protectedBy(order)?.hold.state === 'sent' && !returning

/** @type {Record<Can, (wallet: Wallet, order: Order, standing: Standing) => HTMLElement>} */
const buttons = {
  RELEASE: (wallet, order, standing) => asking({
    ...standing.label === reported ? { label: tr('It is settled: pay the seller'), css: 'btn' } : { label: tr('It is here and it is fine'), css: expected(order, standing) ? 'btn btn--primary' : 'btn btn--sm btn--quiet' }, testid: 'hold-release', yes: tr('Yes, pay the seller'),
    question: placed(tr('{stall} is paid at once then. A problem cannot be reported here any more.'), { stall: words(order.stall) }), run: () => wallet.protect(order.tx, { says: 'RELEASE' }),
  }),
  RECLAIM: (wallet, { tx, stall }) => asking({
    label: tr('Get my money back'), testid: 'hold-reclaim', css: 'btn btn--primary', yes: tr('Yes, money back'),
    question: placed(tr('The order is cancelled, and {stall} is told not to send it. It is yours at once.'), { stall: words(stall) }), run: () => wallet.protect(tx, { says: 'RECLAIM' }),
  }),
  DISPUTE: (wallet, order, { label }) => h('details', {}, h('summary', { 'data-testid': 'hold-problem' }, label === reported ? tr('Add to your report') : tr('There is a problem')), reporting(wallet, order)),
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
      action({ label: yes, testid: `${testid}-yes`, css: css.replace(' btn--sm btn--quiet', ''), run: async () => { await run() } },
        h('button', { class: 'btn btn--quiet', type: 'button', 'data-testid': `${testid}-no`, onclick: no }, tr('Not now'))))))
    focus(asked)
  }
  rest()
  return place
}

/** What is wrong, and what shows it. @param {Wallet} wallet @param {Order} order */
function reporting(wallet, order) {
  const text = field({ label: tr('What is wrong?'), hint: tr('Who runs this market reads it, and what you show, and decides. Write to the seller too: most problems end there.') },
    { rows: 5, maxlength: mostText, 'data-testid': 'problem-text' })
  const [receipt, said] = [box('problem-receipt'), box('problem-said')]
  const left = h('p', { class: 'soft small', role: 'status', hidden: true })
  const shown = async () => showing({ order, talk: (await wallet.conversation(order.tx))?.talk }, { receipt: receipt.checked, said: said.checked })
  const count = async () => {
    const { left: over } = await shown()
    left.hidden = over === 0
    fill(left, over > 0 && tr('Not all of it finds room in one report: {n} of the oldest are left out. You can add to it later.', { n: over }))
  }
  for (const one of [receipt, said]) one.addEventListener('change', () => void count())
  void count()
  const photos = showingPhotos(wallet, order.tx)
  return form({ label: tr('Report it'), testid: 'problem-send', submit: async () => {
    const words = clean(text.input.value)
    if (!words) throw new FieldError(text.input, tr('Write what is wrong.'))
    if ([...words].length > mostText) throw new FieldError(text.input, tr('Use at most 2,000 characters.'))
    const { exhibits, fresh } = await photos.chosen()
    await wallet.protect(order.tx, { says: 'DISPUTE', text: words, shows: (await shown()).shows, photos: exhibits })
    text.input.value = ''
    photos.clear()
    void wallet.inform(() => showSeller(wallet, order.tx, fresh))
  } }, text.field, photos.field,
    h('fieldset', { class: 'stack stack--xs' }, h('legend', { class: 'field__label' }, tr('What you show')),
      h('label', { class: 'choice' }, receipt, h('span', {}, tr('The receipt: what the seller offered, and that you paid'))),
      h('label', { class: 'choice' }, said, h('span', {}, tr('What you and the seller wrote here, without addresses')))), left,
    h('p', { class: 'soft small' }, tr('Until it is decided the money stays where it is. Nothing else of your wallet is shown, and the seller does not learn who you are.')))
}

/**
 * The photos that go with a report: those of the thread, to be ticked, and such as are added.
 * @param {Wallet} wallet
 * @param {string} tx
 */
function showingPhotos(wallet, tx) {
  const file = field({ label: tr('Photos'), optional: true, hint: tr('What is wrong, so that it can be seen. Where and when they were taken is left out. The seller is shown them, too.') },
    { type: 'file', accept: 'image/*', multiple: true, 'data-testid': 'problem-photos' })
  const caption = field({ label: tr('What they show'), optional: true, hint: tr('For people who cannot see it.') }, { maxlength: 500, dir: 'auto', 'data-testid': 'problem-caption' })
  const there = h('fieldset', { class: 'stack stack--xs', hidden: true })
  const pictured = pictures(wallet, tx)
  /** @type {{ box: HTMLInputElement, exhibit: Exhibit }[]} */
  let offered = []
  let before = 0
  const offer = async () => {
    const [lines, shown] = [(await wallet.conversation(tx))?.lines ?? [], await wallet.exhibited(tx)]
    before = shown.size
    offered = lines.flatMap(({ event: { photo, text }, jws }) => photo && !shown.has(photo) ? [{ box: box('problem-photo'), exhibit: { photo, text, event: jws } }] : [])
    there.hidden = offered.length === 0
    fill(there, h('legend', { class: 'field__label' }, tr('Photos that were shown here')), ...offered.map(({ box, exhibit: { photo, text } }) => h('label', { class: 'choice' }, box, h('span', {}, thumb(pictured({ photo, text })), text && h('span', { class: 'soft small', dir: 'auto' }, text)))))
  }
  void offer()
  const chosen = async () => {
    const input = /** @type {HTMLInputElement} */ (file.input)
    const [files, ticked] = [[...input.files ?? []], offered.filter(({ box }) => box.checked).map(({ exhibit }) => exhibit)]
    if (before + files.length + ticked.length > mostPhotos) throw new FieldError(input, tr('Show at most {n} photos of an order, those that you showed before among them.', { n: mostPhotos }))
    for (const { photo } of ticked) await wallet.photo(tx, photo) // so that it is kept here
    const fresh = []
    for (const one of files) {
      const jpeg = await chosenPhoto(input, one)
      fresh.push({ photo: await wallet.keepPhoto(tx, jpeg), text: clean(caption.input.value), jpeg })
    }
    return { exhibits: [...ticked, ...fresh.map(({ photo, text }) => ({ photo, text }))], fresh }
  }
  return {
    field: h('div', { class: 'stack' }, there, file.field, caption.field), chosen,
    clear: () => ((file.input.value = caption.input.value = ''), void offer()),
  }
}

/** A photo, small. @param {HTMLElement | undefined} picture */
function thumb(picture) {
  picture?.classList.add('said__photo--small')
  picture?.setAttribute('data-testid', 'problem-shown')
  return picture
}

/** Shows the seller what the market is shown. To a seller who is away the first goes later, by itself; the report goes all the same, and proves the others. @param {Wallet} wallet @param {string} tx @param {{ text: string, jpeg: Uint8Array }[]} photos */
async function showSeller(wallet, tx, photos) {
  try {
    for (const { text, jpeg } of photos) await wallet.say(tx, { kind: 'photo', text, jpeg })
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof Unreachable || error instanceof Problem || error instanceof Advice)) throw error
  }
}

/** A box to tick, which is ticked. @param {string} testid */
const box = testid => /** @type {HTMLInputElement} */ (h('input', { type: 'checkbox', checked: true, 'data-testid': testid }))

/** The orders with which their person has to do something, as a card of the wallet's page. @param {{ order: Order, standing: Standing }[]} list */
export const toLookAt = list => list.length === 0 ? [] : [
  h('h2', { class: 'card__title' }, list.length === 1 ? tr('An order waits for you') : tr('Orders wait for you')),
  h('ul', { class: 'stack stack--sm', role: 'list' }, ...list.map(({ order: { tx, lines }, standing }) => h('li', {},
    h('a', { href: `/wallet/orders/${tx}` }, words(summary(lines))), ' ', standingBadge(standing), h('p', { class: 'order-next' }, h('a', { class: 'btn btn--sm', href: `/wallet/orders/${tx}` }, standing.next))))),
]
