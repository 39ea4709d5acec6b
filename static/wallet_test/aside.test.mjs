// Several wallets in one browser: one is open to its pages, the others are put aside; and whether the browser keeps them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maxName, putAside, register, takeUp } from '../wallet/aside.js'
import { isFleeting } from '../wallet/lasting.js'
import { newPhrase } from '../wallet/phrase.js'
import { found, restoreBeside } from '../wallet/restore.js'
import { advice, backedUp, loaded, value } from './help/backups.mjs'
import { books, finish, made, page, passphrase } from './help/page.mjs'

const given = { passphrase: 'another passphrase' }

// The page as it is loaded anew.
const opened = async sides => {
  const next = await page(sides, register().current)
  await next.recover()
  return next
}

test('a forgotten passphrase: a backup is restored at the locked door, and what was there is kept under a name', async () => {
  const { sides, wallet } = await loaded(1000)
  const backup = await backedUp(wallet)
  await wallet.lock()
  await restoreBeside(wallet, { ...backup, ...given }, ' My lost\u00ad wallet ')
  assert.deepEqual(register().aside, [{ disk: 'peerscrip-wallet', name: 'My lost wallet', at: sides.clock.at }])
  const next = await opened(sides)
  assert.equal(await next.status(), 'unlocked') // it is not asked for the passphrase again
  await finish(next)
  assert.equal((await found(next.open())).good.value, 1000)
  await books(next, sides)

  // The passphrase has come back: the wallet that was put aside is all there, and its copy of the money is worth nothing.
  takeUp('peerscrip-wallet', { name: 'Restored', at: sides.clock.at })
  assert.deepEqual(register().aside.map(({ name }) => name), ['Restored'])
  const before = await opened(sides)
  assert.equal(await before.status(), 'locked')
  await before.unlock(passphrase)
  assert.equal(await value(before), 1000)
  assert.equal((await before.follow((await before.withdraw(1000)).id)).reason, 'scrip-spent')
  takeUp(next.parts.disk.name, { name: 'Before', at: sides.clock.at })
  assert.deepEqual(register(), { current: next.parts.disk.name, aside: [{ disk: 'peerscrip-wallet', name: 'Before', at: sides.clock.at }] })
})

test('a backup that does not open puts nothing aside', async () => {
  const { sides, wallet } = await loaded(1000)
  const { bytes, phrase } = await backedUp(wallet)
  const { indexedDB } = globalThis
  const deleted = []
  globalThis.indexedDB = { ...indexedDB, deleteDatabase: name => (deleted.push(name), indexedDB.deleteDatabase(name)) }
  const other = (await newPhrase()).join(' ')
  await assert.rejects(restoreBeside(wallet, { bytes, phrase: other, ...given }, 'Old'), advice(/under another phrase/))
  await assert.rejects(restoreBeside(wallet, { bytes, phrase, passphrase: 'short' }, 'Old'), advice(/at least 10/))
  for (const name of ['', ' \u200b', 'x'.repeat(maxName + 1)]) {
    await assert.rejects(restoreBeside(wallet, { bytes, phrase, ...given }, name), advice(/Give it a name/))
  }
  assert.deepEqual(register(), { current: 'peerscrip-wallet', aside: [] })
  assert.equal(deleted.length, 5)
  assert.equal(await value(await opened(sides)), 1000)
})

test('a wallet is put aside, another one made in its place, and both are opened in turn', async () => {
  const { sides, wallet } = await made()
  await wallet.follow((await wallet.load(1000)).id)
  putAside({ name: 'One', at: sides.clock.at })
  await wallet.lock()
  const second = await opened(sides)
  assert.equal(await second.status(), 'none')
  await second.make('four unrelated words')
  await finish(second)
  assert.notEqual((await second.profile()).account, '')
  takeUp('peerscrip-wallet', { name: 'Two', at: sides.clock.at })
  assert.throws(() => takeUp('peerscrip-wallet', { name: 'Two', at: sides.clock.at }), { name: 'Advice' })
  const first = await opened(sides)
  await first.unlock(passphrase)
  assert.equal(await value(first), 1000)
  assert.deepEqual(register().aside.map(({ disk, name }) => [disk, name]), [[second.parts.disk.name, 'Two']])
})

test('an empty place is left when a wallet is taken up again', async () => {
  await made()
  putAside({ name: 'One', at: 1 })
  takeUp('peerscrip-wallet', { at: 2 })
  assert.deepEqual(register(), { current: 'peerscrip-wallet', aside: [] })
})

test('storage that the browser may take away is known: refused, unknown, or without an answer', async () => {
  for (const [storage, want] of [
    [{ persisted: async () => true }, false],
    [{ persisted: async () => false }, true], // refused, or a private window
    [{ persisted: async () => { throw new Error('not here') } }, true],
    [{}, true],
    [undefined, true],
  ]) assert.equal(await isFleeting(storage), want)
})
