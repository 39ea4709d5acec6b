// The small modules: strict JSON and the shared vectors for single values, base64url, money, progress, refusals.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { decode, encode } from '../wallet/base64url.js'
import { disclosureDigest } from '../wallet/envelope.js'
import { parse } from '../wallet/json.js'
import { thumbprint } from '../wallet/keys.js'
import { exponentOf } from '../wallet/currencies.js'
import { digits, example, format, read, unit, unread } from '../wallet/money.js'
import { progress } from '../wallet/progress.js'
import { sentence } from '../wallet/refusals.js'
import { judged, strength } from '../wallet/strength.js'
import { digest, envelopeJWK, fits, id, list, signingJWK, text } from '../wallet/shape.js'

const vectors = JSON.parse(readFileSync(new URL('../../jose/testdata/vectors/values.json', import.meta.url), 'utf8'))
const bytes = input => typeof input === 'string' ? input : ''

// What the vectors call "json" is an object of this form, each member optional.
const formed = value => !Array.isArray(value) && typeof value === 'object' && Object.entries(value).every(([name, member]) => ({
  text, int: Number.isSafeInteger, list: list(text), sub: formed,
})[name]?.(member) ?? false)

const takes = {
  id: v => id(v.input),
  digest: v => digest(v.input),
  'verify-key': async v => signingJWK(parse(v.input)) && await thumbprint(parse(v.input)) === v.thumbprint,
  'seal-key': async v => envelopeJWK(parse(v.input)) && await onCurve(parse(v.input)) && await thumbprint(parse(v.input)) === v.thumbprint,
  json: v => formed(parse(bytes(v.input))),
  disclosure: async v => {
    const parts = parse(decode(v.input))
    return Array.isArray(parts) && parts.length === 3 && id(parts[0]) && parts[1] === v.attachment && await disclosureDigest(v.input) === v.digest
  },
}

const onCurve = jwk => crypto.subtle.importKey('jwk', jwk, { name: 'ECDH', namedCurve: 'P-256' }, false, []).then(() => true)

for (const vector of vectors) {
  if (!takes[vector.kind]) continue
  test(`values.json: ${vector.kind}: ${vector.name}`, async () => {
    const got = await Promise.resolve().then(() => takes[vector.kind](vector)).catch(() => false)
    assert.equal(got, vector.result === 'ok')
  })
}

test('base64url has one spelling', () => {
  for (const size of [0, 1, 2, 3, 16, 32]) {
    const text = encode(crypto.getRandomValues(new Uint8Array(size)))
    assert.equal(encode(decode(text, size)), text)
  }
  for (const bad of ['AB', 'A', 'AA=', 'A+A', 'AA A', ' AA', 'AA\n', null, 5]) assert.throws(() => decode(bad), undefined, String(bad))
})

test('strict JSON', () => {
  assert.deepEqual(parse(' {"a":[1,-2,"x\\u00e9",true,{}],"__proto__":{"b":1}} '), JSON.parse('{"a":[1,-2,"x\\u00e9",true,{}],"__proto__":{"b":1}}'))
  const bad = ['', '{', '{"a":1,"a":2}', '{"a":1}x', '[1,]', '{"a":1,}', 'null', '[null]', '{"a":null}', '"\\ud800"', '01', '+1', '1.0', '1e2', '.5', 'NaN', '\ufeff1', '"\t"', "'a'", '['.repeat(40) + ']'.repeat(40)]
  for (const text of bad) assert.throws(() => parse(text), undefined, text)
  assert.throws(() => parse(new Uint8Array([0x22, 0xff, 0x22])))
})

test('shape: exactly these members', () => {
  assert.ok(fits({ a: 'x' }, { a: text }))
  for (const value of [{}, { a: 'x', b: 1 }, { a: 1 }, { A: 'x' }, [], null, 'a', Object.create({ a: 'x' })]) assert.ok(!fits(value, { a: text }))
})

test('money.json: money is read and written as services/scrip does', () => {
  const vectors = JSON.parse(readFileSync(new URL('../../services/scrip/testdata/money.json', import.meta.url), 'utf8'))
  const of = code => ({ currency: code, exponent: vectors.digits[code] })
  for (const { currency, text, amount = null, problem } of vectors.read) {
    assert.equal(read(text, of(currency)), amount, text)
    if (problem) assert.equal(unread(text, of(currency)), `${problem[0].toUpperCase()}${problem.slice(1)}.`)
  }
  for (const { currency, amount, text } of vectors.written) assert.equal(digits(amount, of(currency)), text)
  for (const { currency, text } of vectors.examples) assert.equal(example(of(currency)), text)
  for (const [code, count] of Object.entries(vectors.digits)) {
    assert.equal(exponentOf(code), count, code)
    assert.notEqual(read(example(of(code)), of(code)), null, code)
  }
  assert.deepEqual(['EUR', 'KWD', 'JPY'].map(code => digits(50 * unit({ exponent: exponentOf(code) }), { currency: code, exponent: exponentOf(code) })), ['50.00', '50.000', '5000'], 'what is suggested buys something')
  for (const none of ['', 'eur', 'XXX', 'EURO']) assert.equal(exponentOf(none), undefined)
  for (const { currency, amount, en } of vectors.shown) assert.equal(format(amount, of(currency)), en)
})

test('every refusal of the protocol has a sentence', () => {
  const go = readFileSync(new URL('../../services/scrip/refusal.go', import.meta.url), 'utf8')
  const words = [...go.matchAll(/Refusal = "([a-z-]+)"/g)].map(match => match[1])
  assert.ok(words.length >= 29)
  for (const word of words) assert.notEqual(sentence(word), sentence('no such word'), word)
})

test('progress of top-up, renewal and withdrawal', () => {
  const lines = work => progress(work, false).map(({ message, state }) => `${message} ${state}`).join(', ')
  const items = [{ transaction: '6.8', phase: 'done', vendor: '' }, { transaction: '6.4', phase: 'pending' }]
  assert.equal(lines({ at: 1, state: 'running', items }), 'T26 done, T27 done, T13 done, T14 running')
  assert.equal(lines({ at: 0, state: 'stopped', items: [{ transaction: '6.6', phase: 'refused' }] }), 'T20 failed, T21 waiting')
  assert.equal(lines({ at: 1, state: 'running', items: [{ transaction: '6.8' }, { transaction: '6.6', phase: 'asked' }] }), 'T26 done, T27 done, T20 running, T21 waiting')
})

test('progress', () => {
  const work = { at: 1, state: 'running', items: [{ transaction: '6.1', phase: 'done' }, { transaction: '6.2', phase: 'noted', deadline: 1 }, { transaction: '6.3' }] }
  const states = got => got.map(line => `${line.message} ${line.state}`).join(', ')
  assert.equal(states(progress(work, false)), 'T1 done, T2 done, T3 done, T4 running, T5 waiting, T6 waiting, T7 waiting, T8 waiting, T9 waiting, T10 waiting, T11 waiting, T12 waiting')
  const paying = { ...work, at: 2, items: [...work.items.slice(0, 2), { transaction: '6.3', phase: 'asked' }] }
  assert.match(states(progress(paying, true)), /T8 done, T9 later, T10 running, T11 waiting, T12 waiting$/)
  assert.match(states(progress({ ...paying, state: 'stopped' }, false)), /T10 failed, T11 waiting, T12 waiting$/)
  assert.match(states(progress({ ...paying, state: 'done', items: paying.items.map(item => ({ ...item, phase: 'done' })) }, true)), /T9 later, T10 done, T11 done, T12 later$/)
})

test('a passphrase that anybody would try first is called weak, and none is called better for its repetitions', async () => {
  const is = (got, want, typed) => assert.ok(want === '' ? got === '' : got.startsWith(want), `${JSON.stringify(typed)}: got ${JSON.stringify(got)}, want ${want}`)
  const never = () => Promise.reject(new Error('offline'))
  for (const [typed, rule, want = rule] of [
    ['', ''], ['short', 'Too short: 5 more.'],
    ['aaaaaaaaaaaa', 'Weak. It repeats itself'], ['1234567890', 'Weak'], ['qwertyuiop', 'Weak'], ['aaaa aaaa aaaa aaaa aaaa', 'Weak'], ['abababababab', 'Weak'], ['a b c d e f g h', 'Weak'],
    ['one one one two', 'Weak'], ['kettle wharf onion lamp', 'Strong.'], ['marble otter wanders home', 'Strong.'], ['hinge kettle', 'Fair'], ['x7$Kq9!mZ2', 'Fair'], ['to be or not to be', 'Fair'],
    // The rule is fooled by these, and the lists of what is tried first are not.
    ['passphrase of', 'Fair', 'Weak. It is found early.'], ['schlüssel lampe', 'Fair', 'Weak'], ['Password123!', 'Fair', 'Weak. Many people use this one'], ['P@ssw0rd2026', 'Fair', 'Weak. Many people use'],
    ['1q2w3e4r5t6y', 'Fair', 'Weak'], ['Summer2026!!', 'Fair', 'Weak'], ['michael1985michael', 'Fair', 'Weak'], ['iloveyousomuch', 'Fair', 'Weak'], ['Kettle-7 wharf', 'Good.', 'Fair'],
    ['iloveyouiloveyouiloveyou', 'Strong.', 'Weak. It repeats itself.'], ['correct horse battery', 'Strong.', 'Fair'],
  ]) {
    is(strength(typed), rule, typed)
    is(await judged(typed, never), rule, typed)
    is(await judged(typed), want, typed)
  }
})

test('the longest passphrase with the most signs for letters is judged without holding the page up', async () => {
  await judged('the lists are loaded')
  const began = process.cpuUsage()
  for (const typed of ['Tr0ub4dor&3 P@ssw0rd ', '@11$s0n3!|70+(8)']) assert.match(await judged(typed.repeat(500)), /^(Weak|Fair|Good|Strong)/)
  const took = process.cpuUsage(began).user / 1000
  assert.ok(took < 2000, `got ${took} ms of the processor, want less than 2000`)
})
