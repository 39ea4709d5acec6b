// What buyer and seller say to each other: written down before it is sent, once, in its place.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { newID, newKey } from '../wallet/base64url.js'
import { sign } from '../wallet/envelope.js'
import { sizeOf } from '../wallet/jpeg.js'
import { signer } from '../wallet/keys.js'
import { open } from '../wallet/listen.js'
import { unread } from '../wallet/talks.js'
import { repeat } from '../wallet/tell.js'
import { books, buy, finish, killedAt, made, reload, tab } from './help/page.mjs'
import { home } from './help/home.mjs'

async function bought() {
  const { sides, wallet } = await made()
  assert.equal((await wallet.follow((await buy(wallet, sides, 5000)).id)).state, 'done')
  await finish(wallet)
  const [{ tx }] = await wallet.orders()
  return { sides, wallet, tx, order: [...sides.stall.threads.keys()][0] }
}

const texts = async (wallet, tx) => (await wallet.conversation(tx)).lines.map(({ by, event }) => `${by} ${event.kind} ${event.text}`)
const message = text => ({ kind: 'message', text })

for (const fate of ['', 'lost', 'unanswered']) test(`something is said once, the first answer ${fate || 'there'}`, async () => {
  const { sides, wallet, tx, order } = await bought()
  sides.wire = path => path.endsWith('/events') ? fate : ''
  const said = wallet.say(tx, message('Is it\u00ad wrapped?'))
  await (fate ? assert.rejects(said) : said)
  sides.wire = () => ''
  const next = await reload(wallet, sides)
  if (fate) assert.deepEqual([await texts(next, tx), (await next.conversation(tx)).unsaid.text], [[], 'Is it wrapped?'])
  await next.listen()
  await next.listen(tx)
  assert.deepEqual(await texts(next, tx), ['C message Is it wrapped?'])
  assert.equal(sides.stall.threads.get(order).events.length, 1)
})

for (const [name, what, before] of [
  ['a message', message('Hello'), []], ['a parcel that goes back', { kind: 'returned', text: '', carrier: 'Post', tracking: 'RB 1' }, ['return', 'return-agreed']],
]) test(`the page is killed after every write of ${name}`, async () => {
  for (let at = 0; at < 3; at++) {
    const { sides, wallet, tx, order } = await bought()
    for (const kind of before) await returning[kind](sides, wallet, { tx, order })
    const next = await killedAt(at, { sides, wallet }, () => wallet.say(tx, what))
    await next.listen(tx)
    const there = sides.stall.threads.get(order).events
    assert.deepEqual((await next.conversation(tx)).talk.events, there, `killed at write ${at}`)
    assert.equal((await next.conversation(tx)).unsaid, undefined)
    assert.ok(there.length <= (before.length && 3) + 1)
  }
})

// The steps of a return, by who takes them.
const returning = {
  return: async (sides, wallet, { tx, order }) => {
    await sides.stall.say(order, { kind: 'sent' })
    await wallet.listen(tx)
    await wallet.say(tx, { kind: 'return', text: 'It does not fit.' })
  },
  'return-agreed': async (sides, wallet, { tx, order }) => {
    await sides.stall.say(order, { kind: 'return-agreed', text: 'To Anna, Utrecht.', pays: 'C' })
    await wallet.listen(tx)
  },
}

test('a return, from the question to the money', async () => {
  const { sides, wallet, tx, order } = await bought()
  const state = async () => (await wallet.conversation(tx)).state
  await assert.rejects(wallet.say(tx, { kind: 'return', text: 'Too early' }), { reason: 'out-of-turn' })
  await returning.return(sides, wallet, { tx, order })
  await assert.rejects(wallet.say(tx, { kind: 'returned', text: '' }), { reason: 'out-of-turn' })
  await sides.stall.say(order, { kind: 'return-declined', text: 'It was worn.' })
  await wallet.listen(tx)
  assert.equal(await state(), 'received')
  await wallet.say(tx, { kind: 'return', text: 'It was not.' })
  await returning['return-agreed'](sides, wallet, { tx, order })
  assert.deepEqual([await state(), (await wallet.conversation(tx)).lines.at(-1).event.pays], ['return-agreed', 'C'])
  await wallet.say(tx, { kind: 'returned', text: '', carrier: 'Post\u00ad', tracking: 'RB 1' })
  assert.equal((await wallet.standing(await wallet.order(tx), await wallet.conversation(tx))).next, 'Waits for your money')
  await sides.stall.say(order, { kind: 'refund', refund: newID(), amount: 1250 })
  await wallet.listen(tx)
  assert.equal(await state(), 'refunded')
})

test('the seller was faster: it is said again after that, if it may', async () => {
  const { sides, wallet, tx, order } = await bought()
  await sides.stall.say(order, { kind: 'sent', carrier: 'Post', tracking: 'RB 1', text: 'By noon' })
  await wallet.say(tx, message('Are you there?'))
  assert.deepEqual(await texts(wallet, tx), ['M sent By noon', 'C message Are you there?'])
  assert.deepEqual((await wallet.order(tx)).sent.note, 'By noon')
  await assert.rejects(wallet.say(tx, { kind: 'cancel', text: '' }), { reason: 'out-of-turn' })
  await assert.rejects(wallet.say(tx, message('x'.repeat(2001))), /too long/)
  await assert.rejects(wallet.say(tx, message('  ')), /something/)
  await wallet.say(tx, { kind: 'received', text: '' })
  assert.equal((await wallet.conversation(tx)).state, 'received')
})

test('what is said at once, on two pages or by one, is all said', async () => {
  const { sides, wallet, tx, order } = await bought()
  const other = await tab(wallet, sides)
  const jpeg = new Uint8Array([0xff, 0xd8, 1])
  await Promise.all([wallet.say(tx, message('one')), wallet.say(tx, { kind: 'photo', text: 'two', jpeg }), other.say(tx, message('three')), other.listen(tx)])
  await wallet.listen(tx)
  assert.deepEqual((await texts(wallet, tx)).toSorted(), ['C message one', 'C message three', 'C photo two'])
  assert.equal(sides.stall.threads.get(order).events.length, 3)
})

test('an answer that was overtaken by what was said meanwhile is none that hides something', async () => {
  const { sides, wallet, tx } = await bought()
  const told = sides.stall.tell.bind(sides.stall)
  sides.stall.tell = async question => {
    sides.stall.tell = told
    const answer = await told(question)
    await wallet.say(tx, message('one'))
    return answer
  }
  assert.equal(await wallet.listen(tx), false)
  assert.deepEqual(await texts(wallet, tx), ['C message one'])
})

for (const fate of ['lost', 'unanswered']) test(`what waits when something else is said goes first, and once, its answer ${fate}`, async () => {
  const { sides, wallet, tx } = await bought()
  sides.wire = path => path.endsWith('/events') ? fate : ''
  await assert.rejects(wallet.say(tx, message('one')))
  await assert.rejects(wallet.say(tx, message('two')))
  sides.wire = () => ''
  await wallet.say(tx, message('three'))
  assert.deepEqual(await texts(wallet, tx), ['C message one', 'C message three'])
})

test('a cancel that came too late is not said', async () => {
  const { sides, wallet, tx, order } = await bought()
  await sides.stall.say(order, { kind: 'sent' })
  await assert.rejects(wallet.say(tx, { kind: 'cancel', text: '' }), { reason: 'out-of-turn' })
  const { unsaid, state } = await wallet.conversation(tx)
  assert.deepEqual([unsaid, state], [undefined, 'sent'])
})

test('a question before the purchase, its answer, and what is unread', async () => {
  const { sides, wallet } = await made()
  const tx = await wallet.ask({ vendor: sides.stall.id, offer: sides.stall.offerID }, 'Is it blue?')
  await sides.stall.say(tx, message('Green.'))
  for (let i = 0; i < 6; i++) await sides.stall.say(tx, message(`And ${i}`))
  let news = 0
  wallet.watch(() => { news++ })
  assert.equal(await wallet.listen(), true)
  assert.ok(news > 0)
  assert.equal(await wallet.unread(), 7)
  assert.equal((await texts(wallet, tx)).at(-1), 'M message And 5')
  await wallet.seen(tx)
  assert.equal(await wallet.unread(), 0)
  const [{ talk: { title, mandate } }] = await wallet.conversations()
  assert.deepEqual([title, mandate], ['Brass lamp', ''])
  assert.equal((await wallet.follow((await buy(wallet, sides, 5000)).id)).state, 'done') // under the same pseudonym
  assert.equal(new Set([...sides.stall.threads.values()].map(({ from }) => from)).size, 1)
  sides.stall.block(tx)
  await assert.rejects(wallet.say(tx, message('But')), { reason: 'blocked' })
  const { unsaid, lines } = await wallet.conversation(tx)
  assert.deepEqual([unsaid, lines.at(-1).event.text], [undefined, 'And 5'])
})

test('who is blocked is refused by name, talks about what is paid, and has all its money', async () => {
  const { sides, wallet, tx, order } = await bought()
  await wallet.say(tx, message('Thank you'))
  assert.equal((await wallet.follow((await buy(wallet, sides, 0, 1500)).id)).state, 'done') // with something left there
  sides.stall.block(order)
  const [work] = [await wallet.follow((await buy(wallet, sides, 0)).id)]
  assert.deepEqual([work.state, work.reason], ['stopped', 'blocked'])
  await wallet.say(tx, message('When does it come?'))
  const leaving = await wallet.leaving()
  for (const { id } of await wallet.leave(leaving)) assert.equal((await wallet.follow(id)).state, 'done')
  await books(wallet, sides)
})

test('only what is open is asked about, and a question leaves no trace', async () => {
  const { sides, wallet, tx } = await bought()
  const asks = () => sides.seen.filter(path => path.endsWith('/events')).length
  const before = (await wallet.transcript()).length
  await wallet.listen()
  assert.deepEqual([asks(), (await wallet.transcript()).length], [1, before])
  await wallet.say(tx, { kind: 'received', text: '' })
  sides.clock.at += 29 * 86_400
  const asked = asks()
  await wallet.listen()
  assert.equal(asks(), asked)
})

test('of orders to which nothing was said the last 200 are asked about, and of the others those to which something was', async () => {
  const { sides, wallet, tx } = await bought()
  await wallet.say(tx, message('Hello'))
  const ctx = wallet.open()
  const first = await ctx.must('orders', tx)
  const { vendor, pseudonym } = await ctx.merchant(sides.stall.id)
  const me = await signer(pseudonym)
  const later = []
  for (let i = 1; i <= 203; i++) {
    const at = first.at + i
    const says = { typ: 'T10', iss: me.thumbprint, aud: vendor, tx: newID(), iat: at, body: { vendor, price: 1250 }, attach: { scrip: '', secret: '', order: '', reply_key: '' } }
    later.push({ ...first, tx: says.tx, at, mandate: (await sign(says, me, true)).jws })
  }
  await ctx.purse.apply(later.map(value => ({ kind: 'orders', id: value.tx, value })))
  assert.deepEqual((await open(ctx)).toSorted(), [tx, ...later.slice(3).map(({ tx }) => tx)].toSorted())
})

test('of an answer that does not follow nothing is kept', async () => {
  const { sides, wallet, tx, order } = await bought()
  const thread = sides.stall.threads.get(order)
  await sides.stall.say(order, message('one'))
  await sides.stall.say(order, message('two'))
  const [one, two] = thread.events
  for (const events of [[two], [two, one], [one, one], ['a.b.c', two], []]) {
    thread.events = events
    await assert.rejects(wallet.listen(tx), { name: 'Unreadable' })
    assert.deepEqual(await texts(wallet, tx), [])
  }
  thread.events = [one, two]
  sides.clock.at -= 61 * 86_400
  await assert.rejects(wallet.listen(tx), { name: 'Unreadable' }, 'signed 61 days ahead')
  assert.deepEqual(await texts(wallet, tx), [])
  sides.clock.at += 61 * 86_400
  await wallet.listen(tx)
  assert.deepEqual(await texts(wallet, tx), ['M message one', 'M message two'])
})

test('a thread is held against the stall\'s', async () => {
  const { sides, wallet, tx, order } = await bought()
  const thread = sides.stall.threads.get(order)
  await wallet.say(tx, message('one'))
  const before = thread.now
  const two = await sides.stall.say(order, message('two'))
  assert.deepEqual(await wallet.reconcile(tx), { here: 2, there: 2, lost: false })
  thread.now = before
  thread.events.pop()
  const other = await sides.stall.say(order, message('never'))
  assert.deepEqual(await wallet.reconcile(tx), { here: 2, there: 2, lost: false, ours: two, theirs: other })
  thread.events.pop()
  thread.now = before
  assert.deepEqual(await wallet.reconcile(tx), { here: 2, there: 1, lost: false, ours: two })
  sides.stall.threads.clear()
  assert.deepEqual(await wallet.reconcile(tx), { here: 2, there: 0, lost: true })
})

// The broker's word on the money of a purchase, to one of the two.
const word = (by, { tx, stall, to, state }) => by.evidence('HELD', to, newID(), {
  vendor: stall.id, purchase: tx, price: 1250, covered: 1250, left: 0, to_buyer: 0, to_seller: 1250, send_by: 1_800_000_000, check_within: 5, state, since: 1_800_000_000, due: 0,
})

test('the broker\'s word is repeated once, and taken from the seller if it is the broker\'s', async () => {
  const { sides, wallet, tx, order } = await bought()
  const { stall, broker } = sides
  const { from } = stall.threads.get(order)
  const thread = { ...stall.threads.get(order), events: [...stall.threads.get(order).events] }
  for (const hold of [
    await word(stall, { tx, stall, to: from, state: 'released' }), await word(broker, { tx: newID(), stall, to: from, state: 'released' }),
    await word(broker, { tx, stall, to: newID(), state: 'released' }), await word(broker, { tx, stall, to: from, state: 'disputed' }),
  ]) {
    stall.threads.set(order, { ...thread, events: [] })
    await stall.say(order, { kind: 'released', hold })
    await assert.rejects(wallet.listen(tx), { name: 'Unreadable' })
  }
  stall.threads.set(order, thread)
  await stall.say(order, { kind: 'disputed', hold: await word(broker, { tx, stall, to: stall.id, state: 'disputed' }) })
  const ctx = wallet.open()
  const exclusive = (_, what) => what()
  const released = { jws: await word(broker, { tx, stall, to: from, state: 'released' }), body: { purchase: tx, state: 'released' } }
  sides.wire = path => path.endsWith('/events') ? 'lost' : ''
  await repeat(ctx, exclusive, released)
  sides.wire = () => ''
  await repeat(ctx, exclusive, released)
  await wallet.listen(tx)
  await repeat(ctx, exclusive, released)
  assert.deepEqual(await texts(wallet, tx), ['M disputed ', 'C released '])
  const { state, thread: { hold } } = await wallet.conversation(tx)
  assert.deepEqual([state, hold], ['closed', 'released'])
})

test('unread is what the seller said and nobody has seen', () => {
  const line = by => ({ by, at: 1, event: {}, jws: '' })
  assert.equal(unread({ talk: { read: 1 }, lines: [line('M'), line('C'), line('M')] }), 1)
})

test('a price is proposed, the seller offers it in private, and it is bought at the ordinary checkout, once', async () => {
  const { sides, wallet } = await made()
  const about = { vendor: sides.stall.id, offer: sides.stall.offerID }
  const tx = await wallet.propose(about, { price: 1000, quantity: 1, text: 'For my\u00ad son' })
  assert.equal(await wallet.propose(about, { price: 1100, quantity: 1, text: '' }), tx, 'in the same conversation')
  const { state, lines } = await wallet.conversation(tx)
  assert.deepEqual([state, lines.map(({ event }) => [event.price, event.text])], ['proposed', [[1000, 'For my son'], [1100, '']]])
  assert.equal(await wallet.deal(await wallet.conversation(tx)), undefined)
  const offer = await sides.stall.offerPrivately(tx, 1050)
  await wallet.listen(tx)
  assert.deepEqual((await wallet.deal(await wallet.conversation(tx))).offer.price, 1050)
  const quote = await wallet.quote({ vendor: sides.stall.id, lines: [{ offer, quantity: 1 }] })
  assert.equal(quote.price, 1050)
  assert.equal((await wallet.follow((await wallet.buy(quote, { ...home, load: 5000, exchange: 0 })).id)).state, 'done')
  const { order } = await wallet.deal(await wallet.conversation(tx))
  assert.equal(order.price, 1050)
  sides.stall.block(tx)
  await assert.rejects(wallet.propose(about, { price: 900, quantity: 1, text: '' }), { reason: 'blocked' })
  await finish(wallet)
  await books(wallet, sides)
})

for (const [name, terms, reason] of [
  ['for another', { to: newKey() }, 'party-mismatch'], ['for longer than may be', { seconds: 72 * 3600 + 1 }, 'party-mismatch'], ['that has run out', { seconds: 0 }, 'offer-expired'],
]) test(`a private offer ${name} is not paid`, async () => {
  const { sides, wallet } = await made()
  const tx = await wallet.propose({ vendor: sides.stall.id, offer: sides.stall.offerID }, { price: 1000, quantity: 1, text: '' })
  const offer = await sides.stall.offerPrivately(tx, 1000, terms)
  await assert.rejects(wallet.quote({ vendor: sides.stall.id, lines: [{ offer, quantity: 1 }] }), { reason })
})

test('from four on no number is told, and the purchase finds whether there are as many', async () => {
  const { sides, wallet } = await made()
  sides.stall.stock = 4
  const { price } = await wallet.quote({ vendor: sides.stall.id, lines: [{ offer: sides.stall.offerID, quantity: 9 }] })
  assert.equal(price, 9 * 1250)
  sides.stall.stock = 3
  await assert.rejects(wallet.quote({ vendor: sides.stall.id, lines: [{ offer: sides.stall.offerID, quantity: 4 }] }), { reason: 'out-of-stock', left: 3 })
})

const digestOf = bytes => createHash('sha256').update(bytes).digest('base64url')

for (const fate of ['', 'lost', 'unanswered']) test(`a photo is shown once, the first answer ${fate || 'there'}, and kept`, async () => {
  const { sides, wallet, tx, order } = await bought()
  const jpeg = new Uint8Array([0xff, 0xd8, 1, 2, 3])
  sides.wire = path => path.endsWith('/events') ? fate : ''
  const said = wallet.say(tx, { kind: 'photo', text: 'The crack', jpeg })
  await (fate ? assert.rejects(said) : said)
  sides.wire = () => ''
  const next = await reload(wallet, sides)
  await next.listen(tx)
  const { lines } = await next.conversation(tx)
  assert.deepEqual(lines.map(({ event }) => [event.kind, event.text, event.photo]), [['photo', 'The crack', digestOf(jpeg)]])
  assert.equal(sides.stall.threads.get(order).events.length, 1)
  assert.equal(Buffer.from(sides.stall.photos.get(digestOf(jpeg)), 'base64url').compare(jpeg), 0)
  sides.stall.photos.clear()
  assert.deepEqual(await next.photo(tx, digestOf(jpeg)), jpeg, 'kept here')
})

test('the seller\'s photo is asked for, held against its digest, and kept', async () => {
  const { sides, wallet, tx, order } = await bought()
  const [good, other] = [new Uint8Array([0xff, 0xd8, 9]), new Uint8Array([0xff, 0xd8, 8])]
  await sides.stall.say(order, { kind: 'photo', text: '', photo: digestOf(good) })
  await wallet.listen(tx)
  await assert.rejects(wallet.photo(tx, digestOf(good)), { reason: 'not-found' })
  sides.stall.photos.set(digestOf(good), Buffer.from(other).toString('base64url'))
  await assert.rejects(wallet.photo(tx, digestOf(good)), { name: 'Unreadable' })
  sides.stall.photos.set(digestOf(good), Buffer.from(good).toString('base64url'))
  assert.deepEqual(await wallet.photo(tx, digestOf(good)), good)
  sides.stall.photos.clear()
  assert.deepEqual(await wallet.photo(tx, digestOf(good)), good)
})

test('the size of a JPEG, before it is decoded', () => {
  const frame = [0xff, 0xc0, 0, 11, 8, 0, 60, 0, 80, 1, 1, 0x11, 0]
  const app = [0xff, 0xe0, 0, 4, 0, 0]
  assert.deepEqual(sizeOf(new Uint8Array([0xff, 0xd8, ...app, 0xff, ...frame])), { width: 80, height: 60 })
  for (const bytes of [[], [0xff, 0xd8], [0xff, 0xd8, ...app], [0xff, 0xd8, 0, ...frame], [0x89, 0x50, ...frame], [0xff, 0xd8, 0xff, 0xe0, 0, 0, ...app]]) assert.equal(sizeOf(new Uint8Array(bytes)), undefined, String(bytes))
})
