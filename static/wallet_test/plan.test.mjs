// Figure 3 as a table, and what the wallet makes of it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAgeing, margin, renewAt } from '../wallet/ageing.js'
import { figure3, plan } from '../wallet/plan.js'

const now = 1_790_000_000
const made = now - 10 * margin
const fresh = value => ({ scrip: 'x', value, made, expires: now + 2 * margin })
const old = value => ({ scrip: 'x', value, made, expires: now - 1 })
const ageing = value => ({ scrip: 'x', value, made, expires: now + margin - 1 })
const short = legs => legs.map(({ transaction, amount }) => `${transaction} ${amount}`).join(', ')

const rows = [
  // name, BrokerScrip, VendorScrip, Figure 3, what runs if that is less
  ['nothing held', null, [], '6.1 1250, 6.2 1250, 6.3 1250'],
  ['enough BrokerScrip', fresh(5000), [], '6.2 1250, 6.3 1250'],
  ['exactly enough BrokerScrip', fresh(1250), [], '6.2 1250, 6.3 1250'],
  ['too little BrokerScrip', fresh(1249), [], '6.4 1250, 6.2 1250, 6.3 1250'],
  ['enough VendorScrip', null, [fresh(1250)], '6.3 1250'],
  ['VendorScrip w < P, BrokerScrip >= d', fresh(1250), [fresh(250)], '6.5 1000, 6.3 1250'],
  ['VendorScrip w < P, BrokerScrip >= d but < P', fresh(1000), [fresh(250)], '6.5 1000, 6.3 1250'],
  ['VendorScrip w < P, BrokerScrip < d', fresh(999), [fresh(250)], '6.4 1000, 6.5 1000, 6.3 1250'],
  ['VendorScrip w < P, no BrokerScrip', null, [fresh(250)], '6.1 1000, 6.5 1000, 6.3 1250'],
  ['two VendorScrip, one pays', null, [fresh(250), fresh(2000)], '6.3 1250'],
  ['two VendorScrip, only together enough', null, [fresh(1000), fresh(1000)], '6.1 250, 6.5 250, 6.3 1250'],
  ['VendorScrip near expiry', null, [ageing(1250)], '6.8 1250, 6.3 1250'],
  ['expired VendorScrip', fresh(5000), [old(1250)], '6.8 1250, 6.3 1250'],
  ['expired VendorScrip w < P', fresh(5000), [old(250)], '6.8 250, 6.5 1000, 6.3 1250'],
  ['expired and fresh VendorScrip', null, [old(1250), fresh(2000)], '6.8 1250, 6.3 1250', '6.3 1250'],
  ['two expired VendorScrip', null, [old(2000), old(1250)], '6.8 2000, 6.8 1250, 6.3 1250', '6.8 1250, 6.3 1250'],
  ['expired BrokerScrip', old(5000), [], '6.8 5000, 6.2 1250, 6.3 1250'],
  ['expired BrokerScrip, too little', old(1000), [], '6.8 1000, 6.4 1250, 6.2 1250, 6.3 1250'],
  ['BrokerScrip near expiry', ageing(1250), [], '6.8 1250, 6.2 1250, 6.3 1250'],
  ['expired BrokerScrip, enough VendorScrip', old(5000), [fresh(1250)], '6.8 5000, 6.3 1250', '6.3 1250'],
]

for (const [name, broker, vendor, figure, runs = figure] of rows) {
  test(name, () => {
    const situation = { price: 1250, broker, vendor, now }
    assert.equal(short(figure3(situation)), figure)
    assert.equal(short(plan(situation).figure), figure)
    assert.equal(short(plan(situation).legs), runs)
  })
}

const ahead = [
  // name, BrokerScrip, VendorScrip, what is to be exchanged, what runs
  ['nothing held', null, [], 3000, '6.1 3000, 6.2 3000, 6.3 1250'],
  ['BrokerScrip for it', fresh(3000), [], 3000, '6.2 3000, 6.3 1250'],
  ['BrokerScrip for the price only', fresh(2999), [], 3000, '6.4 3000, 6.2 3000, 6.3 1250'],
  ['VendorScrip for the price', fresh(2999), [fresh(1250)], 3000, '6.3 1250'],
  ['too little VendorScrip', fresh(5000), [fresh(1249)], 3000, '6.5 3000, 6.3 1250'],
  ['too little VendorScrip, just what is missing', fresh(5000), [fresh(1249)], 1, '6.5 1, 6.3 1250'],
  ['ageing BrokerScrip', ageing(5000), [], 3000, '6.8 5000, 6.2 3000, 6.3 1250'],
  ['just the price', fresh(5000), [], 1250, '6.2 1250, 6.3 1250'],
]

for (const [name, broker, vendor, exchange, runs] of ahead) {
  test(`exchanging more: ${name}`, () => {
    assert.equal(short(plan({ price: 1250, exchange, broker, vendor, now }).legs), runs)
  })
}

test('which scrip is renewed', () => {
  assert.deepEqual(plan({ price: 1250, broker: null, vendor: [{ ...old(1250), scrip: 'one' }], now }).legs[0], { transaction: '6.8', amount: 1250, scrip: 'one' })
})

test('when scrip is due', () => {
  const rows = [
    // expires, made, due
    [now + 365 * 24 * 3600, now, now + 365 * 24 * 3600 - margin],
    [now + 100, now, now + 75], // short-lived scrip is not renewed without end
    [now + 100, now + 200, now + 100],
  ]
  for (const [expires, made, due] of rows) {
    assert.equal(renewAt({ expires, made }), due)
    assert.ok(!isAgeing({ expires, made }, due))
    assert.ok(isAgeing({ expires, made }, due + 1))
  }
})
