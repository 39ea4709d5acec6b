// What paying in costs, by the same vectors as services/scrip; and what is believed of a broker's terms.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'

import { feesFor, isReal, termsOf } from '../wallet/payways.js'

const vectors = JSON.parse(await readFile(new URL('../../services/scrip/testdata/fees.json', import.meta.url), 'utf8'))

for (const { name, amount, max, way, fee } of vectors) {
  test(`fees: ${name}`, () => {
    const broker = { bank: termsOf({ kind: 'real', ways: [way] }), maxCharge: max }
    assert.deepEqual(feesFor(amount, broker), fee === null ? [] : [{ way: way.way, fee }])
  })
}

test('a sandbox, and what is not understood, costs nothing and is not real', () => {
  for (const bank of [undefined, null, {}, { kind: 'sandbox', ways: [] }, { kind: 'toy', ways: [] }, { kind: 'real' }]) {
    assert.equal(isReal({ bank: termsOf(bank) }), false)
    assert.deepEqual(feesFor(2000, { bank: termsOf(bank), maxCharge: 200000 }), [])
  }
  const good = { way: 'card', fixed: 1, rate: 2, least: 3 }
  const bad = [{ ...good, way: 'shell' }, { ...good, fixed: -1 }, { ...good, rate: 1001 }, { ...good, least: 0.5 }, null]
  assert.deepEqual(termsOf({ kind: 'test', ways: [...bad, { ...good, more: 4 }] }), { kind: 'test', ways: [good] })
})
