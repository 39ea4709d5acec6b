// @ts-check
/**
 * What a search finds, decided in the browser: the twin of words and selection in services/market, held to the same vectors
 * (services/market/testdata/finding.json). So a saved search can be looked out for without anybody knowing it.
 * @module
 */

/**
 * A search as the API has it; what is left out narrows nothing. attribute: "Size:M", of one name any will do. town: of the country.
 * @typedef {{ q?: string, category?: string, sub?: string, attribute?: string[], condition?: string, country?: string, town?: string, to?: string,
 *   collected?: boolean, protected?: boolean, open?: boolean, min_price?: number, max_price?: number }} Search
 */

/**
 * What a search looks at of a listing of the API.
 * @typedef {{ title: string, description: string, stall: string, category: string, sub?: string, condition: string, price: number,
 *   attributes: { name: string, value: string }[], place?: { country: string, town: string }, check_within: number, away_until?: number,
 *   delivery: { way: string, countries: string[] }[] }} Sought
 */

/** How much of a word counts, in bytes; how many words of a search do, and how many bytes of it are looked at. */
const maxWord = 40
const maxWords = 8
const maxText = 200

/** Letters that Unicode does not take apart though people type them without their strokes. */
const unaccented = /** @type {Record<string, string>} */ ({ ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', æ: 'ae', œ: 'oe', ı: 'i' })

/** Text made comparable: no case, no accents, no compatibility forms. @param {string} text */
const fold = text => text.toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFKD').replace(/\p{Mn}/gu, '')
  .replace(/[øłđðþæœı]/g, letter => unaccented[letter] ?? letter)

/** Folded runs of letters, their marks, and digits. @param {string} text */
export const words = text => (fold(text).match(/[\p{L}\p{M}\p{Nd}]+/gu) ?? []).map(word => begin(word, maxWord))

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
  const { q = '', attribute = [], to, min_price = 0, max_price = 0 } = search
  const is = (/** @type {string | undefined} */ asked, /** @type {string | undefined} */ value) => !asked || asked === value
  return hasWords(q, listing) && hasValues(attribute, listing) &&
    is(search.category, listing.category) && is(search.sub, listing.sub) && is(search.condition, listing.condition) && is(search.country, listing.place?.country) &&
    (!search.town || key(search.town) === key(listing.place?.town ?? '')) &&
    (!to || listing.delivery.some(({ way, countries }) => way === 'post' && (countries.length === 0 || countries.includes(to)))) &&
    (!search.collected || listing.delivery.some(({ way }) => way === 'collect')) && (!search.protected || listing.check_within > 0) &&
    (!search.open || !listing.away_until) && listing.price >= min_price && (!max_price || listing.price <= max_price)
}

/** @param {string} q @param {Sought} listing */
function hasWords(q, { title, description, stall, category, sub = '', place, attributes }) {
  if (q.trim() === '') return true
  const asked = [...new Set(words(begin(q, maxText)))].slice(0, maxWords)
  const there = words([title, description, stall, category, sub, place?.town ?? '', ...attributes.map(({ value }) => value)].join(' '))
  return asked.length > 0 && asked.every(word => there.some(other => other.startsWith(word)))
}

/** @param {string[]} asked @param {Sought} listing */
function hasValues(asked, { attributes }) {
  const pairs = asked.map(text => ({ name: text.split(':', 1)[0]?.toLowerCase(), key: key(text.slice(text.indexOf(':') + 1)) }))
  return pairs.every(({ name }) => attributes.some(a => a.name.toLowerCase() === name && pairs.some(p => p.name === name && p.key === key(a.value))))
}
