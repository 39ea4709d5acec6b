// Another bank account: from then on money comes from there and goes back there, also when the answer was lost or the page died.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forms } from '../wallet/forms.js'
import { killedAt, made, reload } from './help/page.mjs'

const change = async (wallet, to) => wallet.follow((await wallet.changeBank(to)).id)
const bankOf = async wallet => (await wallet.profile()).bank

test('what an account is told of, R1 has: every member of its form', async () => {
  const { sides } = await made()
  const [{ told }] = [...sides.broker.accounts.values()]
  const { body, may = {} } = forms.R1
  assert.deepEqual(Object.keys(told).toSorted(), Object.keys({ ...body, ...may }).toSorted())
})

for (const fate of ['', 'lost', 'unanswered']) test(`the account has another bank account, the first answer ${fate || 'there'}`, async () => {
  const { sides, wallet } = await made()
  sides.broker.bank.set('SBOTHER', 7000)
  const before = await bankOf(wallet)
  const had = sides.broker.bank.get(before)
  let tries = 0
  sides.wire = path => path.endsWith('/banks') && tries++ === 0 ? fate : ''
  assert.equal((await change(wallet, 'SBOTHER')).state, 'done')
  assert.equal(await bankOf(wallet), 'SBOTHER')
  await wallet.follow((await wallet.load(7000)).id)
  assert.deepEqual([sides.broker.bank.get('SBOTHER'), sides.broker.bank.get(before)], [0, had])
  await change(wallet, before)
  await wallet.follow((await wallet.withdraw(7000)).id)
  assert.deepEqual([sides.broker.bank.get('SBOTHER'), sides.broker.bank.get(before)], [0, had + 7000])
})

test('a bank account that is not there changes nothing', async () => {
  const { wallet } = await made()
  const before = await bankOf(wallet)
  const work = await change(wallet, 'SBNONE')
  assert.deepEqual([work.state, work.reason, await bankOf(wallet)], ['stopped', 'bank-declined', before])
})

test('a load that waits for the bank account of before is over', async () => {
  const { sides, wallet } = await made()
  sides.broker.bank.set('SBOTHER', 0)
  sides.broker.confirm = true
  const load = await wallet.load(1000)
  for (;;) {
    const [item] = (await wallet.workOf(load.id)).items
    if (item.phase === 'pending') break
    await new Promise(resolve => setTimeout(resolve, 1))
  }
  assert.equal((await change(wallet, 'SBOTHER')).state, 'done')
  sides.broker.confirm = false
  wallet.wake()
  const ended = await wallet.follow(load.id)
  assert.deepEqual([ended.state, ended.reason], ['stopped', 'counter-stale'])
})

test('the page is killed after every write of it', async () => {
  for (let at = 0; at < 3; at++) {
    const { sides, wallet } = await made()
    sides.broker.bank.set('SBOTHER', 0)
    const next = await killedAt(at, { sides, wallet }, () => change(wallet, 'SBOTHER'))
    const again = await reload(next, sides)
    for (const work of await again.works()) if (work.purpose === 'bank') await again.follow(work.id)
    if (at > 0) assert.equal(await bankOf(again), 'SBOTHER', `killed at write ${at}`)
    const [account] = sides.broker.accounts.values()
    assert.equal(account.bank, await bankOf(again), `killed at write ${at}`)
  }
})
