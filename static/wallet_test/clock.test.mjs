// A device whose clock is wrong buys like any other, and is told of its clock where that is why it cannot.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { books, buy, finish, made, reload, wanted } from './help/page.mjs'

const skews = { 'five minutes fast': 300, 'two days slow': -2 * 86_400, 'two days fast': 2 * 86_400 }

// The wallet was made when the clock was right, and a page that was opened since has heard nothing of the broker.
async function wrong(skew) {
  const { sides, wallet } = await made()
  sides.skew = skew
  return { sides, wallet: await reload(wallet, sides) }
}

for (const [name, skew] of Object.entries(skews)) test(`a first purchase with a clock ${name}`, async () => {
  const { sides, wallet } = await wrong(skew)
  const work = await wallet.follow((await buy(wallet, sides)).id)
  assert.deepEqual([work.state, work.reason], ['done', ''])
  assert.equal(sides.stall.orders.length, 1)
  await finish(wallet)
  await books(wallet, sides)
})

test('a clock five minutes fast: what the page says of the deadline is by that clock', async () => {
  const { sides, wallet } = await wrong(300)
  sides.wire = path => path.endsWith('/exchanges') ? 'lost' : ''
  const work = await wallet.follow((await buy(wallet, sides)).id)
  assert.equal(work.reason, 'stall-silent')
  const [deadline] = [...sides.broker.announced.values()].map(({ deadline }) => deadline)
  const item = work.items.find(({ transaction }) => transaction === '6.2')
  assert.ok(Math.abs(item.deadline - (deadline + 300)) <= 1, `deadline: got ${item.deadline}, want ${deadline + 300}`)
})

test('a clock two days slow, and a broker that cannot be asked: the clock is named', async () => {
  const { sides, wallet } = await wrong(-2 * 86_400)
  sides.wire = path => path.endsWith('/statements') ? 'lost' : ''
  await assert.rejects(wallet.quote(wanted(sides)), { name: 'Advice', reason: 'clock-wrong', message: /date and time of this device/ })
})

test('a certificate whose time has not come by the broker itself: said as such', async () => {
  const { sides, wallet } = await made()
  sides.clock.at -= 86_400
  await assert.rejects(wallet.quote(wanted(sides)), { name: 'Advice', reason: 'not-yet-in-force' })
})
