// Dates as text: the same form as the server's pages, in local time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clockText, dayText, dueText, local, momentText } from '../wallet/dates.js'

process.env.TZ = 'Europe/Berlin'

/** A date in which no line breaks, from one as it is typed. */
const held = words => words.replaceAll(/(?<=\d) (?=[A-Z][a-z])|(?<=[a-z]) (?=\d{4})/g, '\u00a0')

test('a date is written as on the server\'s pages', () => {
  for (const [machine, day, clock] of [
    ['2026-11-22T17:05:09Z', '22 Nov 2026', '18:05'], ['2026-09-01T00:00:00Z', '1 Sep 2026', '02:00'],
    ['2026-12-31T23:30:00Z', '1 Jan 2027', '00:30'],
  ]) {
    const at = Date.parse(machine) / 1000
    assert.equal(dayText(at), held(day))
    assert.equal(clockText(at), clock)
    assert.equal(momentText(at), `${held(day)}, ${clock}`)
  }
})

test('what is to come is told by the day of the week', () => {
  const at = text => Date.parse(text) / 1000
  const now = at('2026-11-29T17:05:00Z')
  for (const [due, words] of [
    ['2026-11-29T22:30:00Z', 'today, 23:30'], ['2026-11-29T23:30:00Z', 'tomorrow, 00:30'], ['2026-12-01T08:00:00Z', 'Tuesday, 1 Dec'], ['2026-12-05T08:00:00Z', 'Saturday, 5 Dec'],
    ['2026-12-06T08:00:00Z', '6 Dec 2026'], ['2026-11-28T08:00:00Z', '28 Nov 2026'],
  ]) assert.equal(dueText(at(due), now), held(words))
})

test('moments and days of the server become local, other texts stay', () => {
  const time = (machine, textContent) => ({ textContent, getAttribute: () => machine })
  const times = [time('2026-11-22T17:05:09Z', held('22 Nov 2026, 17:05 UTC')), time('2026-11-22T23:05:09Z', held('22 Nov 2026')), time('2026-11-22T23:05:09Z', '22 Nov 2026'), time('2026-11-22T23:05:09Z', 'yesterday')]
  local(/** @type {any} */ ({ querySelectorAll: () => times }))
  assert.deepEqual(times.map(t => t.textContent), ['22 Nov 2026, 18:05', '23 Nov 2026', '23 Nov 2026', 'yesterday'].map(held))
})
