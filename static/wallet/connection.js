// @ts-check
/**
 * Whether the market can be reached: the bar that says so on every page, and the worker that has the wallet's pages when it cannot
 * (offline.js).
 * @module
 */

/** Where the worker is served; it has every page. */
const worker = '/offline.js'

/** Milliseconds between two looks at whether it can be reached again. */
const pause = 20_000

/** Whether this page was kept, and did not come from the server. @param {Document} page */
export const isKept = page => page.documentElement.hasAttribute('data-offline')

/** Whether the server answers, whatever it says. What a browser thinks of its connection is no answer. */
const answers = () => fetch('/robots.txt', { method: 'HEAD', cache: 'no-store' }).then(() => true, () => false)

/** Whether somebody would lose something if the page were loaded anew: what was typed, or words that are shown once. @param {Document} page */
export const isBusy = page => page.querySelector('.phrase') !== null ||
  [.../** @type {NodeListOf<HTMLInputElement>} */ (page.querySelectorAll('main input, main textarea'))].some(({ value, defaultValue, type }) => !['radio', 'checkbox', 'hidden'].includes(type) && value !== defaultValue)

/** Shows the bar while nothing answers. A kept page makes way for the server's own as soon as it answers, if nobody is typing. */
export function watchConnection() {
  const bar = /** @type {HTMLElement | null} */ (document.querySelector('[data-offline-bar]'))
  if (!bar) return
  let timer = 0
  const look = async () => {
    clearTimeout(timer)
    const there = await answers()
    if (there && isKept(document) && !isBusy(document)) return location.reload()
    bar.hidden = there && !isKept(document)
    if (!there) timer = window.setTimeout(look, pause)
  }
  for (const event of ['online', 'offline']) addEventListener(event, () => void look())
  if (isKept(document)) timer = window.setTimeout(look, pause)
}

/** Milliseconds after which a page is there to stay, and what comes with the next one may be fetched. */
const settled = 5000

/** Has this browser keep the wallet's pages, in the newest form: soon, unless this page is a kept one. */
export function keepPages() {
  if (!isKept(document)) setTimeout(installWorker, settled)
}

async function installWorker() {
  try {
    await navigator.serviceWorker?.register(worker, { scope: '/', updateViaCache: 'none' })
  } catch (error) {
    console.warn(error) // a private window, a browser that was told to keep nothing, or no connection: then there is none
  }
}
