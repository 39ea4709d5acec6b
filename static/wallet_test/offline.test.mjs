// The worker that shows the wallet's pages while nothing answers, and the page's side of it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { isBusy, watchConnection } from '../wallet/connection.js'

const source = readFileSync(new URL('../wallet/offline.js', import.meta.url), 'utf8')
const origin = 'https://market.test'
const digest = async text => Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(text))).toString('base64')

// What a browser keeps, which every script of the site may change.
class Caches {
  all = new Map()
  open = async name => {
    if (!this.all.has(name)) this.all.set(name, new Map())
    const files = this.all.get(name)
    return { match: async path => files.get(path)?.clone(), put: async (path, response) => void files.set(path, response) }
  }
  keys = async () => [...this.all.keys()]
  delete = async name => this.all.delete(name)
}

// A server of one build, and its worker as a browser runs it.
async function build(name, caches, { files = { 'app.js': `the wallet of ${name}` } } = {}) {
  const path = file => `/static/${name}/${file}`
  const server = { up: true, asked: [], bodies: Object.fromEntries(Object.entries(files).map(([file, body]) => [path(file), body])) }
  const kept = Object.fromEntries(await Promise.all(Object.entries(files).map(async ([file, body]) => [path(file), { digest: await digest(body), type: 'text/javascript' }])))
  const site = {
    build: name, files: kept, anyPage: '/offline', headers: { 'Content-Security-Policy': `policy of ${name}` },
    pages: { '/offline': 'no connection', '/wallet': `money, with ${path('app.js')}`, '/wallet/orders': 'orders', '/wallet/orders/': 'an order', '/wallet/talks/': 'a conversation' },
  }
  const fetch = async asked => {
    const url = new URL(asked.url ?? asked, origin)
    server.asked.push(url.pathname)
    if (!server.up) throw new TypeError('Failed to fetch')
    const body = server.bodies[url.pathname]
    return new Response(body ?? 'the server has no such page', { status: body === undefined ? 404 : 200 })
  }
  const listeners = new Map()
  const self = { site, skipWaiting: () => { server.took = true }, registration: { navigationPreload: { enable: async () => { server.preloads = true } } }, addEventListener: (what, listener) => listeners.set(what, listener) }
  new Function('self', 'caches', 'fetch', 'location', source)(self, caches, fetch, { origin })
  const happen = what => new Promise((resolve, reject) => listeners.get(what)({ waitUntil: until => until.then(resolve, reject) }))
  // What the worker answers, or undefined where it leaves the request to the browser.
  const ask = (path, { method = 'GET', mode = 'no-cors', preloadResponse } = {}) => {
    let answer
    const url = new URL(path, origin).href
    listeners.get('fetch')({ request: { url, method, mode }, preloadResponse, respondWith: given => { answer = given } })
    return answer
  }
  const visit = path => ask(path, { mode: 'navigate' })
  return { server, site, path, install: () => happen('install'), activate: () => happen('activate'), ask, visit }
}

const said = async answer => [(await answer).status, await (await answer).clone().text()]

test('while the server answers it alone does, whatever it says, and nothing kept is shown', async () => {
  const { server, path, install, ask, visit } = await build('one', new Caches())
  await install()
  assert.equal(server.took, true)
  server.bodies['/wallet'] = 'money, of a newer server'
  server.bodies[path('app.js')] = 'what the server has now'
  assert.deepEqual(await said(visit('/wallet')), [200, 'money, of a newer server'])
  assert.deepEqual(await said(visit('/desk/orders')), [404, 'the server has no such page'])
  assert.deepEqual(await said(ask(path('app.js'))), [200, 'what the server has now'])
  assert.deepEqual(await said(ask('/wallet', { mode: 'navigate', preloadResponse: Promise.resolve(new Response('preloaded')) })), [200, 'preloaded'])
})

test('while nothing answers: the pages that are kept, with the headers of pages, and for every other that it is not', async () => {
  const { server, path, install, ask, visit } = await build('one', new Caches())
  await install()
  server.up = false
  assert.deepEqual(await said(visit('/wallet')), [200, `money, with ${path('app.js')}`])
  assert.deepEqual(await said(visit('/wallet#work=x')), [200, `money, with ${path('app.js')}`])
  assert.deepEqual(await said(visit('/wallet/orders')), [200, 'orders'])
  assert.deepEqual(await said(visit(`/wallet/orders/${'t'.repeat(22)}`)), [200, 'an order'])
  assert.deepEqual(await said(visit(`/wallet/talks/${'t'.repeat(22)}`)), [200, 'a conversation'])
  for (const other of ['/', '/desk', '/desk/orders', '/bank', '/l/a/b/checkout', '/wallet/', '/wallet/orders/', '/wallet/orders/short', '/offline', '/constructor', '/__proto__']) {
    const [status, text] = await said(visit(other))
    assert.deepEqual([status, text], other === '/wallet/orders/' ? [200, 'an order'] : [503, 'no connection'], other)
  }
  const page = await visit('/wallet')
  assert.equal(page.headers.get('Content-Security-Policy'), 'policy of one')
  assert.equal(page.headers.get('Cache-Control'), 'no-store')
  assert.deepEqual(await said(ask(path('app.js'))), [200, 'the wallet of one'])
  assert.equal((await ask(path('app.js'))).headers.get('Content-Type'), 'text/javascript')
  assert.deepEqual(await said(ask('/wallet', { mode: 'navigate', preloadResponse: Promise.reject(new TypeError('Failed to fetch')) })), [200, `money, with ${path('app.js')}`])
})

test('what changes something, is for another site, or is no file of this build, is left to the browser', async () => {
  const { server, install, ask } = await build('one', new Caches())
  await install()
  for (const up of [true, false]) {
    server.up = up
    server.asked = []
    assert.equal(ask('/desk/orders/x/sent', { method: 'POST', mode: 'navigate' }), undefined)
    assert.equal(ask('https://broker.test/v1/accounts'), undefined)
    assert.equal(ask('https://broker.test/wallet', { mode: 'navigate' }), undefined)
    for (const path of ['/v1/listings', '/photos/x', '/static/two/app.js', '/offline.js', '/wallet/keeper.js', '/desk/orders']) assert.equal(ask(path, { mode: 'cors' }), undefined, path)
    assert.deepEqual(server.asked, [])
  }
})

test('nothing but the files of the build is kept, whatever was visited', async () => {
  const caches = new Caches()
  const { server, path, install, visit } = await build('one', caches)
  await install()
  server.bodies['/desk'] = 'what is private'
  await visit('/desk')
  await visit('/wallet')
  assert.deepEqual([...caches.all].map(([name, files]) => [name, [...files.keys()]]), [['peerscrip pages one', [path('app.js')]]])
})

test('what another script put into the cache is not served, and is mended by the next worker', async () => {
  const caches = new Caches()
  const one = await build('one', caches)
  await one.install()
  const files = caches.all.get('peerscrip pages one')
  files.set(one.path('app.js'), new Response('sends the passphrase away', { headers: { 'Content-Type': 'text/javascript' } }))
  files.set('/wallet', new Response('a page that looks like the wallet'))
  one.server.up = false
  await assert.rejects(one.ask(one.path('app.js')), /Failed to fetch/)
  assert.deepEqual(await said(one.visit('/wallet')), [200, `money, with ${one.path('app.js')}`])
  one.server.up = true
  await one.install()
  one.server.up = false
  assert.deepEqual(await said(one.ask(one.path('app.js'))), [200, 'the wallet of one'])
})

test('a worker that does not get every file as it should be is not taken', async () => {
  const one = await build('one', new Caches())
  one.server.bodies[one.path('app.js')] = 'something else'
  await assert.rejects(one.install(), /is not what the server says it is/)
  delete one.server.bodies[one.path('app.js')]
  await assert.rejects(one.install(), /is not what the server says it is/)
  one.server.up = false
  await assert.rejects(one.install(), /Failed to fetch/)
  assert.equal(one.server.took, undefined)
})

test('a newer build takes over whole: its pages name its own files, and those of the older one are gone', async () => {
  const caches = new Caches()
  const one = await build('one', caches)
  await one.install()
  await one.activate()
  await caches.open('of another part of the site')
  const two = await build('two', caches)
  await two.install()
  await two.activate()
  assert.equal(two.server.preloads, true)
  assert.deepEqual(await caches.keys(), ['of another part of the site', 'peerscrip pages two'])
  two.server.up = false
  assert.deepEqual(await said(two.visit('/wallet')), [200, `money, with ${two.path('app.js')}`])
  assert.deepEqual(await said(two.ask(two.path('app.js'))), [200, 'the wallet of two'])
  assert.equal(two.ask(one.path('app.js')), undefined)
})

// A page with a bar, in a browser that tells of its connection.
describe('a page with a bar', () => {
  let here
  beforeEach(() => {
    const bar = { hidden: true }
    here = { bar, kept: false, fields: [], phrase: null, loads: 0, timers: [], listeners: {}, up: true }
    globalThis.document = {
      documentElement: { hasAttribute: () => here.kept },
      querySelector: what => what === '.phrase' ? here.phrase : here.bar,
      querySelectorAll: () => here.fields,
    }
    globalThis.location = { reload: () => here.loads++ }
    globalThis.addEventListener = (what, listener) => { here.listeners[what] = listener }
    globalThis.window = { setTimeout: run => here.timers.push(run) }
    globalThis.fetch = async () => here.up ? new Response() : Promise.reject(new TypeError('Failed to fetch'))
  })
  const { fetch } = globalThis
  afterEach(() => {
    for (const name of ['document', 'location', 'addEventListener', 'window']) delete globalThis[name]
    globalThis.fetch = fetch
  })
  const told = async what => {
    here.listeners[what]()
    for (let i = 0; i < 10; i++) await null
  }

  test('the bar shows while nothing answers, whatever the browser thinks of its connection', async () => {
    watchConnection()
    await told('offline') // a machine without a network, and the server on it
    assert.equal(here.bar.hidden, true)
    here.up = false
    await told('offline')
    assert.equal(here.bar.hidden, false)
    await told('online') // to a network that leads nowhere
    assert.equal(here.bar.hidden, false)
    here.up = true
    here.timers.at(-1)()
    for (let i = 0; i < 10; i++) await null
    assert.deepEqual([here.bar.hidden, here.loads], [true, 0])
  })

  test('a kept page makes way for the server, but not while somebody would lose what is on it', async () => {
    here.kept = true
    here.bar.hidden = false
    watchConnection()
    here.fields = [{ value: 'typed', defaultValue: '', type: 'text' }]
    await told('online')
    assert.deepEqual([here.bar.hidden, here.loads], [false, 0])
    here.fields = []
    here.phrase = {}
    await told('online')
    assert.equal(here.loads, 0)
    here.phrase = null
    here.up = false
    await told('online')
    assert.equal(here.loads, 0)
    here.up = true
    await told('online')
    assert.equal(here.loads, 1)
  })

  test('what is chosen is not typed', () => {
    here.fields = [{ value: '50.00', defaultValue: '50.00', type: 'text' }, { value: 'on', defaultValue: '', type: 'radio' }]
    assert.equal(isBusy(globalThis.document), false)
  })
})
