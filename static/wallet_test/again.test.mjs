// Requests about one piece of scrip are the same whenever they are made, and unlike those about any other.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { giveback } from '../wallet/transactions/giveback.js'
import { renewal } from '../wallet/transactions/renew.js'
import { topUp } from '../wallet/transactions/topup.js'
import { withdrawal } from '../wallet/transactions/withdraw.js'
import { buy, finish, made } from './help/page.mjs'

async function stocked() {
  const { sides, wallet } = await made()
  await wallet.follow((await wallet.load(4000)).id)
  await wallet.follow((await buy(wallet, sides, 0, 2500)).id)
  await finish(wallet)
  const { broker, stalls: [{ holdings: [own] }] } = await wallet.balance()
  return { sides, ctx: wallet.open(), broker, own }
}

test('T13, T20, T22 and T26 are made again as they were', async () => {
  const { sides, ctx, broker, own } = await stocked()
  const make = {
    'T26 at the broker': async () => (await renewal(ctx, broker)).request,
    'T26 at the stall': async () => (await renewal(ctx, own)).request,
    T20: () => withdrawal(ctx, broker),
    T13: () => topUp(ctx, broker, 5000),
    'T22 for the stall': async () => (await giveback(ctx, own)).order,
    'T22 for the broker': async () => (await giveback(ctx, own)).payment,
  }
  const seen = new Set()
  for (const [name, request] of Object.entries(make)) {
    const first = await request()
    sides.clock.at += 1000
    const second = await request()
    assert.deepEqual([second.jws, second.attachments, second.replyKey], [first.jws, first.attachments, first.replyKey], name)
    assert.notEqual(second.envelope, first.envelope, `${name}: sealed afresh`)
    for (const part of [...name === 'T22 for the broker' ? [] : [first.tx], first.replyKey, ...first.attachments]) {
      assert.ok(!seen.has(part), `${name}: shares ${part} with another request`)
      seen.add(part)
    }
  }
})

test('another total, or the same once it was declined, is another request', async () => {
  const { ctx, broker, own } = await stocked()
  const txs = [await topUp(ctx, broker, 5000), await topUp(ctx, broker, 5001), await topUp(ctx, { ...broker, declined: 1 }, 5000)].map(request => request.tx)
  assert.equal(new Set(txs).size, 3)
  assert.notEqual((await giveback(ctx, own)).tx, (await giveback(ctx, { ...own, declined: 1 })).tx)
})
