// The vectors of services/scrip: the wallet takes the bodies that the Go side takes, and refuses those of another form.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { newID, newKey } from '../wallet/base64url.js'
import { check } from '../wallet/messages.js'

const vectors = ['messages', 'forms'].flatMap(name =>
  JSON.parse(readFileSync(new URL(`../../services/scrip/testdata/${name}.json`, import.meta.url), 'utf8')))

// What goes between broker and stall alone, and what only a stall's host or a verifier reads.
const foreign = new Set(['T5', 'T7', 'T12', 'T16', 'T18', 'T23', 'T24', 'POSSESSION', 'REFUND', 'REFUNDED'])

const scrip = { issuer: newID(), value: 1, scrip_id: newID(), cust_id: newID(), expires: 1, props: { currency: 'EUR' }, certificate: newKey() }
const all = { reply_key: newKey(), secret: newKey(), scrip, order: { offer: 'a.b.c', quantity: 1, delivery: '' } }
const sets = [[], ['reply_key'], ['scrip', 'secret'], ['reply_key', 'secret'], ['reply_key', 'scrip'], ['reply_key', 'scrip', 'secret'], Object.keys(all)]

const mandate = vectors.find(({ type, name }) => type === 'T10' && name === 'good').body

// Whether a body is taken with the one right set of attachments, or a value as the attachment of its name.
const takes = (typ, body) => typ in all ? checks('T10', mandate, { ...all, [typ]: body }) : sets.some(names =>
  checks(typ, body, Object.fromEntries(names.map(name => [name, all[name]]))))

function checks(typ, body, attached) {
  try {
    return Boolean(check({ typ, body, attached }))
  } catch {
    return false
  }
}

for (const typ of new Set(vectors.map(vector => vector.type))) {
  test(`${typ}: bodies good and bad`, () => {
    for (const { name, body, result, rule } of vectors.filter(vector => vector.type === typ)) {
      if (result === 'ok') assert.equal(takes(typ, body), !foreign.has(typ), name)
      else if (rule === 'form') assert.equal(takes(typ, body), false, name)
    }
  })
}
