// @ts-check
/**
 * How a purchase gets there: the ways of the checkout, and the address.
 * @module
 */
import { choices, reach } from '../delivery.js'
import { tr } from '../language.js'
import { format } from '../money.js'
import { addressFields, blank, countryName } from './address.js'
import { h, placed, words } from './dom.js'

/** @import { Delivery } from '../forms.js' */
/** @import { Quote } from '../quote.js' */
/** @import { Profile } from '../rows.js' */
/** @import { Chosen } from '../trust.js' */
/** @import { Before } from './checkout.js' */

/**
 * One way to get it, in words. Of several that are posted each is called by its own name.
 * @param {import('../delivery.js').Choice} choice
 * @param {Quote} quote
 * @param {Profile['broker']} broker
 * @param {boolean} several
 */
function wayText({ way, label, postage, days: [least = 0, most = 0] }, { lines }, broker, several) {
  const place = lines.map(({ offer }) => offer.place).find(Boolean)
  const at = place && [place.town, countryName(place.country)].filter(Boolean).join(', ')
  const name = way === 'post' ? [tr('Posted')] : at ? placed(tr('Collect it in {place}'), { place: words(at) }) : [tr('Collect it')]
  const time = least === most ? tr({ one: '1 day on its way', other: '{n} days on its way' }, { n: most }) : tr('{least} to {most} days on its way', { least, most })
  const called = several && way === 'post' && label ? [words(label)] : [...name, label && ': ', label && words(label)]
  return h('span', {}, ...called, way === 'post' && ` – ${postage > 0 ? format(postage, broker) : tr('free')}`,
    h('span', { class: 'soft small' }, way === 'post' ? ` · ${time}` : ''))
}

/**
 * How it gets there: the ways, and where it is posted, the address. What is chosen changes the price, so the checkout is shown anew.
 * @param {Quote} quote
 * @param {Profile} profile
 * @param {Before | undefined} before
 * @param {(delivery: Chosen, from: string) => void} change from: the testid of what was chosen
 */
export function delivering(quote, { broker, address: known }, before, change) {
  const { lines, delivery } = quote
  if (delivery.way === 'none') return undelivered(before)
  const to = reach(lines)
  const posted = delivery.way === 'post'
  const ways = choices(lines, delivery.country || (before?.address ?? known)?.country || (to[0] ?? ''))
  const is = (/** @type {Chosen} */ one) => one.way === delivery.way && one.label === delivery.label
  const value = before?.address ?? (known && to.includes(known.country) ? known : blank(delivery.country))
  const fields = posted && to.length > 0 ? addressFields({ ...value, country: delivery.country }, to) : undefined
  fields?.country.addEventListener('change', () => {
    if (fields.country.value) change({ ...delivery, country: fields.country.value }, 'address-country')
  })
  const keep = /** @type {HTMLInputElement} */ (h('input', { type: 'checkbox', 'data-testid': 'address-remember', checked: before?.remember ?? true }))
  const pick = (/** @type {import('../delivery.js').Choice} */ one, /** @type {number} */ i) => h('label', { class: 'choice' },
    h('input', { type: 'radio', name: 'way', value: i, checked: is(one), 'data-testid': `way-${one.way}-${i}`, onchange: () => change({ way: one.way, label: one.label, country: one.country }, `way-${one.way}-${i}`) }),
    wayText(one, quote, broker, ways.filter(({ way }) => way === 'post').length > 1))
  const only = ways.length === 1 && ways[0]
  const element = h('fieldset', { class: 'form__part', 'data-testid': 'checkout-delivery' }, h('legend', { class: 'form__legend' }, posted ? tr('Where to send it') : tr('How you get it')),
    only ? h('p', {}, wayText(only, quote, broker, false)) : h('div', { class: 'choices' }, ...ways.map(pick)),
    fields?.element, fields && h('label', { class: 'choice' }, keep, h('span', {}, tr('Remember this address in my wallet'))),
    !posted && h('p', { class: 'soft' }, tr('Agree with the seller on when and where, on the page of your order.')))
  return {
    element,
    typed: () => ({ address: fields?.typed() ?? before?.address, remember: keep.checked }),
    /** @returns {{ delivery: Delivery, remember: boolean }} */
    chosen: () => fields ? { delivery: { way: 'post', label: delivery.label, address: fields.checked() }, remember: keep.checked } : { delivery: { way: 'collect', label: delivery.label }, remember: false },
  }
}

/** Of what is only paid for nothing is asked, and what was typed for another purchase stays. @param {Before | undefined} before */
const undelivered = before => ({
  element: undefined,
  typed: () => ({ address: before?.address, remember: before?.remember }),
  /** @returns {{ delivery: Delivery, remember: boolean }} */
  chosen: () => ({ delivery: { way: 'none', label: '' }, remember: false }),
})

/** What is nearest to a choice: another way, where the one that was chosen does not go to another country. @param {Quote} quote @param {Chosen} next @returns {Chosen} */
export function nearest({ lines }, next) {
  const ways = choices(lines, next.country)
  const { way, label, country } = ways.find(one => one.way === next.way && one.label === next.label) ?? ways.find(one => one.way === next.way) ?? next
  return { way, label, country }
}
