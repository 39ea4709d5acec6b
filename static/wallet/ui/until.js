// @ts-check
/**
 * A countdown: until when money is good, and what becomes of it then.
 * @module
 */
import { dueFrom, isDue } from '../ageing.js'
import { sentence } from '../refusals.js'
import { day, fill, h, moment } from './dom.js'

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
  if (seconds <= 0 && seconds > -10) return 'just now'
  const { count, unit } = span(seconds)
  return new Intl.RelativeTimeFormat(document.documentElement.lang || 'en').format(count, unit)
}

/**
 * An element that counts down for as long as it is on the page.
 * @param {Holding} holding
 * @param {string} [good] what stands before the day
 * @returns {HTMLElement}
 */
export function until(holding, good = 'Good until ') {
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
  fill(element, expires * 1000 > Date.now() ? good : 'Expired ', short ? moment(expires) : day(expires), left)
  const timer = setInterval(() => element.isConnected ? show() : clearInterval(timer), short ? 1000 : 30_000)
  return element
}

/** @param {Holding} holding @param {number} now */
function says(holding, now) {
  const { scrip: { expires }, unrenewed } = holding
  const when = ` (${relative(expires - now)})`
  if (unrenewed) return `${when}. It could not be renewed: ${sentence(unrenewed, '6.8')}`
  if (!isDue(holding, now)) return `${when}, renews by itself ${relative(dueFrom(holding) - now)}`
  return expires > now ? `${when}, is being renewed` : `${when}, not lost: is being renewed`
}
