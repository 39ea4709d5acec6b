// @ts-check
/**
 * How an order gets to its buyer: the ways among which one chooses, and the address that one writes. Pure.
 * @module
 */
import { countries } from './countries.js'
import { Advice } from './errors.js'
import { tr } from './language.js'
import { needsPostcode } from './postcodes.js'
import { cleanLine } from './text.js'
import { chosen, total, wayFor, waysOf } from './trust.js'

/** @import { Address, Delivery } from './forms.js' */
/** @import { Chosen } from './trust.js' */
/** @import { Offer } from './types.js' */

/** @typedef {{ offer: Offer, quantity: number }[]} Lines */

/** @typedef {Chosen & { postage: number, days: number[] }} Choice postage: minor units, of the parcel; days: on its way, at least and at most */

/**
 * The ways in which all of it goes to a country, or is collected: as the sellers list them, and none twice that comes to the same.
 * @param {Lines} lines
 * @param {string} country
 * @returns {Choice[]}
 */
export function choices(lines, country) {
  const goods = lines.reduce((sum, { offer, quantity }) => sum + offer.price * quantity, 0)
  const found = new Map()
  for (const { way, label } of lines.flatMap(({ offer }) => waysOf(offer))) {
    const picked = { way, label, country: way === 'post' ? country : '' }
    const ways = lines.map(({ offer }) => wayFor(offer, picked))
    const key = JSON.stringify([way, ways])
    if (ways.some(of => !of) || found.has(key)) continue
    const longest = (/** @type {0 | 1} */ i) => Math.max(...ways.map(of => of?.days[i] ?? 0))
    found.set(key, { ...picked, postage: total(lines, picked) - goods, days: [longest(0), longest(1)] })
  }
  return [...found.values()]
}

/** The countries to which all of it is posted; none where some of it is not posted at all. @param {Lines} lines */
export function reach(lines) {
  const posted = (/** @type {Offer} */ offer, /** @type {string} */ country) => Boolean(wayFor(offer, { way: 'post', label: '', country }))
  return countries.filter(country => lines.every(({ offer }) => posted(offer, country)))
}

/**
 * The way that is shown first: posted to where the buyer lives as far as that is known, else to where the things are; or
 * collected.
 * @param {Lines} lines
 * @param {{ home?: Address, region?: string }} known region: the country of the browser's language
 * @returns {Chosen}
 * @throws {Advice} where there is no way for all of it
 */
export function usual(lines, { home, region }) {
  const to = reach(lines)
  const likely = [home?.country, ...lines.map(({ offer }) => offer.place?.country), region]
  const country = likely.find(code => code && to.includes(code)) ?? to[0] ?? ''
  const [first] = choices(lines, country)
  if (!first) throw new Advice(tr('These things do not go the same way: some are posted, others are collected, or go to other countries. Buy them in two orders.'), 'not-delivered')
  return { way: first.way, label: first.label, country: first.country }
}

/** The bounds of an address's parts, in characters (docs/protocol.md, "Members"). */
export const bounds = { name: 60, line: 80, postcode: 12, town: 60, phone: 24 }

/** An address fit to be signed, as services/scrip's Cleaned. @param {Address} address @returns {Address} */
export const cleaned = ({ name, lines, postcode, town, country, phone }) => ({
  name: cleanLine(name), lines: lines.map(cleanLine).filter(Boolean), postcode: cleanLine(postcode), town: cleanLine(town), country, phone: cleanLine(phone),
})

/**
 * What is missing or too long of a cleaned address, by its part; nothing where it is good.
 * @param {Address} address
 * @returns {[keyof Address, string][]}
 */
export function faults({ name, lines, postcode, town, country, phone }) {
  const over = (/** @type {string} */ text, /** @type {number} */ most) => [...text].length > most && tr('Use at most {n} characters.', { n: most })
  /** @type {[keyof Address, string | false][]} */
  const all = [
    ['name', name === '' && tr('Write who gets the parcel.')], ['name', over(name, bounds.name)],
    ['lines', lines.length === 0 && tr('Write the street and the house.')], ['lines', lines.length > 3 && tr('Use at most three lines.')],
    ...lines.map(line => /** @type {[keyof Address, string | false]} */ (['lines', over(line, bounds.line)])),
    ['postcode', postcode === '' && needsPostcode(country) && tr('Write the postcode.')], ['postcode', over(postcode, bounds.postcode)],
    ['town', town === '' && tr('Write the town.')], ['town', over(town, bounds.town)],
    ['country', !countries.includes(country) && tr('Choose the country.')],
    ['phone', over(phone, bounds.phone)],
  ]
  return all.flatMap(([part, fault]) => fault ? [[part, fault]] : [])
}

/**
 * A delivery fit to be signed, which is the one that was chosen.
 * @param {Delivery} delivery
 * @param {Chosen} seen
 * @returns {Delivery}
 * @throws {Advice}
 */
export function agreed(delivery, seen) {
  const label = cleanLine(delivery.label)
  const fit = delivery.way === 'post' ? { ...delivery, label, address: cleaned(delivery.address) } : { ...delivery, label }
  const [fault] = fit.way === 'post' ? faults(fit.address) : []
  if (fault) throw new Advice(fault[1])
  const now = chosen(fit)
  if (now.way !== seen.way || now.label !== seen.label || now.country !== seen.country) throw new Advice(tr('The delivery has changed since this page was opened. Look at the price again.'), 'wallet-changed')
  return fit
}
