// @ts-check
/**
 * The basket in the header, once something lies in one.
 * @module
 */
import { tr } from '../language.js'
import { fill, h } from './dom.js'

/** @import { Wanted } from '../wanted.js' */

/** Shows how many things lie in baskets, and says so where that has changed while the page is open. @param {Wanted[]} list */
export function showWanted(list) {
  const link = /** @type {HTMLAnchorElement | null} */ (document.querySelector('[data-basket]'))
  const count = link?.querySelector('[data-basket-count]')
  if (!link || !count) return
  const things = list.reduce((sum, { things }) => sum + things, 0)
  const [one] = list
  link.href = one && list.length === 1 ? `/stalls/${one.vendor}/basket` : '/wallet#baskets'
  const before = link.dataset.things
  if (before === String(things)) return
  link.dataset.things = String(things)
  fill(count, String(things), h('span', { class: 'visually-hidden' }, ' ', tr({ one: 'thing', other: 'things' }, { n: things })))
  link.hidden = things === 0
  if (before !== undefined) fill(/** @type {Element} */ (document.querySelector('[data-basket-said]')), things === 0 ? tr('Your basket is empty.') : tr({ one: 'There is 1 thing in your basket.', other: 'There are {n} things in your basket.' }, { n: things }))
}
