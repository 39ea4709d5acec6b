// What a buyer says of a purchase: written down before it is sent, published once, and held to what is published.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evidence } from '../wallet/messages.js'
import { buy, finish, killedAt, made, reload, tab } from './help/page.mjs'

async function bought() {
  const { sides, wallet } = await made()
  await wallet.follow((await buy(wallet, sides, 5000)).id)
  await finish(wallet)
  sides.broker.recorded = true
  const [{ tx }] = await wallet.orders()
  return { sides, wallet, tx }
}

const said = async (wallet, tx) => (await wallet.rating(await wallet.order(tx))).said
const there = async ({ broker }) => Promise.all(broker.rated.map(async ({ rating }) => (await evidence(rating, 'RATE', { aud: broker.id })).body))

for (const fate of ['', 'lost', 'unanswered']) test(`a rating is given once, the first answer ${fate || 'there'}`, async () => {
  const { sides, wallet, tx } = await bought()
  sides.wire = path => path.endsWith('/ratings') ? fate : ''
  const rated = wallet.rate(tx, { stars: 4, words: ' Good\u00ad. ' })
  await (fate ? assert.rejects(rated) : rated)
  sides.wire = () => ''
  const next = await reload(wallet, sides)
  if (fate) {
    assert.equal((await next.rating(await next.order(tx))).waits, true)
    await next.rate(tx, { stars: 4, words: 'Good.' })
  }
  const { stars, words } = await said(next, tx)
  assert.deepEqual([stars, words], [4, 'Good.'])
  assert.deepEqual((await there(sides)).map(({ stars, words, purchase }) => [stars, words, purchase]), [[4, 'Good.', tx]])
})

test('the page is killed after every write of a rating', async () => {
  for (let at = 0; at < 3; at++) {
    const { sides, wallet, tx } = await bought()
    const next = await killedAt(at, { sides, wallet }, () => wallet.rate(tx, { stars: 2, words: '' }))
    await next.rate(tx, { stars: 3, words: '' })
    assert.equal((await said(next, tx)).stars, 3, `killed at write ${at}`)
    assert.equal((await there(sides))[0].stars, 3)
  }
})

test('of two ratings at once both are given, one after the other', async () => {
  const { sides, wallet, tx } = await bought()
  const other = await tab(wallet, sides)
  await Promise.all([wallet.rate(tx, { stars: 1, words: '' }), other.rate(tx, { stars: 5, words: '' })])
  assert.equal((await wallet.transcript()).filter(({ answers }) => answers === 'RATE').length, 2)
  assert.equal((await there(sides)).at(-1).stars, (await said(wallet, tx)).stars)
})

test('a rating that the broker cannot take now waits, and does not ask again and again', async () => {
  const { sides, wallet, tx } = await bought()
  sides.wire = path => path.endsWith('/ratings') ? 'lost' : ''
  await assert.rejects(wallet.rate(tx, { stars: 2, words: '' }))
  sides.wire = () => ''
  sides.broker.away = true
  await assert.rejects(wallet.rate(tx, { stars: 4, words: '' }), { reason: 'unavailable' })
  assert.equal(sides.seen.filter(path => path.endsWith('/ratings')).length, 2)
  assert.equal((await wallet.rating(await wallet.order(tx))).waits, true)
})

test('what is refused is told, and not sent again', async () => {
  const { sides, wallet, tx } = await bought()
  sides.broker.recorded = false
  await assert.rejects(wallet.rate(tx, { stars: 4, words: '' }), { reason: 'not-found', message: /not reported/ })
  assert.equal((await wallet.order(tx)).rating, undefined)
  await assert.rejects(wallet.rate(tx, { stars: 4, words: 'x'.repeat(501) }), /500/)
  sides.broker.recorded = true
  sides.broker.counters = wallet.parts.now() * 1000 + 5 // of another copy, whose clock was ahead
  await wallet.rate(tx, { stars: 5, words: '' })
  assert.equal((await there(sides))[0].stars, 5)
})

test('a rating that is left out is found', async () => {
  const { sides, wallet, tx } = await bought()
  await wallet.rate(tx, { stars: 1, words: 'Broken' })
  assert.deepEqual(await wallet.published(await wallet.order(tx)), { shown: true, proven: false, answer: '' })
  sides.broker.rated = []
  assert.equal((await wallet.published(await wallet.order(tx))).shown, false)
})
