// The basket of a stall: what it holds survives lock, reload and restore, is bought with one T10, and leaves with the receipt.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { home } from './help/home.mjs'
import { put, without } from '../wallet/basket.js'
import { backedUp, loaded, restored } from './help/backups.mjs'
import { tellWanted, wanted } from '../wallet/wanted.js'
import { books, finish, killedAt, reload } from './help/page.mjs'

const lamps = ({ stall }, quantity) => [stall.id, stall.offerID, quantity]
const bells = ({ stall }, quantity) => [stall.id, stall.bellID, quantity]
const inIt = async (wallet, { stall }) => (await wallet.basket(stall.id))?.lines.map(({ title, quantity }) => [title, quantity])
const pay = async (wallet, { stall }) => {
  const { lines } = await wallet.basket(stall.id)
  return wallet.buy(await wallet.quote({ vendor: stall.id, lines }), { ...home, load: 0, basket: true })
}

async function filled(amount = 4000) {
  const { sides, wallet } = await loaded(amount)
  await wallet.wish(...lamps(sides, 1))
  await wallet.wish(...bells(sides, 2))
  return { sides, wallet }
}

test('things are put in, changed and removed; the same again changes nothing', async () => {
  const { sides, wallet } = await filled()
  await wallet.wish(...bells(sides, 2))
  assert.deepEqual(await inIt(wallet, sides), [['Brass lamp', 1], ['Bell', 2]])
  const { lines: [lamp, bell] } = await wallet.basket(sides.stall.id)
  await wallet.change(sides.stall.id, { ...bell, quantity: 1 })
  assert.deepEqual(await inIt(wallet, sides), [['Brass lamp', 1], ['Bell', 1]])
  await wallet.change(sides.stall.id, { ...lamp, quantity: 0 })
  await wallet.change(sides.stall.id, { ...bell, quantity: 0 })
  assert.equal(await wallet.basket(sides.stall.id), undefined)
  assert.deepEqual(await wallet.baskets(), [])
})

test('it takes no more than an order does', () => {
  const of = { vendor: 'v', stall: 's', now: 1 }
  const offer = i => String(i).padStart(21, 'A') + 'A'
  let basket
  for (let i = 0; i < 20; i++) basket = put(basket, of, { offer: offer(i), title: 'x', quantity: 1 }).value
  assert.throws(() => put(basket, of, { offer: offer(20), title: 'x', quantity: 1 }), { name: 'Advice', reason: 'too-many' })
  assert.equal(put(basket, of, { offer: offer(3), title: 'x', quantity: 9 }).value.lines[3].quantity, 9)
  for (const quantity of [-1, 0.5, 1001, NaN]) assert.throws(() => put(basket, of, { offer: offer(1), title: 'x', quantity }), { name: 'Advice' })
  assert.equal(without(basket, basket.lines.map(({ offer: offerID, quantity }) => ({ offerID, quantity }))).value, null)
})

test('the header knows how many things there are, and of nothing else that stands there', () => {
  const kept = new Map()
  const storage = { getItem: name => kept.get(name) ?? null, setItem: (name, text) => kept.set(name, text), removeItem: name => kept.delete(name) }
  const vendor = 'AAAAAAAAAAAAAAAAAAAAAA'
  const told = () => wanted(storage)
  assert.deepEqual(told(), [])
  tellWanted(storage, [{ vendor, stall: 'Attic', changed: 1, lines: [{ offer: 'a', title: 'Lamp', quantity: 2 }, { offer: 'b', title: 'Bell', quantity: 1 }] }])
  assert.deepEqual(told(), [{ vendor, things: 3 }])
  assert.doesNotMatch(kept.get('peerscrip-baskets'), /Lamp|Attic/)
  tellWanted(storage, [])
  assert.equal(kept.size, 0)
  for (const strange of ['', 'null', '{}', '7', '[null,{"vendor":"x","things":1},{"vendor":"AAAAAAAAAAAAAAAAAAAAAA","things":"1"}]']) {
    kept.set('peerscrip-baskets', strange)
    assert.deepEqual(told(), [], strange)
  }
})

test('it survives a lock, another page and a restore', async () => {
  const { sides, wallet } = await filled()
  const next = await reload(wallet, sides)
  assert.deepEqual(await inIt(next, sides), [['Brass lamp', 1], ['Bell', 2]])
  const back = await restored(sides, await backedUp(next))
  assert.deepEqual(await inIt(back, sides), [['Brass lamp', 1], ['Bell', 2]])
})

test('all of it is one order and one payment, with the largest postage, and it is empty then', async () => {
  const { sides, wallet } = await filled()
  assert.equal((await wallet.follow((await pay(wallet, sides)).id)).state, 'done')
  await finish(wallet)
  const [order] = await wallet.orders()
  assert.deepEqual([order.price, order.lines.map(({ title, quantity }) => [title, quantity])], [1250 + 2 * 400 + 150, [['Brass lamp', 1], ['Bell', 2]]])
  assert.deepEqual([await wallet.basket(sides.stall.id), sides.stall.stock, sides.stall.bells], [undefined, 2, 0])
  await books(wallet, sides)
})

test('a page that is killed at each write of it buys it once, and empties it with the receipt', async () => {
  for (let writes = 0; writes < 9; writes++) {
    const { sides, wallet } = await filled()
    const next = await killedAt(writes, { sides, wallet }, async () => wallet.follow((await pay(wallet, sides)).id))
    await finish(next)
    const bought = (await next.orders()).length
    assert.equal(await next.basket(sides.stall.id) === undefined, bought === 1, `killed at write ${writes}, bought ${bought}`)
    await books(next, sides)
  }
})

test('what is gone from it is named, before and after it is paid for, and the rest can be bought', async () => {
  const { sides, wallet } = await filled()
  sides.stall.bells = 1
  await assert.rejects(pay(wallet, sides), { name: 'Advice', reason: 'out-of-stock', message: /Only 1 left of “Bell”/ })
  sides.stall.bells = 2
  const work = await pay(wallet, sides)
  sides.stall.bells = 0
  const ended = await wallet.follow(work.id)
  const item = ended.items[ended.at]
  assert.deepEqual([ended.state, ended.reason, item.line, ended.about.lines[item.line].title], ['stopped', 'out-of-stock', 1, 'Bell'])
  assert.deepEqual(await inIt(wallet, sides), [['Brass lamp', 1], ['Bell', 2]], 'nothing was bought, so nothing leaves')
  await wallet.change(sides.stall.id, { offer: sides.stall.bellID, title: 'Bell', quantity: 0 })
  assert.equal((await wallet.follow((await pay(wallet, sides)).id)).state, 'done')
  await finish(wallet)
  await books(wallet, sides)
})
