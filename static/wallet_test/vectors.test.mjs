// The shared vectors, good and bad: both sides must take the same messages and refuse the same messages.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { openReply, verify } from '../wallet/envelope.js'
import { openRequest } from './help/open.mjs'

const folder = new URL('../../jose/testdata/vectors/', import.meta.url)
const files = readdirSync(folder).filter(name => name.endsWith('.json'))

const ways = {
  request: ({ envelope, keys }, wanted) => openRequest(envelope, keys.envelope, wanted),
  reply: ({ envelope, keys }, wanted) => openReply(envelope, keys.reply_key, wanted),
  evidence: ({ envelope }, wanted) => verify(envelope, wanted),
}

function wantedBy({ types, aud, iss, tx, self_keyed, pair, signers = {} }) {
  const known = Object.fromEntries(Object.entries(signers).map(([who, key]) => [who, [key]]))
  return { types, aud, iss, tx, pair, ...!self_keyed && { signers: known } }
}

const messages = files.filter(name => name !== 'values.json') // small.test.mjs reads those

for (const file of messages) {
  for (const vector of JSON.parse(readFileSync(new URL(file, folder), 'utf8'))) {
    test(`${file}: ${vector.name}`, async () => {
      vector.envelope += 'A'.repeat(vector.pad ?? 0)
      const open = ways[vector.kind](vector, wantedBy(vector.expect))
      if (vector.result !== 'ok') return assert.rejects(open, { name: 'Unreadable' })
      const { claims, attached, digest } = await open
      assert.deepEqual(claims, vector.claims)
      assert.equal(digest, vector.digest)
      if (vector.attachments) assert.deepEqual(attached, vector.attachments)
    })
  }
}
