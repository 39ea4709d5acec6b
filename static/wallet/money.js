// @ts-check
/**
 * Money is a whole number of minor units; this is the only place where it becomes text, and text becomes money.
 * @module
 */
import { maxMoney } from './shape.js'

/** The one currency of the wallet's broker: ISO 4217 code and number of decimals. */
/** @typedef {{ currency: string, exponent: number }} Currency */

/**
 * The amount as digits: 1250 -> "12.50". Exact, whatever the size.
 * @param {number} amount minor units
 * @param {Currency} currency
 */
export function digits(amount, { exponent }) {
  const sign = amount < 0 ? '-' : ''
  const text = String(Math.abs(amount)).padStart(exponent + 1, '0')
  if (exponent === 0) return sign + text
  return `${sign}${text.slice(0, -exponent)}.${text.slice(-exponent)}`
}

/**
 * The amount in a sentence, as the pages of this site write it: "12.50 EUR".
 * @param {number} amount minor units
 * @param {Currency} currency
 */
export const format = (amount, currency) => `${digits(amount, currency)} ${currency.currency}`

/**
 * @param {string} text "12.50", "12,5" or "12"
 * @param {Currency} currency
 * @returns {number | null} minor units, or null when text is no amount of money
 */
export function read(text, { exponent }) {
  const match = /^(\d{1,12})(?:[.,](\d+))?$/.exec(text.trim())
  if (!match) return null
  const [, whole = '', fraction = ''] = match
  if (fraction.length > exponent) return null
  const amount = Number(whole + fraction.padEnd(exponent, '0'))
  return amount <= maxMoney ? amount : null
}
