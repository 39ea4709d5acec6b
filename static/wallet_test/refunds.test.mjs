// What a seller takes back is collected by itself, once; what a stall has earned is paid out, once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newID } from '../wallet/base64url.js'
import { refunded } from '../wallet/refunds.js'
import { buy, delivered, finish, killedAt, made, reload, wanted } from './help/page.mjs'

const atStall = async wallet => (await wallet.balance()).stalls.reduce((sum, stall) => sum + stall.total, 0)
const cash = async wallet => (await wallet.balance()).broker?.scrip.value ?? 0
const bank = ({ broker }) => [...broker.bank.values()][0]
const collections = sides => sides.seen.filter(path => path.endsWith('/collections')).length

// A wallet that has bought for all it had at the stall, and got 4.00 of it back.
async function takenBack() {
  const { sides, wallet } = await made()
  assert.equal((await wallet.follow((await buy(wallet, sides, 5000)).id)).state, 'done')
  await finish(wallet)
  const [{ tx }] = await wallet.orders()
  sides.stall.refund(tx, 400)
  return { sides, wallet, tx }
}

for (const fate of ['', 'lost', 'unanswered']) test(`a refund is collected once, the first answer ${fate || 'there'}`, async () => {
  const { sides, wallet, tx } = await takenBack()
  sides.wire = path => path.endsWith('/collections') ? fate : ''
  await wallet.collect(sides.stall.id)
  assert.equal(await atStall(wallet), fate ? 0 : 400)
  sides.wire = () => ''
  const next = await reload(wallet, sides)
  await next.collect(sides.stall.id)
  await next.collect(sides.stall.id)
  assert.equal(await atStall(next), 400)
  assert.equal(refunded(await next.order(tx)), 400)
  const [id] = sides.stall.live.keys()
  assert.equal((await next.balance()).stalls[0].holdings[0].scrip.scrip_id, id)
})

for (const to of ['stall', 'bank']) test(`the page is killed after every write of a collection, which goes to the ${to}`, async () => {
  for (let at = 0; at < 4; at++) {
    const { sides, wallet, tx } = await takenBack()
    const had = bank(sides)
    await wallet.refundsGo(to)
    const next = await killedAt(at, { sides, wallet }, () => wallet.collect(sides.stall.id))
    await next.collect(sides.stall.id)
    await finish(next)
    assert.deepEqual([await atStall(next), sides.stall.live.size, bank(sides) - had], to === 'stall' ? [400, 1, 0] : [0, 0, 400], `killed at write ${at}`)
    assert.equal(refunded(await next.order(tx)), 400)
  }
})

test('where a refund goes is said once, and done with what comes later', async () => {
  const { sides, wallet, tx } = await takenBack()
  const had = bank(sides)
  const left = async () => (await wallet.refundsAsTheyCame()).map(({ scrip }) => scrip.value)
  await wallet.collect(sides.stall.id)
  assert.deepEqual([await left(), (await wallet.profile()).refunds], [[400], undefined])
  await wallet.refundsGo('stall')
  sides.stall.refund(tx, 100)
  await wallet.collect(sides.stall.id)
  assert.deepEqual([await left(), bank(sides) - had], [[400, 100], 0])
  await wallet.refundsGo('bank', sides.stall.id)
  await finish(wallet)
  sides.stall.refund(tx, 50)
  await wallet.collect(sides.stall.id)
  await finish(wallet)
  assert.deepEqual([await left(), await atStall(wallet), bank(sides) - had], [[], 0, 550])
})

test('a stall that gives nothing back: after a day the refund is the wallet\'s again, to be spent or asked for anew', async () => {
  const { sides, wallet } = await takenBack()
  await wallet.refundsGo('bank')
  sides.wire = path => path.endsWith('givebacks') ? 'lost' : ''
  await wallet.collect(sides.stall.id)
  await finish(wallet) // which takes a day
  assert.deepEqual([(await wallet.refundsAsTheyCame()).map(({ scrip }) => scrip.value), await atStall(wallet)], [[400], 400])
  sides.wire = () => ''
  for (const { id } of await wallet.refundsGo('bank')) assert.equal((await wallet.follow(id)).state, 'done')
  assert.equal(await atStall(wallet), 0)
})

test('two refunds of one purchase, and what it pays next', async () => {
  const { sides, wallet, tx } = await takenBack()
  sides.stall.refund(tx, 100)
  const quote = await wallet.quote(wanted(sides)) // meets the stall
  assert.deepEqual(quote.plan.legs.map(({ transaction, amount }) => [transaction, amount]), [['6.5', 750], ['6.3', 1250]])
  const order = await wallet.order(tx)
  assert.deepEqual([order.refunds.map(({ amount }) => amount), refunded(order)], [[400, 100], 500])
})

test('nobody is asked often, or without having bought; nothing due leaves no trace', async () => {
  const { sides, wallet } = await made()
  await wallet.quote(wanted(sides))
  await wallet.collect()
  assert.equal(collections(sides), 0)
  assert.equal((await wallet.follow((await buy(wallet, sides, 5000)).id)).state, 'done')
  await delivered(wallet)
  const before = (await wallet.transcript()).length
  for (let i = 0; i < 3; i++) await wallet.collect()
  assert.equal(collections(sides), 1)
  sides.clock.at += 181
  await wallet.collect()
  assert.equal(collections(sides), 2)
  assert.equal((await wallet.transcript()).length, before)
})

test('an answer with nothing is lost: what comes later is collected all the same', async () => {
  const { sides, wallet, tx } = await takenBack()
  await wallet.collect(sides.stall.id)
  sides.wire = path => path.endsWith('/collections') ? 'unanswered' : ''
  await wallet.collect(sides.stall.id)
  sides.wire = () => ''
  sides.stall.refund(tx, 100)
  await wallet.collect(sides.stall.id)
  assert.equal(await atStall(wallet), 500)
  assert.ok((await wallet.open().merchant(sides.stall.id)).collect.counter <= sides.clock.at * 1000 + 10)
})

test('another copy of the wallet has counted further: the stall says how far', async () => {
  const { sides, wallet } = await takenBack()
  const [{ from }] = sides.stall.due
  const told = (sides.clock.at + 300 * 86_400) * 1000
  sides.stall.counters.set(from, told)
  await wallet.collect(sides.stall.id)
  assert.deepEqual([await atStall(wallet), sides.stall.counters.get(from), collections(sides)], [400, told + 1, 2])
})

test('a clock that was years ahead once: refunds come all the same', async () => {
  const { sides, wallet } = await takenBack()
  const merchant = await wallet.open().merchant(sides.stall.id)
  const counter = (sides.clock.at + 3 * 366 * 86_400) * 1000
  await wallet.open().purse.apply([{ kind: 'merchants', id: merchant.vendor, value: { ...merchant, collect: { counter, at: 0, request: null } } }])
  await wallet.collect(sides.stall.id)
  assert.deepEqual([await atStall(wallet), collections(sides)], [400, 2])
})

test('a stall that calls every counter stale is asked twice', async () => {
  const { sides, wallet } = await takenBack()
  const [{ from }] = sides.stall.due
  sides.stall.counters.get = () => 2 ** 53 - 1
  await wallet.collect(sides.stall.id)
  assert.deepEqual([await atStall(wallet), collections(sides)], [0, 2])
  delete sides.stall.counters.get
  await wallet.collect(sides.stall.id)
  assert.deepEqual([await atStall(wallet), sides.stall.due.filter(due => due.from === from)], [400, []])
})

// A wallet with 10.00 whose stall has earned 37.50.
async function earned(load = 1000) {
  const { sides, wallet } = await made()
  if (load) await wallet.follow((await wallet.load(load)).id)
  const stall = { vendor: newID(), name: 'The Ironmonger', earned: 3750, held: 0, float: 0, reserve: 0 }
  sides.broker.earners.push(stall)
  return { sides, wallet, seen: { ...stall } }
}

for (const [to, load] of [['bank', 1000], ['scrip', 1000], ['scrip', 0]]) {
  const after = async (wallet, sides) => assert.deepEqual([await cash(wallet), [...sides.broker.bank.values()][0], sides.broker.earners[0].earned, sides.broker.live.size],
    to === 'bank' ? [load, 10_000 - load + 3750, 0, 1] : [load + 3750, 10_000 - load, 0, 1])

  for (const fate of ['', 'lost', 'unanswered']) test(`earnings to ${to}, ${load} held, the first answers ${fate || 'there'}`, async () => {
    const { sides, wallet, seen } = await earned(load)
    let faults = 2
    sides.wire = path => path.endsWith('/payouts') && faults-- > 0 ? fate : ''
    assert.equal((await wallet.follow((await wallet.payOut(seen, to)).id)).state, 'done')
    await after(wallet, sides)
    const again = await wallet.follow((await wallet.payOut(seen, to)).id)
    assert.equal(again.reason, 'earned-short')
    await after(wallet, sides)
  })

  test(`earnings to ${to}, ${load} held: the page is killed after every write`, async () => {
    for (let at = 1; at < 4; at++) {
      const { sides, wallet, seen } = await earned(load)
      const next = await killedAt(at, { sides, wallet }, async () => wallet.follow((await wallet.payOut(seen, to)).id))
      await after(next, sides)
    }
  })
}

test('earnings are asked for only by who has opened a stall', async () => {
  const { sides, wallet, seen } = await earned()
  assert.deepEqual(await wallet.earnings(), [])
  assert.ok(!sides.seen.some(path => path.endsWith('/statements')))
  await wallet.open().purse.apply([{ kind: 'works', id: 'x', value: { id: 'x', purpose: 'stall', state: 'done', items: [], about: {}, created: 1 } }])
  assert.deepEqual(await wallet.earnings(), [seen])
})
