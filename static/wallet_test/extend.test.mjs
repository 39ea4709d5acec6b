// More cash from the merchant (6.5): whatever is lost, late or refused, nothing is lost and nothing counts twice.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { home } from './help/home.mjs'
import { books, buy, finish, killedAt, made, reload, tried, wanted } from './help/page.mjs'

const names = legs => legs.map(leg => leg.transaction)
const value = async wallet => (await wallet.balance()).broker?.scrip.value ?? 0
const atStall = async wallet => (await wallet.balance()).stalls[0]?.total ?? 0

// A wallet with 2.50 at the stall, so that the next lamp for 12.50 is 10.00 short, and so much BrokerScrip.
async function short(cash = 3500) {
  const { sides, wallet } = await made()
  assert.equal((await wallet.follow((await buy(wallet, sides, cash + 1500, 1500)).id)).state, 'done')
  await finish(wallet)
  assert.deepEqual([await value(wallet), await atStall(wallet)], [cash, 250])
  return { sides, wallet }
}

async function until(check, what) {
  for (let i = 0; i < 500; i++) {
    if (await check()) return
    await new Promise(resolve => setTimeout(resolve, 2))
  }
  assert.fail(`it never came: ${what}`)
}

test('a purchase that is short at the stall, inside the one checkout', async () => {
  const { sides, wallet } = await short()
  const quote = await wallet.quote(wanted(sides))
  assert.deepEqual(quote.plan.legs.map(({ transaction, amount }) => [transaction, amount]), [['6.5', 1000], ['6.3', 1250]])
  assert.equal((await wallet.follow((await wallet.buy(quote, { ...home, load: 0 })).id)).state, 'done')
  await finish(wallet)
  assert.deepEqual([await value(wallet), await atStall(wallet), sides.stall.orders.length], [2500, 0, 2])
  assert.ok((await wallet.transcript()).some(({ typ }) => typ === 'T19'))
  await books(wallet, sides)
})

test('moving more than is missing: the rest stays at the stall', async () => {
  const { sides, wallet } = await short()
  for (const exchange of [999, 3501, -1, 1000.5]) await assert.rejects(buy(wallet, sides, 0, exchange), { name: 'Advice' }, `${exchange}`)
  assert.equal((await wallet.follow((await buy(wallet, sides, 0, 3000)).id)).state, 'done')
  await finish(wallet)
  assert.deepEqual([await value(wallet), await atStall(wallet)], [500, 2000])
  await books(wallet, sides)
})

test('all of the BrokerScrip is added: there is no T19', async () => {
  const { sides, wallet } = await short(1000)
  assert.equal((await wallet.follow((await buy(wallet, sides, 0)).id)).state, 'done')
  await finish(wallet)
  assert.deepEqual([(await wallet.balance()).broker, await atStall(wallet)], [undefined, 0])
  assert.ok(!(await wallet.transcript()).some(({ typ }) => typ === 'T19'))
  await books(wallet, sides)
})

test('too little BrokerScrip, or none: 6.4 or 6.1 first, in the one checkout', async () => {
  for (const [cash, first] of [[400, '6.4'], [0, '6.1']]) {
    const { sides, wallet } = await short(cash)
    const quote = await wallet.quote(wanted(sides))
    assert.deepEqual(names(quote.plan.legs), [first, '6.5', '6.3'])
    assert.equal((await wallet.follow((await wallet.buy(quote, { ...home, load: 1000 })).id)).state, 'done')
    await finish(wallet)
    assert.deepEqual([await value(wallet), await atStall(wallet)], [cash, 0])
    await books(wallet, sides)
  }
})

for (const fate of ['lost', 'unanswered']) {
  test(`extensions ${fate} twice`, async () => {
    const { sides, wallet } = await short()
    let faults = 2
    sides.wire = path => path.endsWith('extensions') && faults-- > 0 ? fate : ''
    const work = await buy(wallet, sides, 0)
    const { order, payment } = await wallet.follow(work.id).then(() => work.items[0])
    assert.deepEqual([order, payment], [undefined, undefined])
    await finish(wallet)
    assert.equal((await wallet.transcript()).filter(({ typ }) => typ === 'T15-payment').length, 1)
    assert.deepEqual([await value(wallet), await atStall(wallet)], [2500, 0])
    await books(wallet, sides)
  })

  test(`extensions ${fate}, then the page is reloaded`, async () => {
    const { sides, wallet } = await short()
    let faults = 2
    sides.wire = path => path.endsWith('extensions') && faults-- > 0 ? fate : ''
    await buy(wallet, sides, 0)
    await tried(sides, 'extensions')
    const next = await reload(wallet, sides)
    await finish(next)
    assert.deepEqual([await value(next), await atStall(next), sides.stall.orders.length], [2500, 0, 2])
    await books(next, sides)
  })
}

test('the page is killed after every single write', async () => {
  for (let at = 1; at < 10; at++) { // the first two writes collect refunds
    const cash = at % 2 ? 3500 : 1000
    const { sides, wallet } = await short(cash)
    const next = await killedAt(at, { sides, wallet }, async () => wallet.follow((await buy(wallet, sides, 0)).id))
    if (at > 2) assert.deepEqual([await value(next), await atStall(next), sides.stall.orders.length], [cash - 1000, 0, 2], `killed at write ${at}`)
    await books(next, sides)
  }
})

test('the stall is away for a while: the same T15 is asked again', async () => {
  const { sides, wallet } = await short()
  sides.stall.away = true
  const work = await buy(wallet, sides, 0)
  await until(async () => (await wallet.workOf(work.id)).items[0].deadline > 0, 'NOTED')
  await books(wallet, sides)
  sides.stall.away = false
  assert.equal((await wallet.follow(work.id)).state, 'done')
  await finish(wallet)
  assert.deepEqual([await value(wallet), await atStall(wallet)], [2500, 0])
  await books(wallet, sides)
})

// Past the time: the change is back, and what was to be added is reserved.
async function late(cash, mute) {
  const { sides, wallet } = await short(cash)
  sides.broker.extendTime = 30
  sides.stall[mute ? 'mute' : 'away'] = true
  const work = await buy(wallet, sides, 0)
  await until(() => sides.broker.reserved() > 0, 'the end of the time')
  await until(async () => (await wallet.workOf(work.id)).items[0].phase === 'changed', 'T19, or the NOTED that stands for it')
  assert.equal(await value(wallet), cash - 1000)
  return { sides, wallet, work }
}

for (const cash of [3500, 1000]) {
  test(`the stall issued unheard and answers after the time, BrokerScrip ${cash}`, async () => {
    const { sides, wallet, work } = await late(cash, true)
    sides.stall.mute = false
    await sides.broker.askLate()
    assert.equal((await wallet.follow(work.id)).state, 'done')
    await finish(wallet)
    assert.deepEqual([await value(wallet), await atStall(wallet), sides.stall.orders.length], [cash - 1000, 0, 2])
    await books(wallet, sides)
  })

  test(`the stall declines after the time, BrokerScrip ${cash}`, async () => {
    const { sides, wallet, work } = await late(cash, false)
    const bank = [...sides.broker.bank.values()][0]
    sides.stall.away = false
    await sides.broker.askLate()
    const ended = await wallet.follow(work.id)
    assert.equal(ended.reason, 'stall-declined')
    await finish(wallet)
    await finish(wallet)
    assert.deepEqual([await value(wallet), await atStall(wallet), [...sides.broker.bank.values()][0]], [cash - 1000, 250, bank + 1000])
    await books(wallet, sides)
  })
}

test('the change is spent elsewhere before the stall answers', async () => {
  for (const mute of [true, false]) {
    const { sides, wallet, work } = await late(3500, mute)
    assert.equal((await wallet.follow((await wallet.withdraw(2500)).id)).state, 'done')
    sides.stall.mute = sides.stall.away = false
    await sides.broker.askLate()
    const ended = await wallet.follow(work.id)
    assert.equal(ended.reason, mute ? '' : 'stall-declined')
    await finish(wallet)
    await books(wallet, sides)
  }
})

test('the stall declines: both pieces are whole and free', async () => {
  const { sides, wallet } = await short()
  sides.stall.refuses = 'party-mismatch'
  const work = await wallet.follow((await buy(wallet, sides, 0)).id)
  assert.equal(work.reason, 'party-mismatch')
  const { broker, stalls } = await wallet.balance()
  assert.deepEqual([broker.scrip.value, broker.work, stalls[0].total, stalls[0].holdings[0].work], [3500, '', 250, ''])
  await books(wallet, sides)
})

test('money of the stall that is spent, or the broker\'s: the wallet finds out which', async () => {
  for (const [which, left] of [['stall', [3500, 0]], ['broker', [0, 250]]]) {
    const { sides, wallet } = await short()
    const [id] = sides[which].live.keys()
    sides[which].live.delete(id)
    assert.equal((await wallet.follow((await buy(wallet, sides, 0)).id)).reason, 'scrip-spent')
    await finish(wallet)
    assert.deepEqual([await value(wallet), await atStall(wallet)], left, which)
  }
})

test('T17 and T19 that are not what was paid for, or for somebody else', async () => {
  const { sides, wallet } = await short()
  const extension = sides.broker.extension.bind(sides.broker)
  const cut = text => text.slice(0, -4) + 'AAAA'
  const rows = [
    [() => ({}), ({ order, payment }) => ({ order: payment, payment: order }), ({ order, payment }) => ({ order, payment: cut(payment) })],
    [({ order, payment }) => ({ order: cut(order), payment }), ({ order }) => ({ order: cut(order) })],
  ]
  for (const wrongs of rows) {
    sides.broker.extension = async body => (wrongs.shift() ?? (answer => answer))(await extension(body))
    assert.equal((await wallet.follow((await buy(wallet, sides, 0, 1250)).id)).state, 'done')
    assert.deepEqual(wrongs, [])
    await finish(wallet)
    await books(wallet, sides)
  }
  assert.deepEqual([await value(wallet), await atStall(wallet)], [1000, 250])
})
