// Backups: the phrase, the file, and the drill.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backUp, drill, kept, lastBackup, names, tryOut } from '../wallet/backup.js'
import { maxSize, open, read, write } from '../wallet/backupfile.js'
import { keyOf, newPhrase } from '../wallet/phrase.js'
import { kinds } from '../wallet/rows.js'
import { backedUp, loaded, advice, restored, stocked, value } from './help/backups.mjs'
import { buy, finish, made } from './help/page.mjs'

test('a phrase is twelve words, reads however it is written, and says what is wrong with it', async () => {
  const words = await newPhrase()
  assert.equal(words.length, 12)
  const key = await keyOf(words.join(' '))
  assert.equal(await keyOf(`\n${words.map((word, i) => `${i + 1}. ${word.toUpperCase()},`).join('\n')}`), key)
  assert.notEqual(await keyOf((await newPhrase()).join(' ')), key)
  await assert.rejects(keyOf(words.slice(1).join(' ')), advice(/12 words, and these are 11/))
  await assert.rejects(keyOf(words.with(3, 'scrip').join(' ')), advice(/“scrip” is no word/))
  await assert.rejects(keyOf('zoo '.repeat(12)), advice(/do not belong together/))
})

// So that a phrase on paper opens its backups for ever.
test('the key of a phrase does not change', async () => {
  assert.equal(await keyOf('legal winner thank year wave sausage worth useful legal winner thank yellow'), '-j5V3-_t79WiFkiiSydRrBeAtCpAAddWUMKaR5c3gOM')
})

test('a file opens with its key alone, whole, and only here', async () => {
  const key = await keyOf((await newPhrase()).join(' '))
  const contents = { rows: [['profile', 'me', { account: 'MY-ACCOUNT' }]] }
  const bytes = await write(contents, key, 1_790_000_000)
  assert.deepEqual(await open(read(bytes), key), contents)
  assert.doesNotMatch(Buffer.from(bytes).toString(), /MY-/)
  await assert.rejects(open(read(bytes), await keyOf((await newPhrase()).join(' '))), advice(/under another phrase/))
  const file = JSON.parse(Buffer.from(bytes))
  const text = change => Buffer.from(JSON.stringify({ ...file, ...change }))
  for (const [name, change] of Object.entries({
    box: { box: `${file.box.startsWith('A') ? 'B' : 'A'}${file.box.slice(1)}` }, 'cut box': { box: file.box.slice(0, -8) }, iv: { iv: 'AAAAAAAAAAAAAAAA' },
    time: { made: file.made + 1 }, salt: { salt: 'AAAAAAAAAAAAAAAAAAAAAA' },
  })) await assert.rejects(open(read(text(change)), key), advice(/damaged/), name)
  assert.throws(() => read(text({ more: 1 })), advice(/damaged/))
  assert.throws(() => read(text({ version: 2 })), advice(/form 2, and this page reads form 1/))
  for (const strange of [bytes.subarray(0, 200), Buffer.from('{}'), Buffer.from('null'), Buffer.from('[]'), Buffer.from([0xff, 0xd8]), Buffer.alloc(0)]) {
    assert.throws(() => read(strange), advice(/not a backup/))
  }
  assert.throws(() => read(new Uint8Array(maxSize + 1)), advice(/larger than any backup/))
  await assert.rejects(write({ rows: [['orders', 'x', 'y'.repeat(maxSize)]] }, key, 1), advice(/more than a backup can/))
  for (const rows of [[], [['profile', 'other', {}]], [['profile', 'me', {}], ['unknown', 'x', {}]]]) {
    await assert.rejects(open(read(await write({ rows }, key, 1)), key), advice(/damaged/))
  }
})

test('every kind of row is backed up, but the transcript and what is of this browser alone', () => {
  assert.deepEqual(Object.keys(names).toSorted(), kinds.filter(kind => !['transcript', 'backup', 'restored'].includes(kind)).toSorted())
})

test('the drill finds what does not come back', async () => {
  const { wallet } = await stocked()
  const { bytes, phrase, value, orders } = await backedUp(wallet)
  assert.deepEqual([value, orders], [2750, 1])
  const key = await keyOf(phrase)
  const ctx = wallet.open()
  const { rows } = await open(read(bytes), key)
  const without = kind => rows.filter((row, i) => i !== rows.findIndex(([of]) => of === kind))
  const changed = (kind, change) => rows.map(row => row[0] === kind ? [kind, row[1], change(structuredClone(row[2]))] : row)
  const other = (await made()).wallet
  const { key: foreign } = await other.profile()
  for (const [name, rows] of Object.entries({
    holding: without('holdings'), order: without('orders'), stall: without('merchants'), work: without('works'),
    value: changed('holdings', holding => ({ ...holding, scrip: { ...holding.scrip, value: holding.scrip.value + 1 } })),
    secret: changed('holdings', holding => ({ ...holding, secret: holding.secret.toReversed?.() ?? [...holding.secret].reverse().join('') })),
    account: changed('profile', profile => ({ ...profile, key: foreign })),
    pseudonym: changed('merchants', merchant => ({ ...merchant, pseudonym: foreign })),
  })) await assert.rejects(drill(await write({ rows: rows }, key, 1), key, ctx), undefined, name)
  assert.deepEqual(await drill(bytes, key, ctx), { value: 2750, orders: 1 })
})

test('a drill leaves nothing behind, and a backup that fails it does not count', async () => {
  const { wallet } = await loaded(1000)
  const { subtle } = crypto
  const { sign } = subtle
  subtle.sign = async (algorithm, ...rest) => algorithm === 'Ed25519' ? new ArrayBuffer(64) : sign.call(subtle, algorithm, ...rest)
  await assert.rejects(backedUp(wallet), advice(/did not pass its trial/)).finally(() => delete subtle.sign)
  assert.equal(await kept(wallet.open()), undefined)
  await backedUp(wallet)
  assert.deepEqual(await lastBackup(wallet.open()).then(({ value, changed }) => ({ value, changed })), { value: 1000, changed: false })
})

test('a saved file is tried out, whenever it was made', async () => {
  const { wallet } = await loaded(1000)
  const { bytes, made } = await backedUp(wallet)
  await wallet.follow((await wallet.withdraw(1000)).id)
  assert.deepEqual(await tryOut(wallet, bytes), { made, value: 1000, orders: 0 })
  await assert.rejects(tryOut(wallet, bytes.subarray(9)), advice(/not a backup/))
  await backedUp(wallet)
  await assert.rejects(tryOut(wallet, bytes), advice(/under another phrase/))
})

test('later backups take no phrase, and tell when money has changed since', async () => {
  const { sides, wallet } = await loaded(4000)
  await assert.rejects(backUp(wallet), advice(/Make a recovery phrase first/))
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
