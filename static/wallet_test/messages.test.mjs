// The vectors of services/scrip: the wallet takes the bodies that the Go side takes, and refuses those of another form.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { CompactSign } from '../vendor/jose/jose.min.js'
import { newID, newKey } from '../wallet/base64url.js'
import { maxSize } from '../wallet/forms.js'
import { newSigningKey, signer } from '../wallet/keys.js'
import { check, evidence } from '../wallet/messages.js'

const vectors = ['messages', 'forms'].flatMap(name =>
  JSON.parse(readFileSync(new URL(`../../services/scrip/testdata/${name}.json`, import.meta.url), 'utf8')))

// What goes between broker and stall alone, and what only a stall's host or a verifier reads.
const foreign = new Set(['T5', 'T7', 'T12', 'T16', 'T18', 'T23', 'T24', 'POSSESSION', 'REFUND', 'REFUNDED'])

const scrip = { issuer: newID(), value: 1, scrip_id: newID(), cust_id: newID(), expires: 1, props: { currency: 'EUR' }, certificate: newKey() }
const all = { reply_key: newKey(), secret: newKey(), scrip, order: { lines: [{ version: newID(), digest: newKey(), quantity: 1 }], delivery: { way: 'collect', label: '' }, note: '' }, possession: 'a.b.c', photo: 'YSBwaG90bw' }
const sets = [[], ['reply_key'], ['scrip', 'secret'], ['reply_key', 'secret'], ['reply_key', 'scrip'], ['reply_key', 'scrip', 'secret'], ['order', 'reply_key', 'scrip', 'secret'], ['possession', 'reply_key'], ['possession', 'reply_key', 'secret'], ['photo', 'reply_key']]

const { possession, photo, ...ofMandate } = all
const mandate = vectors.find(({ type, name }) => type === 'T10' && name === 'good').body

// Whether a body is taken with the one right set of attachments, or a value as the attachment of its name.
const takes = (typ, body) => typ in all ? checks('T10', mandate, { ...ofMandate, [typ]: body }) : sets.some(names =>
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

test('the longest JWS of each type', () => {
  const sizes = JSON.parse(readFileSync(new URL('../../services/scrip/testdata/sizes.json', import.meta.url), 'utf8'))
  for (const [typ, most] of Object.entries(sizes)) if (!foreign.has(typ)) assert.equal(maxSize(typ), most, typ)
})

test('an offer that is padded, or longer than any of its form', async () => {
  const { body } = vectors.find(({ type, name }) => type === 'OFFER' && name === 'good')
  const by = await signer(await newSigningKey())
  const claims = JSON.stringify({ typ: 'OFFER', iss: body.vendor, aud: body.vendor, tx: newID(), iat: 1, attached: {}, body: { ...body, description: '🚲'.repeat(4000) } })
  const takes = async text => evidence(await new CompactSign(new TextEncoder().encode(text))
    .setProtectedHeader({ alg: 'EdDSA', typ: 'OFFER', kid: by.thumbprint }).sign(by.key), 'OFFER', { aud: body.vendor, signers: { [body.vendor]: [by.jwk] } })
  await takes(claims)
  await assert.rejects(takes(claims.replaceAll('🚲', '\\ud83d\\udeb2')), { name: 'Unreadable' })
  await assert.rejects(takes(claims.replace('"body":', '"body": ')), { name: 'Unreadable' })
})
