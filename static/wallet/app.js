// @ts-check
/**
 * The entry of every page: what a page does without the wallet, and how that stands. The wallet itself is loaded where the page
 * is a part of it, and where it is unlocked (attend.js): who looks around goes without it.
 * @module
 */
import { askAhead } from './ahead.js'
import { register, sessionPlace, watchPlaces } from './aside.js'
import { keepPages, watchConnection } from './connection.js'
import { local } from './dates.js'
import { holdsWallet } from './disk.js'
import { Finds } from './finds.js'
import { learn, tr } from './language.js'
import { whyNot } from './lasting.js'
import './outside.js'
import { callout, fill } from './ui/dom.js'
import { finding } from './ui/finds.js'
import { showGallery } from './ui/gallery.js'
import { parts } from './ui/pages.js'
import { showWanted } from './ui/wanted.js'
import { tellWanted, wanted, wantedPlace } from './wanted.js'

/** @param {string} name */
const meta = name => document.querySelector(`meta[name="peerscrip-${name}"]`)?.getAttribute('content') ?? ''

// A listing that the browser kept may have been bought since, from this very page.
addEventListener('pageshow', event => {
  if (event.persisted && location.pathname.startsWith('/l/')) location.reload()
})

const mount = /** @type {HTMLElement | null} */ (document.querySelector('[data-page] [data-mount]'))

async function main() {
  local(document)
  await basket().catch(error => console.error(error)) // a browser that keeps nothing has none
  watchConnection()
  const desk = /** @type {HTMLElement | null} */ (document.querySelector('[data-news]'))
  if (desk) void import('./ui/desk.js').then(({ watching }) => watching(desk)).catch(error => console.error(error))
  void list().catch(error => console.error(error))
  if (document.querySelector('button[data-copy]')) void import('./ui/copying.js').then(({ showCopying }) => showCopying(document)).catch(error => console.error(error))
  const gallery = /** @type {HTMLElement | null} */ (document.querySelector('[data-gallery]'))
  if (gallery) showGallery(gallery)
  void find().catch(error => console.error(error))
  // Reloading the checkout of what has sold out meanwhile ends on the listing. The purchase is shown by the wallet then.
  if (!mount && location.hash.startsWith('#work=')) return location.replace(`/wallet${location.hash}`)
  await (mount ? open() : glance())
}

/** Asks for what a checkout of an open wallet begins with (quote.js): the stall's certificate, and the signed offer from where the page says that it is. */
async function foresee() {
  const { vendor, offerUrl, over } = mount?.dataset ?? {}
  if (!vendor || !offerUrl || over !== undefined || location.hash.startsWith('#work=') || localStorage.getItem(sessionPlace(register().current)) === null) return
  askAhead(`${meta('broker') || location.origin}/v1/broker/stalls/${vendor}`)
  askAhead(new URL(offerUrl, location.href).href)
}

/** Opens the wallet, and the page's part of it. */
async function open() {
  void foresee().catch(error => console.error(error)) // a browser that keeps nothing has no open wallet
  await learn()
  const name = document.querySelector('[data-page]')?.getAttribute('data-page') ?? ''
  const part = mount && await parts[name]?.()
  const { attend } = part ?? await import('./attend.js')
  await attend(mount, part?.pages[name])
}

/** Shows in the header how the wallet of this browser stands, and opens it once it is unlocked, be it in another tab. */
async function glance() {
  const watching = new AbortController()
  const look = async () => {
    const { current } = register()
    const unlocked = localStorage.getItem(sessionPlace(current)) !== null
    if (unlocked && !watching.signal.aborted) {
      watching.abort()
      return open()
    }
    const is = await holdsWallet(current)
    if (watching.signal.aborted) return
    const place = document.querySelector('[data-wallet-status]')
    place?.setAttribute('data-state', is ? 'locked' : 'none')
    if (place) place.textContent = is ? tr('locked') : ''
    if (is) return keepPages()
    tellWanted(localStorage, [])
    showWanted([])
  }
  const again = () => void look().catch(error => console.error(error))
  watchPlaces(again, watching.signal)
  addEventListener('pageshow', event => event.persisted && again(), { signal: watching.signal })
  await look()
}

/** The basket in the header: as it was told last, long before the wallet is open, and by other tabs. */
async function basket() {
  const show = () => showWanted(wanted(localStorage))
  addEventListener('storage', ({ key }) => void ((key === null || key === wantedPlace) && show()))
  show()
}

/** A seller's pages: the form of a listing, and the end of its draft. */
async function list() {
  const form = /** @type {HTMLFormElement | null} */ (document.querySelector('form[data-draft]'))
  const done = /** @type {HTMLElement | null} */ (document.querySelector('[data-draft-done]'))?.dataset.draftDone
  const leave = /** @type {HTMLFormElement | null} */ (document.querySelector('form[action="/desk/leave"]'))
  if (!form && !done && !leave) return
  const { listed, listingForm, leaving } = await import('./ui/listing.js')
  if (done) await listed(done)
  if (leave) leaving(leave)
  if (form) await listingForm(form)
}

/** What was saved and seen in this browser, and what is looked out for, on pages that show it and wherever something is looked out for. */
async function find() {
  const place = document.querySelector('[data-finds]')
  try {
    const finds = new Finds(localStorage)
    if (!place && finds.searches().length === 0) return
    await finding(finds, { currency: meta('currency'), exponent: Number(meta('exponent')) })
  } catch (error) {
    const page = document.querySelector('[data-finds="page"]')
    if (page) fill(page, callout('error', whyNot(error, location.host), { 'data-testid': 'finds-unopened' }))
    throw error
  }
}

await main().catch(error => {
  console.error(error)
  if (mount) fill(mount, callout('error', tr('A part of this page did not load. Reload it; what is in your wallet stays where it is.'), { 'data-testid': 'wallet-unloaded' }))
})
