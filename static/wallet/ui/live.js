// @ts-check
/**
 * Pages that update by themselves: such a page is read again as it is without scripts, and its parts that are marked `data-live` take the
 * place of what they were; but none in which somebody types, or has typed, until that is sent. The focus stays where it was.
 * @module
 */
import { local } from '../dates.js'
import { h } from './dom.js'

/** Milliseconds between two questions: at first, and the longest. */
const [soon, longest] = [10_000, 120_000]

/**
 * Asks for as long as the page is open: at once, then with pauses that grow, and at once again when somebody comes back to it.
 * @param {LivePage & { ask: () => Promise<boolean> }} page ask: whether something has changed
 */
export async function asking(page) {
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

export class LivePage {
  /** @param {HTMLElement} main */
  constructor(main) {
    this.main = main
    this.notice = h('div', { class: 'live-notice small', role: 'status' })
    ;(main.querySelector('.wrap') ?? main).prepend(this.notice)
    /** What the server sent of each part, without what differs each time. @type {Map<string, string>} */
    this.served = new Map(this.parts().map(part => [part.id, plain(part)]))
    this.closed = false
  }

  parts() {
    return /** @type {HTMLElement[]} */ ([...this.main.querySelectorAll('[data-live]')])
  }

  /** Renews the parts of the page from what was read of it. @param {string} text @returns {{ came: string[], left: boolean }} which were renewed, and whether one was left that is in use */
  take(text) {
    const next = new DOMParser().parseFromString(text, 'text/html')
    const came = []
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
      came.push(part.id)
      for (const within of part.querySelectorAll('[data-live]')) this.served.set(within.id, plain(within))
    }
    return { came, left }
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
