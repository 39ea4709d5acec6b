// An amount above what the broker gives at once is loaded in several parts, and a purchase of it goes through.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadings } from '../wallet/cash.js'
import { books, buy, finish, made } from './help/page.mjs'

// A broker that gives at most this at once.
async function atMost(max_charge) {
  const { sides, wallet } = await made()
  const about = sides.broker.about.bind(sides.broker)
  sides.broker.about = () => ({ ...about(), limits: { max_charge } })
  const ctx = wallet.open()
  const profile = await ctx.profile()
  await ctx.purse.apply([{ kind: 'profile', id: 'me', value: { ...profile, broker: { ...profile.broker, maxCharge: max_charge } } }])
  return { sides, wallet, ctx }
}

test('loadings: several parts that make up the amount, the last with what is wanted', () => {
  for (const [transaction, amount, most, want] of [
    ['6.1', 1000, 0, [['6.1', 1000]]],
    ['6.1', 1000, 1000, [['6.1', 1000]]],
    ['6.1', 1001, 1000, [['6.1', 1000], ['6.4', 1]]],
    ['6.4', 3000, 1000, [['6.4', 1000], ['6.4', 1000], ['6.4', 1000]]],
  ]) {
    const items = loadings(transaction, amount, most, 5)
    assert.deepEqual(items.map(item => [item.transaction, item.amount]), want)
    assert.deepEqual(items.map(item => item.need), items.map((_, i) => i === items.length - 1 ? 5 : undefined))
  }
  assert.throws(() => loadings('6.1', 10_001, 1000), /more than 10 loadings/)
})

for (const had of [0, 300]) test(`a purchase takes more than the broker gives at once, with ${had} held`, async () => {
  const { sides, wallet } = await atMost(500)
  if (had) await wallet.follow((await wallet.load(had)).id)
  const work = await buy(wallet, sides, 1250 - had)
  const loads = work.items.filter(item => item.transaction === '6.1' || item.transaction === '6.4')
  assert.deepEqual(loads.map(item => item.amount), had ? [500, 450] : [500, 500, 250])
  assert.equal((await wallet.follow(work.id)).state, 'done')
  await finish(wallet)
  await books(wallet, sides)
})

for (const [had, first] of [[0, 'acquisition'], [300, 'topUp']]) test(`what is proven between two parts of a loading stops the next, with ${had} held`, async () => {
  const { sides, wallet, ctx } = await atMost(500)
  if (had) await wallet.follow((await wallet.load(had)).id)
  const fork = { vendor: 'v', seen: 'seen', before: 'line', at: 7, proven: true }
  const answer = sides.broker[first].bind(sides.broker)
  sides.broker[first] = async request => { // it is found while the answer to the first part is on its way
    const profile = await ctx.profile()
    await ctx.purse.apply([{ kind: 'profile', id: 'me', value: { ...profile, heads: { line: 'line', forks: [fork] } } }])
    return answer(request)
  }
  const stopped = await wallet.follow((await wallet.load(1250)).id)
  assert.deepEqual([stopped.state, stopped.reason, stopped.at], ['stopped', 'other-books', 1])
  sides.broker[first] = answer
  assert.equal((await wallet.balance()).broker.scrip.value, had + 500) // what came is there, and free
  await wallet.settleBooks([fork])
  assert.equal((await wallet.follow((await wallet.load(750)).id)).state, 'done')
  await finish(wallet)
  await books(wallet, sides)
})
