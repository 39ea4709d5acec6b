// RESCUE: a stall that is gone for good, in every state in which money waits for it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newID } from '../wallet/base64url.js'
import { home } from './help/home.mjs'
import { sum } from '../wallet/shares.js'
import { buy, finish, killedAt, made, wanted } from './help/page.mjs'

const bank = ({ broker }) => [...broker.bank.values()][0]

// A wallet with 12.50 at the stall and 15.00 of BrokerScrip; 72.50 are at the bank or paid.
async function stocked() {
  const { sides, wallet } = await made()
  assert.equal((await wallet.follow((await buy(wallet, sides, 4000, 2500)).id)).state, 'done')
  await finish(wallet)
  return { sides, wallet }
}

// Nobody answers at the stall any more, and the broker has closed it.
function close(sides) {
  sides.wire = path => path.includes(`/v1/stalls/${sides.stall.id}/`) ? 'lost' : ''
  sides.stall.revoked = true
  sides.broker.lost = sides.stall
}

const rescued = async (wallet, stall) => wallet.follow((await wallet.rescue(stall)).id)

async function until(holds) {
  for (let i = 0; i < 20_000 && !await holds(); i++) await new Promise(resolve => setTimeout(resolve, 1))
}

test('a stall in force is not gone, and nothing moves', async () => {
  const { sides, wallet } = await stocked()
  assert.equal(await wallet.gone(sides.stall.id), undefined)
  const { stalls: [at] } = await wallet.balance()
  const work = await rescued(wallet, at)
  assert.deepEqual([work.state, work.reason], ['stopped', 'stall-in-force'])
  assert.deepEqual(await wallet.leaving(), { stalls: [{ vendor: sides.stall.id, name: at.name, amount: 1250 }], cash: 1500, busy: false })
})

test('a certificate that ended is told with its date', async () => {
  const { sides, wallet } = await stocked()
  const { stalls: [at] } = await wallet.balance()
  const { notAfter } = await wallet.open().merchant(at.vendor)
  sides.clock.at = notAfter
  assert.deepEqual(await wallet.gone(at.vendor), { ended: notAfter, silent: 0 })
})

test('a stall that does not answer the broker is told with the day since when', async () => {
  const { sides, wallet } = await stocked()
  sides.stall.silentSince = 1_800_000_000
  assert.deepEqual(await wallet.gone(sides.stall.id), { ended: 0, silent: 1_800_000_000 })
})

// What waits for the stall when it is gone; kept: what was announced there, minor units.
const states = {
  'nothing': { wait: async () => {} },
  'T22': {
    wait: async (wallet, sides) => {
      sides.wire = path => path.endsWith('givebacks') ? 'lost' : ''
      const [giveback, withdraw] = await wallet.leave(await wallet.leaving())
      await wallet.follow(withdraw.id)
      await until(() => wallet.underWay.troubles.has(giveback.id))
    },
    cash: 0,
  },
  'T26': {
    wait: async (wallet, sides) => {
      sides.wire = path => path.includes('stalls') && path.endsWith('renewals') ? 'lost' : ''
      await wallet.renew(true)
      await until(async () => wallet.underWay.troubles.size > 0)
    },
  },
  'T10': {
    wait: async (wallet, sides) => {
      sides.wire = path => path.endsWith('purchases') ? 'lost' : ''
      await wallet.buy(await wallet.quote(wanted(sides)), { ...home, load: 0 })
      await until(() => wallet.underWay.troubles.size > 0)
      sides.broker.noticed = 250
    },
    kept: 250,
  },
}

for (const [name, { wait, cash = 1500, kept = 0 }] of Object.entries(states)) test(`a stall that is gone while it owes: ${name}`, async () => {
  const { sides, wallet } = await stocked()
  const { stalls: [at] } = await wallet.balance()
  await wait(wallet, sides)
  const before = bank(sides)
  close(sides)
  assert.deepEqual(await wallet.gone(at.vendor), { ended: 0, silent: 0 })
  const whole = name === 'T22' ? 1250 : 2750
  assert.equal(sum(await wallet.shares()), whole)
  if (name === 'nothing') assert.deepEqual(await wallet.shares(), [{ kind: 'ready', vendor: '', amount: 1500 }, { kind: 'gone', vendor: at.vendor, amount: 1250 }])
  const work = await rescued(wallet, at)
  assert.deepEqual([work.state, work.items[0].back, work.items[0].announced], ['done', 1250 - kept, kept])
  if (kept > 0) { // ninety days later
    for (const id of sides.stall.live.keys()) sides.stall.live.delete(id)
    sides.clock.at += 91 * 86_400
    await wallet.rescueStuck()
    assert.equal(bank(sides), before + 1250 - kept, 'nothing is asked for before')
    sides.clock.at += 2 * 86_400
    Object.assign(sides.broker, { noticed: 0, unreported: kept })
    await wallet.rescueStuck()
    await until(() => bank(sides) === before + 1250)
    await finish(wallet)
  }
  assert.equal(bank(sides), before + 1250)
  assert.deepEqual((await wallet.works()).filter(({ state }) => state === 'running'), [], 'nothing waits for it')
  assert.deepEqual([(await wallet.balance()).stalls, sum(await wallet.shares()), await wallet.doubtful()], [[], cash, 0])
  assert.deepEqual(await wallet.leaving(), { stalls: [], cash, busy: false })
  assert.equal((await wallet.open().purse.all('holdings')).filter(({ doubt }) => doubt === 'stall-revoked').length, 1, 'set aside')
})

test('a refund that was told of, and a stall that is gone before it was collected', async () => {
  const { sides, wallet } = await stocked()
  const [{ tx }] = await wallet.orders()
  const [order] = sides.stall.threads.keys()
  const { stalls: [at] } = await wallet.balance()
  for (const { id } of await wallet.leave(await wallet.leaving())) await wallet.follow(id) // nothing else is there
  await sides.stall.say(order, { kind: 'refund', refund: newID(), amount: 400 })
  await wallet.listen(tx)
  const before = bank(sides)
  close(sides)
  await wallet.gone(at.vendor)
  sides.broker.unreported = 400 // what REFUND put to the account's float
  await wallet.rescueStuck()
  await until(() => bank(sides) === before + 400)
  await finish(wallet)
  const asked = () => sides.seen.filter(path => path.endsWith('/rescues')).length
  const once = asked()
  sides.clock.at += 2 * 86_400
  await wallet.rescueStuck()
  await finish(wallet)
  assert.deepEqual([bank(sides), once, asked()], [before + 400, 1, 1])
})

// The stall was paid, was not heard, and reported it before it was gone: the broker has nothing left for the wallet's scrip, or keeps
// it for ninety days, which its refusal does not tell apart.
test('what a stall that is gone had sold, unheard, is counted no more after ninety days', async () => {
  const { sides, wallet } = await stocked()
  const { stalls: [at] } = await wallet.balance()
  close(sides)
  sides.stall.live.clear()
  assert.deepEqual([(await rescued(wallet, at)).reason, sum(await wallet.shares())], ['float-short', 2750])
  sides.clock.at += 93 * 86_400
  const work = await rescued(wallet, at)
  assert.deepEqual([work.state, work.reason], ['stopped', 'float-short'])
  assert.deepEqual([(await wallet.balance()).stalls, sum(await wallet.shares()), await wallet.doubtful()], [[], 1500, 1250])
  assert.deepEqual((await wallet.works()).filter(({ state }) => state === 'running'), [], 'nothing waits for it')
})

// What the stall says is its word alone; the broker knows better.
const lies = {
  'of what is there': async (wallet, sides) => {
    sides.stall.stubborn = 'scrip-spent'
    const works = await wallet.leave(await wallet.leaving())
    await Promise.all(works.map(({ id }) => wallet.follow(id)))
    assert.equal(await wallet.doubtful(), 1250)
  },
  'of what it owes for an exchange': async (wallet, sides) => {
    sides.stall.live.clear()
    const { stalls: [{ holdings: [{ scrip }] }] } = await wallet.balance()
    await wallet.open().purse.apply([{ kind: 'holdings', id: scrip.scrip_id, value: null }])
    sides.wire = path => path.endsWith('exchanges') ? 'unanswered' : path.endsWith('claims') ? 'lost' : ''
    const { id } = await wallet.buy(await wallet.quote(wanted(sides)), { ...home, load: 0 })
    await until(async () => (await wallet.open().must('works', id)).items.some(({ phase }) => phase === 'claiming'))
    Object.assign(sides, { wire: () => '' })
    sides.stall.stubborn = 'scrip-spent'
    assert.equal((await wallet.follow(id)).reason, 'scrip-spent')
  },
}

for (const [name, lie] of Object.entries(lies)) test(`a stall that says it is spent, ${name}, and is gone`, async () => {
  const { sides, wallet } = await stocked()
  await lie(wallet, sides)
  const before = bank(sides)
  close(sides)
  await wallet.rescueStuck()
  await until(async () => (await wallet.works()).every(({ state }) => state !== 'running'))
  assert.equal(bank(sides), before + 1250)
  assert.equal(await wallet.doubtful(), 0)
  const asked = (await wallet.works()).length
  sides.clock.at += 2 * 24 * 3600
  await wallet.rescueStuck()
  assert.equal((await wallet.works()).length, asked, 'the broker is asked once')
})

test('the page is killed after every single write', async () => {
  for (let at = 0; at < 4; at++) {
    const { sides, wallet } = await stocked()
    const { stalls: [stall] } = await wallet.balance()
    const before = bank(sides)
    close(sides)
    const next = await killedAt(at, { sides, wallet }, () => rescued(wallet, stall))
    const over = at > 0
    assert.deepEqual([bank(sides), (await next.balance()).stalls.length], [over ? before + 1250 : before, over ? 0 : 1], `killed at write ${at}`)
  }
})
