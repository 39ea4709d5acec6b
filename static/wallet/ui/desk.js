// @ts-check
/**
 * Pages of the desk that update by themselves. While one is open, the stall is asked whether anything has changed (an ETag; most
 * answers are 304): at once, then with pauses that grow, and at once again when somebody comes back to the page. If something has, the page is
 * read again as it is without scripts, and its parts that are marked `data-live` take the place of what they were; but none in
 * which somebody types, or has typed, until that is sent. The focus stays where it was.
 * @module
 */
import { local } from '../dates.js'
import { tr } from '../language.js'
import { fill, h } from './dom.js'

/** Milliseconds between two questions: at first, and the longest. */
const [soon, longest] = [10_000, 120_000]

/** @typedef {{ to_send: number, disputed: number, unanswered: number, proposed: number }} News how much waits, as merchant.News counts it */

/** Keeps a page of the desk up to date for as long as it is open. @param {HTMLElement} main with data-news: the ETag of what the page shows */
export async function watching(main) {
  const page = new DeskPage(main)
  let wake = () => {}
  const back = () => document.visibilityState === 'visible' && wake()
  document.addEventListener('visibilitychange', back)
  addEventListener('pageshow', event => event.persisted && back())
  for (let pause = soon; ; pause = Math.min(2 * pause, longest)) {
    const came = await page.ask().catch(() => false) // not reached: later
    if (page.closed) return
    if (came) pause = soon
    const hidden = document.visibilityState !== 'visible'
    await new Promise(resolve => {
      const timer = setTimeout(resolve, hidden ? longest : pause)
      wake = () => (clearTimeout(timer), resolve(undefined))
    })
    if (hidden) pause = soon
  }
}

class DeskPage {
  /** @param {HTMLElement} main */
  constructor(main) {
    this.main = main
    this.title = document.title
    this.notice = h('div', { class: 'live-notice small', role: 'status', 'data-testid': 'desk-news' })
    ;(main.querySelector('.wrap') ?? main).prepend(this.notice)
    this.shown = main.dataset.news ?? '' // the ETag of what the page shows: "VENDOR-REVISION"
    this.vendor = this.shown.slice(1, this.shown.lastIndexOf('-')) // the desk in use may be another by now
    this.known = '' // of what was told last
    /** @type {News | undefined} */
    this.news = undefined
    /** What the server sent of each part, without what differs each time. @type {Map<string, string>} */
    this.served = new Map(this.parts().map(part => [part.id, plain(part)]))
    this.closed = false
  }

  parts() {
    return /** @type {HTMLElement[]} */ ([...this.main.querySelectorAll('[data-live]')])
  }

  /** Asks once. @returns {Promise<boolean>} whether something has changed */
  async ask() {
    const answer = await fetch(`/desk/news?desk=${this.vendor}`, { redirect: 'manual', cache: 'no-store', headers: this.known ? { 'If-None-Match': this.known } : {} })
    if (answer.type === 'opaqueredirect') return this.close()
    const came = answer.status === 200
    if (came) {
      this.known = answer.headers.get('ETag') ?? ''
      this.tell(await answer.json())
    }
    if (this.known !== this.shown) await this.renew()
    return came
  }

  /** The session has ended: what is typed stays, and nothing is asked any more. */
  close() {
    this.closed = true
    fill(this.notice, h('a', { href: '/desk' }, tr('Your desk is closed in this browser. Open it again to see what is new.')))
    return false
  }

  /** Says what has come, and in the title how much waits. @param {News} now */
  tell(now) {
    const before = this.news
    this.news = now
    const waits = now.to_send + now.disputed + now.unanswered
    document.title = waits > 0 ? `(${waits}) ${this.title}` : this.title
    if (!before) return
    const news = [
      now.disputed > before.disputed && tr('A buyer has reported a problem.'),
      now.to_send > before.to_send && tr({ one: 'There is a new order.', other: 'There are {n} new orders.' }, { n: now.to_send - before.to_send }),
      now.proposed > before.proposed && tr('A buyer has made an offer.'),
      now.unanswered - now.proposed > before.unanswered - before.proposed && tr('A buyer has written.'),
    ].filter(Boolean)
    if (news.length > 0) fill(this.notice, news.join(' '), ' ', location.pathname !== '/desk' && h('a', { href: '/desk' }, tr('Go to the desk')))
  }

  /** Reads the page again and renews its parts. What is in use is left, and tried again the next time. */
  async renew() {
    const tag = this.known
    const here = new URL(location.href)
    here.searchParams.set('desk', this.vendor)
    const answer = await fetch(here, { redirect: 'manual', cache: 'no-store' })
    if (answer.type === 'opaqueredirect') return void this.close()
    if (!answer.ok) return // this page is the answer to a form, and has no address to read it from
    const next = new DOMParser().parseFromString(await answer.text(), 'text/html')
    let left = false
    for (const part of this.parts()) {
      const fresh = part.isConnected && next.getElementById(part.id)
      if (!fresh || plain(fresh) === this.served.get(part.id)) continue
      if (isInUse(part)) {
        left = true
        continue
      }
      this.served.set(part.id, plain(fresh))
      swap(part, fresh)
      for (const within of part.querySelectorAll('[data-live]')) this.served.set(within.id, plain(within))
    }
    if (!left) this.shown = tag
  }
}

/** A part as it was sent: without the parts within it, times, which are written as people here write them, keys of forms, and what was unfolded. @param {Element} part */
function plain(part) {
  const copy = /** @type {Element} */ (part.cloneNode(true))
  for (const within of copy.querySelectorAll('[data-live]')) within.replaceChildren()
  for (const folded of copy.querySelectorAll('details')) folded.removeAttribute('open')
  return copy.innerHTML.replaceAll(/(<time[^>]*>)[^<]*/g, '$1').replaceAll(/name="key" value="[^"]*"/g, '')
}

/** Whether somebody types in a part, or has typed or chosen there. @param {HTMLElement} part */
function isInUse(part) {
  const fields = /** @type {(HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement)[]} */ ([...part.querySelectorAll('input, textarea, select')])
  return fields.includes(/** @type {HTMLInputElement} */ (document.activeElement)) || fields.some(field =>
    field instanceof HTMLSelectElement ? [...field.options].some(option => option.selected !== option.defaultSelected) && field.selectedIndex > 0
      : field instanceof HTMLInputElement && ['checkbox', 'radio'].includes(field.type) ? field.checked !== field.defaultChecked
        : field.value !== (field instanceof HTMLInputElement && field.type === 'file' ? '' : field.defaultValue))
}

/** Puts a part in the place of what it was; focus, and what was unfolded, stay. @param {HTMLElement} part @param {Element} fresh */
function swap(part, fresh) {
  const focused = part.contains(document.activeElement) ? nameOf(document.activeElement) : ''
  const open = [...part.querySelectorAll('details[open] > summary')].map(summary => summary.textContent)
  part.replaceChildren(...[...fresh.childNodes].map(node => document.adoptNode(node)))
  local(part)
  for (const summary of part.querySelectorAll('details > summary')) {
    if (open.includes(summary.textContent)) summary.parentElement?.setAttribute('open', '')
  }
  if (!focused) return
  const again = [...part.querySelectorAll('a, button, summary, [tabindex]')].find(element => nameOf(element) === focused)
  if (again instanceof HTMLElement) again.focus({ preventScroll: true })
}

/** What an element is known by when the page is read again. @param {Element | null} element */
const nameOf = element => element ? `${element.tagName} ${element.id} ${element.getAttribute('href') ?? element.textContent}` : ''
