// Nothing is bought twice by a page that was left open, and nothing is taken that was not shown.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { home } from './help/home.mjs'
import { agoText } from '../wallet/dates.js'
import { books, buy, finish, made, tab, wanted } from './help/page.mjs'

const changed = { name: 'Advice', reason: 'wallet-changed' }
const nothing = { ...home, load: 0 }

test('a second tab whose checkout is stale does not pay again; asked again, it does', async () => {
  const { sides, wallet } = await made()
  await wallet.follow((await wallet.load(5000)).id)
  const other = await tab(wallet, sides)
  const stale = await other.quote(wanted(sides))
  assert.deepEqual([stale.bought, await other.isStale(stale), await other.begunSince(stale)], [undefined, false, undefined])
  const work = await buy(wallet, sides, 0)
  assert.equal((await wallet.follow(work.id)).state, 'done')
  await finish(wallet)
  // The plan is what it was: 6.2, 6.3, of the same amounts.
  assert.deepEqual((await other.quote(wanted(sides))).plan, stale.plan)
  assert.equal(await other.isStale(stale), true)
  await assert.rejects(other.buy(stale, nothing), changed)
  assert.equal((await other.begunSince(stale)).id, work.id) // which that tab shows instead
  assert.equal(sides.stall.orders.length, 1)
  sides.clock.at += 125
  const fresh = await other.quote(wanted(sides))
  const [order] = await other.orders()
  assert.equal(fresh.bought.tx, order.tx)
  assert.equal(agoText(fresh.bought.at, sides.clock.at), '2\u00a0minutes ago')
  assert.equal((await other.follow((await other.buy(fresh, nothing)).id)).state, 'done')
  await finish(other)
  assert.equal(sides.stall.orders.length, 2)
  await books(other, sides)
})

test('a purchase that had ended before a checkout was opened is not shown in its place, though it was in the same second', async () => {
  const { sides, wallet } = await made()
  const work = await buy(wallet, sides)
  assert.equal((await wallet.follow(work.id)).state, 'done')
  const quote = await wallet.quote(wanted(sides))
  assert.equal(work.created, sides.clock.at)
  assert.equal(await wallet.begunSince(quote), undefined)
  assert.equal((await wallet.follow((await wallet.buy(quote, nothing)).id)).state, 'done')
  await finish(wallet)
  assert.equal(sides.stall.orders.length, 2)
})

test('a second tab that pays while the first one does shows the same purchase', async () => {
  const { sides, wallet } = await made()
  const other = await tab(wallet, sides)
  const [one, two] = [await wallet.quote(wanted(sides)), await other.quote(wanted(sides))]
  const works = await Promise.all([wallet.buy(one, { ...home, load: 5000 }), other.buy(two, { ...home, load: 5000 })])
  assert.equal(works[0].id, works[1].id)
  await wallet.follow(works[0].id)
  await finish(wallet)
  assert.equal(sides.stall.orders.length, 1)
  await books(wallet, sides)
})

test('what was bought more than a day ago is not asked about', async () => {
  const { sides, wallet } = await made()
  await wallet.follow((await buy(wallet, sides)).id)
  sides.clock.at += 24 * 60 * 60
  assert.equal((await wallet.quote(wanted(sides))).bought, undefined)
})

test('a plan that has grown is not run: of another transaction, or of the same with a larger amount', async () => {
  const { sides, wallet } = await made()
  await wallet.follow((await wallet.load(5000)).id)
  const seen = await wallet.quote(wanted(sides))
  await wallet.follow((await wallet.withdraw(5000)).id)
  await assert.rejects(wallet.buy(seen, { ...home, load: 2000 }), changed) // 6.1 would come before it
  await wallet.follow((await wallet.load(5000)).id)
  await wallet.follow((await buy(wallet, sides, 0, 2000)).id) // 7.50 stay at the stall
  sides.clock.at += 2 * 24 * 60 * 60
  const adding = await wallet.quote(wanted(sides))
  assert.deepEqual(adding.plan.legs.map(leg => [leg.transaction, leg.amount]), [['6.5', 500], ['6.3', 1250]])
  const smaller = { ...adding, plan: { ...adding.plan, legs: [{ transaction: '6.5', amount: 100 }, { transaction: '6.3', amount: 1250 }] } }
  await assert.rejects(wallet.buy(smaller, nothing), changed)
  assert.equal((await wallet.follow((await wallet.buy(adding, nothing)).id)).state, 'done')
  await finish(wallet)
  await books(wallet, sides)
})

test('how long ago', () => {
  for (const [seconds, want] of [[0, 'just now'], [59, 'just now'], [60, '1\u00a0minute ago'], [3599, '59\u00a0minutes ago'], [3600, '1\u00a0hour ago'], [86_399, '23\u00a0hours ago']]) {
    assert.equal(agoText(1000, 1000 + seconds), want)
  }
})
