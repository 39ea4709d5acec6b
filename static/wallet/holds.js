// @ts-check
/**
 * Protected purchases in the wallet: how the money of each stands, kept with its order as the broker's last word (HELD). The
 * broker is asked by itself for every stall with one that is open (WATCH, WATCHED). A WATCH changes nothing, so nothing is
 * written down before it is sent. What the buyer says of one is a work (transactions/protect.js), and so is taking in what the
 * buyer had back (transactions/credit.js).
 * @module
 */
import { Advice, Problem, Refusal, Unreachable, Unreadable } from './errors.js'
import { begun, isOpen, may } from './hold.js'
import { signer } from './keys.js'
import { tr } from './language.js'
import { summary } from './lines.js'
import { evidence, kept } from './messages.js'
import { sentence } from './refusals.js'
import { first } from './renewals.js'
import { fromBroker, pseudonymToBroker } from './requests.js'
import { signersOf } from './succession.js'
import { written } from './work.js'

/** @import { Context } from './context.js' */
/** @import { Body } from './forms.js' */
/** @import { Hold } from './hold.js' */
/** @import { Exclusive } from './refunds.js' */
/** @import { Change, Merchant, Order, Work } from './rows.js' */

/** Seconds between two questions about the same stall that nobody waits for. */
const rarely = 20

/** Seconds after which what was refused is tried again: the broker says that the account has other money, which is looked for first. */
const pause = 600

/** Answers in a row in which the holds at one stall are read, how many each has at most, and single purchases that are asked about. */
const [toldAtMost, most, singles] = [100, 16, 3]

/** @typedef {{ hold: Hold, held?: Body<'HELD'> }} Protected held: what the broker said of it; left out where it has not heard of the purchase yet */

/**
 * How the money of a purchase is held, or was; undefined where it is not protected.
 * @param {Order} order
 * @returns {Protected | undefined}
 */
export function protectedBy({ mandate, held: jws }) {
  const held = jws ? kept(jws, 'HELD').body : undefined
  if (held) return { hold: held, held }
  const by = mandate ? kept(mandate, 'T10').body.protect : undefined
  return by && { hold: begun(by) }
}

/** Whether the money of an order is held: what was signed of it may still have to be shown. @param {Order} order */
export const isHeld = order => isOpen(protectedBy(order)?.hold ?? { state: 'released' })

/** Whether a HELD is about an order. @param {Pick<Order, 'tx' | 'vendor' | 'price'>} order @param {Body<'HELD'>} held */
export const isOf = ({ tx, vendor, price }, held) => held.purchase === tx && held.vendor === vendor && held.price === price

/**
 * What changes when the broker says how the money of purchases stands; order: undefined where only another copy of this wallet
 * has it. An answer that was overtaken by a later one changes nothing. What the buyer has back more, the broker owes the account.
 * @param {Context} ctx
 * @param {{ order: Order | undefined, held: string }[]} news each HELD verified
 * @returns {Promise<Change[]>}
 */
export async function told(ctx, news) {
  /** @type {Change[]} */
  const changes = []
  let back = 0
  for (const { order, held } of news) {
    if (order && !isLater(order.held ? kept(order.held, 'HELD') : undefined, kept(held, 'HELD'))) continue
    back += kept(held, 'HELD').body.to_buyer - (order?.held ? kept(order.held, 'HELD').body.to_buyer : 0)
    if (order) changes.push({ kind: 'orders', id: order.tx, value: { ...order, held } })
  }
  if (back <= 0) return changes
  const { credit = 0, ...profile } = await ctx.profile()
  return [...changes, { kind: 'profile', id: 'me', value: { ...profile, credit: credit + back } }]
}

/** @typedef {{ iat: number, body: Pick<Body<'HELD'>, 'state'> }} Word a HELD */

/**
 * Whether a HELD says more than the one that is kept: a hold that has ended does not begin again, and an answer that was overtaken
 * says nothing.
 * @param {Word | undefined} before
 * @param {Word} now
 */
export const isLater = (before, now) => !before || isOpen(before.body) && now.iat >= before.iat && JSON.stringify(before.body) !== JSON.stringify(now.body)

/**
 * The stalls with a protected purchase that has not ended, and that were not asked about for a while.
 * @param {Context} ctx
 * @returns {Promise<string[]>} vendors
 */
export async function due(ctx) {
  const open = new Set((await ctx.purse.all('orders')).filter(isHeld).map(({ vendor }) => vendor))
  return (await ctx.purse.all('merchants')).filter(({ vendor, watched }) => open.has(vendor) && ctx.now() >= (watched?.at ?? 0) + rarely).map(({ vendor }) => vendor)
}

/**
 * Asks how the money of the purchases at a stall stands. While the broker does not answer, what is known stays.
 * @param {Context} ctx
 * @param {Exclusive} exclusive
 * @param {string} vendor
 * @returns {Promise<boolean>} whether something came
 */
export async function ask(ctx, exclusive, vendor) {
  let news = false
  for (let i = 0; i < toldAtMost; i++) {
    const merchant = await ctx.merchant(vendor)
    const said = await question(ctx, merchant).catch(unanswered)
    if (!said) return news
    news = await exclusive('peerscrip-wallet', () => hear(ctx, vendor, said)) || news
    for (const { body } of said.holds.map(hold => kept(hold, 'HELD'))) {
      if (body.state === 'disputed') news = await answered(ctx, exclusive, vendor, body.purchase) || news
    }
    if (said.holds.length < most) return await askAgain(ctx, exclusive, vendor) || news
  }
  return news
}

/**
 * Asks about single purchases that the broker should long have heard of: it told of them, maybe, when this wallet did not have their
 * receipt yet.
 * @param {Context} ctx
 * @param {Exclusive} exclusive
 * @param {string} vendor
 */
async function askAgain(ctx, exclusive, vendor) {
  const untold = (await ctx.purse.all('orders')).filter(order => order.vendor === vendor && !order.held && protectedBy(order) && ctx.now() - order.at > pause)
  let news = false
  for (const { tx } of untold.slice(0, singles)) {
    const said = await question(ctx, await ctx.merchant(vendor), tx).catch(unanswered)
    news = said !== undefined && await exclusive('peerscrip-wallet', () => hear(ctx, vendor, { holds: said.holds })) || news
  }
  return news
}

/** Nothing, where the broker does not say. @param {unknown} error */
function unanswered(error) {
  if (error instanceof Refusal || error instanceof Unreachable || error instanceof Problem) return undefined
  throw error
}

/**
 * WATCH, and what is told: verified.
 * @param {Context} ctx
 * @param {Merchant} merchant
 * @param {string} [purchase] about this one alone
 * @returns {Promise<{ after: number, next: number, holds: string[], said: Said[] }>} after: from where on was asked
 */
async function question(ctx, merchant, purchase) {
  const { vendor, pseudonym, watched: { after } = { after: 0 } } = merchant
  const profile = await ctx.profile()
  const { thumbprint: aud } = await signer(pseudonym)
  const request = await pseudonymToBroker(ctx, 'WATCH', { body: { vendor, after, ...purchase && { purchase } } }, merchant, profile)
  const { envelope } = await ctx.broker.ask(request)
  const { opened: { body } } = await fromBroker(ctx, envelope, request, ['WATCHED'], { profile, aud })
  const holds = body.holds.map(({ hold }) => hold)
  const held = await Promise.all(holds.map(hold => evidence(hold, 'HELD', { aud, signers: signersOf(profile.broker) })))
  if (body.vendor !== vendor || held.some(one => one.body.vendor !== vendor)) throw new Unreadable()
  return { after, next: body.next, holds, said: body.said ?? [] }
}

/**
 * Takes up what was told. What another tab has taken up meanwhile is left: what came back for a purchase that only another copy of
 * this wallet has would count twice.
 * @param {Context} ctx
 * @param {string} vendor
 * @param {{ after?: number, next?: number, holds: string[] }} said after and next: left out where one purchase alone was asked about
 * @returns {Promise<boolean>} whether something came
 */
async function hear(ctx, vendor, { after, next, holds }) {
  const [merchant, orders] = [await ctx.merchant(vendor), await ctx.purse.all('orders')]
  if (after !== undefined && after !== (merchant.watched?.after ?? 0)) return false
  const news = holds.map(held => ({ held, order: orders.find(order => isOf(order, kept(held, 'HELD').body)) }))
  const changes = (await told(ctx, news)).map(change => change.kind === 'orders' && change.value && isNews(change.value) ? { ...change, value: { ...change.value, news: true } } : change)
  /** @type {Change[]} */
  const place = next === undefined ? [] : [{ kind: 'merchants', id: vendor, value: { ...merchant, watched: { after: Math.max(next, after ?? 0), at: ctx.now() } } }]
  await ctx.purse.apply([...changes, ...place])
  return changes.length > 0
}

/** Seconds for which the broker's word is put into the thread of its order. */
const lately = 14 * 86_400

/** The broker's words of late on the money of orders. @param {Context} ctx @returns {Promise<{ jws: string, body: Body<'HELD'> }[]>} */
export async function words(ctx) {
  const all = (await ctx.purse.all('orders')).flatMap(({ held }) => held ? [{ jws: held, body: kept(held, 'HELD').body }] : [])
  return all.filter(({ body: { state, since } }) => state !== 'held' && state !== 'sent' && ctx.now() - since < lately)
}

/** What one side said of a purchase that is disputed. @typedef {NonNullable<Body<'WATCHED'>['said']>[number]} Said */

/**
 * What both sides have said of a purchase that is disputed, the first first, and how its money stands, which is kept.
 * @param {Context} ctx
 * @param {Exclusive} exclusive
 * @param {Pick<Order, 'vendor' | 'tx'>} order
 * @returns {Promise<Said[]>}
 * @throws {Refusal | Unreachable | Problem}
 */
export async function both(ctx, exclusive, { vendor, tx }) {
  const told = await question(ctx, await ctx.merchant(vendor), tx)
  await exclusive('peerscrip-wallet', () => hear(ctx, vendor, { holds: told.holds }))
  return told.said
}

/**
 * Whether the seller has said something to a dispute, once more too, that this wallet has not heard of: then it is news of the order.
 * @param {Context} ctx
 * @param {Exclusive} exclusive
 * @param {string} vendor
 * @param {string} tx
 */
async function answered(ctx, exclusive, vendor, tx) {
  const told = await question(ctx, await ctx.merchant(vendor), tx).catch(unanswered)
  const count = told?.said.filter(({ by }) => by === 'M').length ?? 0
  return exclusive('peerscrip-wallet', async () => {
    const order = await ctx.purse.get('orders', tx)
    if (!order || count <= (order.answers ?? 0)) return false
    await ctx.purse.apply([{ kind: 'orders', id: tx, value: { ...order, answers: count, news: true } }])
    return true
  })
}

/** Whether something came of an order that its person may not know of: a decision, or the money back. @param {Order} order */
const isNews = order => ['decided', 'reclaimed'].includes(protectedBy(order)?.held?.state ?? '')

/** A photo that goes with a report, each in a message of its own. text: what it shows, cleaned; event: the signed event that names it, where the thread has it. @typedef {{ photo: string, text: string, event?: string }} Exhibit photo: its digest; it is kept (keepPhoto in talkphoto.js) */

/** @typedef {{ says: 'RELEASE' | 'RECLAIM' } | { says: 'DISPUTE', text: string, shows: string[], photos?: Exhibit[] }} Saying text: cleaned; shows: signed messages */

/**
 * Writes down what the buyer says of a protected purchase, to be sent. Call it with the wallet's lock held.
 * @param {Context} ctx
 * @param {string} tx of the purchase
 * @param {Saying} saying
 * @throws {Advice} where it changes nothing, as far as is known, or something is being said already
 */
export async function say(ctx, tx, saying) {
  const order = await ctx.purse.get('orders', tx)
  const by = order && protectedBy(order)
  if (!order || !by) throw new Advice(sentence('not-found'), 'not-found')
  if ((await saidOf(ctx, tx))?.state === 'running') throw new Advice(tr('This is under way already.'))
  if (!may(by.hold, saying.says, ctx.reckoning.brokerTime())) throw new Advice(tr('That is not open any more, or not yet. Look at how your money stands.'), 'out-of-turn')
  const { vendor, stall, price: amount, lines } = order
  const { photos = [], ...first } = { photos: undefined, ...saying }
  const exhibits = photos.map(({ photo, text, event }) => ({ transaction: /** @type {const} */ ('protect'), vendor, purchase: tx, says: /** @type {const} */ ('DISPUTE'), text: text || tr('A photo'), shows: event ? [event] : [], photo }))
  return written(ctx, {
    purpose: 'protect', about: { tx, vendor, stall, title: summary(lines), amount, says: saying.says }, items: [{ transaction: 'protect', vendor, purchase: tx, ...first }, ...exhibits],
  })
}

/** The photos that were shown to the broker of a purchase, by their digests. @param {Context} ctx @param {string} tx @returns {Promise<Set<string>>} */
export async function exhibited(ctx, tx) {
  const items = (await ctx.works()).flatMap(({ items }) => items)
  return new Set(items.flatMap(item => item.transaction === 'protect' && item.purchase === tx && item.photo && item.phase !== 'refused' ? [item.photo] : []))
}

/** What was said of a purchase last, or is being said. @param {Context} ctx @param {string} tx @returns {Promise<Work<'protect'> | undefined>} */
export async function saidOf(ctx, tx) {
  const all = (await ctx.works()).flatMap(work => work.purpose === 'protect' && work.about.tx === tx ? [work] : [])
  return all.toSorted((a, b) => b.created - a.created)[0]
}

/**
 * Writes down that what the broker owes is taken in, where it owes something and that is not under way. Call it with the wallet's lock held.
 * @param {Context} ctx
 */
export async function takeCredit(ctx) {
  const { credit = 0 } = await ctx.profile()
  const busy = (/** @type {Work} */ { purpose, state, changed }) => purpose === 'credit' && (state === 'running' || state === 'stopped' && ctx.now() - changed < pause)
  if (credit === 0 || (await ctx.works()).some(busy)) return undefined
  const held = await ctx.brokerScrip()
  return written(ctx, { purpose: 'credit', about: { amount: credit }, items: [...held ? first(held, ctx.now()) : [], { transaction: 'credit' }] })
}

/**
 * What an operator decided of a hold, in the broker's signed words; undefined where nothing was.
 * @param {Context} ctx
 * @param {Body<'HELD'>} held
 */
export async function decision(ctx, { decision: jws, vendor, purchase }) {
  if (!jws) return undefined
  const { broker } = await ctx.profile()
  const { body } = await evidence(jws, 'DECIDED', { aud: vendor, signers: signersOf(broker) })
  if (body.vendor !== vendor || body.purchase !== purchase) throw new Unreadable()
  return body
}
