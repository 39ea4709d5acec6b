// Restoring a backup, beside the wallet that lives on or in its place.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newPhrase } from '../wallet/phrase.js'
import { found, noted, restore } from '../wallet/restore.js'
import { backedUp, bank, browserWithout, loaded, advice, passphrase, restored, stocked, value } from './help/backups.mjs'
import { books, buy, cut, finish, made, tried } from './help/page.mjs'

const sums = ({ good, bank, gone, unsure, added, blocked }) => ({
  good: [good.pieces, good.value], bank: [bank.pieces, bank.value], gone: [gone.pieces, gone.value], unsure: [unsure.pieces, unsure.value], added, blocked,
})
const nothing = { good: [0, 0], bank: [0, 0], gone: [0, 0], unsure: [0, 0], added: 0, blocked: false }

// What a restored wallet shows is live at its issuer.
async function holdsLive(wallet, { broker, stall }) {
  for (const { scrip, spent } of await wallet.open().holdings()) {
    assert.ok(spent || broker.live.has(scrip.scrip_id) || stall.live.has(scrip.scrip_id), `${scrip.value} of ${scrip.issuer === broker.id ? 'the broker' : 'the stall'} is dead`)
  }
}

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

test('the old browser\'s copies are worth nothing, renewed or not', async () => {
  const { sides, wallet } = await loaded(1000)
  const next = await restored(sides, await backedUp(wallet))
  await wallet.renew(true)
  await finish(wallet)
  assert.equal(await value(wallet), 0)
  await books(next, sides)
  assert.equal((await next.follow((await next.withdraw(1000)).id)).state, 'done')
  assert.deepEqual([bank(sides), sides.broker.live.size], [10_000, 0])
})

// What a stored answer brought, the old browser has too: until it is renewed once more.
for (const [name, act, held] of [['T27', wallet => wallet.renew(true), 1000], ['T14', wallet => wallet.load(500), 1500]]) {
  test(`a restore that gets a stored ${name} makes the copy elsewhere worthless, as it says`, async () => {
    const { sides, wallet } = await loaded(1000)
    const backup = await backedUp(wallet)
    const work = await act(wallet)
    if (work) await wallet.follow(work.id)
    await finish(wallet)
    const copy = (await wallet.balance()).broker.scrip.scrip_id
    const next = await restored(sides, backup)
    assert.equal((await found(next.open())).good.pieces, 1)
    const { scrip } = (await next.balance()).broker
    assert.deepEqual([scrip.value, scrip.scrip_id === copy, sides.broker.live.has(copy)], [held, false, false])
    await wallet.renew(true)
    await finish(wallet)
    assert.equal(await value(wallet), 0) // nor does renewing help it
    await books(next, sides)
  })
}

test('a renewal under way at the backup, finished by both: what it brought is in the restored wallet alone', async () => {
  const { sides, wallet } = await loaded(1000)
  let down = true
  sides.wire = name => down && name.endsWith('renewals') ? 'unanswered' : ''
  await wallet.renew(true)
  for (let i = 0; i < 20_000 && !sides.seen.some(name => name.endsWith('renewals')); i++) await new Promise(resolve => setTimeout(resolve, 2))
  const backup = await backedUp(wallet)
  down = false
  await finish(wallet)
  const copy = (await wallet.balance()).broker.scrip.scrip_id
  const next = await restored(sides, backup)
  assert.deepEqual(sums(await found(next.open())), { ...nothing, good: [1, 1000] })
  assert.equal(sides.broker.live.has(copy), false)
  await books(next, sides)
})

// A wallet of which the stall has half of it answered: the change of a T10, or a refund. The copy elsewhere gets the same.
const half = {
  T11: { path: 'purchases', act: wallet => wallet, left: 250 },
  COLLECTED: {
    path: 'collections', left: 400,
    act: async (wallet, sides, id) => {
      await wallet.follow(id)
      await finish(wallet)
      sides.stall.refund((await wallet.orders())[0].tx, 400)
      await wallet.collect(sides.stall.id)
    },
  },
}
for (const [name, { path, act, left }] of Object.entries(half)) test(`a restore that gets a stored ${name} makes what it brought worthless elsewhere`, async () => {
  const { sides, wallet } = await made()
  const mend = cut(sides, path, 'unanswered')
  const { id } = await buy(wallet, sides, 1250 + 250, name === 'T11' ? 1500 : 0)
  await act(wallet, sides, id)
  await tried(sides, path)
  const backup = await backedUp(wallet)
  mend()
  await wallet.follow(id)
  await finish(wallet)
  await wallet.collect(sides.stall.id)
  const copy = (await wallet.balance()).stalls[0].holdings[0].scrip.scrip_id
  const next = await restored(sides, backup)
  await next.collect(sides.stall.id)
  await finish(next)
  const { stalls: [{ total, holdings }] } = await next.balance()
  assert.deepEqual([total, holdings.length, holdings[0].scrip.scrip_id === copy, sides.stall.live.has(copy)], [left, 1, false, false])
  assert.equal((await next.orders()).length, 1)
  if (name === 'T11') await books(next, sides)
})

test('restored twice: what the first has made its own, the second cannot get', async () => {
  const { sides, wallet } = await stocked()
  const backup = await backedUp(wallet)
  const first = await restored(sides, backup)
  const second = await restored(sides, backup)
  assert.deepEqual(sums(await found(second.open())), { ...nothing, gone: [2, 2750], blocked: true })
  await books(first, sides)
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
        const mend = cut(sides, path, fate)
        const { id } = await buy(wallet, sides, 2000, 1500)
        await tried(sides, path)
        const backup = await backedUp(wallet)
        mend()
        if (lives) {
          assert.equal((await wallet.follow(id)).state, 'done')
          await finish(wallet)
        } else wallet.drop()
        const next = await restored(sides, backup)
        await finish(next)
        assert.ok((await next.works()).every(({ state }) => state !== 'running'), JSON.stringify(await next.works().then(works => works.filter(w => w.state === 'running').map(w => [w.purpose, w.items[w.at].transaction, w.items[w.at].phase]))))
        assert.ok(sides.stall.orders.length <= 1, 'nothing is bought twice')
        if (lives || n === 3) assert.equal(sides.stall.orders.length, 1)
        else assert.equal(sides.stall.orders.length, 0, 'a restored wallet begins nothing')
        await holdsLive(next, sides)
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
        const mend = cut(sides, path, fate)
        const work = await way.act(wallet, sides)
        await tried(sides, path)
        const backup = await backedUp(wallet)
        mend()
        if (lives) {
          assert.equal((await wallet.follow(work.id)).state, 'done')
          await finish(wallet)
          way.finished(sides)
        } else wallet.drop()
        const next = await restored(sides, backup)
        await finish(next)
        assert.deepEqual((await next.works()).filter(({ state }) => state === 'running'), [])
        await holdsLive(next, sides)
        if (lives) return
        await books(next, sides)
        const { broker, stalls } = await next.balance()
        assert.equal((broker?.scrip.value ?? 0) + (stalls[0]?.total ?? 0), way.left)
      })
    }
  }
}

test('a counter that was poisoned by one wrong clock costs one refusal', async () => {
  const { sides, wallet } = await made()
  const [account] = sides.broker.accounts.values()
  const told = account.counter = (sides.clock.at + 365 * 86_400) * 1000
  const stale = await wallet.follow((await wallet.load(500)).id)
  assert.deepEqual([stale.state, stale.reason], ['stopped', 'counter-stale'])
  assert.equal((await wallet.follow((await wallet.load(500)).id)).state, 'done')
  assert.equal(account.counter, told + 1)
})

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
  const next = await browserWithout(sides)
  const other = (await newPhrase()).join(' ')
  await assert.rejects(restore(next, { bytes, phrase: other, passphrase }), advice(/under another phrase/))
  await assert.rejects(restore(next, { bytes, phrase: 'no phrase', passphrase }), advice(/no word of a recovery phrase/))
  await assert.rejects(restore(next, { bytes, phrase, passphrase: 'short' }), advice(/at least 10/))
  await assert.rejects(restore(next, { bytes: bytes.subarray(5), phrase, passphrase }), advice(/not a backup/))
  assert.equal(await next.status(), 'none')
  await assert.rejects(restore(wallet, { bytes, phrase, passphrase }), advice(/already a wallet/))
  sides.broker.id = 'AAAAAAAAAAAAAAAAAAAAAA'
  await assert.rejects(restore(next, { bytes, phrase, passphrase }), advice(/another money/))
  assert.equal(await next.status(), 'none')
})

test('restored while the broker is away: it asks until it is back', async () => {
  const { sides, wallet } = await loaded(1000)
  const backup = await backedUp(wallet)
  wallet.drop()
  let away = 6
  sides.wire = () => away-- > 0 ? 'lost' : ''
  const next = await browserWithout(sides)
  await restore(next, { ...backup, passphrase })
  assert.deepEqual((await found(next.open())).waiting, [''])
  await finish(next)
  assert.deepEqual((await found(next.open())).waiting, [])
  assert.deepEqual(sums(await found(next.open())), { ...nothing, good: [1, 1000] })
  await books(next, sides)
})

test('a backup that is none, or not this phrase\'s, is refused with a sentence, and nothing is made', async () => {
  const { sides, wallet } = await loaded(1000)
  const { bytes, phrase } = await backedUp(wallet)
  const text = new TextDecoder().decode(bytes)
  const wrong = [
    ['another phrase', text, 'legal winner thank year wave sausage worth useful legal winner thank yellow', /^This backup was made under another phrase\./],
    ['no phrase', text, phrase.replace(' ', ' peerscrip '), /^“peerscrip” is no word of a recovery phrase\./],
    ['damaged', text.replace('"box":"', '"box":"AAAA'), phrase, /^This backup is damaged\./],
    ['another version', text.replace('"version":1', '"version":2'), phrase, /^This backup has the form 2/],
    ['no backup', '<html>', phrase, /^This is not a backup of a wallet/],
  ]
  for (const [name, file, words, sentence] of wrong) {
    const next = await browserWithout(sides)
    await assert.rejects(restore(next, { bytes: new TextEncoder().encode(file), phrase: words, passphrase }), advice(sentence), name)
    assert.equal(await next.parts.disk.header() ?? null, null, name)
  }
})
