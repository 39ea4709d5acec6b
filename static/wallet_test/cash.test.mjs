// Topping up, taking back and renewing (6.4, 6.6, 6.8), with every request or answer lost and the page killed at every write.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { home } from './help/home.mjs'
import { books, buy, cut, finish, killedAt, made, reload, tried, wanted } from './help/page.mjs'

const year = 365 * 24 * 3600
const margin = 7 * 24 * 3600
const names = legs => legs.map(leg => leg.transaction)
const messages = async wallet => (await wallet.transcript()).filter(entry => entry.way === 'sent').map(entry => entry.typ)
const soon = () => new Promise(resolve => setTimeout(resolve, 30))

async function loaded(amount) {
  const { sides, wallet } = await made()
  assert.equal((await wallet.follow((await wallet.load(amount)).id)).state, 'done')
  return { sides, wallet }
}

// A wallet with BrokerScrip and VendorScrip, at the end of their year.
async function aged({ by = year - margin + 1 } = {}) {
  const { sides, wallet } = await loaded(4000)
  assert.equal((await wallet.follow((await buy(wallet, sides, 0, 2500)).id)).state, 'done')
  await finish(wallet)
  sides.clock.at += by
  return { sides, wallet }
}

const value = async wallet => (await wallet.balance()).broker?.scrip.value ?? 0
const bank = ({ broker }) => [...broker.bank.values()][0]

// Each of the three, as a person or the clock begins it, and what must have come of it.
const ways = {
  'top-ups': {
    ready: () => loaded(1000),
    act: async wallet => wallet.follow((await wallet.load(500)).id),
    after: async (wallet, sides) => assert.deepEqual([await value(wallet), bank(sides)], [1500, 8500]),
  },
  'withdrawals': {
    ready: () => loaded(1000),
    act: async wallet => wallet.follow((await wallet.withdraw(1000)).id),
    after: async (wallet, sides) => assert.deepEqual([await value(wallet), bank(sides)], [0, 10_000]),
  },
  'renewals': {
    ready: () => aged(),
    act: async wallet => {
      await wallet.renew()
      await Promise.all(wallet.underWay.runs.values())
    },
    after: async (wallet, sides) => {
      const { broker, stalls: [{ total, holdings }] } = await wallet.balance()
      assert.deepEqual([broker.scrip.value, total], [1500, 1250])
      for (const { scrip } of [broker, ...holdings]) assert.ok(scrip.expires > sides.clock.at + 2 * margin)
    },
  },
}

for (const [name, { ready, act, after }] of Object.entries(ways)) {
  for (const fate of ['', 'lost', 'unanswered']) {
    test(`${name} ${fate || 'answered'}`, async () => {
      const { sides, wallet } = await ready()
      let faults = 2
      sides.wire = path => path.endsWith(name) && faults-- > 0 ? fate : ''
      await act(wallet)
      await after(wallet, sides)
      await books(wallet, sides)
    })
    if (fate) test(`${name} ${fate}, then the page is reloaded`, async () => {
      const { sides, wallet } = await ready()
      let faults = 2
      sides.wire = path => path.endsWith(name) && faults-- > 0 ? fate : ''
      void act(wallet).catch(() => {})
      await tried(sides, name)
      const next = await reload(wallet, sides)
      await finish(next)
      await after(next, sides)
      await books(next, sides)
    })
  }

  test(`${name}: the page is killed after every single write`, async () => {
    for (let at = 0; at < 8; at++) {
      const { sides, wallet } = await ready()
      const next = await killedAt(at, { sides, wallet }, () => act(wallet))
      if (at > 0) await after(next, sides) // before the first write nothing was begun; renewal begins by itself again
      await books(next, sides)
      assert.ok((await next.works()).every(work => work.state !== 'running'))
    }
  })
}

test('the same request goes out again: one tx, one envelope', async () => {
  const { sides, wallet } = await loaded(1000)
  let faults = 3
  sides.wire = path => path.endsWith('top-ups') && faults-- > 0 ? 'unanswered' : ''
  await wallet.follow((await wallet.load(500)).id)
  assert.equal(sides.seen.filter(path => path.endsWith('top-ups')).length, 4)
  assert.deepEqual((await messages(wallet)).filter(typ => typ === 'T13'), ['T13'])
  assert.equal(bank(sides), 8500)
})

test('a purchase that is short tops up inside the one checkout', async () => {
  const { sides, wallet } = await loaded(1000)
  const quote = await wallet.quote(wanted(sides))
  assert.deepEqual(names(quote.plan.legs), ['6.4', '6.2', '6.3'])
  for (const [load, exchange] of [[249, 0], [0, 0], [1000, 2001], [NaN, 0], [1_000_001, 0]]) {
    await assert.rejects(wallet.buy(quote, { ...home, load, exchange }), { name: 'Advice' }, `${load} ${exchange}`)
  }
  const work = await wallet.follow((await wallet.buy(quote, { ...home, load: 1000, exchange: 2000 })).id)
  assert.equal(work.state, 'done')
  await finish(wallet)
  const { broker, stalls } = await wallet.balance()
  assert.deepEqual([broker, stalls[0].total, bank(sides)], [undefined, 750, 8000])
  await books(wallet, sides)
})

test('a checkout that tops up, killed after every single write', async () => {
  for (let at = 0; at < 12; at++) {
    const { sides, wallet } = await loaded(1000)
    const next = await killedAt(at, { sides, wallet }, async () => wallet.follow((await buy(wallet, sides, 300)).id))
    assert.equal(sides.stall.orders.length, at > 0 ? 1 : 0, `killed at write ${at}`)
    if (at > 0) assert.deepEqual([await value(next), bank(sides)], [50, 8700])
    await books(next, sides)
  }
})

test('never more is added than was said', async () => {
  const { sides, wallet } = await loaded(1000)
  const first = await wallet.quote(wanted(sides))
  sides.broker.confirm = true
  await wallet.load(500) // holds the scrip meanwhile, waiting for the bank
  const work = await wallet.buy(first, { ...home, load: 250 })
  await soon()
  sides.broker.confirm = false
  assert.equal((await wallet.follow(work.id)).state, 'done')
  await finish(wallet)
  assert.deepEqual([await value(wallet), bank(sides)], [250, 8500]) // 1500 was enough: nothing was added
  await books(wallet, sides)
})

test('topping up: the bank wants confirmation, and declines', async () => {
  const { sides, wallet } = await loaded(1000)
  sides.broker.confirm = true
  const work = await wallet.load(500)
  for (let i = 0; i < 50 && (await wallet.workOf(work.id)).items[0].phase !== 'pending'; i++) await new Promise(resolve => setTimeout(resolve, 2))
  assert.equal((await wallet.workOf(work.id)).items[0].link, '/bank/confirm/x')
  assert.equal((await wallet.balance()).broker.work, work.id)
  await assert.rejects(wallet.withdraw(1000), { name: 'Advice' })
  sides.broker.confirm = false
  assert.equal((await wallet.follow(work.id)).state, 'done')
  const refused = await wallet.follow((await wallet.load(50_000)).id)
  assert.equal(refused.reason, 'bank-declined')
  assert.equal((await wallet.balance()).broker.work, '')
  await books(wallet, sides)
})

test('taking back: another amount than was shown is not sent', async () => {
  const { sides, wallet } = await loaded(1000)
  await assert.rejects(wallet.withdraw(999), { name: 'Advice' })
  await wallet.follow((await wallet.withdraw(1000)).id)
  await assert.rejects(wallet.withdraw(1000), { name: 'Advice' })
  assert.deepEqual(await wallet.balance(), { broker: undefined, stalls: [] })
  await wallet.follow((await wallet.load(700)).id)
  assert.equal(await value(wallet), 700)
  await books(wallet, sides)
})

test('expired money is renewed before it goes back to the bank, and before it is added to', async () => {
  for (const act of [wallet => wallet.withdraw(1000), wallet => wallet.load(500)]) {
    const { sides, wallet } = await loaded(1000)
    sides.clock.at += year + 1
    const work = await wallet.follow((await act(wallet)).id)
    assert.deepEqual([names(work.items)[0], work.state], ['6.8', 'done'])
    await books(wallet, sides)
  }
})

test('unlocking after a year away renews everything by itself, and buys', async () => {
  const { sides, wallet } = await aged({ by: year + 30 * 24 * 3600 })
  const next = await reload(wallet, sides)
  await finish(next)
  await ways.renewals.after(next, sides)
  await books(next, sides)
  assert.deepEqual((await messages(next)).filter(typ => typ === 'T26'), ['T26', 'T26'])
  await next.renew()
  assert.equal(next.underWay.runs.size, 0)
})

test('a purchase renews first what it spends', async () => {
  const { sides, wallet } = await loaded(4000)
  sides.clock.at += year + 1
  sides.stall.offer = await fresh(sides)
  const quote = await wallet.quote(wanted(sides))
  assert.deepEqual(names(quote.plan.legs), ['6.8', '6.2', '6.3'])
  await finish(wallet) // it renews by itself between look and pay
  const work = await wallet.follow((await wallet.buy(quote, { ...home, load: 0 })).id)
  assert.equal(work.state, 'done')
  await finish(wallet)
  await books(wallet, sides)
})

test('a purchase and the renewal by itself at once', async () => {
  const { sides, wallet } = await loaded(4000)
  sides.clock.at += year + 1
  sides.stall.offer = await fresh(sides)
  const quote = await wallet.quote(wanted(sides))
  const work = await wallet.buy(quote, { ...home, load: 0 })
  await wallet.renew()
  assert.equal((await wallet.follow(work.id)).state, 'done')
  await finish(wallet)
  await books(wallet, sides)
})

test('a purchase while the stall\'s money is being renewed waits for it', async () => {
  const { sides, wallet } = await aged()
  const money = bank(sides)
  const restore = cut(sides, 'renewals', 'lost')
  void wallet.renew(true)
  for (let i = 0; i < 50 && !(await wallet.balance()).stalls[0]?.holdings[0].work; i++) await new Promise(resolve => setTimeout(resolve, 1))
  const quote = await wallet.quote(wanted(sides))
  assert.deepEqual(names(quote.plan.legs), ['6.8', '6.3'])
  const work = await wallet.buy(quote, { ...home, load: 0 })
  restore()
  assert.equal((await wallet.follow(work.id)).state, 'done')
  await finish(wallet)
  assert.deepEqual([await value(wallet), (await wallet.balance()).stalls, bank(sides)], [1500, [], money])
  await books(wallet, sides)
})

// The stall's certificate and offer are good for a year only.
async function fresh({ broker, stall, clock }) {
  const { body: certificate } = JSON.parse(Buffer.from(stall.certificate.split('.')[1], 'base64url'))
  const { body: offer } = JSON.parse(Buffer.from(stall.offer.split('.')[1], 'base64url'))
  stall.certificate = await broker.evidence('CERTIFICATE', stall.id, stall.id, { ...certificate, not_after: clock.at + year })
  return stall.evidence('OFFER', stall.id, stall.id, { ...offer, valid_until: clock.at + year })
}

test('a renewal that is refused is not tried for ever', async () => {
  const { sides, wallet } = await loaded(1000)
  sides.clock.at += 3 * year
  await finish(wallet)
  await finish(wallet)
  assert.deepEqual((await messages(wallet)).filter(typ => typ === 'T26'), ['T26'])
  const [{ doubt }] = await wallet.open().purse.all('holdings')
  assert.equal(doubt, 'scrip-expired', 'too old even to be renewed: it is set aside')
  assert.equal((await wallet.balance()).broker, undefined)
})

test('a top-up that was declined and granted later, to somebody who sent it again, brings its scrip', async () => {
  const { sides, wallet } = await loaded(1000)
  let request
  const topUp = sides.broker.topUp.bind(sides.broker)
  sides.broker.topUp = body => topUp(request ??= body)
  assert.equal((await wallet.follow((await wallet.load(50_000)).id)).reason, 'bank-declined')
  const [reference] = sides.broker.bank.keys()
  sides.broker.bank.set(reference, bank(sides) + 41_000)
  await topUp(request)
  assert.equal((await wallet.follow((await wallet.withdraw(1000)).id)).reason, 'scrip-spent')
  await finish(wallet)
  assert.deepEqual([await value(wallet), bank(sides)], [51_000, 0])
  assert.ok((await wallet.works()).every(work => work.state !== 'running'))
})

test('two requests about dead scrip, both refused, do not ask for each other for ever', async () => {
  const { sides, wallet } = await loaded(1000)
  assert.equal((await wallet.follow((await wallet.load(50_000)).id)).reason, 'bank-declined')
  sides.broker.live.clear()
  assert.equal((await wallet.follow((await wallet.withdraw(1000)).id)).reason, 'scrip-spent')
  await finish(wallet)
  assert.deepEqual((await wallet.works()).filter(work => work.state !== 'done').map(work => [work.state, work.reason]), [['stopped', 'scrip-spent'], ['stopped', 'scrip-spent']])
})

test('scrip that was spent by an exchange undone too early brings its change', async () => {
  const { sides, wallet } = await loaded(5000)
  let envelopes
  const exchange = sides.stall.exchange.bind(sides.stall)
  sides.stall.exchange = async body => {
    envelopes ??= body
    throw new Error('slow stall')
  }
  assert.equal((await wallet.follow((await buy(wallet, sides, 0)).id)).state, 'stopped')
  for (const announced of sides.broker.announced.values()) announced.deadline = Infinity
  sides.stall.exchange = exchange
  await exchange(envelopes)
  assert.equal((await wallet.follow((await wallet.withdraw(5000)).id)).reason, 'scrip-spent')
  await finish(wallet)
  assert.equal(await value(wallet), 3750)
  await books(wallet, sides)
})
