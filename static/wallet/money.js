// @ts-check
/**
 * Money is a whole number of minor units; this is the only place where it becomes text, and text becomes money.
 * @module
 */
import { language, tr } from './language.js'
import { maxMoney } from './shape.js'
import { cleanLine } from './text.js'

/** The one currency of the wallet's broker: ISO 4217 code and number of decimals. */
/** @typedef {{ currency: string, exponent: number }} Currency */

/** Between units and their parts. */
const point = language === 'de' ? ',' : '.'

/**
 * The amount as it is written into a field: 1250 -> "12.50", on German pages "12,50". Exact, whatever the size.
 * @param {number} amount minor units
 * @param {Currency} currency
 */
export const digits = (amount, currency) => decimal(amount, currency).replace('.', point)

/** @param {number} amount minor units @param {Currency} currency */
function decimal(amount, { exponent }) {
  const sign = amount < 0 ? '-' : ''
  const text = String(Math.abs(amount)).padStart(exponent + 1, '0')
  if (exponent === 0) return sign + text
  return `${sign}${text.slice(0, -exponent)}.${text.slice(-exponent)}`
}

/**
 * The amount and its currency, as the pages of this site write them one after the other: "1250.00" and "EUR", "1.250,00" and "€".
 * @param {number} amount minor units
 * @param {Currency} currency
 * @returns {[string, string]}
 */
export function written(amount, { currency, exponent }) {
  const exact = decimal(amount, { currency, exponent })
  if (language === 'en') return [exact, currency]
  const how = new Intl.NumberFormat(language, { style: 'currency', currency, minimumFractionDigits: exponent, maximumFractionDigits: exponent })
  const parts = how.formatToParts(/** @type {any} */ (exact)) // of the text, which no float has rounded
  const of = (/** @type {(type: string) => boolean} */ is) => parts.filter(({ type }) => is(type)).map(({ value }) => value).join('')
  return [of(type => type !== 'currency' && type !== 'literal'), of(type => type === 'currency')]
}

/**
 * The amount in a sentence: "12.50 EUR", "12,50 €".
 * @param {number} amount minor units
 * @param {Currency} currency
 */
export const format = (amount, currency) => written(amount, currency).join(language === 'en' ? ' ' : '\u00a0')

/**
 * What things are counted in, in minor units: 1.00, 1.000, and, where there is nothing smaller, 100.
 * @param {{ exponent: number }} currency
 */
export const unit = ({ exponent }) => 10 ** (exponent || 2)

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
  minor(text, currency.exponent) === null ? tr('Write an amount like {example}.', { example: example(currency) }) : tr('Write at most {amount}.', { amount: digits(maxMoney, currency) })

/** Minor units, however many. @param {string} text @param {number} exponent */
function minor(text, exponent) {
  const match = /^(\d+)(?:[.,](\d+))?$/.exec(cleanLine(text))
  if (!match) return null
  const [, whole = '', fraction = ''] = match
  return fraction.length > exponent ? null : Number(whole + fraction.padEnd(exponent, '0'))
}
