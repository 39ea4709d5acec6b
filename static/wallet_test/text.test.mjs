// What a person wrote is cleaned as services/scrip does, by the same vectors.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { clean, cleanLine, cleanPassphrase } from '../wallet/text.js'

for (const vector of JSON.parse(readFileSync(new URL('../../services/scrip/testdata/text.json', import.meta.url), 'utf8'))) {
  test(`text.json: ${vector.name}`, () => {
    assert.equal(clean(vector.text), vector.clean)
    assert.equal(cleanLine(vector.text), vector.line)
    assert.equal(clean(vector.clean), vector.clean)
  })
}

test('passphrases.json: the same words are one passphrase', () => {
  for (const { name, typed, passphrase } of JSON.parse(readFileSync(new URL('../../services/scrip/testdata/passphrases.json', import.meta.url), 'utf8'))) {
    for (const words of [...typed, passphrase]) assert.equal(cleanPassphrase(words), passphrase, name)
  }
})
