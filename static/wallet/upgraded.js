// @ts-check
/**
 * Rows as earlier versions wrote them, read as this one writes them. A row is written anew when it changes next; a backup
 * holds what was read. Pure.
 * @module
 */

import { kept } from './messages.js'

/** @import { Kind, Rows } from './rows.js' */

/**
 * Up to version 3 a purchase was of one thing: its offer, title and quantity stood beside what was said of the whole. Up to
 * version 6 a text said where it goes. Up to version 9 a seller closed a conversation by an event of its own.
 * @template {Kind} K
 * @param {K} kind
 * @param {any} row
 * @returns {Rows[K]}
 */
export function upgraded(kind, row) {
  if (kind === 'orders') return noted(lined(row))
  if (kind === 'threads' && row.events) return { ...row, events: unclosed(row.events) }
  if (kind !== 'works' || row.purpose !== 'checkout') return row
  return { ...row, about: lined(row.about), items: row.items.map((/** @type {any} */ item) => item.transaction === '6.3' ? going(lined(item)) : item) }
}

/** @param {any} of one thing, or of several already */
function lined(of) {
  if (of.lines !== undefined) return of
  const { title, quantity, offer, offerID, ...rest } = of
  return { ...rest, lines: [{ title, quantity, ...offer !== undefined && { offer }, ...offerID !== undefined && { offerID } }] }
}

/** What was said of where it goes is a note. @param {any} of */
function noted(of) {
  if (typeof of.delivery !== 'string') return of
  const { delivery, ...rest } = of
  return { ...rest, note: delivery }
}

/** An offer of before costs the same whichever way it goes, so that its order still holds. @param {any} item */
const going = item => typeof item.delivery === 'string' ? { ...noted(item), delivery: { way: 'collect', label: '' } } : item

/** What was said until the conversation was closed: nothing was said after that. @param {string[]} events */
function unclosed(events) {
  const at = events.findIndex(jws => kept(jws, 'EVENT').body.kind === 'muted')
  return at < 0 ? events : events.slice(0, at)
}
