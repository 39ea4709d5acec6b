// At rest and in the session: what lies on disk tells nothing, and opens with the passphrase alone.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDisk } from '../wallet/disk.js'
import { Session, idleLimit } from '../wallet/session.js'
import { Purse } from '../wallet/purse.js'
import { Box, iterations, newDataKey, unwrap, wrap } from '../wallet/vault.js'
import { browser } from './help/browser.mjs'

const passphrase = 'correct horse battery'

test('wrap and unwrap', async () => {
  const key = newDataKey()
  const header = await wrap(key, passphrase)
  assert.ok(header.iterations >= 600_000)
  assert.deepEqual(await unwrap(header, passphrase), key)
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
      assert.doesNotMatch(seen, /MY-/)
    }
  }
})

test('the session: two halves, gone when locked or idle', async () => {
  browser()
  const disk = await openDisk()
  const key = newDataKey()
  const session = new Session(disk)
  await session.keep(key)
  assert.equal((await disk.sessionKey()).extractable, false)
  assert.deepEqual(await new Session(disk).recover(), key)
  localStorage.setItem('peerscrip-active', String(Date.now() - idleLimit - 1000))
  assert.equal(await new Session(disk).recover(), null)
  assert.equal(await disk.sessionKey() ?? null, null)
  await session.keep(key)
  await session.forget()
  assert.equal(sessionStorage.getItem('peerscrip-session'), null)
  assert.equal(await new Session(disk).recover(), null)
})

test('an old blob does not open under a new session key', async () => {
  browser()
  const disk = await openDisk()
  const session = new Session(disk)
  await session.keep(newDataKey())
  const blob = sessionStorage.getItem('peerscrip-session')
  await session.keep(newDataKey())
  sessionStorage.setItem('peerscrip-session', blob)
  assert.equal(await session.recover(), null)
})

test('a tab that waited in vain unlocks when the answer comes late', async () => {
  browser()
  const session = new Session(await openDisk())
  const heard = []
  session.onnews = what => heard.push(what)
  const late = session.ask().then(blob => assert.equal(blob, null))
  session.hear({ what: 'blob', blob: 'while it still asks' })
  assert.equal(sessionStorage.getItem('peerscrip-session'), null)
  await late
  session.hear({ what: 'blob', blob: 'late' })
  session.hear({ what: 'blob', blob: 'later still' })
  assert.equal(sessionStorage.getItem('peerscrip-session'), 'late')
  assert.deepEqual(heard, ['unlocked'])
})
