import assert from 'node:assert/strict'
import test from 'node:test'
import { stages } from '../wallet/progress.js'

/** A work that buys, as far as its stages read it: one item for each transaction. */
const buying = (transactions, at, state = 'running') => ({ purpose: 'checkout', about: { stall: 'Attic' }, state, at, items: transactions.map(transaction => ({ transaction })) })

const said = work => stages(work).map(({ says, state }) => `${says}: ${state}`)

test('a purchase is told in words, and where it is', () => {
  assert.deepEqual(said(buying(['6.1', '6.2', '6.3'], 1)), ['Load money from your bank: done', 'Set it aside for Attic: running', 'Pay Attic: waiting'])
})

test('a purchase that stopped says where', () => {
  assert.deepEqual(said(buying(['6.2', '6.3'], 1, 'stopped')), ['Set it aside for Attic: done', 'Pay Attic: failed'])
})

for (const [at, want] of [[0, 'running'], [1, 'running'], [2, 'running'], [3, 'done']]) {
  test(`three loadings that add up are one stage, at ${at}`, () => {
    assert.equal(said(buying(['6.1', '6.4', '6.4', '6.3'], at))[0], `Load money from your bank: ${want}`)
  })
}

test('loadings of which one stopped have stopped', () => {
  assert.deepEqual(said(buying(['6.1', '6.4', '6.3'], 1, 'stopped')), ['Load money from your bank: failed', 'Pay Attic: waiting'])
})

test('what is done is done, and what a newer version wrote has no stage', () => {
  assert.deepEqual(said(buying(['6.5', '9.9', '6.3'], 2, 'done')), ['Set more aside for Attic: done', 'Pay Attic: done'])
})
