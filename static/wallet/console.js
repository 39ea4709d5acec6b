// @ts-check
/**
 * The operator's console: its pages work without scripts; with this one they update by themselves. It is loaded there alone, and has
 * no wallet.
 * @module
 */
import { local } from './dates.js'
import { tr } from './language.js'
import './outside.js'
import { fill } from './ui/dom.js'
import { asking, LivePage } from './ui/live.js'

class ConsolePage extends LivePage {
  async ask() {
    const answer = await fetch(location.href, { redirect: 'manual', cache: 'no-store' })
    if (answer.status === 401) {
      this.closed = true
      fill(this.notice, tr('The console is closed in this browser.'))
    }
    if (!answer.ok) return false // this page is the answer to a form, and has no address to read it from
    return this.take(await answer.text()).came.some(id => id !== 'live-at') // which says when it was looked at
  }
}

local(document)
const main = document.querySelector('main')
if (main?.querySelector('[data-live]')) void asking(new ConsolePage(main))
