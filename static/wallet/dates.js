// @ts-check
/**
 * Dates as every page of this site writes them, whatever the browser's language: "22 Nov 2026", "22 Nov 2026, 18:05", in
 * the reader's own time zone. What the server writes says UTC, because it does not know the reader's; see local.
 * @module
 */

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** @param {number} n */
const two = n => String(n).padStart(2, '0')

/** "22 Nov 2026". @param {number} at unix seconds */
export function dayText(at) {
  const date = new Date(at * 1000)
  return `${date.getDate()} ${months[date.getMonth()]} ${date.getFullYear()}`
}

/** "18:05". @param {number} at unix seconds */
export function clockText(at) {
  const date = new Date(at * 1000)
  return `${two(date.getHours())}:${two(date.getMinutes())}`
}

/** "22 Nov 2026, 18:05". @param {number} at unix seconds */
export const momentText = at => `${dayText(at)}, ${clockText(at)}`

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

/** "today, 18:05", "tomorrow, 18:05", "Tuesday, 1 Dec", and what is further away "4 Dec 2026": of what is to come. @param {number} at unix seconds @param {number} now unix seconds */
export function dueText(at, now) {
  const date = new Date(at * 1000)
  const day = (/** @type {Date} */ of) => Date.UTC(of.getFullYear(), of.getMonth(), of.getDate()) / 86_400_000
  const days = day(date) - day(new Date(now * 1000))
  if (days < 0 || days > 6) return dayText(at)
  return days > 1 ? `${weekdays[date.getDay()]}, ${date.getDate()} ${months[date.getMonth()]}` : `${days === 0 ? 'today' : 'tomorrow'}, ${clockText(at)}`
}

/** "just now", "2 minutes ago", "3 hours ago": of what is not long past. @param {number} at unix seconds @param {number} now unix seconds */
export function agoText(at, now) {
  const minutes = Math.floor((now - at) / 60)
  const [count, unit] = minutes < 60 ? [minutes, 'minute'] : [Math.floor(minutes / 60), 'hour']
  return count < 1 ? 'just now' : `${count} ${unit}${count > 1 ? 's' : ''} ago`
}

/**
 * Writes the moments and days of a page as the server sent it in the reader's time, so that a thing that happened once is
 * not told with two dates.
 * @param {ParentNode} page
 */
export function local(page) {
  for (const time of page.querySelectorAll('time[datetime]')) {
    const write = time.textContent?.endsWith(' UTC') ? momentText : /^\d+ \w{3} \d{4}$/.test(time.textContent ?? '') ? dayText : undefined
    if (write) time.textContent = write(Date.parse(time.getAttribute('datetime') ?? '') / 1000)
  }
}
