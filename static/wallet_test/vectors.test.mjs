// The shared vectors, good and bad: both sides must take the same messages and refuse the same messages.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { openVector } from './help/vectors.mjs'

const folder = new URL('../../jose/testdata/vectors/', import.meta.url)
const files = readdirSync(folder).filter(name => name.endsWith('.json'))

const messages = files.filter(name => name !== 'values.json') // small.test.mjs reads those

for (const file of messages) {
  for (const vector of JSON.parse(readFileSync(new URL(file, folder), 'utf8'))) {
    test(`${file}: ${vector.name}`, async () => {
      const open = openVector(vector)
      if (vector.result !== 'ok') return assert.rejects(open, { name: 'Unreadable' })
      const { claims, attached, digest } = await open
      assert.deepEqual(claims, vector.claims)
      assert.equal(digest, vector.digest)
      if (vector.attachments) assert.deepEqual(attached, vector.attachments)
    })
  }
}
