// The vectors of services/tree: the wallet believes the heads and the proofs that the Go side believes, and no others.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { encode } from '../wallet/base64url.js'
import { consistent, included, openHead, parseEntry } from '../wallet/log.js'

const { broker, key, entries, heads, inclusions, consistencies } = JSON.parse(readFileSync(new URL('../../services/tree/testdata/log.json', import.meta.url), 'utf8'))

test('entries of the log', () => {
  for (const { kind, time, messages, entry } of entries) assert.deepEqual(parseEntry(entry), { kind, at: time, messages })
})

for (const { name, head, size, root, result } of heads) {
  test(`head: ${name}`, async () => {
    const opened = openHead(head, broker, [key])
    if (result !== 'ok') return assert.rejects(opened)
    assert.deepEqual({ size: (await opened).size, root: encode((await opened).root) }, { size, root })
  })
}

for (const { name, result, ...logged } of inclusions) {
  test(`inclusion: ${name}`, () => result === 'ok' ? included(logged, broker, [key]) : assert.rejects(included(logged, broker, [key])))
}

for (const { name, path, older, newer, result } of consistencies) {
  test(`consistency: ${name}`, async () => {
    const [before, now] = await Promise.all([older, newer].map(head => openHead(head, broker, [key])))
    assert.equal(await consistent(path, before, now), result === 'ok')
  })
}
