// Another key for the account: the wallet spends on, also when the answer was lost or the page died; a copy made before spends nothing
// more, and says so; and the money at stalls is new.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kept, lastBackup } from '../wallet/backup.js'
import { newKey } from '../wallet/base64url.js'
import { login } from '../wallet/selling.js'
import { backedUp, restored, stocked } from './help/backups.mjs'
import { openRequest } from './help/open.mjs'
import { books, finish, killedAt, reload } from './help/page.mjs'

const replace = async wallet => wallet.follow((await wallet.replaceKey()).id)
const keyOf = async wallet => (await wallet.profile()).key.x
const atStall = async wallet => (await wallet.balance()).stalls.flatMap(({ holdings }) => holdings.map(({ scrip }) => scrip.scrip_id))

const account = ({ broker }) => [...broker.accounts.values()][0]

for (const fate of ['', 'lost', 'unanswered']) test(`the wallet signs with another key, the first answer ${fate || 'there'}`, async () => {
  const { sides, wallet } = await stocked()
  const [before, money] = [await keyOf(wallet), await atStall(wallet)]
  let tries = 0
  sides.wire = path => path.endsWith('/rekeyings') && tries++ === 0 ? fate : ''
  assert.equal((await replace(wallet)).state, 'done')
  await finish(wallet)
  assert.notEqual(await keyOf(wallet), before)
  assert.equal(account(sides).key.x, await keyOf(wallet))
  assert.notDeepEqual(await atStall(wallet), money)
  assert.equal(await wallet.exposed(), 0)
  assert.equal(await wallet.superseded(), false)
  await books(wallet, sides)
  const work = await wallet.withdraw(1500)
  assert.equal((await wallet.follow(work.id)).state, 'done')
  await finish(wallet)
  await books(wallet, sides)
})

test('two at once are one', async () => {
  const { wallet } = await stocked()
  const [one, other] = await Promise.all([wallet.replaceKey(), wallet.replaceKey()])
  assert.equal(one.id, other.id)
})

test('what a stall that is away has not renewed is told, and renewed when it is back', async () => {
  const { sides, wallet } = await stocked()
  const money = await atStall(wallet)
  sides.wire = path => path.includes(`/stalls/${sides.stall.id}/renewals`) ? 'lost' : ''
  await replace(wallet)
  await finish(wallet)
  assert.equal(await wallet.exposed(), 1250)
  sides.wire = () => ''
  await finish(wallet)
  assert.equal(await wallet.exposed(), 0)
  assert.notDeepEqual(await atStall(wallet), money)
  await books(wallet, sides)
})

test('a renewal that the key before asked of the broker is answered to it', async () => {
  const { sides, wallet } = await stocked()
  sides.wire = path => path.endsWith('/broker/renewals') ? 'unanswered' : ''
  sides.clock.at += 365 * 24 * 3600 - 3 * 24 * 3600
  void wallet.renew()
  for (let i = 0; i < 2000 && !sides.seen.some(path => path.endsWith('/broker/renewals')); i++) await new Promise(resolve => setTimeout(resolve, 1))
  await replace(wallet)
  sides.wire = () => ''
  await finish(wallet)
  await books(wallet, sides)
})

test('the last backup counts no more; a new one does', async () => {
  const { wallet } = await stocked()
  await backedUp(wallet)
  assert.ok(await lastBackup(wallet.open()))
  await replace(wallet)
  assert.equal(await kept(wallet.open()), undefined)
})

test('a backup of before opens, and spends nothing but says so', async () => {
  const { sides, wallet } = await stocked()
  const backup = await backedUp(wallet)
  const orders = (await wallet.orders()).length
  await replace(wallet)
  await finish(wallet)
  const other = await restored(sides, backup)
  assert.equal((await other.orders()).length, orders)
  assert.equal(await other.superseded(), true)
  const load = await other.load(500)
  const ended = await other.follow(load.id)
  assert.deepEqual([ended.state, ended.reason], ['stopped', 'key-replaced'])
})

test('LOGIN is by the new key', async () => {
  const { sides, wallet } = await stocked()
  await replace(wallet)
  const sealed = await login(wallet, sides.stall.id, newKey(), sides.stall.envelope.open)
  const { account: id } = await wallet.profile()
  const { body } = await openRequest(sealed, [sides.stall.envelope.secret], { types: ['LOGIN'], aud: sides.stall.id, signers: { [id]: [account(sides).key] } })
  assert.equal(body.vendor, sides.stall.id)
})

test('the page is killed after every write of it', async () => {
  for (let at = 0; at < 8; at++) {
    const { sides, wallet } = await stocked()
    const next = await killedAt(at, { sides, wallet }, () => replace(wallet))
    const again = await reload(next, sides)
    for (const work of await again.works()) if (work.purpose === 'rekey') await again.follow(work.id)
    await finish(again)
    assert.equal(account(sides).key.x, await keyOf(again), `killed at write ${at}`)
    assert.equal(await again.exposed(), 0, `killed at write ${at}`)
    await books(again, sides)
  }
})
