import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { carriers, trackingLink } from '../wallet/carriers.js'

const read = name => JSON.parse(readFileSync(new URL(`../../web/${name}`, import.meta.url), 'utf8'))

test('carriers are those of the pages', () => assert.deepEqual(carriers, read('carriers.json').map(({ name, also, url }) => [name, also, url])))

for (const { carrier, number, link } of read('testdata/tracking.json')) test(`where ${carrier} shows ${number}`, () => assert.equal(trackingLink(carrier, number), link))
