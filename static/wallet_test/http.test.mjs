// Answers are read as far as an answer can go, and no further.
import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { askAhead } from '../wallet/ahead.js'
import { answered, get, maxAnswer, mayAsk, waited } from '../wallet/http.js'

const { fetch } = globalThis
afterEach(() => { globalThis.fetch = fetch })
const answering = response => { globalThis.fetch = async () => response }

test('an answer in pieces', async () => {
  const text = new TextEncoder().encode(JSON.stringify({ value: 'Grüße', list: [1, 2] }))
  answering(new Response(new ReadableStream({
    start(controller) {
      for (const byte of text) controller.enqueue(new Uint8Array([byte]))
      controller.close()
    },
  })))
  assert.deepEqual(await get('http://stall.test'), { value: 'Grüße', list: [1, 2] })
})

for (const status of [200, 409]) test(`an answer of status ${status} without end is given up`, async () => {
  let sent = 0, ended = false
  answering(new Response(new ReadableStream({
    pull(controller) {
      sent += 65_536
      controller.enqueue(new Uint8Array(65_536).fill(0x20))
    },
    cancel() { ended = true },
  }), { status }))
  await assert.rejects(get('http://stall.test'), { name: 'Unreachable' })
  assert.ok(sent <= maxAnswer + 4 * 65_536, `${sent} bytes were taken`)
  assert.ok(ended, 'the transfer goes on')
})

test('an answer that says it is too long is not read', async () => {
  let read = false, ended = false
  const body = new ReadableStream({ pull() { read = true }, cancel() { ended = true } }, { highWaterMark: 0 })
  answering(new Response(body, { headers: { 'Content-Length': String(maxAnswer + 1) } }))
  await assert.rejects(get('http://stall.test'), { name: 'Unreachable' })
  assert.deepEqual([read, ended], [false, true])
})

test('no body, no JSON, a problem', async () => {
  answering(new Response(null))
  await assert.rejects(get('http://stall.test'), { name: 'Unreachable' })
  answering(new Response('<!doctype html>'))
  await assert.rejects(get('http://stall.test'), { name: 'Unreachable' })
  answering(Response.json({ type: '/problems/not-found', detail: 'No such thing.' }, { status: 404 }))
  await assert.rejects(get('http://stall.test'), { name: 'Problem', status: 404, reason: 'not-found' })
})

test('a host that does not answer is left alone for a while that grows, and asked again by and by', () => {
  const asked = (...times) => times.map(now => mayAsk('frozen.test', now))
  assert.deepEqual(asked(0), [true])
  waited('frozen.test', 0)
  assert.deepEqual(asked(0, 1999, 2000, 2001), [false, false, true, false], 'of those who come after the pause one asks')
  waited('frozen.test', 2000)
  assert.deepEqual(asked(4000, 5999, 6000), [false, false, true], 'the pause has grown')
  assert.equal(mayAsk('another.test', 4000), true)
  answered('frozen.test')
  assert.deepEqual(asked(6001, 6001), [true, true])
})

test('a request that was waited for in vain keeps the next from waiting', async () => {
  let asked = 0
  globalThis.fetch = async () => {
    asked++
    throw new DOMException('signal timed out', 'TimeoutError')
  }
  for (let i = 0; i < 2; i++) await assert.rejects(get('http://frozen.test/'), { name: 'Unreachable', message: 'no answer from frozen.test' })
  assert.equal(asked, 1)
  globalThis.fetch = async () => {
    throw new TypeError('connection refused')
  }
  for (let i = 0; i < 2; i++) await assert.rejects(get('http://gone.test/'), { name: 'Unreachable' })
  assert.equal(mayAsk('gone.test'), true, 'one that is gone says so at once')
})

test('what was asked ahead is asked once, while it is new, and again where no answer came', async () => {
  const urls = []
  let broken = false
  globalThis.fetch = async (url, { credentials, cache }) => {
    urls.push(`${url} ${credentials} ${cache}`)
    if (broken) throw new TypeError('no connection')
    return Response.json(urls.length)
  }
  const url = 'http://ahead.test/offer'
  askAhead(url)
  assert.deepEqual([await get('http://ahead.test/other'), await get(url)], [2, 1])
  assert.equal(await get(url), 3, 'a second time it is asked')
  askAhead(url, performance.now() - 6000)
  assert.equal(await get(url), 5, 'what is old is asked again')
  broken = true
  askAhead(url)
  await new Promise(resolve => setTimeout(resolve))
  broken = false
  assert.equal(await get(url), 7)
  assert.deepEqual(new Set(urls), new Set([`${url} omit no-store`, 'http://ahead.test/other omit no-store']))
})
