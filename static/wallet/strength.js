// @ts-check
/**
 * How hard a passphrase is to guess, in words. It advises, and refuses nothing but what is too short.
 * @module
 */
import { minPassphrase } from './safe.js'
import { cleanPassphrase } from './text.js'

/** What fingers type without thinking: letters and digits in order, and the rows of keyboards. */
const rows = ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiop', 'qwertzuiop', 'azertyuiop', 'asdfghjkl', 'zxcvbnm', 'yxcvbnm']

/** Whether b follows a in a row, either way, or is the same. @param {string} a @param {string} b */
const follows = (a, b) => a === b || rows.some(row => row.includes(a + b) || row.includes(b + a))

/** Characters that are no repetition and no continuation of what stands before them. @param {string[]} characters */
const surprises = characters => characters.filter((c, i) => !follows(characters[i - 1] ?? '', c)).length

/**
 * What is told below the field. Pure.
 * @param {string} typed
 */
export function strength(typed) {
  const passphrase = cleanPassphrase(typed)
  const characters = [...passphrase]
  if (characters.length === 0) return ''
  if (characters.length < minPassphrase) return `Too short: ${minPassphrase - characters.length} more.`
  const lower = [...passphrase.toLowerCase().replace(/[\s-]+/g, '')]
  if (new Set(lower).size < 6 || surprises(lower) < 6) return 'Weak: it repeats itself, or goes along the keyboard. Take four or five unrelated words.'
  const words = new Set(passphrase.toLowerCase().split(/[\s-]+/).filter(word => [...word].length > 2)).size
  if (words >= 4 || characters.length >= 20) return 'Strong.'
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z\d]/].filter(kind => kind.test(passphrase)).length
  return characters.length >= 14 && kinds >= 3 ? 'Good.' : 'Fair. Another word makes it much stronger.'
}
