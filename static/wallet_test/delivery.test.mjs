// The vectors of services/scrip: what things cost together, delivered in a way, and which countries there are.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { countries, country } from '../wallet/countries.js'
import { total } from '../wallet/trust.js'

const vectors = JSON.parse(readFileSync(new URL('../../services/scrip/testdata/delivery.json', import.meta.url), 'utf8'))

for (const { name, lines, delivery, total: want, refused } of vectors.totals) {
  test(`total: ${name}`, () => {
    const counted = () => total(lines.map(({ quantity, ...offer }) => ({ quantity, offer: { ...offer, ...offer.delivery && { edition: 'second' } } })), delivery)
    if (refused) assert.throws(counted, { reason: refused })
    else assert.equal(counted(), want)
  })
}

test('the countries that there are', () => {
  assert.equal(countries.join(' '), vectors.countries)
  for (const code of ['', 'nl', 'XX', undefined, 7]) assert.equal(country(code), false)
})
