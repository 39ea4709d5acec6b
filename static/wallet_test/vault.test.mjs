// At rest and in the session: what lies on disk tells nothing, and opens with the passphrase alone.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDisk } from '../wallet/disk.js'
import { Session, idleLimit } from '../wallet/session.js'
import { Purse } from '../wallet/purse.js'
import { Box, iterations, newDataKey, unwrap, wrap } from '../wallet/vault.js'
import { Worker, browser } from './help/browser.mjs'

const passphrase = 'correct horse battery'

test('wrap and unwrap', async () => {
  const key = newDataKey()
  const header = await wrap(key, passphrase)
  assert.ok(header.iterations >= 600_000)
  assert.deepEqual(await unwrap(header, passphrase), key)
  assert.deepEqual(await unwrap(header, ` ${passphrase.replace(' ', '\u00a0 ')}\u200b`), key)
  await assert.rejects(unwrap(header, 'Correct horse battery'), { name: 'Advice' })
  const again = await wrap(key, passphrase)
  assert.notEqual(again.salt, header.salt)
  assert.notEqual(again.wrapped, header.wrapped)
})

test('a header out of bounds is refused before any work is done', async () => {
  const header = await wrap(newDataKey(), passphrase)
  const bad = [{ iterations: iterations - 1 }, { iterations: 1e9 }, { iterations: 1.5 }, { kdf: 'none' }, { version: 2 }, { salt: 'AAAA' }, { extra: 1 }]
  for (const change of bad) await assert.rejects(unwrap({ ...header, ...change }, passphrase), undefined, JSON.stringify(change))
  await assert.rejects(unwrap({ ...header, iterations: iterations + 1 }, passphrase), { name: 'Advice' })
})

test('a record opens under its own name and kind only', async () => {
  const box = await Box.from(newDataKey())
  const name = await box.name('holdings', 'one')
  assert.notEqual(name, await box.name('orders', 'one'))
  const sealed = await box.seal('holdings', name, { value: 5 })
  assert.deepEqual(await box.open('holdings', name, sealed), { value: 5 })
  await assert.rejects(box.open('orders', name, sealed))
  await assert.rejects(box.open('holdings', await box.name('holdings', 'two'), sealed))
  await assert.rejects((await Box.from(newDataKey())).open('holdings', name, sealed))
})

test('nothing on disk is readable', async () => {
  const { databases } = browser()
  const disk = await openDisk()
  const purse = new Purse(disk, await Box.from(newDataKey()))
  await purse.apply([{ kind: 'holdings', id: 'MY-SCRIP-ID', value: { secret: 'MY-SECRET' } }, { kind: 'orders', id: 'gone', value: 1 }])
  await purse.apply([{ kind: 'orders', id: 'gone', value: null }])
  assert.deepEqual(await purse.all('holdings'), [{ secret: 'MY-SECRET' }])
  assert.deepEqual(await purse.all('orders'), [])
  for (const rows of databases.get('peerscrip-wallet').stores.values()) {
    for (const [name, value] of rows) {
      const seen = name + Buffer.from(value.box ?? []).toString('latin1')
      assert.doesNotMatch(seen, /MY-S/)
    }
  }
})

// A session on a page, unlocked; the next page of the same browser; and what lies on disk.
const keysOf = async () => (await Box.from(newDataKey())).keys
const next = ({ container }) => new Session('peerscrip-wallet', container)
async function unlocked() {
  const here = browser()
  const session = next(here)
  const keys = await keysOf()
  await session.keep(keys)
  return { ...here, session, keys }
}
const same = async (given, keys) => assert.equal(await new Box(given).name('orders', 'one'), await new Box(keys).name('orders', 'one'))
const settle = async () => { for (let i = 0; i < 20; i++) await null }

test('the keys go from page to page through the keeper, and are gone soon after the last', async () => {
  const here = await unlocked()
  here.session.handOver()
  here.session.channel.close() // the page is closed
  const after = next(here)
  await same(await after.recover(), here.keys)
  after.channel.close()
  await settle()
  await here.keeper.pass(15_000)
  const late = next(here).recover()
  await settle()
  await here.keeper.pass(1000)
  assert.equal(await late, null)
})

test('a page that is slow to come still gets the keys, but not for ever', async () => {
  let pages = 1
  const keeper = new Worker(() => pages)
  const { keys } = await unlocked()
  const ask = async () => {
    const { port1, port2 } = new MessageChannel()
    const answer = new Promise(resolve => { port1.onmessage = ({ data }) => resolve(data) })
    keeper.postMessage({ what: 'ask', session: 'one' }, [{ postMessage: given => port2.postMessage(given && { ...given, keys: 'the keys' }) }])
    await settle()
    await keeper.pass(1000)
    return answer.finally(() => port1.close())
  }
  keeper.postMessage({ what: 'keep', session: 'one', keys, idle: 5000 })
  await settle()
  await keeper.pass(15_000)
  assert.deepEqual(await ask(), { keys: 'the keys', idle: 5000 + 16_000 - 1000 })
  for (let i = 0; i < 3; i++) await keeper.pass(15_000)
  assert.equal(await ask(), null)
})

test('a question that comes before the keys waits for them', async () => {
  const here = await unlocked()
  here.session.channel.onmessage = null // its tab is being left, and answers nothing any more
  const asked = next(here).recover()
  await settle()
  here.session.handOver()
  await same(await asked, here.keys)
})

test('locked: neither the keeper nor a tab has the keys, and nobody gets them by asking', async () => {
  const here = await unlocked()
  const other = next(here)
  await same(await other.recover(), here.keys)
  const { name } = here.session
  here.session.handOver()
  await other.forget()
  await settle()
  assert.equal(here.session.keys, null)
  assert.equal(await next(here).recover(), null)
  Object.assign(here.session, { keys: here.keys, name }) // a tab that slept through it
  here.session.handOver()
  assert.equal(here.session.live(), false)
  assert.equal(await next(here).recover(), null)
})

test('idle on one page is idle on the next, and a clock set back changes nothing', async () => {
  const here = await unlocked()
  const { now } = Date
  Date.now = () => now() - 24 * 3600 * 1000 // the wall clock is set back
  here.session.clock.page -= idleLimit - 1000 // and the page's goes on
  assert.equal(here.session.live(), true)
  here.session.handOver()
  here.session.channel.close()
  const after = next(here)
  await same(await after.recover(), here.keys)
  Date.now = now
  assert.ok(after.clock.idle() >= idleLimit - 1000)
  after.clock.page -= 1001
  assert.equal(await after.recover(), null)
  assert.equal(after.current(), '')
})

test('two tabs that asked in vain and were unlocked one by one do not lock each other', async () => {
  const here = await unlocked()
  const other = next(here)
  await other.keep(await keysOf())
  assert.equal(here.session.live() && other.live(), true)
})

test('a tab that waited in vain unlocks when the answer comes late', async () => {
  const here = await unlocked()
  const session = next(here)
  const heard = []
  session.onnews = what => heard.push(what)
  session.hear({ what: 'keys', session: 'of another session', keys: here.keys })
  assert.equal(session.live(), false)
  session.hear({ what: 'keys', session: here.session.name, keys: here.keys })
  session.hear({ what: 'keys', session: here.session.name, keys: 'later still' })
  assert.equal(await session.recover(), here.keys)
  assert.deepEqual(heard, ['unlocked'])
})

test('a tab that slept while another was used locks nobody, and is unlocked again', async () => {
  const here = await unlocked()
  const slept = next(here)
  await slept.recover()
  slept.clock.page -= idleLimit + 1
  here.session.touch()
  const heard = []
  slept.onnews = what => heard.push(what)
  here.session.onnews = what => heard.push(`the other: ${what}`)
  await slept.lockIdle()
  assert.deepEqual([slept.live(), here.session.live(), heard], [true, true, ['unlocked']])
  assert.ok(slept.clock.idle() < idleLimit)
})

test('where nobody was in any tab for long, all are locked', async () => {
  const here = await unlocked()
  const other = next(here)
  await other.recover()
  for (const { clock } of [here.session, other]) clock.page -= idleLimit + 1
  const { setTimeout: later } = globalThis
  globalThis.setTimeout = run => later(run, 1) // nobody answers
  await other.lockIdle().finally(() => { globalThis.setTimeout = later })
  assert.deepEqual([here.session.keys, other.keys, other.current()], [null, null, ''])
})

test('without a keeper another tab has the keys; alone, the passphrase is asked', async () => {
  const here = await unlocked()
  const other = next({})
  await same(await other.recover(), here.keys)
  for (const { channel } of [here.session, other]) channel.close()
  assert.equal(await next({}).recover(), null)
})

test('unlocked or locked, nothing on disk opens the wallet', async () => {
  const here = browser()
  const disk = await openDisk()
  const dataKey = newDataKey()
  const box = await Box.from(dataKey)
  await new Purse(disk, box).apply([{ kind: 'holdings', id: 'one', value: 1 }], await wrap(dataKey, passphrase))
  const session = next(here)
  await session.keep(box.keys)
  session.handOver()
  const lies = [...here.databases.values()].flatMap(({ stores }) => [...stores.values()].flatMap(rows => [...rows.values()]))
  assert.equal(lies.length, 2) // the header and the row
  const keys = lies.filter(value => value instanceof CryptoKey || Object.values(value).some(part => part instanceof CryptoKey))
  assert.deepEqual(keys, [])
  assert.deepEqual([...localStorage.map.keys()], ['peerscrip-session peerscrip-wallet'])
  assert.equal(localStorage.getItem('peerscrip-session peerscrip-wallet').length, 22) // a name: too short for a key
})

test('a database of the first version loses the key that lay in it', async () => {
  const { databases } = browser()
  await new Promise(resolve => {
    const request = indexedDB.open('peerscrip-wallet', 1)
    request.onupgradeneeded = () => ['header', 'session', 'holdings'].forEach(name => request.result.createObjectStore(name))
    request.onsuccess = resolve
  })
  databases.get('peerscrip-wallet').stores.get('holdings').set('kept', 'a row')
  databases.get('peerscrip-wallet').stores.get('session').set('key', 'of the session')
  const disk = await openDisk()
  assert.deepEqual(await disk.readAll('holdings'), [['kept', 'a row']])
  assert.equal(databases.get('peerscrip-wallet').stores.has('session'), false)
  assert.deepEqual(await disk.readAll('orders'), [])
})

test('a tab that hears of the unlocking before the name of the session unlocks when the name is here', async () => {
  const here = await unlocked()
  const other = next(here)
  const heard = []
  other.onnews = what => heard.push(what)
  other.hearName(null)
  other.hearName(here.session.name)
  assert.deepEqual(heard, ['unlocked'])
  await same(await other.recover(), here.keys)
  heard.length = 0
  other.hearName(here.session.name)
  assert.deepEqual(heard, [])
})
