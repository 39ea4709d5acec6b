// @ts-check
/**
 * The wallets of this browser: the one that is open to its pages, and those that were put aside, under names that people gave them.
 * Each is a database of its own; putting one aside moves a name and nothing else, and none that has something in it is ever deleted.
 * @module
 */
import { newID } from './base64url.js'
import { Advice } from './errors.js'
import { tr } from './language.js'
import { clean } from './text.js'

/** Where the register lies, in the clear: it holds names, no keys. */
const place = 'peerscrip-wallets'
/** The database of the first wallet. */
const first = 'peerscrip-wallet'

/** Longest name of a wallet, in characters as people count them. */
export const maxName = 60

/**
 * @typedef {{ disk: string, name: string, at: number }} Aside disk: its database; at: when it was put aside, unix seconds
 * @typedef {{ current: string, aside: Aside[] }} Register current: the database of the wallet that is open to pages
 */

/** @returns {Register} */
export function register() {
  try {
    const { current, aside } = JSON.parse(localStorage.getItem(place) ?? '')
    return { current: String(current), aside }
  } catch {
    return { current: first, aside: [] }
  }
}

/** @param {Register} next */
const write = next => localStorage.setItem(place, JSON.stringify(next))

/** The database for a wallet that is to take the place of the one that is open. */
export const newDiskName = () => `${first} ${newID()}`

/**
 * Puts the wallet aside that is open to pages, and has another in its place. Pages have to be loaded anew.
 * @param {{ name: string, at: number, next?: string }} how next: the other's database; left out, one with nothing in it
 * @throws {Advice} on a name that is none
 */
export function putAside({ name, at, next = newDiskName() }) {
  const { current, aside } = register()
  write({ current: next, aside: [...aside, { disk: current, name: checkName(name), at }] })
}

/** @param {string} name @throws {Advice} */
export function checkName(name) {
  const cleaned = clean(name)
  if (cleaned === '' || [...cleaned].length > maxName) throw new Advice(tr('Give it a name of at most {n} characters, so that you find it again.', { n: maxName }))
  return cleaned
}

/**
 * Has a wallet that was put aside open to pages again. The one that was is put aside in its place, under a name; without one, it
 * is left, because there is nothing in it.
 * @param {string} disk
 * @param {{ name?: string, at: number }} how
 */
export function takeUp(disk, { name, at }) {
  const { current, aside } = register()
  if (!aside.some(one => one.disk === disk)) throw new Advice(tr('That wallet is open already. Reload the page.'))
  const others = aside.filter(one => one.disk !== disk)
  write({ current: disk, aside: name === undefined ? others : [...others, { disk: current, name: checkName(name), at }] })
}

/** Two names of one machine, of which each has its own wallet: browsers keep by the address. @type {Record<string, string>} */
const twins = { localhost: '127.0.0.1', '127.0.0.1': 'localhost', '[::1]': 'localhost' }

/**
 * The same site under its other name, where it has one.
 * @param {{ protocol: string, hostname: string, port: string }} here
 * @returns {string | undefined} an origin
 */
export const twin = ({ protocol, hostname, port }) => twins[hostname] && `${protocol}//${twins[hostname]}${port && `:${port}`}`

/** Calls back when another tab has put a wallet aside. @param {() => void} changed */
export const watchRegister = changed => addEventListener('storage', event => event.key === place && changed())

/** Where the name of the session lies in which a wallet is unlocked. @param {string} disk */
export const sessionPlace = disk => `peerscrip-session ${disk}`

/** Calls back when another tab has put a wallet aside, unlocked or locked one. @param {() => void} changed @param {AbortSignal} signal ends that */
export const watchPlaces = (changed, signal) => addEventListener('storage', ({ key }) => void ((key === null || key === place || key.startsWith(sessionPlace(''))) && changed()), { signal })
