// The threads of events: the table is that of services/scrip, and so is what events come to.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { newID, newKey } from '../wallet/base64url.js'
import { asked, kinds, may, moves, next, ordered, stateAt, wordMoves, wrongOf } from '../wallet/thread.js'

const read = name => JSON.parse(readFileSync(new URL(`../../services/scrip/${name}.json`, import.meta.url), 'utf8'))

test('the table is that of services/scrip/thread.json', () => {
  const table = read('thread')
  assert.deepEqual(kinds, table.kinds)
  assert.deepEqual(moves, table.moves.map(({ does, ...move }) => move))
  assert.deepEqual(wordMoves, Object.fromEntries(table.words.map(({ word, next, keeps }) => [word, { next, keeps }])))
})

const following = (thread, kind, at) => ({
  body: { order: thread.order, seq: thread.seq + 1, previous: thread.head || newKey(), kind, text: '' }, digest: newKey(), claims: { tx: thread.tx, iat: at },
})

for (const { name, begins, from, events, state, now, refused } of read('testdata/threads')) {
  test(`a thread: ${name}`, () => {
    let thread = begins === 'order' ? ordered({ order: newID(), tx: newID(), mandate: newKey(), at: 1_800_000_000 }) : asked(newID())
    if (from) thread = { ...thread, seq: from }
    for (const [i, { by, kind, at }] of events.entries()) {
      const event = following(thread, kind, at)
      if (refused && i === events.length - 1) assert.throws(() => next(thread, by, event), { name: 'OutOfTurn' })
      else thread = next(thread, by, event)
    }
    assert.equal(stateAt(thread, now ?? thread.last), state)
  })
}

test('an event has its place', () => {
  const begun = ordered({ order: newID(), tx: newID(), mandate: newKey(), at: 1 })
  const thread = next(begun, 'M', following(begun, 'message', 1))
  const good = following(thread, 'message', 1)
  assert.equal(next(thread, 'C', good).seq, 2)
  for (const [name, changed] of Object.entries({
    again: { body: { ...good.body, seq: 1 } }, 'with a gap': { body: { ...good.body, seq: 3 } }, 'after another event': { body: { ...good.body, previous: newKey() } },
    'of another order': { body: { ...good.body, order: newID() } }, 'of another transaction': { claims: { tx: newID(), iat: 1 } },
  })) assert.throws(() => next(thread, 'C', { ...good, ...changed }), { name: 'OutOfTurn' }, name)
  assert.equal(may({ ...thread, seq: 899 }, 'C', 'message', 1), true)
  assert.equal(may({ ...thread, seq: 900 }, 'C', 'message', 1), false)
  assert.equal(may({ ...thread, seq: 900 }, 'M', 'sent', 1), true)
  assert.equal(may(thread, 'C', 'sent', 1), false)
})

test('what an event must bring', () => {
  const event = { order: newID(), seq: 1, previous: newKey(), kind: 'message', text: 'x' }
  assert.equal(wrongOf(event), undefined)
  assert.equal(wrongOf({ ...event, text: '' }), 'text')
  assert.equal(wrongOf({ ...event, text: '🚲'.repeat(2000) }), undefined)
  assert.equal(wrongOf({ ...event, text: '🚲'.repeat(2001) }), 'text')
  assert.equal(wrongOf({ ...event, carrier: 'Post' }), 'carrier')
  assert.equal(wrongOf({ ...event, kind: 'dance' }), 'kind')
  assert.equal(wrongOf({ ...event, kind: 'ask' }), 'offer')
  assert.equal(wrongOf({ ...event, kind: 'sent', text: '', tracking: 'RB 1' }), undefined)
})
