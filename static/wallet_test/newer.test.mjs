// A page that is older than what it finds: the database, or a work, that a newer one has written.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holdsWallet, openDisk, version } from '../wallet/disk.js'
import { kinds } from '../wallet/rows.js'
import { title } from '../wallet/ui/work.js'
import { upgraded } from '../wallet/upgraded.js'
import { browser } from './help/browser.mjs'
import { loaded, value } from './help/backups.mjs'
import { books, buy, cut, finish, made, reload, tried } from './help/page.mjs'

const euro = { currency: 'EUR', exponent: 2 }

test('an older page says that it is older, and touches nothing', async () => {
  const { databases } = browser()
  await openDisk()
  const database = databases.get('peerscrip-wallet')
  database.version++
  const stores = [...database.objectStoreNames]
  await assert.rejects(openDisk(), error => error.name === 'Advice' && /This page is older than the wallet/.test(error.message))
  assert.deepEqual([...database.objectStoreNames], stores)
})

test('whether there is a wallet is found out without making one, whatever its version', async () => {
  const { databases } = browser()
  assert.equal(await holdsWallet('peerscrip-wallet'), false)
  assert.equal(databases.size, 0)
  const disk = await openDisk()
  assert.equal(await holdsWallet('peerscrip-wallet'), false)
  await disk.writeHeader({ salt: 'x' })
  const database = databases.get('peerscrip-wallet')
  for (const other of [1, version, version + 1]) {
    database.version = other
    assert.equal(await holdsWallet('peerscrip-wallet'), true)
    assert.equal(database.version, other)
  }
})

// What each earlier version had: its stores, beside the kinds of row that there are still.
const before9 = kinds.filter(kind => kind !== 'photos')
const older = before9.filter(kind => kind !== 'threads')
const before5 = older.filter(kind => kind !== 'baskets')
const earlier = { 1: ['header', 'session', ...before5], 2: ['header', ...before5], 3: ['header', ...before5], 4: ['header', ...before5], 5: ['header', ...older], 6: ['header', ...before9], 7: ['header', ...before9], 8: ['header', ...before9], 9: ['header', ...kinds], 10: ['header', ...kinds] }

for (let from = 1; from < version; from++) test(`a wallet of version ${from} is taken over whole`, async () => {
  const { sides, wallet } = await loaded(3000)
  const { db: database } = wallet.parts.disk
  const stores = new Set([...database.objectStoreNames])
  for (const store of stores) if (!earlier[from].includes(store)) database.deleteObjectStore(store)
  for (const store of earlier[from]) if (!stores.has(store)) database.createObjectStore(store)
  database.stores.get('header').delete('turn')
  database.version = from
  const next = await reload(wallet, sides)
  assert.equal(next.parts.disk.db.version, version)
  assert.deepEqual([...next.parts.disk.db.objectStoreNames].toSorted(), ['header', 'passkeys', ...kinds].toSorted())
  assert.equal(await value(next), 3000)
  assert.equal((await next.follow((await next.withdraw(3000)).id)).state, 'done')
})

test('purchases of before there were lines, and of before there were addresses, are read as they are now', () => {
  const rest = { tx: 't', vendor: 'v', price: 1250 }
  const now = { ...rest, note: 'x', lines: [{ title: 'Lamp', quantity: 2, offer: 'a.b.c' }] }
  assert.deepEqual(upgraded('orders', { ...rest, delivery: 'x', title: 'Lamp', quantity: 2, offer: 'a.b.c' }), now)
  assert.deepEqual(upgraded('orders', { ...rest, delivery: 'x', lines: now.lines }), now)
  assert.deepEqual(upgraded('orders', now), now)
  const item = { transaction: '6.3', vendor: 'v', amount: 1250, title: 'Lamp', quantity: 2, offer: 'a.b.c', delivery: 'here' }
  const event = kind => `h.${Buffer.from(JSON.stringify({ body: { kind } })).toString('base64url')}.s`
  const talk = { tx: 't', events: [event('ask'), event('message')], read: 2 }
  assert.deepEqual(upgraded('threads', { ...talk, events: [...talk.events, event('muted')] }), talk)
  assert.deepEqual(upgraded('threads', talk), talk)
  const { about, items } = upgraded('works', { purpose: 'checkout', state: 'running', about: { vendor: 'v', stall: 's', offerID: 'o', title: 'Lamp', quantity: 2 }, items: [{ transaction: '6.2', vendor: 'v' }, item] })
  assert.deepEqual(about, { vendor: 'v', stall: 's', lines: [{ title: 'Lamp', quantity: 2, offerID: 'o' }] })
  const bought = { transaction: '6.3', vendor: 'v', amount: 1250, delivery: { way: 'collect', label: '' }, note: 'here', lines: [{ title: 'Lamp', quantity: 2, offer: 'a.b.c' }] }
  assert.deepEqual(items, [{ transaction: '6.2', vendor: 'v' }, bought])
  const work = { purpose: 'checkout', about, items: [bought] }
  assert.deepEqual(upgraded('works', work), work)
  const load = { purpose: 'load', about: { amount: 1 }, items: [{ transaction: '6.1', amount: 1 }] }
  assert.deepEqual(upgraded('works', load), load)
})

// No stall opens the T10 of an earlier form, and nothing that is unsigned decides. Its money is free at once: new scrip proves that
// it was not bought, and what is bought anew is.
const before = { lines: { quantity: 1, delivery: 'x' }, addresses: { lines: [], delivery: 'x' } }

for (const [what, order] of Object.entries(before)) test(`a T10 of before there were ${what}, under way at the upgrade, ends with the money whole`, async () => {
  const { sides, wallet } = await made()
  const release = cut(sides, '/purchases', 'lost')
  const { id } = await buy(wallet, sides, 4000, 2500)
  await tried(sides, '/purchases')
  const ctx = wallet.open()
  const work = await ctx.must('works', id)
  const item = work.items[work.at]
  const place = Object.keys(item.request.attached).indexOf('order')
  item.request.attachments[place] = Buffer.from(JSON.stringify(['s'.repeat(22), 'order', order])).toString('base64url')
  await ctx.purse.apply([{ kind: 'works', id, value: work }])
  sides.stall.purchase = () => { throw new Error('this form is never opened') }
  sides.wire = path => path.endsWith('/purchases') ? Response.json({ type: '/problems/unreadable', title: 'x', status: 400, instance: 'x' }, { status: 400 }) : ''
  release()
  const next = await reload(wallet, sides)
  await finish(next)
  const ended = await next.workOf(id)
  assert.deepEqual([ended.state, ended.reason, ended.items.at(-1).phase], ['stopped', 'no-answer', 'undone'])
  await finish(next)
  assert.ok(sides.seen.some(path => path.endsWith(`${sides.stall.id}/renewals`)), 'the stall is asked whether the scrip lives')
  const { stalls: [{ holdings }] } = await next.balance()
  assert.deepEqual(holdings.map(({ scrip, work }) => [scrip.value, work]), [[2500, '']])
  await books(next, sides)
})

test('a page lets go of the wallet when a newer one opens it, and is told', async () => {
  browser()
  const disk = await openDisk()
  let told = 0
  disk.onoutdated = () => told++
  disk.db.onversionchange()
  assert.equal(told, 1)
})

test('work of a newer version is set aside, with its money named, and everything else goes on', async () => {
  const { sides, wallet } = await loaded(3000)
  const ctx = wallet.open()
  const holding = await ctx.brokerScrip()
  const work = { id: 'n'.repeat(22), purpose: 'swap', created: sides.clock.at, changed: sides.clock.at, rev: 1, at: 0, state: 'running', reason: '', about: {}, items: [{ transaction: '6.9', phase: 'asked' }] }
  await ctx.purse.apply([{ kind: 'works', id: work.id, value: work }, { kind: 'holdings', id: holding.scrip.scrip_id, value: { ...holding, work: work.id } }])
  await finish(wallet)
  assert.match(wallet.underWay.troubles.get(work.id), /A newer version of this page began this/)
  assert.equal(title(work, euro), 'Begun by a newer version of this page')
  assert.equal(await wallet.inHandOf(work.id), 3000)
  assert.deepEqual(await wallet.workOf(work.id), work)
  assert.equal(await value(wallet), 3000)
  await assert.rejects(wallet.cancel(work.id), { name: 'Advice' })
})

test('with work of a newer version that has no money in hand, one still buys', async () => {
  const { sides, wallet } = await made()
  const work = { id: 'n'.repeat(22), purpose: 'swap', created: 1, changed: 1, rev: 1, at: 0, state: 'running', reason: '', about: {}, items: [{ transaction: '6.9' }] }
  await wallet.open().purse.apply([{ kind: 'works', id: work.id, value: work }])
  assert.equal((await wallet.follow((await buy(wallet, sides)).id)).state, 'done')
  await finish(wallet)
  assert.equal(sides.stall.orders.length, 1)
})
