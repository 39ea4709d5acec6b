// The broker's keys, by succession: the vectors of services/scrip, and what a wallet does when the keys change.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { newID } from '../wallet/base64url.js'
import { thumbprint } from '../wallet/keys.js'
import { ever, follow, learn, signersOf } from '../wallet/succession.js'
import { BrokerSide } from './help/broker.mjs'
import { buy, made, wanted } from './help/page.mjs'

const vectors = JSON.parse(readFileSync(new URL('../../services/scrip/testdata/succession.json', import.meta.url), 'utf8'))

for (const { name, broker, known, page, follows, serial, envelope } of vectors) {
  test(`keys: ${name}`, async () => {
    let chain = { id: broker, links: [] }
    for (const [i, jws] of known.entries()) chain = await follow(chain, i === 0 ? [jws] : [known[i - 1], jws])
    const next = follow(chain, page)
    if (!follows) await assert.rejects(next, { name: 'Advice', message: /keys that do not follow/ })
    const believed = follows ? await next : chain
    assert.equal(believed.links.length, serial)
    assert.equal(believed.envelope ? await thumbprint(believed.envelope) : '', envelope)
  })
}

test('keys: an old key verifies what was signed in its time', async () => {
  const vector = vectors.find(({ name }) => name === 'right: all, by who pinned nothing')
  const chain = await follow({ id: vector.broker, links: [] }, vector.page)
  const [first, second, third] = chain.links
  const at = signersOf(chain)[vector.broker]
  assert.deepEqual(at(second.from), [...first.signing, ...second.signing, ...third.signing], 'in its last second')
  assert.deepEqual(at(second.from + 1), [...second.signing, ...third.signing], 'after its time')
  assert.deepEqual(at(third.from + 9), third.signing)
  assert.deepEqual(ever(chain), [...third.signing, ...second.signing, ...first.signing])
})

test('keys: a long chain is followed page by page', async () => {
  const broker = await new BrokerSide().init(() => 1_790_000_000)
  for (let i = 1; i < 20; i++) await broker.rotate()
  const asked = []
  const ask = async after => (asked.push(after), broker.keys.slice(after, after + 16))
  assert.equal((await learn({ id: broker.id, links: [] }, ask)).links.length, 20)
  assert.deepEqual(asked, [0, 15])
})

test('a rotation goes through the wallet while it works', async () => {
  const { sides, wallet } = await made()
  sides.clock.at += 10
  await sides.broker.rotate()
  sides.clock.at += 10
  const work = await wallet.follow((await wallet.load(2000)).id)
  assert.equal(work.state, 'done')
  await wallet.checkBroker()
  assert.equal((await wallet.open().profile()).broker.links.length, 2, 'it keeps the new keys')
  const next = await wallet.follow((await wallet.withdraw(2000)).id)
  assert.equal(next.state, 'done')
})

test('a stall that is certified under new keys is bought at by a page that was opened before', async () => {
  const { sides, wallet } = await made()
  sides.clock.at += 10
  await sides.broker.rotate()
  const { body } = JSON.parse(Buffer.from(sides.stall.certificate.split('.')[1], 'base64url'))
  sides.stall.certificate = await sides.broker.evidence('CERTIFICATE', sides.stall.id, newID(), body)
  const work = await wallet.follow((await buy(wallet, sides)).id)
  assert.equal(work.state, 'done')
  assert.equal((await wallet.open().profile()).broker.links.length, 2)
})

test('where the keys do not follow, a quote says so', async () => {
  const { sides, wallet } = await made()
  const thief = await new BrokerSide().init(() => sides.clock.at)
  thief.id = sides.broker.id
  const { body } = JSON.parse(Buffer.from(sides.stall.certificate.split('.')[1], 'base64url'))
  sides.stall.certificate = await thief.evidence('CERTIFICATE', sides.stall.id, newID(), body)
  const shown = [await thief.keysSigned(1, thief.signing)]
  sides.wire = name => name === 'GET /v1/broker/keys' ? Response.json({ keys: shown }) : ''
  await assert.rejects(wallet.quote(wanted(sides)), { name: 'Advice', message: /keys that do not follow/ })
})

test('a man in the middle with the known ID and new keys is refused, and said', async () => {
  const { sides, wallet } = await made()
  const before = await wallet.open().profile()
  const thief = await new BrokerSide().init(() => sides.clock.at)
  thief.id = sides.broker.id
  thief.keys = [await thief.keysSigned(1, thief.signing)]
  sides.wire = name => name === 'GET /v1/broker/keys' ? Response.json({ keys: thief.keys }) : ''
  await wallet.resume()
  assert.match(wallet.warning, /^This market shows keys that do not follow/)
  assert.deepEqual(await wallet.open().profile(), before, 'nothing of it is kept')
})
