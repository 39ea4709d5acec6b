// The decisions that both wallets take alike: plans, leaving, ageing, patience, choosing, sentences, held to services/wallet/testdata.
// Settling is in settle.test.mjs.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { dueFrom, isAskedAgain, isDue } from '../wallet/ageing.js'
import { isRescuedAgain } from '../wallet/stuck.js'
import { choose } from '../wallet/choose.js'
import { hasOtherBooks, settle } from '../wallet/heads.js'
import { isLater } from '../wallet/holds.js'
import { legsOf } from '../wallet/leaving.js'
import { tooLong } from '../wallet/patience.js'
import { plan } from '../wallet/plan.js'
import { behindAfter } from '../wallet/reckoning.js'
import { meant, sentences } from '../wallet/refusals.js'
import { names, shares } from '../wallet/shares.js'
import { showing } from '../wallet/showing.js'
import { whole } from '../wallet/thin.js'
import { caughtUpFrom } from '../wallet/transactions/acquire.js'

const read = name => JSON.parse(readFileSync(new URL(`../../services/wallet/${name}`, import.meta.url), 'utf8'))
const holding = ({ id, vendor = '', value, made, expires }) => ({ made, vendor, scrip: { scrip_id: id, value, expires } })

for (const { name, situation, legs, figure, error } of read('testdata/decisions/plan.json')) test(`plan: ${name}`, () => {
  const { broker, vendor } = situation
  const planned = () => plan({ ...situation, broker: broker && holding(broker), vendor: vendor.map(holding) })
  if (error) assert.throws(planned, { name: 'Advice', reason: error })
  else assert.deepEqual(planned(), { legs, figure })
})

for (const { name, made, expires, now, due, due_from } of read('testdata/decisions/ageing.json')) test(`ageing: ${name}`, () => {
  const aged = { made, scrip: { expires } }
  assert.deepEqual([isDue(aged, now), dueFrom(aged)], [due, due_from])
})

for (const { name, signed, said, shows, left } of read('testdata/decisions/showing.json')) test(`showing: ${name}`, () => {
  const event = length => `e.${Buffer.from(JSON.stringify({ body: { kind: 'message' } })).toString('base64url')}.`.padEnd(length, 's')
  const [paid = 0, ...offers] = signed
  const order = { mandate: '', paid: 'm'.repeat(paid), lines: offers.map(length => ({ offer: 'm'.repeat(length) })) }
  const got = showing({ order, talk: { events: said.map(event) } }, { receipt: true, said: true })
  assert.deepEqual([got.shows.map(({ length }) => length), got.left], [shows, left])
})

for (const { name, forks, shown, settled, anew, adds } of read('testdata/decisions/books.json')) test(`books: ${name}`, async () => {
  let profile = { heads: { line: 'line', forks } }
  await settle({ profile: async () => profile, purse: { apply: async ([{ value }]) => { profile = value } } }, shown)
  assert.deepEqual([profile.heads.forks.map(fork => fork.settled), profile.heads.line === '', !hasOtherBooks(profile)], [settled, anew, adds])
})

for (const { name, behind, asked, signed, came, after } of read('testdata/decisions/clock.json')) test(`clock: ${name}`, () => {
  assert.equal(behindAfter(behind, { asked: asked ?? undefined, signed, came }), after)
})

for (const { name, situation: { price, vendor, now }, scrip, pays, renew } of read('testdata/decisions/choose.json')) test(`choose: ${name}`, () => {
  const chosen = choose(vendor.map(holding), price, now)
  const got = { scrip: chosen?.scrip.scrip_id ?? null, pays: (chosen?.scrip.value ?? 0) >= price, renew: chosen !== undefined && isDue(chosen, now) }
  assert.deepEqual(got, { scrip, pays, renew })
})

// Each holding goes its own way, the BrokerScrip after the others.
for (const { name, holdings, now, legs } of read('testdata/decisions/leaving.json')) test(`leaving: ${name}`, () => {
  const got = holdings.map(one => legsOf(holding(one), now))
  const want = holdings.map(({ id, vendor }) => legs.filter(({ transaction, scrip }) => scrip === id || transaction === '6.6' && vendor === ''))
  const seen = ({ transaction, amount }) => ({ transaction, amount })
  assert.deepEqual(got.map(list => list.map(seen)), want.map(list => list.map(seen)))
})

// An item of a vector as a work that runs it.
const running = ({ tx: id, here, ...item }) => ({ id, state: 'running', reason: '', at: 0, items: [{ phase: { T6: 'claiming', T8: 'issued', T17: 'grown', T19: 'changed' }[here?.[0]] ?? 'asked', ...item }] })
const givenUp = scrip => ({ id: `up ${scrip}`, state: 'stopped', reason: 'given-up', at: 0, items: [{ transaction: '6.7', phase: 'undone', scrip }] })

for (const { name, holdings, items, ended, gone, shares: want } of read('testdata/decisions/shares.json')) test(`shares: ${name}`, () => {
  const held = holdings.map(({ id, vendor, value, item }) => ({ vendor, work: item, scrip: { scrip_id: id, value } }))
  assert.deepEqual(shares(held, [...items.map(running), ...ended.map(givenUp)], new Set(gone)), want)
})

test('shares are called as in the Go wallet', () => assert.deepEqual(names, read('shares.json')))

for (const { name, transaction, issuer, due = false, waited, ends } of read('testdata/decisions/patience.json')) test(`patience: ${name}`, () => {
  assert.equal(tooLong(transaction, { vendor: issuer === 'vendor' ? 'x' : '', due, waited }), ends)
})

for (const { name, said, expires, now, again } of read('testdata/decisions/again.json')) test(`asked again: ${name}`, () => {
  assert.equal(isAskedAgain(said, expires, now), again)
})

for (const { name, bought, asked, now, again } of read('testdata/decisions/rescue.json')) test(`rescued again: ${name}`, () => {
  assert.equal(isRescuedAgain(bought, asked, now), again)
})

for (const { name, before, at, state, later } of read('testdata/decisions/held.json')) test(`held: ${name}`, () => {
  assert.equal(isLater(before && { iat: before.at, body: { state: before.state } }, { iat: at, body: { state } }), later)
})

for (const { name, signed, room, whole: kept } of read('testdata/decisions/thin.json')) test(`thin: ${name}`, () => {
  assert.equal(whole(signed, room), kept)
})

for (const { name, counter, told, at, next } of read('testdata/decisions/counter.json')) test(`counter: ${name}`, () => {
  assert.equal(caughtUpFrom(counter, { counter: told, at }), next)
})

test('sentences are those of the Go wallet, word for word', () => {
  const general = {}, special = {}
  for (const { word, transaction, sentence } of read('sentences.json')) {
    if (transaction) (special[transaction] ??= {})[word] = sentence
    else general[word] = sentence
  }
  assert.deepEqual(sentences, general)
  assert.deepEqual(meant, special)
})
