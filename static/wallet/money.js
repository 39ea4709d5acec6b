// @ts-check
/**
 * Money is a whole number of minor units; this is the only place where it becomes text, and text becomes money.
 * @module
 */
import { maxMoney } from './shape.js'
import { cleanLine } from './text.js'

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
 * An amount as it is written in this currency: "12.50", "1250", "12.500".
 * @param {Currency} currency
 */
export const example = currency => digits(currency.exponent === 0 ? 1250 : 12.5 * 10 ** currency.exponent, currency)

/**
 * The twin of Currency.Parse in services/scrip/money.go, held to the same vectors.
 * @param {string} text "12.50", "12,5" or "12"
 * @param {Currency} currency
 * @returns {number | null} minor units, or null when text is no amount of money: see unread
 */
export function read(text, { exponent }) {
  const amount = minor(text, exponent)
  return amount !== null && amount <= maxMoney ? amount : null
}

/**
 * Why a text is no amount of money, for the person who wrote it.
 * @param {string} text of which read made nothing
 * @param {Currency} currency
 */
export const unread = (text, currency) =>
  minor(text, currency.exponent) === null ? `Write an amount like ${example(currency)}.` : `Write at most ${digits(maxMoney, currency)}.`

/** Minor units, however many. @param {string} text @param {number} exponent */
function minor(text, exponent) {
  const match = /^(\d+)(?:[.,](\d+))?$/.exec(cleanLine(text))
  if (!match) return null
  const [, whole = '', fraction = ''] = match
  return fraction.length > exponent ? null : Number(whole + fraction.padEnd(exponent, '0'))
}
