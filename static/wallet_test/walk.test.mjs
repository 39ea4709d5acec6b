// Every state in which money waits for a stall that is in force and in the way for ever: with a final no, a passing one, silence,
// nonsense. Two days later it has ended with the money free, or it waits with its money named; and when the stall is gone one
// day, nothing is left there. The table is in docs/protocol.md, and its rows are those of services/wallet.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { home } from './help/home.mjs'
import { Problem, Unreachable } from '../wallet/errors.js'
import { found, restore } from '../wallet/restore.js'
import { turn } from '../wallet/runner.js'
import { owed } from '../wallet/stuck.js'
import { transactions } from '../wallet/transactions.js'
import { backedUp, browserWithout, passphrase } from './help/backups.mjs'
import { buy, finish, made, wanted } from './help/page.mjs'
import { Refuse } from './help/party.mjs'

const day = 24 * 3600
const margin = 7 * day
const year = 365 * day
const bank = ({ broker }) => [...broker.bank.values()][0]
const tools = { exclusive: (name, run) => run(), sleep: async () => {}, stopped: () => false, tell: () => {} }
const paths = ['exchanges', 'claims', 'purchases', 'givebacks', 'renewals', 'collections']

// The ways of a stall from now on; T16 reaches it on the broker's own line.
const ways = {
  'a final no': ({ stall }) => { stall.stubborn = stall.refuses = 'party-mismatch' },
  'a passing no': ({ stall }) => { stall.stubborn = 'unavailable', stall.away = true },
  'silence': sides => { sides.wire = path => ofStall(sides, path) ? 'lost' : '', sides.stall.away = true },
  'nonsense': sides => {
    sides.wire = path => ofStall(sides, path) ? Response.json(/exchanges|givebacks/.test(path) ? { order: 'a..b.c.d' } : { envelope: 'a..b.c.d' }) : ''
    sides.stall.away = true
  },
}
const [no, ...never] = Object.keys(ways)

const ofStall = ({ stall }, path) => paths.some(end => path.endsWith(`stalls/${stall.id}/${end}`))
const losing = end => sides => { sides.wire = path => ofStall(sides, path) && path.endsWith(end) ? 'lost' : '' }

// What was at the stall is spent, so that the next purchase exchanges.
async function spend(wallet, { stall }) {
  stall.live.clear()
  const { stalls: [{ holdings }] } = await wallet.balance()
  await wallet.open().purse.apply(holdings.map(({ scrip }) => ({ kind: 'holdings', id: scrip.scrip_id, value: null })))
}

// A wallet with 12.50 at the stall and 15.00 of BrokerScrip; 72.50 are at the bank or paid. It runs nothing by itself any more.
async function stocked() {
  const { sides, wallet } = await made()
  assert.equal((await wallet.follow((await buy(wallet, sides, 4000, 2500)).id)).state, 'done')
  await finish(wallet)
  wallet.follow = () => new Promise(() => {})
  return { sides, wallet }
}

const running = async wallet => (await wallet.works()).filter(({ state }) => state === 'running')

// Each running work has so many turns.
async function run(wallet, turns = 8) {
  for (let i = 0; i < turns; i++) {
    for (const { id } of await running(wallet)) {
      const ctx = wallet.open()
      await turn(ctx, await ctx.must('works', id), tools).catch(error => {
        if (!(error instanceof Unreachable || error instanceof Problem)) throw error
      })
    }
  }
}

// A page is opened, as on each day.
async function opened(wallet) {
  await wallet.renew()
  await run(wallet)
  await wallet.rescueStuck()
  await wallet.underWay.deliverOnce()
  await run(wallet)
}

const bought = quantity => async (wallet, sides) => {
  await wallet.buy(await wallet.quote({ vendor: sides.stall.id, lines: [{ offer: sides.stall.offerID, quantity }] }), { ...home, load: 0 })
  await run(wallet)
}

const renewing = by => async (wallet, sides) => {
  sides.clock.at += by
  losing('renewals')(sides)
  await wallet.renew()
  await run(wallet)
}

/**
 * comes: brings a wallet to the state. stays: [BrokerScrip, VendorScrip, what is owed] two days later, ends: the same after a
 * final no. waits: the ways in which it waits on then. back: what comes to the bank in the end beside that, of a refund.
 */
const states = {
  '6.2 asked': {
    comes: async (wallet, sides) => {
      await spend(wallet, sides)
      losing('exchanges')(sides)
      await bought(1)(wallet, sides)
    },
    stays: [1500, 0, 0], spent: 1250,
  },
  '6.2 with T6': {
    comes: async (wallet, sides) => {
      await spend(wallet, sides)
      sides.wire = path => path.endsWith('exchanges') ? 'unanswered' : path.endsWith('claims') ? 'lost' : ''
      await bought(1)(wallet, sides)
    },
    stays: [250, 0, 1250], waits: [no, ...never], spent: 1250,
  },
  '6.3 asked': {
    comes: async (wallet, sides) => {
      losing('purchases')(sides)
      await bought(1)(wallet, sides)
    },
    stays: [1500, 1250, 0],
  },
  '6.5 asked': {
    comes: async (wallet, sides) => {
      sides.stall.away = true
      await bought(2)(wallet, sides)
    },
    stays: [250, 1250, 1250], ends: [1500, 1250, 0], waits: never,
  },
  '6.5 with T19': {
    comes: async (wallet, sides) => {
      sides.stall.away = true
      await bought(2)(wallet, sides)
      sides.clock.at += 660
      await run(wallet)
    },
    stays: [250, 1250, 1250], ends: [250, 1250, 0], waits: never,
  },
  '6.7 asked': {
    comes: async (wallet, sides) => {
      losing('givebacks')(sides)
      await wallet.leave(await wallet.leaving())
      await run(wallet)
    },
    stays: [0, 1250, 0],
  },
  '6.8 asked of a stall': { comes: renewing(year - margin + 1), stays: [1500, 1250, 0] },
  '6.8 asked of a stall, expired': {
    comes: async (wallet, sides) => {
      const { notAfter, ...rest } = await wallet.open().merchant(sides.stall.id)
      await wallet.open().purse.apply([{ kind: 'merchants', id: sides.stall.id, value: { ...rest, notAfter: notAfter + year } }])
      const { body } = JSON.parse(Buffer.from(sides.stall.certificate.split('.')[1], 'base64url'))
      sides.stall.certificate = await sides.broker.evidence('CERTIFICATE', sides.stall.id, sides.stall.id, { ...body, not_after: notAfter + year })
      await renewing(year)(wallet, sides)
    },
    stays: [1500, 1250, 0], waits: never,
  },
  'COLLECT asked': {
    comes: async (wallet, sides) => {
      sides.stall.refund((await wallet.orders())[0].tx, 500)
      losing('collections')(sides)
      await wallet.collect(sides.stall.id)
    },
    stays: [1500, 1250, 0], back: 500,
  },
}

// Nobody answers at the stall any more, and the broker has closed it: what was set aside for it goes back by itself.
async function close(sides) {
  ways.silence(sides)
  Object.assign(sides.stall, { revoked: true, stubborn: '', away: false, refuses: 'stall-revoked' })
  Object.assign(sides.broker, { lost: sides.stall, unreported: sides.stall.due.reduce((sum, { amount }) => sum + amount, 0) })
  await sides.broker.askLate()
}

// BrokerScrip, VendorScrip and what is owed.
async function has(wallet) {
  const { broker, stalls } = await wallet.balance()
  const waits = (await wallet.works()).flatMap(work => owed(work) ?? [])
  return [broker?.scrip.value ?? 0, stalls.reduce((sum, { total }) => sum + total, 0), waits.reduce((sum, { amount }) => sum + amount, 0)]
}

for (const [name, { comes, stays, ends = stays, waits = [], back = 0, spent = 0 }] of Object.entries(states)) {
  for (const [way, set] of Object.entries(ways)) test(`${name}, ${way}`, async () => {
    const { sides, wallet } = await stocked()
    await comes(wallet, sides)
    const { notAfter } = await wallet.open().merchant(sides.stall.id)
    Object.assign(sides, { wire: () => '' })
    Object.assign(sides.stall, { away: false })
    set(sides)
    for (let i = 0; i < 3; i++) {
      await sides.broker.askLate()
      await opened(wallet)
      await wallet.collect(sides.stall.id)
      sides.clock.at += day
    }
    assert.deepEqual(await has(wallet), way === no ? ends : stays)
    const on = await running(wallet)
    assert.equal(on.length, waits.includes(way) ? 1 : 0, 'what waits')
    for (const work of on) assert.equal((await wallet.away(work))?.ends, notAfter, 'the day on which that may end')

    await close(sides)
    await opened(wallet)
    for (const stall of (await wallet.balance()).stalls) {
      await wallet.rescue(stall)
      await run(wallet)
    }
    await opened(wallet)
    assert.deepEqual(await running(wallet), [], 'nothing waits for it')
    const [cash, ...rest] = await has(wallet)
    assert.deepEqual(rest, [0, 0])
    assert.equal(bank(sides) + cash, 8750 + back - spent)
  })
}

// The states in which money waits for the broker: however long it is silent, nothing is given up that it may have done, and what
// it answers when it is back ends them.
const ofBroker = path => path.includes('/v1/broker/')
const unheard = end => sides => { sides.wire = path => ofBroker(path) && path.endsWith(end) ? 'unanswered' : '' }
const begun = (end, begin) => async (wallet, sides) => {
  unheard(end)(sides)
  await begin(wallet, sides)
  await run(wallet)
}
const load = wallet => wallet.load(1000)
const withdraw = async wallet => wallet.withdraw((await wallet.balance()).broker.scrip.value)
const confirming = begin => async (wallet, sides) => {
  sides.broker.confirm = true
  await begin(wallet, sides)
  await run(wallet)
}
const broke = async (wallet, sides) => {
  await withdraw(wallet)
  await run(wallet)
}

const brokerStates = {
  '6.1 asked': async (wallet, sides) => {
    await broke(wallet, sides)
    await begun('acquisitions', load)(wallet, sides)
  },
  '6.1 pending': async (wallet, sides) => {
    await broke(wallet, sides)
    await confirming(load)(wallet, sides)
  },
  '6.4 asked': begun('top-ups', load),
  '6.4 pending': confirming(load),
  '6.6 asked': begun('withdrawals', withdraw),
  '6.8 asked of the broker': begun('renewals', async (wallet, { clock }) => {
    clock.at += year - margin + 1
    await wallet.renew()
  }),
  'REKEY asked': begun('rekeyings', wallet => wallet.replaceKey()),
  'BANK asked': begun('banks', async (wallet, { broker }) => {
    broker.bank.set('another-reference-here', 0)
    await wallet.changeBank('another-reference-here')
  }),
  'PAYOUT asked': begun('payouts', async (wallet, { broker, stall }) => {
    broker.earners.push({ vendor: stall.id, name: 'x', earned: 500 })
    await wallet.payOut({ vendor: stall.id, name: 'x', earned: 500 }, 'bank')
  }),
  'RESCUE asked': begun('rescues', async (wallet, sides) => {
    await close(sides)
    unheard('rescues')(sides)
    await wallet.rescue((await wallet.balance()).stalls[0])
  }),
  'protection asked': begun('releases', async wallet => wallet.protect((await wallet.orders())[0].tx, { says: 'RELEASE' })),
  'credit asked': begun('statements', async (wallet, { broker, clock }) => {
    const [{ tx, mandate, paid }] = await wallet.orders()
    await broker.record(broker.asks, mandate, paid)
    clock.at += 6 * day
    broker.moved(broker.holds.get(tx), 'RECLAIM')
    await wallet.askHolds(broker.asks.id)
  }),
  '6.2 with T8': async (wallet, sides) => {
    await spend(wallet, sides)
    halved(sides.stall, 'exchange')
    sides.wire = path => path.endsWith('announcements') && sides.stall.settled.size > 1 ? 'lost' : ''
    await bought(1)(wallet, sides)
  },
  '6.5 with T17': async (wallet, sides) => {
    halved(sides.broker, 'extension')
    await bought(2)(wallet, sides)
  },
}

// A party's answers in two parts lose the broker's.
function halved(party, step) {
  const whole = party[step].bind(party)
  party[step] = async body => {
    const { order } = await whole(body)
    return { order }
  }
}

for (const [name, comes] of Object.entries(brokerStates)) test(`${name}, the broker is silent`, async () => {
  const { sides, wallet } = await stocked()
  await comes(wallet, sides)
  const before = await running(wallet)
  assert.equal(before.length, 1, 'it waits')
  sides.wire = path => ofBroker(path) ? 'lost' : ''
  for (let i = 0; i < 3; i++) {
    await opened(wallet)
    sides.clock.at += day
  }
  assert.deepEqual((await running(wallet)).map(({ id }) => id), before.map(({ id }) => id), 'it waits on')
  sides.wire = () => ''
  delete sides.stall.exchange
  delete sides.broker.extension
  if (sides.broker.confirm) await wallet.decline('/bank/confirmations/x')
  await opened(wallet)
  assert.deepEqual(await running(wallet), [])
})

for (const [way, set] of Object.entries(ways)) test(`restore asked, ${way}`, async () => {
  const { sides, wallet } = await stocked()
  const backup = await backedUp(wallet)
  wallet.drop()
  set(sides)
  const next = await browserWithout(sides)
  next.follow = () => new Promise(() => {})
  await restore(next, { ...backup, passphrase })
  for (let i = 0; i < 3; i++) {
    await opened(next)
    sides.clock.at += day
  }
  const { good, unsure } = await found(next.open())
  assert.deepEqual([good.value, unsure.value], [1500, 1250])
  assert.deepEqual(await running(next), [])
  assert.deepEqual(await has(next), [1500, 1250, 0])
})

test('the table in docs/protocol.md has each state, and each is walked', () => {
  const text = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8')
  const section = text.split('### What waits, and how it ends\n')[1].split('\n### ')[0]
  const rows = [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, state]) => state)
  const walked = [...Object.keys(states).map(name => name.split(',')[0]), ...Object.keys(brokerStates), 'restore asked']
  assert.deepEqual(rows.toSorted(), [...new Set(walked)].toSorted())
  const moneyless = ['account', 'stall'] // no money moves before they are answered
  const names = { bank: 'BANK', rekey: 'REKEY', payout: 'PAYOUT', rescue: 'RESCUE', regain: 'restore', protect: 'protection', credit: 'credit' }
  for (const transaction of Object.keys(transactions)) {
    if (moneyless.includes(transaction)) continue
    assert.ok(rows.some(row => row.startsWith(`${names[transaction] ?? transaction} `)), `a row for ${transaction}`)
  }
})
