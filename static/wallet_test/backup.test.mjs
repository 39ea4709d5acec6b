// Backups: the phrase, the file, and the drill.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { backUp, drill, kept, lastBackup, names, tryOut } from '../wallet/backup.js'
import { maxSize, open, read, room, write } from '../wallet/backupfile.js'
import { Advice } from '../wallet/errors.js'
import { keyOf, newPhrase } from '../wallet/phrase.js'
import { linesOf, makeAll, parse } from '../wallet/bundle.js'
import { kinds } from '../wallet/rows.js'
import { overLongAgo, thin } from '../wallet/thin.js'
import { backedUp, loaded, advice, restored, stocked, value } from './help/backups.mjs'
import { buy, finish, made, wanted } from './help/page.mjs'

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
  assert.doesNotMatch(Buffer.from(bytes).toString(), /MY-ACCOUNT/)
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
  await assert.rejects(write({ rows: [['orders', 'x', 'y'.repeat(9000)]] }, key, 1, 12_000), advice(/more than a backup can/))
  for (const rows of [[], [['profile', 'other', {}]], [['profile', 'me', {}], ['unknown', 'x', {}]]]) {
    await assert.rejects(open(read(await write({ rows }, key, 1)), key), advice(/damaged/))
  }
})

// Files that were made by another program, from docs/protocol.md alone.
test('a backup is what the document says', async () => {
  const vectors = JSON.parse(await readFile(new URL('../../services/wallet/testdata/backups/backups.json', import.meta.url), 'utf8'))
  assert.ok(vectors.length >= 10)
  for (const { name, phrase, key, file, result, contents } of vectors) {
    assert.equal(await keyOf(phrase), key, name)
    const opened = Promise.resolve().then(() => open(read(Buffer.from(file)), key))
    if (result === 'ok') assert.deepEqual(await opened, contents, name)
    else await assert.rejects(opened, Advice, name)
  }
})

test('every kind of row is backed up, but the transcript, photos and what is of this browser alone', () => {
  assert.deepEqual(Object.keys(names).toSorted(), kinds.filter(kind => !['transcript', 'backup', 'restored', 'photos'].includes(kind)).toSorted())
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

// What base64 and the frame of a file make of so many bytes in its box.
const fileSize = bytes => Math.ceil((bytes + 16) / 3) * 4 + 1000
const sizeOf = rows => Buffer.byteLength(JSON.stringify(rows.map(([kind, id, value]) => [kind, id, { ...value, ...signed('') }]))) +
  rows.reduce((sum, [, , { lines: [{ offer }] = [{ offer: '' }], mandate = '', order = '', paid = '', certificate = '' }]) => sum + [offer, mandate, order, paid, certificate].join('').length, 0)
const says = body => `e30.${Buffer.from(JSON.stringify({ body })).toString('base64url')}.`
const signed = offer => ({ lines: [{ title: '\u{1f3e0}'.repeat(120), quantity: 1, offer }], order: offer, mandate: offer && says({}) + offer.slice(0, 2000), certificate: offer.slice(0, 2048), paid: offer && `e30.${Buffer.from('{"body":{"order_id":"AAAAAAAAAAAAAAAAAAAAAA"}}').toString('base64url')}.${'s'.repeat(86)}` })

test('a backup of 10,000 purchases fits, however long the offers and notes', () => {
  const offer = 'o'.repeat(40_960)
  const orders = Array.from({ length: 10_000 }, (_, i) => {
    const tx = String(i).padStart(22, '0')
    return ['orders', tx, { tx, at: i, vendor: 'v'.repeat(22), stall: '\u{1f3e0}'.repeat(60), price: 1, delivery: '\u{1f3e0}'.repeat(500), ...signed(offer) }]
  })
  const works = Array.from({ length: 10_000 }, (_, i) => ['works', `w${i}`, { id: `w${i}`, purpose: 'checkout', state: 'done', items: [{ transaction: '6.3', phase: 'done', offer }], about: {}, changed: 1 }])
  const rows = [['profile', 'me', {}], ...works, ...orders]
  const kept = thin(rows, room)
  assert.equal(kept.filter(([kind]) => kind === 'works').length, 0, 'what is over is in its order')
  const found = kept.filter(([kind]) => kind === 'orders').map(([, , order]) => order)
  assert.equal(found.length, 10_000, 'every order')
  const bare = found.filter(order => order.bare !== undefined)
  assert.ok(bare.length > 0 && bare.length < 10_000)
  assert.ok(Math.max(...bare.map(({ at }) => at)) < Math.min(...found.filter(order => order.bare === undefined).map(({ at }) => at)), 'the oldest go without')
  assert.deepEqual([bare[0].bare, bare[0].lines[0].offer, bare[0].delivery.length], ['AAAAAAAAAAAAAAAAAAAAAA', '', 1000])
  assert.ok(fileSize(sizeOf(kept)) <= maxSize, `${fileSize(sizeOf(kept))} of ${maxSize}`)
  assert.ok(fileSize(sizeOf(kept)) > maxSize - 200_000, 'no more than must be')
  assert.deepEqual(thin(kept, room), kept)
})

test('of works that ended, those stay that may be asked for again, and what says who one is', () => {
  const work = (id, purpose, state, item, changed = 0) => ({ id, purpose, state, changed, at: 0, items: [item], about: {} })
  const refused = { transaction: '6.7', phase: 'refused', scrip: 'here', order: {} }
  const works = [
    work('running', 'checkout', 'running', { transaction: '6.3' }), work('join', 'join', 'done', { transaction: 'account', phase: 'done' }),
    work('stall', 'stall', 'done', { transaction: 'stall', phase: 'done' }), work('here', 'giveback', 'stopped', refused), work('gone', 'giveback', 'stopped', { ...refused, scrip: 'gone' }),
    work('load', 'load', 'stopped', { transaction: '6.1', phase: 'refused', request: {} }), work('done', 'checkout', 'done', { transaction: '6.3', phase: 'done' }),
    work('today', 'checkout', 'done', { transaction: '6.3', phase: 'done' }, 100_000),
  ]
  const holdings = [{ scrip: { scrip_id: 'here' }, vendor: 'stall' }]
  const rows = [...works.map(value => ['works', value.id, value]), ['holdings', 'here', holdings[0]]]
  assert.deepEqual(thin(rows, room).map(([, id]) => id), ['running', 'join', 'stall', 'here', 'load', 'here'])
  assert.deepEqual(overLongAgo(works, holdings, 100_000).map(({ id, value }) => [id, value]), [['gone', null], ['done', null]])
})

test('works that are over go, and their orders stay, in the wallet and in its backup', async () => {
  const { sides, wallet } = await stocked()
  const before = (await wallet.works()).length
  sides.clock.at += 2 * 24 * 3600
  await finish(wallet)
  assert.deepEqual([before, (await wallet.works()).map(({ purpose }) => purpose)], [3, ['join']])
  const { bytes, phrase } = await backedUp(wallet)
  const next = await restored(sides, { bytes, phrase })
  assert.deepEqual([await value(next), (await next.orders()).length], [1500, 1])
})

test('receipts go to a file of their own, one on each line', async () => {
  const { wallet } = await stocked()
  const [order] = await wallet.orders()
  const { broker } = await wallet.profile()
  const lines = linesOf(makeAll([order, { ...order, refunds: [{ collected: order.paid }, { collected: order.paid }] }], broker).join(''))
  const [one, other] = lines.map(line => parse(line))
  assert.deepEqual([one.mandate, one.order, one.broker, one.collected, other.collected], [order.mandate, order.order, broker.id, undefined, [order.paid]])
  for (const none of ['', '{}', JSON.stringify(one), lines.join('\n')]) assert.equal(linesOf(none), undefined)
})

test('an order that a backup had no room for is itself, without what was signed', async () => {
  const { sides, wallet } = await stocked()
  const ctx = wallet.open()
  const [order] = await wallet.orders()
  assert.deepEqual(thin([['orders', order.tx, order]], 0), [['orders', order.tx, order]], 'what may have to be shown stays')
  const [[, , bare]] = thin([['orders', order.tx, { ...order, held: says({ state: 'released' }), refunds: [{ refund: 'r', amount: 5, at: 1, collected: 'x' }] }]], 0)
  await ctx.purse.apply([{ kind: 'orders', id: order.tx, value: bare }])
  const { bytes, phrase, ...said } = await backedUp(wallet)
  assert.deepEqual([said.orders, said.bare, (await lastBackup(ctx)).bare], [1, 1, 1])
  const next = await restored(sides, { bytes, phrase })
  const [kept] = await next.orders()
  assert.deepEqual([kept.lines, kept.price, kept.paid, kept.refunds[0].amount], [[{ ...order.lines[0], offer: '' }], order.price, '', 5])
  assert.equal((await next.quote(wanted(sides))).bought, undefined)
})
