// @ts-check
/**
 * How hard a passphrase is to guess, in words. It advises, and refuses nothing but what is too short. Who has the disk may try a hundred
 * thousand a second: weak is found within the hour, fair within two weeks, good in thirty years.
 * @module
 */
import { tr } from './language.js'
import { minPassphrase } from './safe.js'
import { cleanPassphrase } from './text.js'

/** What fingers type without thinking: letters and digits in order, and the rows of keyboards. */
const rows = ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiop', 'qwertzuiop', 'azertyuiop', 'asdfghjkl', 'zxcvbnm', 'yxcvbnm']

/** Whether b follows a in a row, either way, or is the same. @param {string} a @param {string} b */
const follows = (a, b) => a === b || rows.some(row => row.includes(a + b) || row.includes(b + a))

/** Characters that are no repetition and no continuation of what stands before them. @param {string[]} characters */
const surprises = characters => characters.filter((c, i) => !follows(characters[i - 1] ?? '', c)).length

/** Verdicts, the worst first. */
const verdicts = ['weak', 'fair', 'good', 'strong']

/** What is told of each that is not weak. @type {Record<string, string>} */
const told = { fair: tr('Fair. Another word makes it much stronger.'), good: tr('Good.'), strong: tr('Strong.') }

/** The decimal logarithm of the guesses from which on a passphrase is fair, good and strong. */
const least = [8.5, 11, 14]

/** What is weak, by the names that zxcvbn has for it. @type {[string, string[]][]} */
const warnings = [
  [tr('It goes along the keyboard.'), ['straightRow', 'keyPattern']],
  [tr('It repeats itself.'), ['simpleRepeat', 'extendedRepeat']],
  [tr('Its letters or digits are in order.'), ['sequences']],
  [tr('Dates and years are tried early.'), ['recentYears', 'dates']],
  [tr('Names are tried early.'), ['namesByThemselves', 'commonNames']],
  [tr('Many people use this one, or nearly this one.'), ['topTen', 'topHundred', 'common', 'similarToCommon', 'pwned']],
]

/** @param {string} why */
const weak = why => tr('Weak. {why} Take four or five unrelated words.', { why })

/** @param {string} [warning] of zxcvbn */
const warned = (warning = '') => weak(warnings.find(([, names]) => names.includes(warning))?.[0] ?? tr('It is found early.'))

/**
 * What is told at once, by a rule that needs nothing: of what is too short, repeats itself or goes along the keyboard. Pure.
 * @param {string} typed
 */
export function strength(typed) {
  const passphrase = cleanPassphrase(typed)
  const count = [...passphrase].length
  if (count === 0) return ''
  if (count < minPassphrase) return tr('Too short: {n} more.', { n: minPassphrase - count })
  const verdict = byRule(passphrase)
  return told[verdict] ?? weak(tr('It repeats itself, or goes along the keyboard.'))
}

/**
 * What is told once the lists of words, names and passwords that are tried first are loaded (zxcvbn): never better than by the rule,
 * which does alone where they cannot be loaded.
 * @param {string} typed
 * @param {() => Promise<{ guess: (text: string) => { guesses: number, warning: string } }>} [load]
 * @returns {Promise<string>}
 */
export async function judged(typed, load = () => import('../vendor/zxcvbn/zxcvbn.min.js')) {
  const [passphrase, atOnce] = [cleanPassphrase(typed), strength(typed)]
  if (!Object.values(told).includes(atOnce)) return atOnce
  const lists = await load().catch(() => undefined) // offline, perhaps
  if (!lists) return atOnce
  // Spaces between words make no word harder to guess.
  const [one, other] = [passphrase, passphrase.replace(/[\s-]+/g, '')].map(lists.guess).toSorted((a, b) => a.guesses - b.guesses)
  const verdict = worse(byRule(passphrase), verdicts[least.filter(least => (one?.guesses ?? 0) >= least).length] ?? 'weak')
  return told[verdict] ?? warned(one?.warning || other?.warning)
}

/** @param {string} one @param {string} other */
const worse = (one, other) => verdicts.indexOf(one) < verdicts.indexOf(other) ? one : other

/** @param {string} passphrase cleaned, and long enough */
function byRule(passphrase) {
  const characters = [...passphrase]
  const lower = [...passphrase.toLowerCase().replace(/[\s-]+/g, '')]
  if (new Set(lower).size < 6 || surprises(lower) < 6) return 'weak'
  const words = new Set(passphrase.toLowerCase().split(/[\s-]+/).filter(word => [...word].length > 2)).size
  if (words >= 4 || characters.length >= 20) return 'strong'
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z\d]/].filter(kind => kind.test(passphrase)).length
  return characters.length >= 14 && kinds >= 3 ? 'good' : 'fair'
}
