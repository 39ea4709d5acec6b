// @ts-check
/**
 * The language of the page, as its html element has it, and the one function through which every sentence for a person goes.
 * English is written where it is said; what it is in another language stands in locales/*.<language>.json, in the format of
 * go-i18n, under the English text: in outside what pages say without the wallet, in active all the rest. Only a page in that language loads
 * them, before any module runs that says what is in them: so what is made when a module is loaded is in the page's language too, and
 * no page shows English first. language.test.mjs finds what is missing.
 * @module
 */

/** @typedef {Partial<Record<Intl.LDMLPluralRule, string>>} Forms */
/** @typedef {Record<string, string | Forms>} Catalogue by English text; of what is counted, by its form for "other" */

/** @type {Record<string, { outside: () => Promise<{ default: Catalogue }>, active: () => Promise<{ default: Catalogue }> }>} */
const catalogues = {
  de: {
    outside: () => import('./locales/outside.de.json', { with: { type: 'json' } }),
    active: () => import('./locales/active.de.json', { with: { type: 'json' } }),
  },
}

const [asked = ''] = (globalThis.document?.documentElement?.lang ?? '').split('-')

/** @param {'outside' | 'active'} part @returns {Promise<Catalogue | undefined>} nothing where it does not come: the page can be used in English */
const load = async part => catalogues[asked]?.[part]().then(({ default: all }) => all, error => void console.error(error))

const catalogue = await load('outside')

/** What the page speaks, "en" or "de": for Intl too. */
export const language = catalogue ? asked : 'en'

/** Learns what the wallet says: before any module of it is loaded. */
export async function learn() {
  if (catalogue) Object.assign(catalogue, await load('active'))
}

const [plurals, numbers] = [new Intl.PluralRules(language), new Intl.NumberFormat(language)]

/**
 * A sentence in the page's language.
 * @param {string | { one: string, other: string }} english which is what it is known by; in two forms where {n} things are counted
 * @param {Record<string, string | number>} [values] what stands in its placeholders, as {name}; those left out stay, for placed (ui/dom.js)
 * @returns {string}
 */
export function tr(english, values = {}) {
  /** @type {string | Forms} */
  const said = catalogue?.[typeof english === 'string' ? english : english.other] ?? english
  const text = typeof said === 'string' ? said : said[plurals.select(Number(values.n))] ?? said.other ?? ''
  return text.replace(/\{(\w+)\}/g, (/** @type {string} */ whole, /** @type {string} */ name) => {
    const value = values[name]
    return value === undefined ? whole : typeof value === 'number' ? numbers.format(value) : value
  })
}
