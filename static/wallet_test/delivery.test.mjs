// The vectors of services/scrip: what things cost together, delivered in a way, and which countries there are.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { countries, country } from '../wallet/countries.js'
import { agreed, choices, cleaned, faults, reach, usual } from '../wallet/delivery.js'
import { needsPostcode } from '../wallet/postcodes.js'
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
  assert.equal(countries.filter(needsPostcode).join(' '), vectors.postcodes)
  for (const code of ['', 'nl', 'XX', undefined, 7]) assert.equal(country(code), false)
})

const post = (price, countries = [], label = '') => ({ way: 'post', label, price, countries, days: [1, 3] })
const collect = { way: 'collect', label: '', price: 0, countries: [], days: [0, 0] }
const line = (price, ...delivery) => ({ quantity: 1, offer: { edition: 'second', price, delivery, place: { country: 'NL', town: 'Utrecht' } } })
const told = list => list.map(({ way, label, country, postage }) => [way, label, country, postage])

test('the ways among which a buyer chooses', () => {
  const lamp = line(1000, post(490, ['NL'], 'Parcel'), post(1290, [], 'Parcel'), post(1990, [], 'Express'), collect)
  assert.deepEqual(told(choices([lamp], 'NL')), [['post', 'Parcel', 'NL', 490], ['post', 'Express', 'NL', 1990], ['collect', '', '', 0]])
  assert.deepEqual(told(choices([lamp], 'JP')), [['post', 'Parcel', 'JP', 1290], ['post', 'Express', 'JP', 1990], ['collect', '', '', 0]])
  const letter = line(200, post(190, ['NL', 'BE'], 'Letter'))
  assert.deepEqual(told(choices([lamp, letter], 'NL')), [['post', 'Parcel', 'NL', 490], ['post', 'Express', 'NL', 1990]])
  assert.deepEqual(told(choices([lamp, letter], 'JP')), [])
  assert.deepEqual(reach([lamp, letter]), ['BE', 'NL'])
  assert.deepEqual(reach([line(1, collect)]), [])
  assert.deepEqual(told(choices([{ quantity: 2, offer: { price: 100, postage: 50 } }], 'JP')), [['post', '', 'JP', 50]])
})

test('the way that is shown first', () => {
  const lamp = line(1000, post(490, ['NL', 'BE']), collect)
  assert.deepEqual(usual([lamp], {}), { way: 'post', label: '', country: 'NL' })
  assert.deepEqual(usual([lamp], { home: { country: 'BE' } }), { way: 'post', label: '', country: 'BE' })
  assert.deepEqual(usual([lamp], { home: { country: 'JP' }, region: 'US' }), { way: 'post', label: '', country: 'NL' })
  assert.deepEqual(usual([line(1, collect)], { home: { country: 'BE' } }), { way: 'collect', label: '', country: '' })
  assert.throws(() => usual([line(1, collect), line(1, post(1))], {}), { reason: 'not-delivered' })
})

test('what is signed is what was chosen, cleaned', () => {
  const address = { name: ' Ann\u00ad Lee', lines: ['\u20681 Lane\u2069', '', ' '], postcode: '1011', town: 'Town\n', country: 'NL', phone: '' }
  const seen = { way: 'post', label: '', country: 'NL' }
  assert.deepEqual(agreed({ way: 'post', label: '', address }, seen), { way: 'post', label: '', address: { ...address, name: 'Ann Lee', lines: ['1 Lane'], town: 'Town' } })
  assert.throws(() => agreed({ way: 'post', label: '', address: { ...address, country: 'BE' } }, seen), { reason: 'wallet-changed' })
  assert.throws(() => agreed({ way: 'collect', label: '' }, seen), { reason: 'wallet-changed' })
  for (const [part, value] of Object.entries({ name: '\u00ad', lines: [' '], town: '', country: 'XX', phone: '1'.repeat(25) })) {
    assert.equal(faults(cleaned({ ...address, [part]: value }))[0]?.[0], part)
    assert.throws(() => agreed({ way: 'post', label: '', address: { ...address, [part]: value } }, seen), { name: 'Advice' })
  }
})
