// A device whose clock is wrong buys like any other, and is told of its clock where that is why it cannot.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { found } from '../wallet/restore.js'
import { backedUp, restored, stocked } from './help/backups.mjs'
import { books, buy, finish, made, reload, wanted } from './help/page.mjs'

const skews = { 'five minutes fast': 300, 'two days slow': -2 * 86_400, 'two days fast': 2 * 86_400, 'more than a year fast': 400 * 86_400 }

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

// Money that is due, at both issuers, and their clocks ahead of the device's.
const ahead = 400 * 86_400
async function tooOld() {
  const { sides, wallet } = await stocked()
  sides.clock.at += 365 * 86_400 - 3600
  sides.clock.at += ahead
  sides.skew = -ahead
  await resumed(wallet)
  return { sides, wallet }
}

function right(sides) {
  sides.clock.at -= ahead
  sides.skew = 0
}

async function resumed(wallet) {
  await wallet.resume()
  await Promise.all(wallet.underWay.runs.values())
}

const doubtful = async wallet => [await wallet.doubtful(), (await wallet.open().holdings()).length]

test('issuers whose clock is more than a year ahead for a while: what was too old for them is asked for again', async () => {
  const { sides, wallet } = await tooOld()
  assert.deepEqual(await doubtful(wallet), [2750, 0])
  const works = (await wallet.works()).length
  const asked = () => sides.seen.filter(name => name.endsWith('renewals')).length
  const before = asked()
  await resumed(wallet)
  assert.deepEqual([await doubtful(wallet), (await wallet.works()).length, asked()], [[2750, 0], works, before + 2])
  right(sides)
  await resumed(wallet)
  assert.deepEqual(await doubtful(wallet), [0, 2])
  await finish(wallet)
  await books(wallet, sides)
})

test('a backup with money that was too old for its issuers, restored when their clocks are right: it is searched for like the rest', async () => {
  const { sides, wallet } = await tooOld()
  const backup = await backedUp(wallet)
  right(sides)
  const next = await restored(sides, backup)
  const { good, gone, unsure } = await found(next.open())
  assert.deepEqual([good.pieces, good.value, gone.pieces, unsure.pieces], [2, 2750, 0, 0])
  await books(next, sides)
  await resumed(wallet)
  assert.deepEqual((await wallet.open().holdings()).length, 0)
})
