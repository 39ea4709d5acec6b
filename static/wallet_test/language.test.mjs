// What the wallet says, in every language: nothing is said but through tr, and all of it is translated.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { literals, modules, said } from './help/source.mjs'

const wallet = new URL('../wallet/', import.meta.url)
const files = Object.fromEntries(['outside', 'active'].map(part => [part, new URL(`locales/${part}.de.json`, wallet)]))
const parts = Object.fromEntries(Object.entries(files).map(([part, file]) => [part, JSON.parse(readFileSync(file, 'utf8'))]))
const german = { ...parts.active, ...parts.outside }
const sources = modules(wallet)
const messages = sources.flatMap(({ name, source }) => said(source).map(message => ({ name, ...message })))

/** The modules that a page without the wallet may load: all that its entries import, up to where the wallet begins. */
const outside = new Set()
const gather = name => {
  if (outside.has(name) || name === 'attend.js' || !sources.some(other => other.name === name)) return
  outside.add(name)
  if (name === 'ui/pages.js') return
  const { source } = sources.find(other => other.name === name)
  for (const [, path] of source.matchAll(/(?:^import [^'\n]*|\bimport\()'([^']+\.js)'/gm)) gather(join(dirname(name), path))
}
gather('app.js'), gather('console.js')

const placeholders = text => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort()

test('tr is called with what it can be known by', () => {
  for (const { name, wrong } of messages) assert.equal(wrong, undefined, `${name}: tr takes a text, or { one, other } of two`)
})

test('each sentence has its German, and no German is left over', () => {
  const wanted = new Set(messages.map(({ other }) => other))
  assert.deepEqual([...wanted].filter(id => !Object.hasOwn(german, id)).sort(), [], 'without German')
  assert.deepEqual(Object.keys(german).filter(id => !wanted.has(id)), [], 'German that nothing says')
  const sorted = Object.entries(german).toSorted(([a], [b]) => a < b ? -1 : 1)
  const saidOutside = new Set(messages.filter(({ name }) => outside.has(name)).map(({ other }) => other))
  for (const [part, file] of Object.entries(files)) {
    const texts = Object.fromEntries(sorted.filter(([id]) => saidOutside.has(id) === (part === 'outside')))
    if (process.env.SORT) writeFileSync(file, `${JSON.stringify(texts, null, 2)}\n`)
    else assert.deepEqual(Object.keys(parts[part]), Object.keys(texts), `${part} is not what pages say ${part === 'outside' ? 'without' : 'with'} the wallet, sorted: SORT=1 node --test language.test.mjs does it`)
  }
})

test('what is counted has both forms, and every form has the placeholders of its sentence', () => {
  for (const { name, one, other } of messages) {
    const forms = german[other]
    assert.equal(typeof forms, one === undefined ? 'string' : 'object', `${name}: ${other}`)
    if (one === undefined) {
      assert.deepEqual(placeholders(forms), placeholders(other), `${name}: ${other}`)
      continue
    }
    assert.deepEqual(Object.keys(forms), ['one', 'other'], `${name}: ${other}`)
    assert.deepEqual(placeholders(forms.other), placeholders(other), `${name}: ${other}`)
    assert.deepEqual(placeholders(forms.one + '{n}'), placeholders(one + '{n}'), `${name}: ${one}`)
  }
})

test('German is written as Germans do: „“, and du', () => {
  const texts = Object.values(german).flatMap(forms => typeof forms === 'string' ? [forms] : Object.values(forms))
  for (const text of texts) {
    assert.doesNotMatch(text, /["”]|^\s|\s$|[^.:!?“„] Sie\b|\bIhnen\b|\bIhr(e[mnrs]?)?\b/)
    assert.equal(text.split('„').length, text.split('“').length, text)
  }
})

/** What looks like a sentence and is none: names of things outside, of the protocol, and of parts of it. */
const names = new Set(['text/html; charset=utf-8', 'Content-Type', 'Content-Length', 'Ed25519', 'EdDSA', 'reply key', 'broker, through \0', '\0, through the broker'])
const isName = text => names.has(text) || /^peerscrip |^ ?[a-z_-]+( [a-z_-]+(--|__)[a-z\0]+)+$|^ [a-z]+-[a-z-]+$|^(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)$/.test(text)

/** Modules of tables, whose words are only for programs. */
const wordless = new Set(['carriers.js', 'countries.js', 'currencies.js', 'hold.js', 'json.js', 'postcodes.js', 'thread.js'])

// A word with a capital, or two words, or one with a space at its end: enough to find what was forgotten.
const isHuman = text => !/^\w+Error$/.test(text) && (/^\p{Lu}\p{Ll}+/u.test(text) || /\p{L}{2,}[,:;.]? \p{L}/u.test(text) || /^[ ,.:]+\p{L}{2}|\p{L}{2}[.:]* $|\p{L}{2}\.$/u.test(text))

test('nothing is said but through tr', () => {
  const bare = sources.filter(({ name }) => !wordless.has(name)).flatMap(({ name, source }) =>
    literals(source).filter(({ text, isCode, inTr }) => !inTr && !isCode && !isName(text) && isHuman(text)).map(({ text }) => `${name}: ${text}`))
  assert.equal(bare.join('\n'), '')
})

test('a German page says it in German', () => {
  const script = `
    globalThis.document = { documentElement: { lang: 'de-AT' } }
    const { language, learn, tr } = await import(${JSON.stringify(new URL('language.js', wallet).href)})
    await learn()
    const { digits, format } = await import(${JSON.stringify(new URL('money.js', wallet).href)})
    const { dayText, agoText, dueText } = await import(${JSON.stringify(new URL('dates.js', wallet).href)})
    const { sentence } = await import(${JSON.stringify(new URL('refusals.js', wallet).href)})
    const [euro, yen] = [{ currency: 'EUR', exponent: 2 }, { currency: 'JPY', exponent: 0 }]
    const day = Date.UTC(2026, 10, 22, 12) / 1000
    console.log(JSON.stringify([language, digits(123450, euro), format(123450, euro), format(Number.MAX_SAFE_INTEGER, euro), format(1250, yen), dayText(day), agoText(day - 7200, day),
      dueText(day + 86400, day).replace(/\\d\\d:\\d\\d/, 'TIME'), sentence('offer-expired'), ...[1, 1234].map(n => tr({ one: '', other: 'There are {n} new things about your orders.' }, { n })), tr('of nobody: {name}', { name: '{n}' })]))`
  const got = JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }))
  assert.deepEqual(got, ['de', '1234,50', '1.234,50\u00a0€', '90.071.992.547.409,91\u00a0€', '1.250\u00a0¥', '22.\u00a0Nov.\u00a02026', 'vor 2\u00a0Stunden', 'morgen, TIME', 'Dieses Angebot ist abgelaufen.',
    'Zu einer Bestellung gibt es etwas Neues.', 'Zu deinen Bestellungen gibt es 1.234 Neuigkeiten.', 'of nobody: {n}'])
})

test('a module of the wallet names its catalogue', () => {
  const { source } = sources.find(({ name }) => name === 'language.js')
  for (const name of readdirSync(fileURLToPath(new URL('locales/', wallet)))) assert.ok(source.includes(`import('./locales/${name}', `), name)
})
