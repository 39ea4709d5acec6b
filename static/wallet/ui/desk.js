// @ts-check
/**
 * Pages of the desk that update by themselves. While one is open, the stall is asked whether anything has changed (an ETag; most
 * answers are 304): at once, then with pauses that grow, and at once again when somebody comes back to the page. If something has, the page is
 * read again as it is without scripts, and its parts that are marked `data-live` take the place of what they were; but none in
 * which somebody types, or has typed, until that is sent. The focus stays where it was.
 * @module
 */
import { tr } from '../language.js'
import '../outside.js'
import { fill, h } from './dom.js'
import { asking, LivePage } from './live.js'

/** @typedef {{ to_send: number, disputed: number, unanswered: number, proposed: number }} News how much waits, as merchant.News counts it */

/** Keeps a page of the desk up to date for as long as it is open. @param {HTMLElement} main with data-news: the ETag of what the page shows */
export const watching = main => asking(new DeskPage(main))

class DeskPage extends LivePage {
  /** @param {HTMLElement} main */
  constructor(main) {
    super(main)
    this.title = document.title
    this.notice.dataset.testid = 'desk-news'
    this.shown = main.dataset.news ?? '' // the ETag of what the page shows: "VENDOR-REVISION"
    this.vendor = this.shown.slice(1, this.shown.lastIndexOf('-')) // the desk in use may be another by now
    this.known = '' // of what was told last
    /** @type {News | undefined} */
    this.news = undefined
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
    const { left } = this.take(await answer.text())
    if (!left) this.shown = tag
  }
}
