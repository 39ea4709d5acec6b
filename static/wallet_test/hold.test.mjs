// Protection: the table and the decisions are those of services/scrip.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { begun, isOpen, may, moves, next, promised, protection } from '../wallet/hold.js'

const read = name => JSON.parse(readFileSync(new URL(`../../services/scrip/${name}.json`, import.meta.url), 'utf8'))
const vectors = read('testdata/holds')

test('the table is that of services/scrip/hold.json', () => {
  assert.deepEqual(moves, read('hold').moves.map(({ does, ...move }) => move))
})

for (const { name, lines, delivery, at, send, check, protect } of vectors.promises) test(`a promise: ${name}`, () => {
  const promise = promised(lines.map(offer => ({ ...offer, ...offer.delivery && { edition: 'second' } })), delivery)
  assert.deepEqual(promise, { send, check })
  assert.deepEqual(protection(promise, at), protect)
})

test('an event at a time leads where the vectors say', () => {
  const { send_by, check_within } = vectors
  for (const { state, due, event, at, next: wanted, next_due } of vectors.moves) {
    const hold = { state, due, send_by, check_within }
    const { state: got, due: until } = next(hold, event, at)
    assert.deepEqual([got, until], [wanted, next_due], `${event} of ${state} at ${at}`)
    assert.ok(got === state || may(hold, event, at))
  }
  assert.deepEqual(begun({ send_by, check_within }), { state: 'held', send_by, check_within, due: send_by + 90 * 86_400 })
  assert.deepEqual(['held', 'sent', 'disputed', 'released', 'reclaimed', 'decided', 'refunded'].filter(state => isOpen({ state })), ['held', 'sent', 'disputed'])
})
