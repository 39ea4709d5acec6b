// What sellers saw of the broker's log, held against what it shows this wallet: what is kept of each verdict, and the verdicts themselves
// by the heads and proofs of services/tree.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Problem, Unreachable } from '../wallet/errors.js'
import { after, compare, evidence, mayAdd, settle } from '../wallet/heads.js'
import { sameHead } from '../wallet/log.js'

const { broker: id, key, heads, consistencies } = JSON.parse(readFileSync(new URL('../../services/tree/testdata/log.json', import.meta.url), 'utf8'))
const good = consistencies.find(({ name, result, from, to }) => result === 'ok' && from < to)
const bad = consistencies.find(({ result, from, to, older, newer }) => result !== 'ok' && from < to && older !== newer)

/** A wallet of which there is the profile alone, and a broker that shows this. */
function world({ line = '', forks = [], told = [], head = undefined, proof = undefined }) {
  const rows = { profile: { broker: { id, links: [{ digest: '', from: 0, signing: [key] }] }, heads: line || forks.length > 0 ? { line, forks } : undefined } }
  const answer = what => what instanceof Error ? Promise.reject(what) : Promise.resolve(what)
  const ctx = {
    told: new Map(told), now: () => 1_800_000_000, profile: async () => rows.profile,
    purse: { apply: async ([{ value }]) => { rows.profile = value } },
    broker: { logHead: () => answer(head ?? new Unreachable('away')), logConsistency: () => answer(proof ?? new Unreachable('away')), about: () => Promise.reject(new Unreachable('away')) },
  }
  return { ctx, rows, run: () => compare(ctx, (_, run) => run()) }
}

test('a head that continues the line takes its place', async () => {
  const { rows, ctx, run } = world({ line: good.older, told: [['v', good.newer]], proof: { from: good.from, to: good.to, path: good.path } })
  assert.equal(await run(), false)
  assert.deepEqual([rows.profile.heads, ctx.told.size], [{ line: good.newer, forks: [] }, 0])
})

test('one that the line continues leaves it', async () => {
  const { rows, run } = world({ line: good.newer, told: [['v', good.older]], proof: { from: good.from, to: good.to, path: good.path } })
  assert.equal(await run(), false)
  assert.equal(rows.profile.heads.line, good.newer)
})

test('the first is held against the broker\'s own', async () => {
  const { rows, run } = world({ head: { head: good.newer }, told: [['v', good.newer]] })
  assert.equal(await run(), false)
  assert.deepEqual(rows.profile.heads, { line: good.newer, forks: [] })
})

test('a proof that does not hold is told, asked for again, and taken back once one does', async () => {
  const proof = { from: good.from, to: good.to, path: bad.from === good.from && bad.to === good.to ? bad.path : good.path.map(hash => hash.replace(/^./, first => first === 'A' ? 'B' : 'A')) }
  const { rows, ctx, run } = world({ line: good.older, told: [['v', good.newer]], proof })
  assert.equal(await run(), true)
  const [fork] = rows.profile.heads.forks
  assert.deepEqual([fork.proven, fork.seen, fork.before, ctx.told.size], [false, good.newer, good.older, 1])
  assert.ok(evidence(fork, 'Attic').includes(good.newer) && evidence(fork, 'Attic').includes(good.older))
  assert.equal(await run(), false)
  ctx.told.clear()
  ctx.broker.logConsistency = async () => ({ from: good.from, to: good.to, path: good.path })
  assert.equal(await run(), true)
  assert.deepEqual(rows.profile.heads, { line: good.newer, forks: [] })
})

for (const [name, proof] of /** @type {[string, any][]} */ ([['nobody there', undefined], ['a problem', new Problem(404, 'not-found', '')], ['a proof of something else', { from: 1, to: 1, path: [] }], ['no proof', {}]])) {
  test(`${name} says nothing of the broker`, async () => {
    const { rows, ctx, run } = world({ line: good.older, told: [['v', good.newer]], proof })
    assert.equal(await run(), false)
    assert.deepEqual([rows.profile.heads, ctx.told.size], [{ line: good.older, forks: [] }, 1])
  })
}

test('what nobody signed is forgotten', async () => {
  const forged = heads.find(({ result }) => result !== 'ok').head
  const { rows, ctx, run } = world({ line: good.older, told: [['v', forged]] })
  assert.equal(await run(), false)
  assert.deepEqual([rows.profile.heads.forks, ctx.told.size], [[], 0])
})

test('two of one size contradict each other, and what is kept is bounded', () => {
  const of = { vendor: 'v', note: 'seen', line: 'line', at: 7 }
  const one = after({ line: 'line', forks: [] }, of, 'forked')
  assert.deepEqual(one, { line: 'line', forks: [{ vendor: 'v', seen: 'seen', before: 'line', at: 7, proven: true }] })
  assert.deepEqual(after(one, { ...of, note: 'another' }, 'forked'), one)
  assert.deepEqual(after(one, of, 'same'), one)
  const many = Array.from({ length: 20 }).reduce((kept, _, i) => after(kept, { ...of, vendor: `v${i}`, note: `seen ${i}` }, 'unproven'), one)
  assert.equal(many.forks.length, 1 + 8)
  assert.ok(!sameHead({ size: 1, root: new Uint8Array([1]) }, { size: 1, root: new Uint8Array([2]) }))
})

test('no money is added while it is proven that there are other books, until its person says that it is explained', async () => {
  const fork = { vendor: 'v', seen: 'seen', before: 'line', at: 7, proven: false }
  mayAdd({})
  mayAdd({ heads: { line: '', forks: [fork] } })
  const proven = { ...fork, proven: true }
  const { ctx, rows } = world({ line: good.older, forks: [fork, proven] })
  assert.throws(() => mayAdd(rows.profile), { name: 'Advice', reason: 'other-books' })
  for (const shown of [[], [{ ...proven, seen: 'other' }], [fork]]) {
    await settle(ctx, shown)
    assert.throws(() => mayAdd(rows.profile), { name: 'Advice', reason: 'other-books' }) // that was not shown
    assert.equal(rows.profile.heads.line, shown.includes(fork) ? '' : good.older)
  }
  await settle(ctx, [proven])
  mayAdd(rows.profile)
  assert.deepEqual([rows.profile.heads.line, rows.profile.heads.forks.map(({ settled, seen }) => [settled, seen])], ['', [[true, 'seen'], [true, 'seen']]])
  const again = { vendor: 'v', note: 'seen', line: 'line', at: 8 }
  assert.deepEqual(after(rows.profile.heads, again, 'forked'), { ...rows.profile.heads, line: 'line' }) // it was settled
  const third = after(rows.profile.heads, { ...again, note: 'third' }, 'forked')
  assert.throws(() => mayAdd({ heads: third }), { name: 'Advice', reason: 'other-books' })
})

test('what is settled while it is compared stays settled', async () => {
  const fork = { vendor: 'v', seen: good.newer, before: good.older, at: 7, proven: false }
  const { ctx, rows, run } = world({ line: good.older, forks: [fork] })
  ctx.broker.logConsistency = async () => {
    await settle(ctx, [fork])
    return { from: good.from, to: good.to, path: good.path.map(hash => hash.replace(/^./, first => first === 'A' ? 'B' : 'A')) }
  }
  assert.equal(await run(), false)
  assert.deepEqual(rows.profile.heads, { line: '', forks: [{ ...fork, settled: true }] })
  assert.equal(await run(), false) // and nobody is asked for it any more
})
