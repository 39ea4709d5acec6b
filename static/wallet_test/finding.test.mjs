// What a search finds is what the market finds (services/market/testdata/finding.json); what is saved, seen and looked out for is
// bounded, is in no request, and is forgotten when that is asked for.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { finds, words } from '../wallet/finding.js'
import { Finds, isFind, maxNews, maxSaved, maxSearches, maxSeen } from '../wallet/finds.js'
import { lookOut, pause } from '../wallet/lookout.js'

const vectors = JSON.parse(readFileSync(new URL('../../services/market/testdata/finding.json', import.meta.url), 'utf8'))

test('words are what the market takes them for', () => {
  for (const { text, words: want } of vectors.words) assert.deepEqual(words(text), want, text)
})

test('a search finds what the market finds', () => {
  for (const { search, found } of vectors.searches) assert.equal(finds(search, vectors.listing), found, JSON.stringify(search))
  assert.equal(finds({ open: true }, { ...vectors.listing, away_until: 5 }), false)
})

// Storage as browsers have it: names are its own keys.
class Memory {
  constructor(room = Infinity) {
    Object.defineProperties(this, { room: { value: room }, getItem: { value: name => this[name] ?? null }, removeItem: { value: name => void delete this[name] }, setItem: { value: (name, text) => this.#set(name, text) } })
  }
  #set(name, text) {
    if (Object.values({ ...this, [name]: text }).join('').length > this.room) throw new DOMException('full', 'QuotaExceededError')
    this[name] = text
  }
}

const key = n => String(n).padStart(21, 'A') + 'A'
const listing = (n, more = {}) => ({ vendor: key(0), offer: key(n), title: `Thing ${n}`, stall: 'Attic', price: 100 + n, currency: 'EUR', state: 'live', picture: '', ...more })
const made = (storage = new Memory()) => {
  const clock = { now: 1_800_000_000 }
  return { clock, storage, finds: new Finds(storage, () => clock.now) }
}

test('what is saved is there in every tab, last first, and keeps its time when it changes', () => {
  const { clock, storage, finds } = made()
  finds.save(listing(1))
  clock.now++
  finds.save(listing(2))
  clock.now++
  finds.save(listing(1, { state: 'sold' }))
  const other = new Finds(storage)
  assert.deepEqual(other.saved().map(({ title, state, at }) => [title, state, at]), [['Thing 2', 'live', 1_800_000_001], ['Thing 1', 'sold', 1_800_000_000]])
  other.unsave(key(0), key(2))
  assert.deepEqual([finds.isSaved(key(0), key(1)), finds.isSaved(key(0), key(2))], [true, false])
})

test('all of it is bounded', () => {
  const { clock, storage, finds } = made()
  for (let n = 0; n < maxSaved; n++) finds.save(listing(n))
  assert.throws(() => finds.save(listing(maxSaved)), { name: 'Advice', reason: 'too-many' })
  finds.save(listing(3, { state: 'sold' })) // one that is there
  for (let n = 0; n < maxSeen + 5; n++, clock.now++) finds.see(listing(n))
  assert.deepEqual([finds.seen().length, finds.seen()[0].title], [maxSeen, `Thing ${maxSeen + 4}`])
  for (let n = 0; n < maxSearches; n++) finds.lookOut({ address: `/search?q=${n}`, name: String(n), search: { q: String(n) } })
  finds.lookOut({ address: '/search?q=1', name: '1', search: { q: '1' } }) // twice is once
  assert.throws(() => finds.lookOut({ address: '/search?q=x', name: 'x', search: {} }), { name: 'Advice', reason: 'too-many' })
  const [search] = finds.searches()
  finds.tell(search.id, Array.from({ length: maxNews + 9 }, (_, n) => ({ ...listing(n), at: n })))
  assert.equal(finds.count(), maxNews)
  assert.throws(() => new Finds(new Memory(50)).save(listing(1)), { name: 'Advice' })
  storage.setItem('peerscrip-finds-saved-x', '{"vendor":')
  storage.setItem('peerscrip-finds-seen-y', '{"vendor":"javascript:"}')
  storage.setItem('peerscrip-finds-search-z', '{"id":"z","address":"javascript:alert(1)","name":"z","at":1,"search":{},"news":[]}')
  assert.deepEqual([finds.saved().length, finds.seen().length, finds.searches().length], [maxSaved, maxSeen, maxSearches], 'what cannot be read is left out')
})

test('what was seen is not remembered where that is not wanted, and all is forgotten at once', () => {
  const { storage, finds } = made()
  storage.setItem('peerscrip-traced', '1')
  finds.see(listing(1))
  finds.remembers = false
  finds.see(listing(2))
  assert.deepEqual([finds.seen(), new Finds(storage).remembers], [[], false])
  finds.remembers = true
  finds.see(listing(2))
  finds.save(listing(1))
  finds.lookOut({ address: '/search?q=1', name: '1', search: { q: '1' } })
  assert.equal(finds.some, true)
  finds.forget()
  assert.deepEqual([finds.some, Object.keys(storage).filter(isFind), storage.getItem('peerscrip-traced')], [false, [], '1'])
})

const told = (n, more = {}) => ({ ...vectors.listing, vendor: key(0), offer_id: key(n), title: `Coat ${n}`, currency: 'EUR', listed_at: 1_800_000_100 + n, ...more })

test('saved searches are looked out for without telling what they are', async () => {
  const { clock, finds } = made()
  const asked = []
  let listings = []
  const ask = async path => (asked.push(path), { listings, pages: 1 })
  assert.equal(await lookOut(finds, { ask }), false)
  assert.deepEqual(asked, [], 'who looks for nothing asks nothing')
  finds.lookOut({ address: '/search?q=coat', name: 'coat', search: { q: 'coats', terms: [['coats', 'coat']], max_price: 6000 } })
  listings = [told(3), told(2, { price: 6001 }), told(1, { title: 'Lamp', terms: ['lamp'] }), told(-200)] // the last was there before
  assert.equal(await lookOut(finds, { ask }), true)
  assert.deepEqual(finds.searches()[0].news.map(({ title, fresh }) => [title, fresh]), [['Coat 3', true]])
  assert.deepEqual(asked, [`/v1/market/listings?terms=true&sort=newest&per_page=50&page=1&since=${1_800_000_000 - 7200 - 1_800_000_000 % 3600}`])
  assert.equal(await lookOut(finds, { ask }), false)
  assert.equal(asked.length, 1, 'not again so soon')
  clock.now += pause
  listings = [told(4), told(3)]
  assert.equal(await lookOut(finds, { ask }), true)
  assert.deepEqual([finds.count(), finds.searches()[0].news.map(({ title }) => title)], [2, ['Coat 4', 'Coat 3']])
  finds.look()
  assert.equal(finds.count(), 0)
  clock.now += pause
  assert.equal(await lookOut(finds, { ask }), false, 'what was told is not told again')
  for (const path of asked) assert.doesNotMatch(path, /coat/i)
})

test('a round goes through so many pages and no more, and one that fails is made up for by the next', async () => {
  const { clock, finds } = made()
  finds.lookOut({ address: '/search?q=coat', name: 'coat', search: { q: 'coat' } })
  const asked = []
  await lookOut(finds, { ask: async path => (asked.push(path), { listings: [], pages: 1000 }) })
  assert.equal(asked.length, 10)
  clock.now += pause
  await assert.rejects(lookOut(finds, { ask: async () => { throw new Error('no answer') } }))
  clock.now += pause
  assert.equal(await lookOut(finds, { ask: async () => ({ listings: [told(1)], pages: 1 }) }), true)
})
