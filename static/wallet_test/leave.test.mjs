// Leaving the market: 6.7 for each stall, then 6.6, with every request or answer lost and the page killed at every write.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { home } from './help/home.mjs'
import { total } from '../wallet/contents.js'
import { books, buy, cut, finish, killedAt, made, reload, tried, wanted } from './help/page.mjs'
import { Refuse } from './help/party.mjs'

const year = 365 * 24 * 3600
const bank = ({ broker }) => [...broker.bank.values()][0]
const empty = { broker: undefined, stalls: [] }

// A wallet with 12.50 at a stall and 15.00 of BrokerScrip; 72.50 are at the bank or paid.
async function stocked() {
  const { sides, wallet } = await made()
  assert.equal((await wallet.follow((await buy(wallet, sides, 4000, 2500)).id)).state, 'done')
  await finish(wallet)
  return { sides, wallet }
}

async function leave(wallet) {
  const works = await wallet.leave(await wallet.leaving())
  return Promise.all(works.map(work => wallet.follow(work.id)))
}

test('everything goes back, stalls first', async () => {
  const { sides, wallet } = await stocked()
  const seen = await wallet.leaving()
  assert.deepEqual(seen, { stalls: [{ vendor: sides.stall.id, name: 'Marta\'s Attic', amount: 1250 }], cash: 1500, busy: false })
  const ended = await leave(wallet)
  assert.deepEqual(ended.map(work => [work.purpose, work.state]), [['giveback', 'done'], ['withdraw', 'done']])
  const posts = sides.seen.filter(path => /givebacks|withdrawals/.test(path)).map(path => path.split('/').at(-1))
  assert.deepEqual(posts, ['givebacks', 'withdrawals'])
  assert.deepEqual(await wallet.balance(), empty)
  assert.equal(bank(sides), 8750)
  await books(wallet, sides)
  const kept = await wallet.open().purse.all('holdings')
  assert.deepEqual(kept, [], 'scrip that is gone for good is deleted')
})

for (const fate of ['lost', 'unanswered']) {
  test(`givebacks ${fate} twice`, async () => {
    const { sides, wallet } = await stocked()
    let faults = 2
    sides.wire = path => path.endsWith('givebacks') && faults-- > 0 ? fate : ''
    await leave(wallet)
    assert.equal((await wallet.transcript()).filter(({ typ }) => typ === 'T22-order').length, 1)
    assert.equal(bank(sides), 8750)
    await books(wallet, sides)
  })

  test(`givebacks ${fate}, then the page is reloaded`, async () => {
    const { sides, wallet } = await stocked()
    let faults = 2
    sides.wire = path => path.endsWith('givebacks') && faults-- > 0 ? fate : ''
    void leave(wallet).catch(() => {})
    await tried(sides, 'givebacks')
    const next = await reload(wallet, sides)
    await finish(next)
    assert.deepEqual(await next.balance(), empty)
    assert.equal(bank(sides), 8750)
    await books(next, sides)
  })
}

test('all the money of a wallet is counted, at stalls too', async () => {
  const { sides, wallet } = await stocked()
  const { broker, stalls } = await wallet.balance()
  assert.equal(stalls.length, 1)
  assert.ok(stalls[0].total > 0)
  assert.equal(total({ broker, stalls }), (broker?.scrip.value ?? 0) + stalls[0].total)
  assert.equal(bank(sides) + total({ broker, stalls }), 8750)
})

test('the page is killed after every single write', async () => {
  for (let at = 0; at < 9; at++) {
    const { sides, wallet } = await stocked()
    const next = await killedAt(at, { sides, wallet }, () => leave(wallet))
    if (at > 0) assert.deepEqual([await next.balance(), bank(sides)], [empty, 8750], `killed at write ${at}`)
    await books(next, sides)
  }
})

test('a stall out of reach keeps nobody waiting, and is told in words', async () => {
  const { sides, wallet } = await stocked()
  sides.wire = path => path.endsWith('givebacks') ? 'lost' : ''
  const [giveback, withdraw] = await wallet.leave(await wallet.leaving())
  assert.equal((await wallet.follow(withdraw.id)).state, 'done')
  assert.equal((await wallet.workOf(giveback.id)).state, 'running')
  assert.match(wallet.underWay.troubles.get(giveback.id), /No answer yet from stall\.test/)
  sides.wire = () => ''
  assert.equal((await wallet.follow(giveback.id)).state, 'done')
  assert.equal(bank(sides), 8750)
  await books(wallet, sides)
})

test('a stall that cannot reach the broker says so, and is asked again', async () => {
  const { sides, wallet } = await stocked()
  sides.stall.alone = true
  const [giveback] = await wallet.leave(await wallet.leaving())
  for (let i = 0; i < 20_000 && !wallet.underWay.troubles.has(giveback.id); i++) await new Promise(resolve => setTimeout(resolve, 1))
  assert.match(wallet.underWay.troubles.get(giveback.id), /cannot answer now/)
  sides.stall.alone = false
  assert.equal((await wallet.follow(giveback.id)).state, 'done')
  await finish(wallet)
  await books(wallet, sides)
})

test('expired money is renewed before it goes back', async () => {
  const { sides, wallet } = await stocked()
  sides.clock.at += year + 1
  const works = await wallet.leave(await wallet.leaving())
  assert.deepEqual(works.map(work => work.items.map(item => item.transaction)), [['6.8', '6.7'], ['6.8', '6.6']])
  const ended = await Promise.all(works.map(work => wallet.follow(work.id)))
  assert.deepEqual(ended.map(work => work.state), ['done', 'done'])
  assert.equal(bank(sides), 8750)
  await books(wallet, sides)
})

test('money that is not renewed pays, and goes back, while it lives', async () => {
  const { sides, wallet } = await stocked()
  for (const party of [sides.stall, sides.broker]) party.renewed = async () => { throw new Refuse('party-mismatch') }
  sides.clock.at += year - 3 * 24 * 3600
  await finish(wallet) // asks both for a renewal, in vain
  assert.deepEqual((await wallet.open().holdings()).map(({ unrenewed }) => unrenewed), ['party-mismatch', 'party-mismatch'])
  const { plan: { legs } } = await wallet.quote(wanted(sides))
  assert.deepEqual(legs, [{ transaction: '6.3', amount: 1250 }])
  assert.deepEqual((await leave(wallet)).map(work => work.state), ['done', 'done'])
  assert.deepEqual([await wallet.balance(), bank(sides)], [empty, 8750])
})

test('what is asked for twice, by two clicks, is given back once', async () => {
  const { sides, wallet } = await stocked()
  const seen = await wallet.leaving()
  sides.wire = path => path.endsWith('givebacks') ? 'lost' : '' // the rest waits for it
  const works = await wallet.leave(seen)
  await tried(sides, 'givebacks')
  await assert.rejects(wallet.leave(seen), { name: 'Advice' })
  await assert.rejects(wallet.withdraw(1500), { name: 'Advice' })
  assert.deepEqual(await wallet.leaving(), { stalls: [], cash: 0, busy: true })
  sides.wire = () => ''
  await finish(wallet)
  await Promise.all(works.map(work => wallet.follow(work.id)))
  assert.deepEqual((await wallet.works()).filter(({ purpose }) => purpose === 'giveback' || purpose === 'withdraw').map(({ purpose, state }) => [purpose, state]).toSorted(), [['giveback', 'done'], ['withdraw', 'done']])
  assert.equal(bank(sides), 8750)
  await books(wallet, sides)
})

test('another amount than was shown is not taken back; what is in use stays out', async () => {
  const { sides, wallet } = await stocked()
  const seen = await wallet.leaving()
  await assert.rejects(wallet.leave({ ...seen, cash: 1499 }), { name: 'Advice' })
  sides.wire = path => path.endsWith('purchases') ? 'lost' : ''
  const quote = await wallet.quote(wanted(sides))
  const work = await wallet.buy(quote, { ...home, load: 0 })
  await assert.doesNotReject(async () => {
    for (let i = 0; i < 20_000 && !(await wallet.leaving()).busy; i++) await new Promise(resolve => setTimeout(resolve, 1))
  })
  assert.deepEqual(await wallet.leaving(), { stalls: [], cash: 1500, busy: true })
  await assert.rejects(wallet.leave(seen), { name: 'Advice' })
  await leave(wallet)
  sides.wire = () => ''
  assert.equal((await wallet.follow(work.id)).state, 'done')
  await finish(wallet)
  await books(wallet, sides)
  assert.deepEqual(await wallet.balance(), empty)
})

test('the stall refuses for good: its money stays, the rest goes back', async () => {
  const { sides, wallet } = await stocked()
  sides.broker.payOut = async () => { throw new Refuse('float-short') }
  const [giveback, withdraw] = await leave(wallet)
  assert.deepEqual([giveback.reason, withdraw.state], ['float-short', 'done'])
  const { stalls: [{ total, holdings: [holding] }] } = await wallet.balance()
  assert.deepEqual([total, holding.work], [1250, ''])
  await books(wallet, sides)
})

// The stall is away for good: what leaving began there is given up, alone, and found again when the stall is back.
for (const fate of ['lost', 'unanswered']) test(`a giveback is given up, its request ${fate}`, async () => {
  const { sides, wallet } = await stocked()
  const restore = cut(sides, 'givebacks', fate)
  const [giveback, withdraw] = await wallet.leave(await wallet.leaving())
  for (let i = 0; i < 20_000 && !wallet.underWay.troubles.has(giveback.id); i++) await new Promise(resolve => setTimeout(resolve, 1))
  const { name } = await wallet.open().merchant(sides.stall.id)
  await wallet.giveUp(giveback.id)
  restore()
  await wallet.follow(withdraw.id)
  assert.deepEqual(await wallet.shares(), [{ kind: 'given-up', vendor: sides.stall.id, amount: 1250 }])
  const ended = await wallet.follow(giveback.id)
  await finish(wallet)
  assert.deepEqual([ended.state, ended.reason], ['stopped', 'given-up'])
  assert.deepEqual(await wallet.leaving(), { stalls: [{ vendor: sides.stall.id, name, amount: 1250 }], cash: 0, busy: false })
  await leave(wallet)
  await finish(wallet)
  assert.deepEqual(await wallet.balance(), empty)
  assert.equal(bank(sides), 8750)
  await books(wallet, sides)
})

// A purchase was given up, and its stall is being asked whether the scrip lives: leaving takes it along all the same.
test('what is only asked whether it lives goes back, too', async () => {
  const { sides, wallet } = await stocked()
  sides.wire = path => /\/(purchases|renewals)$/.test(path) ? 'lost' : ''
  const work = await wallet.buy(await wallet.quote(wanted(sides)), { ...home, load: 0 })
  for (let i = 0; i < 20_000 && !wallet.underWay.troubles.has(work.id); i++) await new Promise(resolve => setTimeout(resolve, 1))
  await wallet.giveUp(work.id)
  await tried(sides, 'renewals')
  const seen = await wallet.leaving()
  assert.deepEqual(seen, { stalls: [{ vendor: sides.stall.id, name: 'Marta\'s Attic', amount: 1250 }], cash: 1500, busy: false })
  const works = await wallet.leave(seen)
  assert.deepEqual(await wallet.leaving(), { stalls: [], cash: 0, busy: true })
  sides.wire = () => ''
  assert.deepEqual((await Promise.all(works.map(({ id }) => wallet.follow(id)))).map(({ purpose, state }) => [purpose, state]), [['giveback', 'done'], ['withdraw', 'done']])
  await finish(wallet)
  assert.deepEqual([await wallet.balance(), bank(sides)], [empty, 8750])
  await books(wallet, sides)
})
