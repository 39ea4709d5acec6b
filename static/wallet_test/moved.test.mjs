// A stall that has moved: where it does not answer at the address that the purse knows, the broker is asked, and it is found; once a
// minute at most, and for each message that goes to stalls.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newID } from '../wallet/base64url.js'
import { Unreachable } from '../wallet/errors.js'
import { buy, finish, made } from './help/page.mjs'

// The stall answers at one host alone from now on, and every request to it is told.
function answersAt(sides, host) {
  sides.through ??= globalThis.fetch
  sides.hosts = []
  sides.asked = () => sides.seen.filter(name => name === `GET /v1/broker/stalls/${sides.stall.id}`).length
  globalThis.fetch = (url, init) => {
    const to = new URL(url)
    if (!to.pathname.startsWith('/v1/stalls/')) return sides.through(url, init)
    sides.hosts.push(to.host)
    if (to.host !== host) throw new TypeError('connection refused')
    return sides.through(url, init)
  }
}

// The stall is certified at another host.
async function moves(sides, host) {
  const { body } = JSON.parse(Buffer.from(sides.stall.certificate.split('.')[1], 'base64url'))
  sides.stall.certificate = await sides.broker.evidence('CERTIFICATE', sides.stall.id, newID(), { ...body, base_url: `http://${host}` })
  sides.clock.at += 120
  answersAt(sides, host)
}

async function stocked() {
  const { sides, wallet } = await made()
  assert.equal((await wallet.follow((await buy(wallet, sides, 4000, 2500)).id)).state, 'done')
  await finish(wallet)
  return { sides, wallet }
}

const baseOf = async (wallet, { stall }) => (await wallet.open().merchant(stall.id)).baseURL

test('each message finds a stall that has moved, and its address is kept', async () => {
  const { sides, wallet } = await stocked()
  const steps = {
    collections: () => wallet.collect(sides.stall.id),
    events: async () => wallet.listen((await wallet.orders())[0].tx),
    renewals: async () => {
      await wallet.renew(true)
      await finish(wallet)
    },
    givebacks: async () => {
      await wallet.leave(await wallet.leaving())
      await finish(wallet)
    },
  }
  for (const [name, step] of Object.entries(steps)) {
    const host = `${name}.test`
    await moves(sides, host)
    const asked = sides.asked()
    await step()
    if (sides.hosts.length === 0) continue
    assert.ok(sides.hosts.includes(host), name)
    assert.equal(sides.asked(), asked + 1, name)
    assert.equal(await baseOf(wallet, sides), `http://${host}`, name)
  }
  assert.equal((await wallet.balance()).stalls.length, 0)
})

test('the broker is asked once a minute where a stall is that answers nowhere', async () => {
  const { sides, wallet } = await stocked()
  answersAt(sides, 'nowhere.test')
  const ctx = wallet.open()
  const way = () => ctx.stall({ baseURL: 'http://stall.test', vendor: sides.stall.id }).ask({ typ: 'T26', envelope: 'x' })
  const before = sides.asked()
  for (let i = 0; i < 3; i++) await assert.rejects(way(), Unreachable)
  assert.equal(sides.asked(), before + 1)
  sides.clock.at += 61
  await assert.rejects(way(), Unreachable)
  assert.equal(sides.asked(), before + 2)
  assert.equal(await baseOf(wallet, sides), 'http://stall.test')
})

test('a certificate that is not the broker\'s moves nothing', async () => {
  const { sides, wallet } = await stocked()
  const { body } = JSON.parse(Buffer.from(sides.stall.certificate.split('.')[1], 'base64url'))
  sides.stall.certificate = await sides.stall.evidence('CERTIFICATE', sides.stall.id, newID(), { ...body, base_url: 'http://thief.test' })
  answersAt(sides, 'thief.test')
  const way = wallet.open().stall({ baseURL: 'http://stall.test', vendor: sides.stall.id })
  await assert.rejects(way.ask({ typ: 'T26', envelope: 'x' }), Unreachable)
  assert.equal(await baseOf(wallet, sides), 'http://stall.test')
  assert.ok(!sides.hosts.includes('thief.test'))
})
