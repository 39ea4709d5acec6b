// @ts-check
/**
 * Addresses: the fields in which one is written, which browsers know how to fill in, and how one is shown.
 * @module
 */
import { bounds, cleaned, faults } from '../delivery.js'
import { tr } from '../language.js'
import { language } from '../language.js'
import { needsPostcode } from '../postcodes.js'
import { fill, h } from './dom.js'
import { FieldError, field } from './form.js'

/** @import { Address } from '../forms.js' */

const languages = typeof navigator === 'undefined' ? ['en'] : navigator.languages
const names = new Intl.DisplayNames(language, { type: 'region', fallback: 'code' })

/** What a country is called here. @param {string} code */
export const countryName = code => names.of(code) ?? code

/** Where the browser's language is at home, which may be where its user is. */
export const region = () => new Intl.Locale(languages[0] ?? 'en').maximize().region ?? ''

/** No address yet. @param {string} country @returns {Address} */
export const blank = country => ({ name: '', lines: [], postcode: '', town: '', country, phone: '' })

/**
 * @typedef {object} AddressFields
 * @property {HTMLElement} element
 * @property {() => Address} typed as it stands there
 * @property {() => Address} checked cleaned; throws a FieldError
 * @property {HTMLInputElement} country
 */

/**
 * @param {Address} value
 * @param {string[]} countries among which one chooses
 * @returns {AddressFields}
 */
export function addressFields(value, countries) {
  const text = (/** @type {string} */ label, /** @type {string} */ part, /** @type {string} */ autocomplete, /** @type {number} */ most, optional = false) => field({ label, optional },
    { autocomplete: `shipping ${autocomplete}`, maxlength: most, 'data-testid': `address-${part}` })
  const name = text(tr('Name'), 'name', 'name', bounds.name)
  const first = text(tr('Street and house'), 'line1', 'address-line1', bounds.line)
  const second = text(tr('Flat, floor, or c/o'), 'line2', 'address-line2', bounds.line, true)
  const third = text(tr('Anything else that helps to find it'), 'line3', 'address-line3', bounds.line, true)
  const postcode = text(tr('Postcode'), 'postcode', 'postal-code', bounds.postcode, !needsPostcode(value.country))
  const town = text(tr('Town'), 'town', 'address-level2', bounds.town)
  const phone = text(tr('Phone, for whoever brings it'), 'phone', 'tel', bounds.phone, true)
  const country = field({ label: tr('Country'), options: [['', tr('Choose a country')], ...named(countries)] }, { autocomplete: 'shipping country', 'data-testid': 'address-country' })
  const parts = { name: name.input, lines: first.input, postcode: postcode.input, town: town.input, country: country.input, phone: phone.input }
  name.input.value = value.name
  ;[first, second, third].forEach(({ input }, i) => { input.value = value.lines[i] ?? '' })
  postcode.input.value = value.postcode
  town.input.value = value.town
  phone.input.value = value.phone
  country.input.value = countries.includes(value.country) ? value.country : ''
  const typed = () => ({
    name: name.input.value, lines: [first, second, third].map(({ input }) => input.value), postcode: postcode.input.value, town: town.input.value,
    country: country.input.value, phone: phone.input.value,
  })
  return {
    typed, country: country.input,
    element: h('div', { class: 'stack' }, name.field, first.field, second.field, third.field, h('div', { class: 'field-row' }, postcode.field, town.field), country.field, phone.field),
    checked: () => {
      const address = cleaned(typed())
      const [fault] = faults(address)
      if (fault) throw new FieldError(parts[fault[0]], fault[1])
      return address
    },
  }
}

/** The address that stands in fields of a page, as it was typed; nothing where there are none. @param {HTMLElement} page @returns {Address | undefined} */
export function typedIn(page) {
  const of = (/** @type {string} */ part) => /** @type {HTMLInputElement | null} */ (page.querySelector(`[data-testid="address-${part}"]`))?.value ?? ''
  if (!page.querySelector('[data-testid="address-name"]')) return undefined
  return { name: of('name'), lines: [of('line1'), of('line2'), of('line3')], postcode: of('postcode'), town: of('town'), country: of('country'), phone: of('phone') }
}

/** The countries by their names. @param {string[]} codes @returns {[string, string][]} */
const named = codes => codes.map(code => /** @type {[string, string]} */ ([code, countryName(code)])).toSorted(([, a], [, b]) => a.localeCompare(b, language))

/** An address as it stands on a parcel. @param {Address} address */
export function addressBlock({ name, lines, postcode, town, country, phone }) {
  const block = h('address', { class: 'delivery' })
  const rows = [name, ...lines, [postcode, town].filter(Boolean).join(' '), countryName(country), phone].filter(Boolean)
  fill(block, ...rows.map(row => h('span', { class: 'delivery__line', dir: 'auto' }, row)))
  return block
}
