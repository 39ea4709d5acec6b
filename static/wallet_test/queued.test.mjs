// Work that waits behind something else of the wallet: what has sent nothing can be called off, and is not begun when nobody may
// want it any more.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sentences } from '../wallet/refusals.js'
import { books, buy, finish, made, reload, tried } from './help/page.mjs'

// A wallet that holds 30.00, to which 10.00 are being added: the bank waits for its customer's word, and the money is in hand.
async function confirming() {
  const { sides, wallet } = await made()
  await wallet.follow((await wallet.load(3000)).id)
  sides.broker.confirm = true
  const load = await wallet.load(1000)
  await until(async () => (await wallet.workOf(load.id)).items[0].phase === 'pending')
  return { sides, wallet, load }
}

async function until(holds) {
  for (let i = 0; i < 20_000 && !await holds(); i++) await new Promise(resolve => setTimeout(resolve, 1))
  assert.ok(await holds())
}

const moved = sides => sides.seen.filter(path => /announcements|exchanges|purchases/.test(path))

test('a purchase that waited behind something for long is not begun, and its money is free', async () => {
  const { sides, wallet, load } = await confirming()
  const work = await buy(wallet, sides, 0)
  assert.deepEqual(work.items.map(item => item.transaction), ['6.2', '6.3'])
  await until(async () => wallet.underWay.runs.has(work.id))
  const next = await reload(wallet, sides) // nobody is there
  sides.clock.at += 60 * 60 + 1
  sides.broker.confirm = false
  await finish(next)
  const { state, reason } = await next.workOf(work.id)
  assert.deepEqual([state, reason, moved(sides)], ['stopped', 'waited-long', []])
  assert.equal((await next.workOf(load.id)).state, 'done')
  assert.equal((await next.balance()).broker.scrip.value, 4000)
  assert.equal((await next.balance()).broker.work, '')
  await books(next, sides)
  assert.equal((await next.follow((await buy(next, sides, 0)).id)).state, 'done') // asked again
})

test('a purchase that waited behind something for a while is made', async () => {
  const { sides, wallet } = await confirming()
  const work = await buy(wallet, sides, 0)
  sides.broker.confirm = false
  assert.equal((await wallet.follow(work.id)).state, 'done')
  await finish(wallet)
  await books(wallet, sides)
})

test('a second loading that waited for long takes nothing from the bank', async () => {
  const { sides, wallet, load } = await confirming()
  const second = await wallet.load(2000)
  const next = await reload(wallet, sides)
  sides.clock.at += 60 * 60 + 1
  sides.broker.confirm = false
  await finish(next)
  assert.deepEqual([(await next.workOf(load.id)).state, (await next.workOf(second.id)).reason], ['done', 'waited-long'])
  assert.equal((await next.balance()).broker.scrip.value, 4000)
  await books(next, sides)
})

test('what has sent nothing is called off, and what follows it; what is under way is not', async () => {
  const { sides, wallet, load } = await confirming()
  const work = await buy(wallet, sides, 0)
  await assert.rejects(wallet.cancel(load.id), { name: 'Advice' })
  await wallet.cancel(work.id)
  assert.equal((await wallet.follow(work.id)).reason, 'cancelled')
  await assert.rejects(wallet.cancel(work.id), { name: 'Advice' })
  sides.broker.confirm = false
  await finish(wallet)
  assert.deepEqual(moved(sides), [])
  assert.equal((await wallet.balance()).broker.scrip.value, 4000)
  await books(wallet, sides)
})

test('called off between two of its messages: what it had done stands, and its money is free', async () => {
  const { sides, wallet } = await made()
  const write = wallet.parts.disk.write.bind(wallet.parts.disk)
  let id = ''
  wallet.parts.disk.write = async writes => {
    await write(writes)
    const work = id && await wallet.workOf(id)
    if (work && work.at === 1 && work.state === 'running' && work.items[1].phase === undefined) void wallet.cancel(id).catch(() => {})
  }
  const work = await buy(wallet, sides)
  id = work.id
  const ended = await wallet.follow(work.id)
  assert.deepEqual([ended.reason, ended.items[0].phase, ended.items[1].phase], ['cancelled', 'done', undefined])
  const { broker } = await wallet.balance()
  assert.deepEqual([broker.scrip.value, broker.work], [5000, ''])
  await books(wallet, sides)
})

test('a message that is on its way is not called off', async () => {
  const { sides, wallet } = await made()
  sides.wire = path => path.endsWith('/purchases') ? 'unanswered' : ''
  const work = await buy(wallet, sides)
  await tried(sides, '/purchases')
  await assert.rejects(wallet.cancel(work.id), { name: 'Advice' })
  sides.wire = () => ''
  assert.equal((await wallet.follow(work.id)).state, 'done')
  await finish(wallet)
  await books(wallet, sides)
})

for (const had of [0, 3000]) test(`a payment that waits at the bank is called off, with ${had} held: nothing is paid, ever, and what waited behind it goes on`, async () => {
  const { sides, wallet } = await made()
  if (had) await wallet.follow((await wallet.load(had)).id)
  sides.broker.confirm = true
  const load = await wallet.load(1000)
  await until(async () => (await wallet.workOf(load.id)).items[0].phase === 'pending')
  const behind = await wallet.load(500)
  await until(() => wallet.underWay.troubles.has(behind.id))
  assert.equal(wallet.underWay.troubles.get(behind.id), sentences['bank-waits'])
  const [{ link, request }] = (await wallet.workOf(load.id)).items
  await wallet.decline(link)
  sides.broker.confirm = false
  const ended = await wallet.follow(load.id)
  assert.deepEqual([ended.state, ended.reason], ['stopped', 'bank-declined'])
  const bank = () => [...sides.broker.bank.values()].reduce((sum, balance) => sum + balance, 0)
  assert.equal((await wallet.follow(behind.id)).state, 'done')
  assert.deepEqual([(await wallet.balance()).broker.scrip.value, bank()], [had + 500, 10_000 - had - 500])
  await fetch(`http://broker.test/v1/broker/${had ? 'top-ups' : 'acquisitions'}`, { method: 'POST', body: JSON.stringify({ envelope: request.envelope }) }) // by somebody else
  assert.equal(bank(), 10_000 - had - 500)
  await books(wallet, sides)
})
