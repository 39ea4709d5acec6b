// @ts-check
/**
 * Dates as every page of this site writes them, in the page's language whatever the browser's is: "22 Nov 2026", "22 Nov 2026, 18:05",
 * "22. Nov. 2026", in the reader's own time zone, with no place to break a line in a day. What the server writes says UTC, because it does not know the reader's; see local.
 * @module
 */
import { language, tr } from './language.js'

/** English pages write a day before its month and without a comma, as no English of Intl does. */
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const noBreak = '\u00a0'
const weekdays = new Intl.DateTimeFormat(language, { weekday: 'long' })
const universalDays = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })
const [days, ago] = [new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short' }), new Intl.RelativeTimeFormat(language)]

/** @param {number} n */
const two = n => String(n).padStart(2, '0')

/** "1 Dec". @param {Date} date */
const dayOfYear = date => (language === 'en' ? `${date.getDate()} ${months[date.getMonth()]}` : days.format(date)).replaceAll(' ', noBreak)

/** "22 Nov 2026". @param {number} at unix seconds */
export function dayText(at) {
  const date = new Date(at * 1000)
  return `${dayOfYear(date)}${noBreak}${date.getFullYear()}`
}

/** "18:05". @param {number} at unix seconds */
export function clockText(at) {
  const date = new Date(at * 1000)
  return `${two(date.getHours())}:${two(date.getMinutes())}`
}

/** "22 Nov 2026, 18:05". @param {number} at unix seconds */
export const momentText = at => `${dayText(at)}, ${clockText(at)}`

/** The same in UTC, whatever the reader's time zone is. @param {Date} date */
export function universalText(date) {
  const day = language === 'en' ? `${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}` : universalDays.format(date)
  return `${day.replaceAll(' ', noBreak)}, ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`
}

/** "today, 18:05", "tomorrow, 18:05", "Tuesday, 1 Dec", and what is further away "4 Dec 2026": of what is to come. @param {number} at unix seconds @param {number} now unix seconds */
export function dueText(at, now) {
  const date = new Date(at * 1000)
  const day = (/** @type {Date} */ of) => Date.UTC(of.getFullYear(), of.getMonth(), of.getDate()) / 86_400_000
  const left = day(date) - day(new Date(now * 1000))
  if (left < 0 || left > 6) return dayText(at)
  if (left > 1) return `${weekdays.format(date)}, ${dayOfYear(date)}`
  return left === 0 ? tr('today, {time}', { time: clockText(at) }) : tr('tomorrow, {time}', { time: clockText(at) })
}

/** "in 3 days", "2 hours ago", with no place to break a line between a number and what it counts. @param {number} count @param {Intl.RelativeTimeFormatUnit} unit */
export const relativeText = (count, unit) => ago.format(count, unit).replace(/(?<=\d) /, noBreak)

/** "just now", "2 minutes ago", "3 hours ago": of what is not long past. @param {number} at unix seconds @param {number} now unix seconds */
export function agoText(at, now) {
  const minutes = Math.floor((now - at) / 60)
  if (minutes < 1) return tr('just now')
  return minutes < 60 ? relativeText(-minutes, 'minute') : relativeText(-Math.floor(minutes / 60), 'hour')
}

/**
 * Writes the moments and days of a page as the server sent it in the reader's time, so that a thing that happened once is
 * not told with two dates.
 * @param {ParentNode} page
 */
export function local(page) {
  for (const time of page.querySelectorAll('time[datetime]')) {
    const write = time.textContent?.endsWith(' UTC') ? momentText : /^\d+\.?\s\p{L}+\.?\s\d{4}$/u.test(time.textContent ?? '') ? dayText : undefined
    if (write) time.textContent = write(Date.parse(time.getAttribute('datetime') ?? '') / 1000)
  }
}
