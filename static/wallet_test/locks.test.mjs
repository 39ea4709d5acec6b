// A tab that is asleep with a lock in its hands: who waits says so, and takes over where that is safe.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Locks, walletLock } from '../wallet/locks.js'
import { openDisk } from '../wallet/disk.js'
import { LockManager, browser } from './help/browser.mjs'
import { books, buy, cut, finish, made, page, tried } from './help/page.mjs'

const tick = () => new Promise(resolve => setTimeout(resolve, 1))
const never = () => new Promise(() => {})
const put = (disk, value) => disk.write([{ store: 'orders', key: 'one', value }])

// Time passes for who waits as fast as it can.
const sleep = () => new Promise(resolve => setTimeout(resolve, 5).unref())
const tab = (disk, manager) => new Locks({ manager, disk, sleep })
const asleep = locks => { locks.channel.onmessage = null }

async function until(holds) {
  for (let i = 0; i < 20_000 && !await holds(); i++) await tick()
  assert.ok(await holds())
}

async function two() {
  browser()
  const manager = new LockManager()
  const [one, other] = [await openDisk(), await openDisk()]
  return { one, other, a: tab(one, manager), b: tab(other, manager) }
}

test('a tab that is asleep with the wallet is told of, and what it writes when it wakes is refused', async () => {
  const { one, other, a, b } = await two()
  let wake
  const slept = a.exclusive(walletLock, async () => {
    await new Promise(resolve => { wake = resolve })
    await put(one, 'by a tab that slept')
  })
  await until(() => wake)
  asleep(a)
  const said = []
  b.onwait = () => said.push(b.trouble)
  const run = b.exclusive(walletLock, () => put(other, 'by the one that took over'))
  await until(() => b.trouble === 'silent')
  assert.deepEqual(await other.readAll('orders'), [])
  await b.takeOver()
  await run
  assert.deepEqual([said.at(-1), b.trouble], [undefined, undefined])
  await until(() => a.stolen)
  await assert.rejects((async () => { wake(); await put(one, 'by a tab that slept') })(), error => error.name === 'Advice' && /another tab has taken over/i.test(error.message))
  assert.deepEqual(await other.readAll('orders'), [['one', 'by the one that took over']])
  void slept
  await b.exclusive(walletLock, () => put(other, 'and again'))
  assert.deepEqual(await one.readAll('orders'), [['one', 'and again']])
})

test('a third tab goes on writing after a takeover', async () => {
  const { a, b } = await two()
  const third = await openDisk()
  const c = tab(third, a.manager)
  await c.exclusive(walletLock, () => put(third, 1))
  void a.exclusive(walletLock, never)
  await until(() => a.held.size > 0)
  asleep(a)
  const run = b.exclusive(walletLock, async () => {})
  await until(() => b.trouble === 'silent')
  await b.takeOver()
  await run
  await c.exclusive(walletLock, () => put(third, 2))
  assert.deepEqual(await third.readAll('orders'), [['one', 2]])
})

test('a tab that is busy is told of and waited for; one that runs a work is no trouble', async () => {
  const { a, b } = await two()
  for (const [name, trouble] of [[walletLock, 'busy'], ['peerscrip-work-1', undefined]]) {
    let end
    void a.exclusive(name, () => new Promise(resolve => { end = resolve }))
    await until(() => end)
    const run = b.exclusive(name, async () => 'in hand')
    await until(() => b.waiting.has(name))
    assert.equal(b.trouble, trouble)
    await b.takeOver() // takes nothing of who is awake
    assert.equal(a.stolen, false)
    end()
    assert.equal(await run, 'in hand')
    assert.equal(b.trouble, undefined)
  }
})

test('a purchase that a tab fell asleep over is finished by another, once', async () => {
  const { sides } = await made()
  const manager = new LockManager()
  const tabs = []
  const open = async () => {
    const wallet = await page(sides, undefined, disk => {
      const locks = tab(disk, manager)
      tabs.push(locks)
      return (name, run) => locks.exclusive(name, run)
    })
    await wallet.recover()
    return wallet
  }
  const [one, other] = [await open(), await open()]
  assert.ok(one.ctx && other.ctx)
  const release = cut(sides, 'purchases', 'unanswered')
  const work = await buy(one, sides)
  await tried(sides, 'purchases')
  asleep(tabs[0])
  void other.follow(work.id)
  await until(() => tabs[1].trouble === 'silent')
  await tabs[1].takeOver()
  release()
  await until(async () => (await other.workOf(work.id)).state === 'done')
  await finish(other)
  await until(() => tabs[0].stolen)
  assert.equal(sides.stall.orders.length, 1)
  await books(other, sides)
})

test('a tab that is asleep in the middle of a transaction has the browser keep others waiting: they say so, and go on when it wakes', async () => {
  browser()
  const disk = await openDisk()
  const { transaction } = disk.db
  let wake = () => {}
  const awake = new Promise(resolve => { wake = resolve })
  const told = []
  Object.assign(disk, { patience: 5, onlate: () => told.push(disk.late) })
  disk.db.transaction = (...asked) => {
    const tx = transaction.apply(disk.db, asked)
    let done
    Object.defineProperty(tx, 'oncomplete', { get: () => () => void awake.then(() => done()), set: now => { done = now } })
    return tx
  }
  const written = put(disk, 1)
  await until(() => told.length > 0)
  assert.deepEqual(told, [1])
  wake()
  await written
  assert.deepEqual(told, [1, 0])
  disk.db.transaction = transaction
  assert.equal(await disk.read('orders', 'one'), 1)
  assert.deepEqual(told, [1, 0], 'what comes in time is not late')
})
