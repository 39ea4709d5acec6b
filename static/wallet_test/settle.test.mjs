// What an answer means, held to services/wallet/testdata/decisions/settle.json: an item is begun, brought to where the vector
// has it, and given the answer in one turn of the runner; then the purse says what was decided.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, describe, test } from 'node:test'
import { home } from './help/home.mjs'
import { newID } from '../wallet/base64url.js'
import { Problem, Unreachable } from '../wallet/errors.js'
import { newSigningKey, signer } from '../wallet/keys.js'
import { collect } from '../wallet/refunds.js'
import { kinds } from '../wallet/rows.js'
import { turn } from '../wallet/runner.js'
import { newWork, putWork } from '../wallet/work.js'
import { answer } from './help/answers.mjs'
import { made } from './help/page.mjs'

const vectors = JSON.parse(readFileSync(new URL('../../services/wallet/testdata/decisions/settle.json', import.meta.url), 'utf8'))
const now = 1_800_000_000
let sides, wallet, ctx, account, key, broker, stall, clock, secret, pseudonym
const tools = { exclusive: (name, run) => run(), sleep: async () => {}, stopped: () => false, tell: () => {} }

// The world is made when these tests begin: what it puts in the browser's place belongs to one world at a time.
async function begin() {
  ({ sides, wallet } = await made())
  ctx = wallet.open();
  ({ account, key } = await ctx.profile());
  ({ broker, stall, clock } = sides)
  secret = await newSigningKey()
  pseudonym = (await signer(secret)).thumbprint
}

// An empty purse but for the account, and the stall.
async function empty() {
  for (const kind of kinds.filter(kind => kind !== 'profile')) {
    const rows = await ctx.purse.disk.names(kind)
    await ctx.purse.disk.write(rows.map(key => ({ store: kind, key, value: null })))
  }
  clock.at = now
  const merchant = { vendor: stall.id, name: 'x', baseURL: 'http://stall.test', signing: stall.signing.jwk, envelope: stall.envelope.open, notAfter: now * 2, certificate: stall.certificate, pseudonym: secret }
  await ctx.purse.apply([{ kind: 'merchants', id: stall.id, value: merchant }])
}

// A holding of that value, due for its renewal or not, and an item that was refused before with the same at stake.
async function held(value, party, due) {
  const vendor = party === stall ? stall.id : ''
  const { scrip, secret } = party.issue(value, '')
  if (due) scrip.expires = now
  const before = vendor ? { transaction: '6.7', vendor, order: {}, payment: {}, tx: newID() } : { transaction: '6.6', request: {} }
  await ctx.purse.apply([
    { kind: 'holdings', id: scrip.scrip_id, value: { scrip, secret, made: now, vendor, work: '', doubt: '' } },
    refusedBefore({ ...before, amount: value, scrip: scrip.scrip_id }, 'value-mismatch'),
  ])
  return scrip.scrip_id
}

const refusedBefore = (item, reason) =>
  putWork({ ...newWork({ purpose: 'recover', items: [{ ...item, phase: 'refused' }], about: {} }, now), state: 'stopped', reason })

const planned = {
  '6.1': ({ amount }) => ({ transaction: '6.1', amount }),
  '6.2': ({ amount }) => ({ transaction: '6.2', vendor: stall.id, amount }),
  '6.3': ({ amount }) => ({ transaction: '6.3', vendor: stall.id, amount, lines: [{ offer: stall.offer, title: 'x', quantity: 1 }], ...home }),
  '6.4': ({ amount, broker }) => ({ transaction: '6.4', amount: amount - broker }),
  '6.5': ({ amount, vendor = 3000 }) => ({ transaction: '6.5', vendor: stall.id, amount, need: vendor + amount }),
  '6.6': ({ amount }) => ({ transaction: '6.6', amount }),
  '6.7': ({ amount }) => ({ transaction: '6.7', vendor: stall.id, amount }),
  '6.8': ({ amount, vendor }, ids) => ({ transaction: '6.8', amount, vendor: vendor ? stall.id : '', scrip: vendor ? ids.vendor : ids.broker }),
  RESCUE: () => ({ transaction: 'rescue', vendor: stall.id }),
  PAYOUT: ({ amount, to }) => ({ transaction: 'payout', vendor: stall.id, amount, to }),
}

// The answers that bring an item from where it is begun to where the vector has it.
const noted = { NOTED: { deadline: now + 60, at: now } }
function way({ transaction, item: { amount, had, has = [], asked, pending } }) {
  if (pending) return [{ PENDING: { link: '/x' } }]
  if (transaction === '6.2') {
    if (has.includes('T6')) return [noted, { T6: {} }]
    return has.includes('T8') ? [noted, { T8: {} }] : asked === 'T4' ? [noted] : []
  }
  if (has.includes('T17')) return [{ T17: {} }]
  if (has.includes('T19')) return had === amount ? [{ NOTED: { deadline: now, at: now } }] : [{ T19: {} }]
  return []
}

// One turn in which these messages come.
async function heard(work, messages) {
  const item = (await ctx.must('works', work.id)).items[0]
  globalThis.fetch = url => answer(new URL(url).pathname, messages, { item, account, key, pseudonym, sides })
  await turn(ctx, await ctx.must('works', work.id), tools).catch(error => {
    if (!(error instanceof Unreachable || error instanceof Problem)) throw error // the runner tries those again
  })
}

const halves = { '6.2': { claiming: ['T6'], issued: ['T8'] }, '6.5': { grown: ['T17'], changed: ['T19'] } }

// What the purse says, in the vector's words.
async function decided(work, ids, before) {
  const { items: [item], state, reason } = await ctx.must('works', work.id)
  const all = await ctx.purse.all('holdings')
  const stake = id => {
    const holding = all.find(({ scrip }) => scrip.scrip_id === id)
    if (!holding) return 'gone'
    return holding.doubt ? 'doubtful' : holding.work === work.id ? 'held' : 'free'
  }
  const others = (await ctx.works()).filter(({ id }) => id !== work.id)
  const has = state === 'running' ? halves[item.transaction]?.[item.phase] : undefined
  const unrenewed = all.some(holding => holding.unrenewed)
  return {
    ends: state === 'running' ? null : state === 'done' ? 'done' : item.phase, ...reason && { reason },
    ...ids.broker && { broker: stake(ids.broker) }, ...ids.vendor && { vendor: stake(ids.vendor) },
    received: received(all, before), ...has && { has }, ...state === 'running' && item.phase === 'pending' && { pending: true },
    ...(await ctx.purse.all('orders')).length > 0 && { receipt: true },
    ...item.transaction === '6.3' && (await ctx.purse.all('notices')).length === 0 && { notice: 'dropped' },
    ...others.some(({ purpose, state }) => purpose === 'recover' && state === 'running') && { revives: true },
    ...others.filter(({ purpose }) => purpose === 'renew').length === 2 && { renews: true }, ...unrenewed && { unrenewed: true },
  }
}

const received = (all, before) => all.filter(({ scrip }) => !before.has(scrip.scrip_id))
  .map(({ vendor, scrip: { value } }) => ({ issuer: vendor ? 'vendor' : 'broker', value })).sort(byIssuer)

const byIssuer = (a, b) => a.issuer < b.issuer ? -1 : 1
const inOrder = outcome => ({ ...outcome, received: outcome.received.toSorted(byIssuer) })
const idsOf = async () => new Set((await ctx.purse.all('holdings')).map(({ scrip }) => scrip.scrip_id))

async function settled(vector) {
  const { transaction, item: of } = vector
  await empty()
  const there = {
    broker: of.broker ?? of.had ?? (transaction === '6.2' ? 5000 : undefined), vendor: of.vendor ?? (transaction === '6.5' ? 3000 : undefined),
  }
  const ids = { broker: there.broker && await held(there.broker, broker, transaction === '6.8'), vendor: there.vendor && await held(there.vendor, stall, transaction === '6.8') }
  await ctx.purse.apply([refusedBefore({ transaction: '6.1', amount: 1, nonce: '', request: {} }, 'bank-declined')])
  if (transaction === 'RESCUE') await ctx.purse.apply([refusedBefore({ transaction: 'rescue', vendor: stall.id, scrips: [], request: {} }, 'stall-in-force')])
  const work = newWork({ purpose: 'recover', items: [planned[transaction](of, ids)], about: {} }, now)
  await ctx.purse.apply([putWork(work)])
  await turn(ctx, work, tools)
  for (const messages of way(vector)) await heard(work, messages)
  const before = await idsOf()
  await heard(work, vector.answer)
  return decided(work, { broker: of.broker && ids.broker, vendor: of.vendor && ids.vendor }, before)
}

// COLLECT is no item of a work: the merchant's row has it, until it is answered.
async function collected({ answer: messages }) {
  await empty()
  globalThis.fetch = async url => {
    const item = (await ctx.merchant(stall.id)).collect
    return answer(new URL(url).pathname, messages, { item, account, key, pseudonym, sides, tx: newID() })
  }
  await collect(ctx, tools.exclusive, stall.id)
  const { request } = (await ctx.merchant(stall.id)).collect
  const no = messages.REFUSE && !request ? { ends: 'refused', reason: messages.REFUSE.reason } : { ends: request ? null : 'done' }
  return { ...no, received: received(await ctx.purse.all('holdings'), new Set()) }
}

describe('what an answer means', () => {
  before(begin)
  for (const vector of vectors) test(`settle ${vector.transaction}: ${vector.name}`, async () => {
    const got = await (vector.transaction === 'COLLECT' ? collected(vector) : settled(vector))
    assert.deepEqual(got, inOrder(vector.outcome))
  })
})
