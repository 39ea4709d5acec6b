// Browsers that say no: storage that is blocked, full or deleted, and two addresses of one machine.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { twin } from '../wallet/aside.js'
import { openDisk, removeDisk } from '../wallet/disk.js'
import { Full } from '../wallet/errors.js'
import { leaveTrace, lost, wasHere, whyNot } from '../wallet/lasting.js'
import { browser } from './help/browser.mjs'
import { bank, loaded, value } from './help/backups.mjs'
import { books, buy, finish, made, reload } from './help/page.mjs'

const named = name => Object.assign(new Error(name), { name })

test('storage that is blocked, or full, is said with what can be done', async () => {
  assert.match(whyNot(named('SecurityError'), 'market.test'), /does not let market\.test keep anything.*Allow cookies and site data for market\.test/)
  assert.match(whyNot(named('QuotaExceededError'), 'market.test'), /no room left.*not of this one/)
  assert.match(whyNot(new Error('?'), 'market.test'), /Reload it/)
  browser()
  indexedDB.open = () => { throw named('SecurityError') }
  const refused = await openDisk().catch(error => whyNot(error, 'market.test'))
  assert.match(refused, /does not let market\.test keep/)
})

// The browser has no room for what is written from now on, until the returned function is called.
function fill({ parts: { disk } }) {
  const { transaction } = disk.db
  disk.db.transaction = (stores, mode, ...rest) => {
    const tx = transaction.call(disk.db, stores, mode, ...rest)
    if (mode === 'readwrite') Object.assign(tx, { error: named('QuotaExceededError') }).abort()
    return tx
  }
  return () => { disk.db.transaction = transaction }
}

test('a browser without room says so, writes nothing by halves, and goes on when there is room', async () => {
  const { sides, wallet } = await made()
  const empty = fill(wallet)
  await assert.rejects(wallet.load(1000), error => error instanceof Full && error.name === 'Advice')
  assert.deepEqual([(await wallet.works()).filter(({ purpose }) => purpose === 'load'), bank(sides)], [[], 10_000])
  empty()
  assert.equal((await wallet.follow((await wallet.load(1000)).id)).state, 'done')
  assert.equal(await value(wallet), 1000)
})

test('money that comes while there is no room comes when there is', async () => {
  const { sides, wallet } = await loaded(4000)
  let empty = () => {}
  sides.wire = path => {
    if (path.endsWith('purchases')) empty = fill(wallet) // what the stall answers cannot be written down
    return ''
  }
  let said = ''
  const { sleep } = wallet.parts
  wallet.parts.sleep = async milliseconds => {
    const [trouble] = wallet.underWay.troubles.values()
    if (/no room/.test(trouble ?? '')) {
      said = trouble
      sides.wire = () => ''
      empty()
    }
    return sleep(milliseconds)
  }
  const work = await buy(wallet, sides, 0)
  assert.equal((await wallet.follow(work.id)).state, 'done')
  await finish(wallet)
  assert.match(said, /tried again by itself/)
  assert.deepEqual([sides.stall.orders.length, (await wallet.orders()).length], [1, 1])
  await books(wallet, sides)
})

test('the trace of a wallet is left once a week, and asked for where there is none', async () => {
  browser()
  const real = globalThis.fetch
  const seen = []
  let answer = async () => { throw new TypeError('no network') }
  globalThis.fetch = async (path, { method = 'GET' } = {}) => (seen.push(`${method} ${path}`), answer())
  try {
    await leaveTrace()
    assert.equal(await wasHere(), false)
    answer = async () => Response.json({ kept: true })
    for (let i = 0; i < 3; i++) await leaveTrace()
    assert.equal(await wasHere(), true)
    answer = async () => new Response('', { status: 500 })
    assert.equal(await wasHere(), false)
  } finally {
    globalThis.fetch = real
  }
  assert.deepEqual(seen, ['POST /wallet/kept', 'GET /wallet/kept', 'POST /wallet/kept', 'GET /wallet/kept', 'GET /wallet/kept'])
})

test('one machine under two names has two wallets, and each page names the other', () => {
  const of = text => twin(new URL(text))
  assert.deepEqual([of('http://localhost:8080/wallet'), of('http://127.0.0.1:8080'), of('http://[::1]/'), of('https://market.example/')],
    ['http://127.0.0.1:8080', 'http://localhost:8080', 'http://localhost', undefined])
})

test('a browser that closes the wallet under a page, because there is no room left, is not waited for', async () => {
  browser()
  const disk = await openDisk()
  let told = 0
  disk.onlost = () => told++
  disk.db.onclose(new Event('close'))
  assert.equal(told, 1)
  assert.match(lost, /no room left.*reload this page/)
})

test('a wallet that the browser deleted while it was open is gone, and what opened it opens nothing', async () => {
  const { sides, wallet } = await made()
  await removeDisk(wallet.parts.disk.name)
  const next = await reload(wallet, sides)
  assert.equal(await next.status(), 'none')
  await next.make('marble otter wanders home')
  assert.equal(await next.status(), 'unlocked')
  assert.equal((await next.works()).length, 1)
})
