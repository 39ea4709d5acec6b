// Passkeys: beside the passphrase, each opens the wallet it was set up for, and nothing else does.
import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { putAside, register, takeUp } from '../wallet/aside.js'
import { without } from '../wallet/passkey.js'
import { addPasskey, hasPasskeys, maxName, maxPasskeys, passkeys, removePasskey, renewPassphrase, unlockWithPasskey } from '../wallet/passkeys.js'
import { restoreBeside } from '../wallet/restore.js'
import { newDataKey, unwrapWith, wrapWith } from '../wallet/vault.js'
import { Authenticator } from './help/authenticator.mjs'
import { advice, backedUp, loaded, value } from './help/backups.mjs'
import { made, page, passphrase } from './help/page.mjs'

const name = 'My phone'
const named = async wallet => (await passkeys(wallet)).map(({ name }) => name)

// A page of the wallet on the same disk, with an authenticator at hand.
async function withKey(sides, credentials, disk) {
  const wallet = await page(sides, disk)
  wallet.parts.credentials = credentials
  return wallet
}

async function set(given = {}) {
  const { sides, wallet } = given.wallet ? given : await made()
  const phone = wallet.parts.credentials = new Authenticator()
  await addPasskey(wallet, { name, passphrase })
  return { sides, wallet, phone }
}

test('a wrap opens with its own secret, for its own passkey and salt, and with nothing else', async () => {
  const [dataKey, secret, other] = [newDataKey(), newDataKey(), newDataKey()]
  const passkey = { id: 'one', salt: 'salt' }
  const wrap = await wrapWith(dataKey, secret, passkey)
  assert.deepEqual(await unwrapWith(wrap, secret, passkey), dataKey)
  const again = await wrapWith(dataKey, secret, passkey)
  assert.notEqual(again.wrapped, wrap.wrapped)
  await assert.rejects(unwrapWith(wrap, other, passkey), { name: 'Advice' })
  await assert.rejects(unwrapWith(wrap, secret, { ...passkey, id: 'two' }), { name: 'Advice' })
  await assert.rejects(unwrapWith(wrap, secret, { ...passkey, salt: 'other' }), { name: 'Advice' })
  for (const bad of [undefined, {}, { ...wrap, version: 2 }, { ...wrap, kdf: 'none' }, { ...wrap, more: 1 }, { ...wrap, wrapped: 'AAAA' }, { ...wrap, iv: wrap.wrapped }]) {
    await assert.rejects(unwrapWith(bad, secret, passkey), { name: 'Advice' }, JSON.stringify(bad))
  }
})

test('set up, tried out, and from then on one press unlocks; the passphrase still does', async () => {
  const { sides, wallet, phone } = await set()
  assert.deepEqual(phone.asked, ['create', 'get'])
  assert.deepEqual(await named(wallet), [name])
  const { account } = await wallet.profile()
  await wallet.lock()
  const next = await withKey(sides, phone)
  assert.equal(await hasPasskeys(next), true)
  await unlockWithPasskey(next)
  assert.equal(await next.status(), 'unlocked')
  assert.equal((await next.profile()).account, account)
  await next.lock()
  await next.unlock(passphrase)
  assert.deepEqual(await named(next), [name])
})

test('what lies on disk opens nothing without the authenticator, and tells no name', async () => {
  const { sides, wallet, phone } = await set()
  await wallet.lock()
  const lies = JSON.stringify(await wallet.parts.disk.passkeys())
  assert.doesNotMatch(lies, /phone/i)
  const next = await withKey(sides, new Authenticator()) // a thief's own
  await assert.rejects(unlockWithPasskey(next), advice(/cancelled, or took too long/))
  const [id] = phone.credentials.keys()
  next.parts.credentials.credentials.set(id, { verified: newDataKey(), touched: newDataKey() }) // that says it is the one
  await assert.rejects(unlockWithPasskey(next), advice(/does not open this wallet/))
  phone.credentials.get(id).verified = phone.credentials.get(id).touched // touched, by somebody it does not know
  next.parts.credentials = phone
  await assert.rejects(unlockWithPasskey(next), advice(/does not open this wallet/))
  assert.equal(await next.status(), 'locked')
})

test('several, of which each unlocks; one that is removed does not any more, and the others do', async () => {
  const { sides, wallet, phone } = await set()
  const key = wallet.parts.credentials = new Authenticator()
  sides.clock.at++
  await addPasskey(wallet, { name: ' Blue\u00ad key ', passphrase })
  assert.deepEqual(await named(wallet), [name, 'Blue key'])
  for (const one of [phone, key]) {
    await wallet.lock()
    wallet.parts.credentials = one
    await unlockWithPasskey(wallet)
  }
  const [{ id }] = await passkeys(wallet)
  await removePasskey(wallet, id)
  assert.deepEqual(await named(wallet), ['Blue key'])
  await wallet.lock()
  wallet.parts.credentials = phone
  await assert.rejects(unlockWithPasskey(wallet), { name: 'Advice' })
  wallet.parts.credentials = key
  await unlockWithPasskey(wallet)
  await removePasskey(wallet, (await passkeys(wallet))[0].id)
  assert.equal(await hasPasskeys(wallet), false)
})

test('what does not work out changes nothing, and is said in words', async () => {
  const { wallet } = await made()
  const add = (given = {}) => addPasskey(wallet, { name, passphrase, ...given })
  await assert.rejects(add(), advice(/This browser has no passkeys/))
  const phone = wallet.parts.credentials = new Authenticator()
  await assert.rejects(add({ passphrase: 'not the passphrase' }), advice(/does not open this wallet/))
  for (const bad of ['', ' \u200b', 'x'.repeat(maxName + 1)]) await assert.rejects(add({ name: bad }), advice(/Give it a name/))
  assert.deepEqual(phone.asked, []) // nobody was asked for anything
  phone.prf = false
  await assert.rejects(add(), advice(/signs in to sites, and gives nothing/))
  phone.prf = true
  for (const what of ['create', 'get']) {
    phone.cancelling = what
    await assert.rejects(add(), advice(/It was cancelled/))
  }
  phone.cancelling = ''
  for (const [error, said] of Object.entries({ ConstraintError: /cannot tell that it is you/, SecurityError: /a site|sites that have a name/, NotSupportedError: /cannot unlock a wallet/ })) {
    phone.error = error
    await assert.rejects(add(), advice(said))
  }
  phone.error = 'DataError'
  await assert.rejects(add(), { name: 'DataError' }) // a mistake of this program
  assert.deepEqual(await passkeys(wallet), [])
  phone.error = ''
  await add()
  await assert.rejects(add(), advice(/opens the wallet already/))
  for (let i = 1; i < maxPasskeys; i++) {
    wallet.parts.credentials = new Authenticator()
    await add()
  }
  await assert.rejects(add(), advice(/Remove one first/))
})

test('a changed passphrase leaves passkeys as they are, and a passkey gives a new passphrase to who forgot it', async () => {
  const { wallet } = await set()
  await wallet.changePassphrase(passphrase, 'another passphrase')
  await wallet.lock()
  await unlockWithPasskey(wallet)
  await assert.rejects(renewPassphrase(wallet, 'short'), advice(/at least 10/))
  await renewPassphrase(wallet, 'a third passphrase')
  await wallet.lock()
  await assert.rejects(wallet.unlock('another passphrase'), { name: 'Advice' })
  await wallet.unlock('a third passphrase')
  await wallet.lock()
  await unlockWithPasskey(wallet)
})

test('a restored wallet has no passkey, one put aside keeps its own, and none opens the other', async () => {
  const { sides, wallet, phone } = await set(await loaded(1000))
  const backup = await backedUp(wallet)
  await wallet.lock()
  await restoreBeside(wallet, { ...backup, passphrase: 'of the restored one' }, 'Before')
  const restored = await withKey(sides, phone, register().current)
  await restored.recover()
  assert.equal(await hasPasskeys(restored), false)
  await addPasskey(restored, { name, passphrase: 'of the restored one' })
  assert.equal(phone.credentials.size, 2) // the one of the wallet before is not replaced
  await restored.lock()
  await unlockWithPasskey(restored)
  assert.equal(await value(restored), 1000)
  takeUp('peerscrip-wallet', { name: 'Restored', at: sides.clock.at })
  const before = await withKey(sides, phone, register().current)
  await unlockWithPasskey(before)
  assert.equal(await value(before), 1000)
  putAside({ name: 'Both', at: sides.clock.at })
  assert.equal(await hasPasskeys(await withKey(sides, phone, register().current)), false)
})

test('a wallet that was locked while its person looked for the key is opened by it afterwards', async () => {
  const { wallet } = await made()
  const phone = wallet.parts.credentials = new Authenticator()
  const { get } = phone
  phone.get = async asked => {
    await wallet.lock() // it was idle
    return get(asked)
  }
  await addPasskey(wallet, { name, passphrase })
  phone.get = get
  await unlockWithPasskey(wallet)
  assert.deepEqual(await named(wallet), [name])
})

const { PublicKeyCredential } = globalThis
afterEach(() => { globalThis.PublicKeyCredential = PublicKeyCredential })

test('why there are none is said before anything is asked', async () => {
  const phone = new Authenticator()
  assert.match(await without(phone, { hostname: '127.0.0.1' }), /under a number/)
  assert.match(await without(phone, { hostname: '[::1]' }), /under a number/)
  assert.match(await without(phone, { hostname: 'market.test' }), /This browser has no passkeys/)
  globalThis.PublicKeyCredential = class {}
  assert.match(await without(undefined, { hostname: 'market.test' }), /This browser has no passkeys/)
  assert.equal(await without(phone, { hostname: 'market.test' }), '')
  globalThis.PublicKeyCredential.getClientCapabilities = async () => ({ 'extension:prf': false })
  assert.match(await without(phone, { hostname: 'market.test' }), /no “PRF”/)
  globalThis.PublicKeyCredential.getClientCapabilities = async () => ({ 'extension:prf': true })
  assert.equal(await without(phone, { hostname: 'market.test' }), '')
})
