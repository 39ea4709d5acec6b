// The whole of buying, held against a broker and a stall in memory, with answers lost and the page killed at every message.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { offersOf } from '../wallet/lines.js'
import { open as allOpen } from '../wallet/listen.js'
import { home } from './help/home.mjs'
import { books, buy, finish, killedAt, made, reload, tried, wanted } from './help/page.mjs'

const posts = ['acquisitions', 'announcements', 'exchanges', 'claims', 'purchases', 'notices']

test('a first purchase: 6.1, 6.2, 6.3', async () => {
  const { sides, wallet } = await made()
  const quote = await wallet.quote(wanted(sides))
  assert.deepEqual(quote.plan.legs.map(leg => leg.transaction), ['6.1', '6.2', '6.3'])
  const work = await wallet.follow((await buy(wallet, sides)).id)
  assert.equal(work.state, 'done')
  await finish(wallet)
  await books(wallet, sides)
  const [order] = await wallet.orders()
  assert.deepEqual(order.lines.map(({ title, quantity }) => [title, quantity]), [['Brass lamp', 1]])
  assert.equal(sides.stall.orders[0].note, 'Leave it at the door')
  assert.deepEqual(sides.stall.orders[0].delivery, home.delivery)
  assert.equal(sides.broker.notices.length, 1)
  assert.equal((await wallet.balance()).broker.scrip.value, 3750)
})

test('a stall that is off is named, and not the buyer\'s connection; one who is offline is told something else', async () => {
  const { sides, wallet } = await made()
  sides.wire = path => path.includes('/offers/') ? 'lost' : ''
  await assert.rejects(wallet.quote(wanted(sides)), { name: 'Advice', reason: 'unavailable', message: /Attic does not answer right now\. The fault is on the seller's side/ })
  sides.wire = () => 'lost'
  await assert.rejects(wallet.quote(wanted(sides)), { name: 'Unreachable', host: 'broker.test' })
  sides.wire = () => ''
  await wallet.quote(wanted(sides))
})

test('a payment link: paid once, to no address, without protection, and known by its reference', async () => {
  const { sides, wallet } = await made()
  const offer = await sides.stall.askFor(3000, '2026-117')
  const link = { vendor: sides.stall.id, lines: [{ offer, quantity: 1 }] }
  const quote = await wallet.quote(link)
  assert.deepEqual([quote.price, quote.delivery], [3000, { way: 'none', label: '', country: '' }])
  const work = await wallet.buy(quote, { delivery: { way: 'none', label: '' }, note: '', load: 5000 })
  assert.equal((await wallet.follow(work.id)).state, 'done')
  await finish(wallet)
  await books(wallet, sides)
  const [order] = await wallet.orders()
  assert.deepEqual(order.delivery, { way: 'none', label: '' })
  assert.deepEqual(sides.stall.orders[0].delivery, { way: 'none', label: '' })
  assert.equal(offersOf(order.lines)[0].reference, '2026-117')
  await assert.rejects(wallet.quote(link), { message: 'This was paid already. Nothing was paid now.' })
  const open = () => allOpen(wallet.open())
  assert.deepEqual(await open(), [order.tx])
  sides.clock.at += 61 * 86_400
  assert.deepEqual(await open(), [], 'what is only paid for is asked about for 60 days')
})

for (const name of posts) {
  for (const fate of ['lost', 'unanswered']) {
    test(`${name} ${fate} twice, then the page is reloaded`, async () => {
      const { sides, wallet } = await made()
      let faults = 2
      // CLAIM is sent where the exchange was made and the stall's answer to it never comes.
      sides.wire = path => path.endsWith(name) ? faults-- > 0 ? fate : '' : name === 'claims' && path.endsWith('exchanges') ? 'unanswered' : ''
      await buy(wallet, sides)
      await tried(sides, name)
      const next = await reload(wallet, sides)
      await finish(next)
      assert.equal(sides.stall.orders.length, 1)
      assert.equal((await next.orders()).length, 1)
      await books(next, sides)
    })
  }
}

for (const exchange of [0, 3000]) test(`the page is killed after every single write and every single answer, exchange ${exchange}`, async () => {
  for (let at = 1; at < 14; at++) {
    const { sides, wallet } = await made()
    const next = await killedAt(at, { sides, wallet }, () => buy(wallet, sides, 5000, exchange).then(work => wallet.follow(work.id)))
    assert.ok(sides.stall.orders.length <= 1, `killed at write ${at}`)
    await books(next, sides)
    if (exchange && sides.stall.orders.length === 1) assert.equal((await next.balance()).stalls[0].total, 1750, `killed at write ${at}`)
  }
})

test('the stall vanishes after T5: T3 again, then CLAIM', async () => {
  const { sides, wallet } = await made()
  sides.wire = path => path.endsWith('/exchanges') ? 'unanswered' : ''
  const work = await buy(wallet, sides)
  assert.equal((await wallet.follow(work.id)).state, 'done')
  assert.ok(sides.seen.some(path => path.endsWith('/claims')))
  await books(wallet, sides)
})

test('T4 never arrives: the exchange is undone after the deadline, and the scrip is free', async () => {
  const { sides, wallet } = await made()
  sides.wire = path => path.endsWith('/exchanges') ? 'lost' : ''
  const work = await wallet.follow((await buy(wallet, sides)).id)
  assert.equal(work.state, 'stopped')
  assert.equal(work.reason, 'stall-silent')
  await books(wallet, sides)
  sides.wire = () => ''
  const quote = await wallet.quote(wanted(sides))
  assert.deepEqual(quote.plan.legs.map(leg => leg.transaction), ['6.2', '6.3'])
  const again = await wallet.follow((await wallet.buy(quote, { ...home, load: 0 })).id)
  assert.equal(again.state, 'done')
  await books(wallet, sides)
})

test('an exchange undone too early is taken up again for its money', async () => {
  const { sides, wallet } = await made()
  let envelopes
  const exchange = sides.stall.exchange.bind(sides.stall)
  sides.stall.exchange = async body => {
    envelopes ??= body
    throw new Error('slow stall')
  }
  const work = await wallet.follow((await buy(wallet, sides)).id)
  assert.equal(work.state, 'stopped')
  // By the broker's clock there was still time.
  for (const announced of sides.broker.announced.values()) announced.deadline = Infinity
  sides.stall.exchange = exchange
  await exchange(envelopes)
  const quote = await wallet.quote(wanted(sides))
  const second = await wallet.follow((await wallet.buy(quote, { ...home, load: 0 })).id)
  assert.equal(second.reason, 'scrip-spent')
  await finish(wallet)
  await books(wallet, sides)
  assert.equal(sides.stall.orders.length, 0)
})

test('exchanging more: the rest pays the next purchase while the broker is away', async () => {
  const { sides, wallet } = await made()
  const work = await buy(wallet, sides, 5000, 2500)
  assert.deepEqual(work.items.map(({ amount }) => amount), [5000, 2500, 1250])
  assert.equal((await wallet.follow(work.id)).state, 'done')
  await finish(wallet)
  const { broker, stalls } = await wallet.balance()
  assert.deepEqual([broker.scrip.value, stalls[0].total], [2500, 1250])
  sides.wire = path => path.includes('/v1/broker') ? 'lost' : ''
  const quote = await wallet.quote(wanted(sides))
  assert.deepEqual(quote.plan.legs.map(leg => leg.transaction), ['6.3'])
  assert.equal((await wallet.follow((await wallet.buy(quote, { ...home, load: 0, exchange: 0 })).id)).state, 'done')
  sides.wire = () => ''
  await finish(wallet)
  await books(wallet, sides)
  assert.deepEqual((await wallet.balance()).stalls, [])
})

test('exchanging more: no less than the price, no more than will be there', async () => {
  const { sides, wallet } = await made()
  for (const [load, exchange] of [[5000, 1249], [5000, 5001], [5000, -1], [5000, 1250.5], [5000, NaN]]) {
    await assert.rejects(buy(wallet, sides, load, exchange), { name: 'Advice' }, `${load} ${exchange}`)
  }
  assert.equal((await wallet.works()).filter(work => work.purpose === 'checkout').length, 0)
  await wallet.follow((await wallet.load(4000)).id)
  for (const exchange of [1249, 4001]) await assert.rejects(buy(wallet, sides, 0, exchange), { name: 'Advice' }, `${exchange}`)
  assert.equal((await wallet.follow((await buy(wallet, sides, 0, 4000)).id)).state, 'done')
  await finish(wallet)
  await books(wallet, sides)
  const { broker, stalls } = await wallet.balance()
  assert.deepEqual([broker, stalls[0].total], [undefined, 2750])
})

test('the broker is away: a purchase with the stall\'s own money completes, T9 follows', async () => {
  const { sides, wallet } = await made()
  await wallet.follow((await buy(wallet, sides)).id)
  await wallet.follow((await buyMore(wallet, sides)).id)
  sides.wire = path => path.includes('/v1/broker') ? 'lost' : ''
  const quote = await wallet.quote(wanted(sides))
  assert.deepEqual(quote.plan.legs.map(leg => leg.transaction), ['6.3'])
  const work = await wallet.follow((await wallet.buy(quote, { ...home, load: 0 })).id)
  assert.equal(work.state, 'done')
  const before = sides.broker.notices.length
  sides.wire = () => ''
  await finish(wallet)
  assert.equal(sides.broker.notices.length, before + 1)
  await books(wallet, sides)
})

// Exchanges without buying: the purchase is refused, so the stall's money stays in the wallet.
async function buyMore(wallet, sides) {
  const stock = sides.stall.stock
  const quote = await wallet.quote(wanted(sides))
  sides.stall.stock = 0
  const work = await wallet.buy(quote, { ...home, load: 0 })
  assert.equal((await wallet.follow(work.id)).reason, 'out-of-stock')
  sides.stall.stock = stock
  return work
}

test('sold out between look and pay: the money of the stall stays and pays the next time', async () => {
  const { sides, wallet } = await made()
  sides.stall.stock = 1
  const quote = await wallet.quote(wanted(sides))
  sides.stall.stock = 0
  const work = await wallet.follow((await wallet.buy(quote, { ...home, load: 2000 })).id)
  assert.equal(work.reason, 'out-of-stock')
  await books(wallet, sides)
  assert.equal((await wallet.balance()).stalls[0].total, 1250)
})

test('of what is left of too few as many are offered', async () => {
  const { sides, wallet } = await made()
  sides.stall.stock = 2
  const of = quantity => wallet.quote({ ...wanted(sides), lines: wanted(sides).lines.map(line => ({ ...line, quantity })) })
  await assert.rejects(of(3), { name: 'Advice', reason: 'out-of-stock', left: 2, message: /Only 2 left, and you wanted 3/ })
  assert.equal((await of(2)).lines[0].quantity, 2)
})

test('a refused purchase does not take place: a T9 that still waits is not sent', async () => {
  const { sides, wallet } = await made()
  sides.stall.stock = 1
  const quote = await wallet.quote(wanted(sides))
  sides.stall.stock = 0
  sides.wire = path => path.endsWith('/notices') ? 'lost' : ''
  const work = await wallet.follow((await wallet.buy(quote, { ...home, load: 2000 })).id)
  assert.equal(work.reason, 'out-of-stock')
  assert.equal(await wallet.noticeWaits(work), false)
  sides.wire = () => ''
  await finish(wallet)
  assert.equal(sides.broker.notices.length, 0)
})

test('one notice that cannot go keeps none waiting, and of a broker that is away no more is asked than it takes to see that', async () => {
  const { deliver } = await import('../wallet/notices.js')
  const { Refusal, Unreachable } = await import('../wallet/errors.js')
  const answers = { away: () => new Unreachable('no answer', 'broker.example'), damaged: () => new TypeError('cannot be sealed'), told: () => new Refusal('not-found') }
  const round = async kinds => {
    const [asked, gone] = [[], []]
    const ctx = {
      purse: { all: async () => kinds.map((request, tx) => ({ tx, request })), apply: async changes => gone.push(...changes.map(({ id }) => id)) },
      broker: { ask: async request => { asked.push(request); throw answers[request]() } },
    }
    const waiting = await deliver(ctx, (_, run) => run()).catch(({ message }) => message)
    return { asked: asked.length, gone: gone.length, waiting }
  }
  assert.deepEqual(await round(Array(100).fill('away')), { asked: 8, gone: 0, waiting: 100 })
  assert.deepEqual(await round([...Array(100).fill('damaged'), 'told']), { asked: 101, gone: 1, waiting: 'cannot be sealed' })
  assert.deepEqual(await round([...Array(7).fill('away'), 'told', 'told']), { asked: 9, gone: 2, waiting: 7 })
})

test('a stall that says without its signature that money is spent is not believed', async () => {
  const { sides, wallet } = await made()
  const problem = () => Response.json({ type: '/problems/scrip-spent', title: 'x', status: 409, instance: 'x' }, { status: 409 })
  let faults = 2
  sides.wire = path => path.endsWith('/purchases') && faults-- > 0 ? problem() : ''
  const said = []
  wallet.watch(() => said.push(...wallet.underWay.troubles.values()))
  const work = await buy(wallet, sides)
  assert.equal((await wallet.follow(work.id)).state, 'done')
  assert.ok(said.some(text => /has not signed/.test(text)), `${said}`)
  assert.ok(!said.some(text => /spent/.test(text)), `${said}`)
  await finish(wallet)
  await books(wallet, sides)
})

test('the bank wants confirmation', async () => {
  const { sides, wallet } = await made()
  sides.broker.confirm = true
  const work = await buy(wallet, sides)
  for (let i = 0; i < 50 && (await wallet.workOf(work.id)).items[0].phase !== 'pending'; i++) await new Promise(resolve => setTimeout(resolve, 2))
  assert.equal((await wallet.workOf(work.id)).items[0].link, '/bank/confirm/x')
  sides.broker.confirm = false
  assert.equal((await wallet.follow(work.id)).state, 'done')
  await books(wallet, sides)
})

test('the bank declines', async () => {
  const { sides, wallet } = await made()
  const work = await wallet.follow((await buy(wallet, sides, 20_000)).id)
  assert.equal(work.reason, 'bank-declined')
  await books(wallet, sides)
})

test('two loads at once: the second is added to the first', async () => {
  const { sides, wallet } = await made()
  const works = await Promise.all([wallet.load(1000), wallet.load(2000)])
  const ended = await Promise.all(works.map(work => wallet.follow(work.id)))
  assert.deepEqual(ended.map(work => work.state), ['done', 'done'])
  assert.equal((await wallet.balance()).broker.scrip.value, 3000)
  await books(wallet, sides)
})

test('a revoked stall, a wrong signature on the offer, an offer of another', async () => {
  const { sides, wallet } = await made()
  sides.stall.revoked = true
  await assert.rejects(wallet.quote(wanted(sides)), { name: 'Advice' })
  sides.stall.revoked = false
  const { offer } = sides.stall
  sides.stall.offer = offer.slice(0, -4) + 'AAAA'
  await assert.rejects(wallet.quote(wanted(sides)), { name: 'Unreadable' })
})

test('what the bank is known not to have is said before anything is begun', async () => {
  const [{ enough }, EUR] = [await import('../wallet/ui/bank.js'), { currency: 'EUR', exponent: 2 }]
  const with10 = { bankBalance: async () => 1000 }
  await assert.rejects(enough(with10, 1500, EUR), /^Advice: Your bank account holds €10\.00\. Put test money in first/)
  for (const load of [1000, 0]) await enough(with10, load, EUR)
  await enough({ bankBalance: async () => { throw new Error('not now') } }, 1500, EUR) // it will say so itself
})
