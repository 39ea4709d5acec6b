// @ts-check
/**
 * A countdown: until when money is good, and what becomes of it then.
 * @module
 */
import { dueFrom, isDue } from '../ageing.js'
import { relativeText } from '../dates.js'
import { tr } from '../language.js'
import { sentence } from '../refusals.js'
import { day, fill, h, moment, placed } from './dom.js'

/** @import { Holding } from '../rows.js' */

/** @type {[number, Intl.RelativeTimeFormatUnit][]} */
const units = [[24 * 3600, 'day'], [3600, 'hour'], [60, 'minute'], [1, 'second']]

/**
 * How long that is, in the largest unit of which there are two. Pure.
 * @param {number} seconds
 * @returns {{ count: number, unit: Intl.RelativeTimeFormatUnit }}
 */
export function span(seconds) {
  for (const [size, unit] of units) if (Math.abs(seconds) >= 2 * size || size === 1) return { count: Math.trunc(seconds / size), unit }
  return { count: 0, unit: 'second' }
}

/** @param {number} seconds "in 3 days", "2 hours ago", "just now" */
export function relative(seconds) {
  if (seconds <= 0 && seconds > -10) return tr('just now')
  const { count, unit } = span(seconds)
  return relativeText(count, unit)
}

/**
 * An element that counts down for as long as it is on the page.
 * @param {Holding} holding
 * @param {boolean} [bare] whether only the day is said of what is good
 * @returns {HTMLElement}
 */
export function until(holding, bare = false) {
  const { scrip: { expires } } = holding
  const element = h('span', { 'data-testid': 'good-until' })
  const left = h('span')
  let said = ''
  const show = () => {
    const now = Math.floor(Date.now() / 1000)
    const text = says(holding, now)
    if (text !== said) fill(left, said = text)
    return dueFrom(holding) - now < 2 * 3600
  }
  const short = show()
  const date = short ? moment(expires) : day(expires)
  const isGood = expires * 1000 > Date.now()
  fill(element, ...isGood && bare ? [date] : placed(isGood ? tr('Good until {date}') : tr('Expired {date}'), { date }), left)
  const timer = setInterval(() => element.isConnected ? show() : clearInterval(timer), short ? 1000 : 30_000)
  return element
}

/** @param {Holding} holding @param {number} now */
function says(holding, now) {
  const { scrip: { expires }, unrenewed } = holding
  const when = ` (${relative(expires - now)})`
  if (unrenewed) return tr('{when}. It could not be renewed: {why}', { when, why: sentence(unrenewed, '6.8') })
  if (!isDue(holding, now)) return tr('{when}, renews by itself {then}', { when, then: relative(dueFrom(holding) - now) })
  return expires > now ? tr('{when}, is being renewed', { when }) : tr('{when}, not lost: is being renewed', { when })
}
