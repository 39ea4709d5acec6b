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
 * The amount with its currency, as every page of this site writes it: "€1,250.00", "1.250,00\u00a0€". web/format.go does the same, held
 * to the same vectors.
 * @param {number} amount minor units
 * @param {Currency} currency
 */
export const format = (amount, currency) => writer(currency).format(/** @type {any} */ (decimal(amount, currency))) // of the text, which no float has rounded

/** How the currency is written beside an amount: "€". @param {Currency} currency */
export const sign = currency => signIn(language, currency)

/** @param {string} locale @param {Currency} currency */
const signIn = (locale, currency) => writer(currency, locale).formatToParts(0).find(({ type }) => type === 'currency')?.value ?? currency.currency

/** @param {Currency} currency */
const writer = ({ currency, exponent }, locale = language) => new Intl.NumberFormat(locale, { style: 'currency', currency, minimumFractionDigits: exponent, maximumFractionDigits: exponent })

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
 * @param {string} text "12.50", "12,5", "1,234.50", "€12.50"
 * @param {Currency} currency
 * @returns {number | null} minor units, or null when text is no amount of money: see unread
 */
export function read(text, currency) {
  const { amount, ways } = minor(text, currency)
  return amount !== null && ways === 1 && amount <= maxMoney ? amount : null
}

/**
 * Why a text is no amount of money, for the person who wrote it.
 * @param {string} text of which read made nothing
 * @param {Currency} currency
 */
export function unread(text, currency) {
  const { amount, ways } = minor(text, currency)
  if (amount === null) return tr('Write an amount like {example}.', { example: example(currency) })
  if (amount > maxMoney) return tr('Write at most {amount}.', { amount: digits(maxMoney, currency) })
  return ways > 1 ? tr('This can be read in two ways: write {amount}, or an amount like {example}.', { amount: digits(amount, currency), example: example(currency) }) : ''
}

/** Without a mark between thousands. */
const plain = /^(\d*)(?:[.,](\d+))?$/
/** With one. The odd groups are whole units, in threes or, in India, twos and a three; the even ones decimals. */
const grouped = new RegExp('^(?:([1-9]\\d{0,2}(?:,\\d{3})+|[1-9]\\d?(?:,\\d{2})+,\\d{3})(?:\\.(\\d+))?|([1-9]\\d{0,2}(?:\\.\\d{3})+)(?:,(\\d+))?|' +
  "([1-9]\\d{0,2}(?:(?: \\d{3})+|(?:['’]\\d{3})+))(?:[.,](\\d+))?)$")
const noCents = /(\d)[.,][-–—]+$/

/**
 * Minor units, however many, and whether somebody else reads another amount: three digits after a single mark, where the currency has
 * fewer decimals.
 * @param {string} text
 * @param {Currency} currency
 * @returns {{ amount: number | null, ways: number }}
 */
function minor(text, currency) {
  const { exponent } = currency
  const amount = bare(cleanLine(text), currency).replace(noCents, '$1')
  const [one, several] = [plain.exec(amount), grouped.exec(amount)]
  if (one && amount !== '' && (one[2] ?? '').length <= exponent) return { amount: joined(one[1], one[2], exponent), ways: 1 }
  const [whole, fraction] = several ? [several[1] ?? several[3] ?? several[5], several[2] ?? several[4] ?? several[6] ?? ''] : []
  if (whole === undefined || fraction === undefined || fraction.length > exponent) return { amount: null, ways: 0 }
  return { amount: joined(whole.replace(/\D/g, ''), fraction, exponent), ways: one && exponent > 0 ? 2 : 1 }
}

/** @param {string | undefined} whole digits @param {string | undefined} fraction digits @param {number} exponent */
const joined = (whole = '', fraction = '', exponent) => Number(whole + fraction.padEnd(exponent, '0'))

/** An amount without its currency, by code or sign, before or behind it. @param {string} text @param {Currency} currency */
function bare(text, currency) {
  const symbol = signIn('en', currency)
  const last = [...symbol].at(-1) ?? ''
  const is = (/** @type {string} */ part, /** @type {string} */ name) => part.toUpperCase() === name.toUpperCase()
  for (const name of [currency.currency, symbol, ...(/\p{Sc}/u.test(last) ? [last] : [])]) {
    if (text.length > name.length && is(text.slice(0, name.length), name)) return text.slice(name.length).trim()
    if (text.length > name.length && is(text.slice(-name.length), name)) return text.slice(0, -name.length).trim()
  }
  return text
}
