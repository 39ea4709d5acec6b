// Receipt bundles, good, forged, and files that are none: both sides must say the same of each, word for word.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { collect, make, parse } from '../wallet/bundle.js'
import { exponentOf } from '../wallet/currencies.js'
import { findings, holds } from '../wallet/findings.js'
import { digits } from '../wallet/money.js'
import { follow } from '../wallet/succession.js'

/** As the command writes: "12.50 EUR", "2026-11-22 18:05". */
const asCommand = { amount: (minor, currency) => `${digits(minor, currency)} ${currency.currency}`, moment: date => date.toISOString().slice(0, 16).replace('T', ' ') }

const vectors = ['bundles', 'older'].flatMap(name => JSON.parse(readFileSync(new URL(`../../services/receipt/testdata/${name}.json`, import.meta.url), 'utf8')))

for (const vector of vectors) {
  test(`receipt: ${vector.name}`, async () => {
    if (vector.findings.length === 0) return assert.throws(() => parse(vector.file), { name: 'Advice' })
    const bundle = parse(new TextEncoder().encode(vector.file))
    const known = vector.currency && { currency: vector.currency, exponent: exponentOf(vector.currency) }
    const got = await findings(bundle, await follow({ id: bundle.broker, links: [] }, vector.keys), known, asCommand)
    assert.deepEqual(got, vector.findings)
    assert.equal(holds(got), vector.ok)
  })
}

test('receipt: what is made is byte for byte what the other side makes', () => {
  for (const { name, file, findings } of vectors) if (findings.length > 0 && !name.endsWith(': without the order')) assert.equal(make(parse(file)), file, name)
})

test('receipt: no other attachment takes the place of the order', () => {
  const secret = Buffer.from(JSON.stringify(['AAAAAAAAAAAAAAAAAAAAAA', 'secret', 'x'])).toString('base64url')
  assert.throws(() => make({ ...parse(vectors[0].file), order: secret }), { name: 'Advice' })
})

test('receipt: the wallet takes the log\'s proof only if it proves something, and each COLLECTED once', async () => {
  const { file, keys } = vectors.find(({ name }) => name === 'with a refund')
  const { broker, logged, collected, offers, ...order } = parse(file)
  const pin = await follow({ id: broker, links: [] }, keys)
  const kept = { ...order, lines: offers.map(offer => ({ offer })), refunds: [...collected, ...collected].map(jws => ({ collected: jws })) }
  assert.equal(make(await collect(kept, pin, async () => ({ leaf: '', ...logged }))), file)
  for (const bad of [{ ...logged, index: 3 }, { ...logged, head: '' }, {}]) {
    assert.equal((await collect(kept, pin, async () => ({ leaf: '', ...bad }))).logged, undefined)
  }
  assert.equal((await collect(kept, pin, async () => { throw new Error('off') })).logged, undefined)
})
