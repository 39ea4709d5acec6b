// Backups: the phrase, the file, the drill, and a wallet restored beside the one that lives on or in its place. A "browser"
// here is a disk of its own; both talk to the same broker and stall.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backUp, drill, kept, lastBackup, names, tryOut } from '../wallet/backup.js'
import { maxSize, open, read, write } from '../wallet/backupfile.js'
import { keyOf, newPhrase } from '../wallet/phrase.js'
import { found, noted, restore } from '../wallet/restore.js'
import { kinds } from '../wallet/store.js'
import { books, buy, finish, made, page } from './help/page.mjs'

const passphrase = 'another passphrase'
const value = async wallet => (await wallet.balance()).broker?.scrip.value ?? 0
const bank = ({ broker }) => [...broker.bank.values()][0]
const notice = pattern => error => error.name === 'Notice' && pattern.test(error.message)
let browsers = 0

async function loaded(amount) {
  const { sides, wallet } = await made()
  await wallet.follow((await wallet.load(amount)).id)
  return { sides, wallet }
}

// A wallet with BrokerScrip of 15.00, VendorScrip of 12.50 and an order.
async function stocked() {
  const { sides, wallet } = await loaded(4000)
  await wallet.follow((await buy(wallet, sides, 0, 2500)).id)
  await finish(wallet)
  return { sides, wallet }
}

async function backedUp(wallet) {
  const phrase = (await newPhrase()).join(' ')
  return { phrase, ...await backUp(wallet, await keyOf(phrase)) }
}

async function restored(sides, { bytes, phrase }) {
  const wallet = await page(sides, `browser ${++browsers}`)
  await restore(wallet, { bytes, phrase, passphrase })
  await finish(wallet)
  return wallet
}

const sums = ({ good, bank, gone, unsure, added, blocked }) => ({
  good: [good.pieces, good.value], bank: [bank.pieces, bank.value], gone: [gone.pieces, gone.value], unsure: [unsure.pieces, unsure.value], added, blocked,
})
const nothing = { good: [0, 0], bank: [0, 0], gone: [0, 0], unsure: [0, 0], added: 0, blocked: false }

test('a phrase is twelve words, reads however it is written, and says what is wrong with it', async () => {
  const words = await newPhrase()
  assert.equal(words.length, 12)
  const key = await keyOf(words.join(' '))
  assert.equal(await keyOf(`\n${words.map((word, i) => `${i + 1}. ${word.toUpperCase()},`).join('\n')}`), key)
  assert.notEqual(await keyOf((await newPhrase()).join(' ')), key)
  await assert.rejects(keyOf(words.slice(1).join(' ')), notice(/12 words, and these are 11/))
  await assert.rejects(keyOf(words.with(3, 'scrip').join(' ')), notice(/“scrip” is no word/))
  await assert.rejects(keyOf('zoo '.repeat(12)), notice(/do not belong together/))
})

// So that a phrase on paper opens its backups for ever.
test('the key of a phrase does not change', async () => {
  assert.equal(await keyOf('legal winner thank year wave sausage worth useful legal winner thank yellow'), '-j5V3-_t79WiFkiiSydRrBeAtCpAAddWUMKaR5c3gOM')
})

test('a file opens with its key alone, whole, and only here', async () => {
  const key = await keyOf((await newPhrase()).join(' '))
  const contents = { records: [['profile', 'me', { account: 'MY-ACCOUNT' }]] }
  const bytes = await write(contents, key, 1_790_000_000)
  assert.deepEqual(await open(read(bytes), key), contents)
  assert.doesNotMatch(Buffer.from(bytes).toString(), /MY-/)
  await assert.rejects(open(read(bytes), await keyOf((await newPhrase()).join(' '))), notice(/under another phrase/))
  const file = JSON.parse(Buffer.from(bytes))
  const text = change => Buffer.from(JSON.stringify({ ...file, ...change }))
  for (const [name, change] of Object.entries({
    box: { box: `${file.box.startsWith('A') ? 'B' : 'A'}${file.box.slice(1)}` }, 'cut box': { box: file.box.slice(0, -8) }, iv: { iv: 'AAAAAAAAAAAAAAAA' },
    time: { made: file.made + 1 }, salt: { salt: 'AAAAAAAAAAAAAAAAAAAAAA' },
  })) await assert.rejects(open(read(text(change)), key), notice(/damaged/), name)
  assert.throws(() => read(text({ more: 1 })), notice(/damaged/))
  assert.throws(() => read(text({ version: 2 })), notice(/form 2, and this page reads form 1/))
  for (const strange of [bytes.subarray(0, 200), Buffer.from('{}'), Buffer.from('null'), Buffer.from('[]'), Buffer.from([0xff, 0xd8]), Buffer.alloc(0)]) {
    assert.throws(() => read(strange), notice(/not a backup/))
  }
  assert.throws(() => read(new Uint8Array(maxSize + 1)), notice(/larger than any backup/))
  await assert.rejects(write({ records: [['orders', 'x', 'y'.repeat(maxSize)]] }, key, 1), notice(/more than a backup can/))
  for (const records of [[], [['profile', 'other', {}]], [['profile', 'me', {}], ['unknown', 'x', {}]]]) {
    await assert.rejects(open(read(await write({ records }, key, 1)), key), notice(/damaged/))
  }
})

test('every kind of record is backed up, but the journal', () => {
  assert.deepEqual(Object.keys(names).toSorted(), kinds.filter(kind => kind !== 'messages').toSorted())
})

test('the drill finds what does not come back', async () => {
  const { wallet } = await stocked()
  const { bytes, phrase, value, orders } = await backedUp(wallet)
  assert.deepEqual([value, orders], [2750, 1])
  const key = await keyOf(phrase)
  const ctx = wallet.open()
  const { records } = await open(read(bytes), key)
  const without = kind => records.filter((row, i) => i !== records.findIndex(([of]) => of === kind))
  const changed = (kind, change) => records.map(row => row[0] === kind ? [kind, row[1], change(structuredClone(row[2]))] : row)
  const other = (await made()).wallet
  const { key: foreign } = await other.profile()
  for (const [name, rows] of Object.entries({
    purse: without('purses'), order: without('orders'), stall: without('merchants'), work: without('works'),
    value: changed('purses', purse => ({ ...purse, scrip: { ...purse.scrip, value: purse.scrip.value + 1 } })),
    secret: changed('purses', purse => ({ ...purse, secret: purse.secret.toReversed?.() ?? [...purse.secret].reverse().join('') })),
    account: changed('profile', profile => ({ ...profile, key: foreign })),
    pseudonym: changed('merchants', merchant => ({ ...merchant, pseudonym: foreign })),
  })) await assert.rejects(drill(await write({ records: rows }, key, 1), key, ctx), undefined, name)
  assert.deepEqual(await drill(bytes, key, ctx), { value: 2750, orders: 1 })
})

test('a drill leaves nothing behind, and a backup that fails it does not count', async () => {
  const { wallet } = await loaded(1000)
  const { subtle } = crypto
  const { sign } = subtle
  subtle.sign = async (algorithm, ...rest) => algorithm === 'Ed25519' ? new ArrayBuffer(64) : sign.call(subtle, algorithm, ...rest)
  await assert.rejects(backedUp(wallet), notice(/did not pass its trial/)).finally(() => delete subtle.sign)
  assert.equal(await kept(wallet.open()), undefined)
  await backedUp(wallet)
  assert.deepEqual(await lastBackup(wallet.open()).then(({ value, changed }) => ({ value, changed })), { value: 1000, changed: false })
})

test('a saved file is tried out, whenever it was made', async () => {
  const { wallet } = await loaded(1000)
  const { bytes, made } = await backedUp(wallet)
  await wallet.follow((await wallet.withdraw(1000)).id)
  assert.deepEqual(await tryOut(wallet, bytes), { made, value: 1000, orders: 0 })
  await assert.rejects(tryOut(wallet, bytes.subarray(9)), notice(/not a backup/))
  await backedUp(wallet)
  await assert.rejects(tryOut(wallet, bytes), notice(/under another phrase/))
})

test('later backups take no phrase, and tell when money has changed since', async () => {
  const { sides, wallet } = await loaded(4000)
  await assert.rejects(backUp(wallet), notice(/Make a recovery phrase first/))
  const first = await backedUp(wallet)
  assert.equal((await lastBackup(wallet.open())).changed, false)
  await wallet.follow((await buy(wallet, sides, 0)).id)
  await finish(wallet)
  assert.equal((await lastBackup(wallet.open())).changed, true)
  const second = await backUp(wallet)
  assert.equal((await lastBackup(wallet.open())).changed, false)
  const next = await restored(sides, { bytes: second.bytes, phrase: first.phrase })
  assert.deepEqual([await value(next), (await next.orders()).length], [2750, 1])
  assert.equal((await lastBackup(next.open())).changed, true, 'a restored wallet wants a backup of its own')
  await backUp(next)
  assert.equal((await lastBackup(next.open())).changed, false)
})

test('restored where nothing changed: all is there, and the old browser\'s copies are void', async () => {
  const { sides, wallet } = await stocked()
  const next = await restored(sides, await backedUp(wallet))
  await books(next, sides)
  assert.deepEqual(sums(await found(next.open())), { ...nothing, good: [2, 2750] })
  assert.equal((await next.profile()).account, (await wallet.profile()).account)
  assert.equal((await next.follow((await buy(next, sides, 0)).id)).state, 'done')
  await finish(next)
  assert.equal((await next.orders()).length, 2)
  await books(next, sides)
  assert.equal((await wallet.follow((await wallet.withdraw(1500)).id)).reason, 'scrip-spent')
  await noted(next)
  assert.equal(await found(next.open()), undefined)
})

test('the old browser can renew to what the restored one has, and loses nothing by it', async () => {
  const { sides, wallet } = await loaded(1000)
  const next = await restored(sides, await backedUp(wallet))
  await wallet.renew(true)
  await finish(wallet)
  assert.equal(await value(wallet), 1000)
  await books(wallet, sides)
  await books(next, sides)
  await wallet.follow((await wallet.withdraw(1000)).id)
  assert.equal((await next.follow((await next.withdraw(1000)).id)).state, 'done') // the same T20: answered again, paid once
  assert.deepEqual([bank(sides), sides.broker.live.size], [10_000, 0])
})

test('restored twice: the second finds what came of the first', async () => {
  const { sides, wallet } = await stocked()
  const backup = await backedUp(wallet)
  await restored(sides, backup)
  const second = await restored(sides, backup)
  assert.deepEqual(sums(await found(second.open())), { ...nothing, good: [2, 2750] })
  await books(second, sides)
})

const after = {
  'renewed since': { act: wallet => wallet.renew(true), found: { ...nothing, good: [2, 2750] }, left: 1500, stalls: 1250 },
  'topped up since': { act: wallet => wallet.load(500), found: { ...nothing, good: [2, 2750], added: 500 }, left: 2000, stalls: 1250 },
  'taken back since': { act: wallet => wallet.withdraw(1500), found: { ...nothing, good: [1, 1250], bank: [1, 1500] }, left: 0, stalls: 1250 },
  'left the market since': {
    act: async wallet => {
      for (const work of await wallet.leave(await wallet.leaving())) await wallet.follow(work.id)
    }, found: { ...nothing, bank: [2, 2750] }, left: 0, stalls: 0,
  },
  'spent since': {
    act: (wallet, sides) => buy(wallet, sides, 0), found: { ...nothing, good: [1, 1500], gone: [1, 1250] }, left: 1500, stalls: 0,
  },
  'exchanged since': {
    act: async (wallet, sides) => { // both pieces change: 12.50 is spent, and 15.00 becomes 2.50
      await wallet.follow((await buy(wallet, sides, 0)).id)
      return buy(wallet, sides, 0)
    }, found: { ...nothing, gone: [2, 2750], blocked: true }, left: 0, stalls: 0,
  },
  'topped up and exchanged since': {
    act: async (wallet, sides) => {
      await wallet.follow((await wallet.load(500)).id)
      await wallet.follow((await buy(wallet, sides, 0)).id)
      return buy(wallet, sides, 0)
    }, found: { ...nothing, gone: [2, 2750], blocked: true }, left: 0, stalls: 0,
  },
}

for (const [name, way] of Object.entries(after)) {
  test(`a backup that is old: ${name}`, async () => {
    const { sides, wallet } = await stocked()
    const backup = await backedUp(wallet)
    const work = await way.act(wallet, sides)
    if (work) assert.equal((await wallet.follow(work.id)).state, 'done')
    await finish(wallet)
    const money = bank(sides)
    const next = await restored(sides, backup)
    assert.deepEqual(sums(await found(next.open())), way.found)
    const { stalls } = await next.balance()
    assert.deepEqual([await value(next), stalls[0]?.total ?? 0, bank(sides)], [way.left, way.stalls, money])
    // The wallet that lived on has lost nothing but what the restored one now holds.
    const live = [...sides.broker.live.values(), ...sides.stall.live.values()].reduce((sum, row) => sum + row.scrip.value, 0)
    assert.equal(bank(sides) + live + sides.stall.orders.reduce((sum, order) => sum + order.price, 0), 10_000)
  })
}

test('money elsewhere at the bank is not taken for a top-up', async () => {
  const { sides, wallet } = await stocked()
  const backup = await backedUp(wallet)
  await wallet.follow((await wallet.load(500)).id)
  const [reference] = sides.broker.bank.keys()
  sides.broker.bank.set(reference, bank(sides) - 700)
  const next = await restored(sides, backup)
  assert.deepEqual(sums(await found(next.open())), { ...nothing, good: [1, 1250], gone: [1, 1500], blocked: true })
  sides.broker.bank.set(reference, bank(sides) + 700)
  assert.equal(await value(wallet), 2000)
})

// What was under way at the backup, caught after each message, and carried on by the restored wallet alone or after the old
// one has finished it.
for (const lives of [false, true]) {
  for (const [n, path] of ['acquisitions', 'announcements', 'exchanges', 'purchases'].entries()) {
    for (const fate of ['lost', 'unanswered']) {
      test(`a checkout backed up while ${path} is ${fate}, then ${lives ? 'finished here too' : 'only restored'}`, async () => {
        const { sides, wallet } = await made()
        let down = true
        sides.wire = name => down && name.endsWith(path) ? fate : ''
        const { id } = await buy(wallet, sides, 2000, 1500)
        for (let i = 0; i < 500 && !sides.seen.some(name => name.endsWith(path)); i++) await new Promise(resolve => setTimeout(resolve, 2))
        const backup = await backedUp(wallet)
        down = false
        if (lives) {
          assert.equal((await wallet.follow(id)).state, 'done')
          await finish(wallet)
        } else wallet.drop()
        const next = await restored(sides, backup)
        await finish(next)
        assert.ok((await next.works()).every(({ state }) => state !== 'running'), JSON.stringify(await next.works().then(works => works.filter(w => w.state === 'running').map(w => [w.kind, w.items[w.at].transaction, w.items[w.at].phase]))))
        assert.ok(sides.stall.orders.length <= 1, 'nothing is bought twice')
        if (lives || n === 3) assert.equal(sides.stall.orders.length, 1)
        else assert.equal(sides.stall.orders.length, 0, 'a restored wallet begins nothing')
        if (!lives) await books(next, sides)
        assert.equal((await next.orders()).length, n === 3 ? 1 : 0)
      })
    }
  }
}

// The same for more at a stall (T15) and for giving back (T22), from a wallet with 2.50 there and 35.00 of BrokerScrip.
const underWay = {
  extensions: { act: (wallet, sides) => buy(wallet, sides, 0), finished: sides => assert.equal(sides.stall.orders.length, 2), left: 3750 },
  givebacks: { act: async wallet => (await wallet.leave(await wallet.leaving()))[0], finished: sides => assert.equal(bank(sides), 8750), left: 3500 },
}

for (const lives of [false, true]) {
  for (const [path, way] of Object.entries(underWay)) {
    for (const fate of ['lost', 'unanswered']) {
      test(`a backup while ${path} is ${fate}, then ${lives ? 'finished here too' : 'only restored'}`, async () => {
        const { sides, wallet } = await made()
        await wallet.follow((await buy(wallet, sides, 5000, 1500)).id)
        await finish(wallet)
        let down = true
        sides.wire = name => down && name.endsWith(path) ? fate : ''
        const work = await way.act(wallet, sides)
        for (let i = 0; i < 500 && !sides.seen.some(name => name.endsWith(path)); i++) await new Promise(resolve => setTimeout(resolve, 2))
        const backup = await backedUp(wallet)
        down = false
        if (lives) {
          assert.equal((await wallet.follow(work.id)).state, 'done')
          await finish(wallet)
          way.finished(sides)
        } else wallet.drop()
        const next = await restored(sides, backup)
        await finish(next)
        assert.deepEqual((await next.works()).filter(({ state }) => state === 'running'), [])
        if (lives) return
        await books(next, sides)
        const { broker, stalls } = await next.balance()
        assert.equal((broker?.scrip.value ?? 0) + (stalls[0]?.total ?? 0), way.left)
      })
    }
  }
}

test('a counter that another copy has passed costs one refusal', async () => {
  const { sides, wallet } = await made()
  const backup = await backedUp(wallet)
  for (const amount of [100, 200, 300]) {
    await wallet.follow((await wallet.load(amount)).id)
    await wallet.follow((await wallet.withdraw(amount)).id)
  }
  const next = await restored(sides, backup)
  for (const one of [next, wallet, next]) {
    const [first] = [await one.follow((await one.load(500)).id)]
    if (first.state === 'stopped') {
      assert.equal(first.reason, 'counter-stale')
      assert.equal((await one.follow((await one.load(500)).id)).state, 'done')
    }
    sides.clock.at++
    await one.follow((await one.withdraw(500)).id)
  }
  assert.equal(bank(sides), 10_000)
})

test('a restore is refused in words', async () => {
  const { sides, wallet } = await loaded(1000)
  const { bytes, phrase } = await backedUp(wallet)
  const next = await page(sides, `browser ${++browsers}`)
  const other = (await newPhrase()).join(' ')
  await assert.rejects(restore(next, { bytes, phrase: other, passphrase }), notice(/under another phrase/))
  await assert.rejects(restore(next, { bytes, phrase: 'no phrase', passphrase }), notice(/no word of a recovery phrase/))
  await assert.rejects(restore(next, { bytes, phrase, passphrase: 'short' }), notice(/at least 10/))
  await assert.rejects(restore(next, { bytes: bytes.subarray(5), phrase, passphrase }), notice(/not a backup/))
  assert.equal(await next.status(), 'none')
  await assert.rejects(restore(wallet, { bytes, phrase, passphrase }), notice(/already a wallet/))
  sides.broker.id = 'AAAAAAAAAAAAAAAAAAAAAA'
  await assert.rejects(restore(next, { bytes, phrase, passphrase }), notice(/another broker/))
  assert.equal(await next.status(), 'none')
})

test('restored while the broker is away: it asks until it is back', async () => {
  const { sides, wallet } = await loaded(1000)
  const backup = await backedUp(wallet)
  wallet.drop()
  let away = 6
  sides.wire = () => away-- > 0 ? 'lost' : ''
  const next = await page(sides, `browser ${++browsers}`)
  await restore(next, { ...backup, passphrase })
  assert.deepEqual((await found(next.open())).waiting, [''])
  await finish(next)
  assert.deepEqual((await found(next.open())).waiting, [])
  assert.deepEqual(sums(await found(next.open())), { ...nothing, good: [1, 1000] })
  await books(next, sides)
})
