// @ts-check
/**
 * What a search finds, decided in the browser: the twin of selection in services/market, held to the same vectors
 * (services/market/testdata/finding.json). So a saved search can be looked out for without anybody knowing it. By what terms words are
 * found the market alone tells (services/market/terms): of listings with them, of a search on its page.
 * @module
 */

/**
 * A search as the API has it; what is left out narrows nothing. attribute: "Size:M", of one name any will do. town: of the country.
 * terms: what each word of q is found by, itself first; without them each is found as it is.
 * @typedef {{ q?: string, terms?: string[][], category?: string, sub?: string, attribute?: string[], condition?: string, country?: string, town?: string, to?: string,
 *   collected?: boolean, protected?: boolean, open?: boolean, min_price?: number, max_price?: number }} Search
 */

/**
 * What a search looks at of a listing of the API, which was asked for with its terms.
 * @typedef {{ terms: string[], category: string, sub?: string, condition: string, price: number,
 *   attributes: { name: string, value: string }[], place?: { country: string, town: string }, check_within: number, away_until?: number,
 *   delivery: { way: string, countries: string[] }[] }} Sought
 */

/** How much of a word counts, in bytes. */
const maxWord = 40

/** Letters that Unicode does not take apart though people type them without their strokes. */
const unaccented = /** @type {Record<string, string>} */ ({ ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', æ: 'ae', œ: 'oe', ı: 'i' })

/** Text made comparable: no case, no accents, no compatibility forms. @param {string} text */
const fold = text => text.toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFKD').replace(/\p{Mn}/gu, '')
  .replace(/[øłđðþæœı]/g, letter => unaccented[letter] ?? letter).normalize('NFC')

/** Scripts that put no spaces between words, or not where they are of use. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー]+|[^\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー]+/gu
const isUnspaced = (/** @type {string} */ word) => /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー]/u.test(word)

/** Folded runs of letters, their marks, and digits; and runs without spaces in pairs of letters. @param {string} text */
export const words = text => (fold(text).match(/[\p{L}\p{M}\p{Nd}]+/gu) ?? []).flatMap(run => run.match(unspaced) ?? [])
  .flatMap(part => isUnspaced(part) ? pairs([...part]) : [begin(part, maxWord)])

/** @param {string[]} letters */
const pairs = letters => letters.length === 1 ? letters : letters.slice(1).map((letter, n) => letters[n] + letter)

/** The beginning of a text, in so many bytes. @param {string} text @param {number} bytes */
function begin(text, bytes) {
  const encoder = new TextEncoder()
  if (encoder.encode(text).length <= bytes) return text
  let cut = ''
  for (const letter of text) {
    if (encoder.encode(cut + letter).length > bytes) break
    cut += letter
  }
  return cut
}

/** What counts as the same value of an attribute. @param {string} value */
const key = value => words(value).join(' ')

/** Whether a search finds a listing that can be bought. @param {Search} search @param {Sought} listing */
export function finds(search, listing) {
  const { attribute = [], to, min_price = 0, max_price = 0 } = search
  const is = (/** @type {string | undefined} */ asked, /** @type {string | undefined} */ value) => !asked || asked === value
  return hasWords(search, listing) && hasValues(attribute, listing) &&
    is(search.category, listing.category) && is(search.sub, listing.sub) && is(search.condition, listing.condition) && is(search.country, listing.place?.country) &&
    (!search.town || key(search.town) === key(listing.place?.town ?? '')) &&
    (!to || listing.delivery.some(({ way, countries }) => way === 'post' && (countries.length === 0 || countries.includes(to)))) &&
    (!search.collected || listing.delivery.some(({ way }) => way === 'collect')) && (!search.protected || listing.check_within > 0) &&
    (!search.open || !listing.away_until) && listing.price >= min_price && (!max_price || listing.price <= max_price)
}

/** @param {Search} search @param {Sought} listing */
function hasWords({ q = '', terms = words(q).map(word => [word]) }, listing) {
  if (q.trim() === '') return true
  return terms.length > 0 && terms.every(forms => listing.terms.some(term => forms.includes(term) || begins(term, forms) || forms.some(end => ends(term, end))))
}

/** Letters that a beginning has at least, an end, and what stands before an end. */
const leastBeginning = 3
const leastEnd = 4
const leastBefore = 3

/** Whether a term begins with a word, however its umlauts are spelled. @param {string} term @param {string[]} forms of it */
function begins(term, [word = '']) {
  if (isUnspaced(word)) return [...word].length === 1 && term.startsWith(word)
  return [word, word.replace(/([aou])e/g, '$1')].some(beginning => [...beginning].length >= leastBeginning && term.startsWith(beginning))
}

/** Whether a term ends with another and has before it what compounds have: the shorter the end, the more. @param {string} term @param {string} end */
function ends(term, end) {
  if (!term.endsWith(end)) return false
  const letters = [...end].length, before = [...term].length - letters
  if (isUnspaced(end)) return letters === 1 && before >= 1
  return letters >= leastEnd && before >= (letters === leastEnd ? leastBefore + 1 : leastBefore)
}

/** @param {string[]} asked @param {Sought} listing */
function hasValues(asked, { attributes }) {
  const pairs = asked.map(text => ({ name: text.split(':', 1)[0]?.toLowerCase(), key: key(text.slice(text.indexOf(':') + 1)) }))
  return pairs.every(({ name }) => attributes.some(a => a.name.toLowerCase() === name && pairs.some(p => p.name === name && p.key === key(a.value))))
}
