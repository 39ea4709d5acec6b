// @ts-check
/**
 * Whether this browser keeps what it stores, and lets this page store at all. Unless it has promised to, it may delete the
 * wallet by itself: when space is short, after weeks without a visit, at the end of a private window.
 *
 * A browser that deletes a site's storage keeps the cookies that the site itself has set. So there is one that says that there was
 * a wallet here, and nothing more; it goes to its own address alone, and no other page or request has it.
 * @module
 */
import { Advice, Full } from './errors.js'
import { tr } from './language.js'

const trace = '/wallet/kept'

/** Asks the browser to keep the wallet; some ask the person. @param {StorageManager | undefined} [storage] */
export async function askToKeep(storage = globalThis.navigator?.storage) {
  await storage?.persist?.().catch(() => false)
}

/** Whether it has promised nothing, or cannot say. @param {StorageManager | undefined} [storage] */
export async function isFleeting(storage = globalThis.navigator?.storage) {
  try {
    return await storage?.persisted?.() !== true
  } catch {
    return true
  }
}

/** When the trace was last left. */
const place = 'peerscrip-traced'
const week = 7 * 24 * 60 * 60 * 1000

/** Leaves the trace of a wallet in this browser; where it is fresh, nothing is sent. */
export async function leaveTrace() {
  const left = Number(localStorage.getItem(place))
  if (left <= Date.now() && Date.now() - left < week) return
  const answer = await fetch(trace, { method: 'POST' }).catch(() => undefined) // without an answer, at the next page again
  if (answer?.ok) localStorage.setItem(place, String(Date.now()))
}

/** Whether there was a wallet in this browser, as far as its trace tells. @returns {Promise<boolean>} */
export async function wasHere() {
  try {
    const response = await fetch(trace, { cache: 'no-store' })
    return response.ok && (await response.json()).kept === true
  } catch {
    return false
  }
}

/** Why the wallet could not be opened, in a sentence and what can be done. @param {unknown} error @param {string} host of this page */
export function whyNot(error, host) {
  if (error instanceof Advice) return error.message
  const name = error instanceof Error ? error.name : ''
  if (name === 'QuotaExceededError') return new Full().message
  if (blocked.includes(name)) {
    return tr('This browser does not let {host} keep anything: cookies and site data are blocked for it, or this is a private window that keeps none. A wallet needs that. Allow cookies and site data for {host} in the browser\'s settings, or open an ordinary window, and reload this page.', { host })
  }
  return tr('This page could not open your wallet. Reload it. If that does not help, restart the browser: what is in the wallet stays where it is.')
}

/** That the browser has closed the wallet under this page. */
export const lost = tr('The browser has closed your wallet: most often there is no room left on this device, or the data of this site was deleted. Make room, by deleting files or the data of other sites, not of this one; then reload this page. What was under way is tried again by itself.')

/** What browsers throw where storage is not allowed. */
const blocked = ['SecurityError', 'InvalidStateError', 'InvalidAccessError', 'NotAllowedError']
