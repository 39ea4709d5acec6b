// @ts-check
/**
 * What somebody saved, looked at and looks out for on this market. It lies in this browser's localStorage, each thing under a name of
 * its own, so that two tabs undo nothing of each other; in the clear, as the browser's own history does, because it must be there
 * while the wallet is locked, and where there is none. It is in no backup and in no request: the market learns nothing of it.
 * @module
 */
import { Advice, Full } from './errors.js'
import { tr } from './language.js'
import { id } from './shape.js'

/** @import { Search } from './finding.js' */

/** The most things that are saved, remembered as seen, looked out for, and told of one search. */
export const maxSaved = 100
export const maxSeen = 30
export const maxSearches = 20
export const maxNews = 50

/**
 * A listing as it was when it was looked at. at: when it was saved or seen, unix seconds; picture: a small one, as a data: address, or "".
 * @typedef {{ vendor: string, offer: string, title: string, stall: string, price: number, currency: string, state: string, picture: string, at: number }} Found
 */

/** What is new of a search. fresh: nobody has looked at it. */
/** @typedef {{ vendor: string, offer: string, title: string, stall: string, price: number, currency: string, at: number, fresh: boolean }} News */

/**
 * A search that is looked out for. address: of its page here; name: in words; at: since when, unix seconds.
 * @typedef {{ id: string, address: string, name: string, search: Search, at: number, news: News[] }} Lookout
 */

const prefix = 'peerscrip-finds-'

/** Whether a name in localStorage is one of these. @param {string | null} name */
export const isFind = name => name === null || name.startsWith(prefix)

export class Finds {
  /** @param {Storage} storage @param {() => number} [now] unix seconds */
  constructor(storage, now = () => Math.floor(Date.now() / 1000)) {
    this.storage = storage
    this.now = now
  }

  /** @returns {Found[]} what was saved last first */
  saved() {
    return this.#all('saved')
  }

  /** @param {string} vendor @param {string} offer */
  isSaved(vendor, offer) {
    return this.storage.getItem(`${prefix}saved-${vendor}/${offer}`) !== null
  }

  /** Saves a listing, or what became of one that is saved. @param {Omit<Found, 'at'>} listing @throws {Advice} */
  save(listing) {
    const there = this.saved().find(({ vendor, offer }) => vendor === listing.vendor && offer === listing.offer)
    if (!there && this.saved().length >= maxSaved) throw new Advice(tr('You can save {n} things. Take one out first.', { n: maxSaved }), 'too-many')
    this.#put('saved', `${listing.vendor}/${listing.offer}`, { ...listing, at: there?.at ?? this.now() })
  }

  /** @param {string} vendor @param {string} offer */
  unsave(vendor, offer) {
    this.storage.removeItem(`${prefix}saved-${vendor}/${offer}`)
  }

  /** @returns {Found[]} what was seen last first */
  seen() {
    return this.#all('seen')
  }

  /** Remembers that a listing was looked at, and forgets the oldest. @param {Omit<Found, 'at'>} listing */
  see(listing) {
    if (!this.remembers) return
    for (const { vendor, offer } of this.seen().slice(maxSeen - 1)) this.storage.removeItem(`${prefix}seen-${vendor}/${offer}`)
    this.#put('seen', `${listing.vendor}/${listing.offer}`, { ...listing, at: this.now() })
  }

  /** Whether what is looked at is remembered. */
  get remembers() {
    return this.storage.getItem(`${prefix}blind`) === null
  }

  /** @param {boolean} on what is off forgets what was seen */
  set remembers(on) {
    if (on) this.storage.removeItem(`${prefix}blind`)
    else {
      this.storage.setItem(`${prefix}blind`, '1')
      this.#forget('seen-')
    }
  }

  /** @returns {Lookout[]} the one that was saved last first */
  searches() {
    return this.#all('search')
  }

  /** Looks out for a search from now on; saved twice it is one. @param {{ address: string, name: string, search: Search }} of @throws {Advice} */
  lookOut({ address, name, search }) {
    const all = this.searches()
    if (all.some(other => other.address === address)) return
    if (all.length >= maxSearches) throw new Advice(tr('You can save {n} searches. Take one out first.', { n: maxSearches }), 'too-many')
    const key = crypto.randomUUID()
    this.#put('search', key, { id: key, address, name, search, at: this.now(), news: [] })
  }

  /** @param {string} key of a search */
  drop(key) {
    this.storage.removeItem(`${prefix}search-${key}`)
  }

  /**
   * Adds what is new of a search, each listing once, and drops the oldest.
   * @param {string} key @param {Omit<News, 'fresh'>[]} listings
   */
  tell(key, listings) {
    const search = this.searches().find(other => other.id === key)
    const fresh = listings.filter(({ vendor, offer }) => !search?.news.some(known => known.vendor === vendor && known.offer === offer))
    if (!search || fresh.length === 0) return
    const news = [...fresh.map(listing => ({ ...listing, fresh: true })), ...search.news].slice(0, maxNews)
    this.#put('search', key, { ...search, news })
  }

  /** Notes that somebody has looked at what is new. */
  look() {
    for (const search of this.searches()) {
      if (search.news.some(({ fresh }) => fresh)) this.#put('search', search.id, { ...search, news: search.news.map(news => ({ ...news, fresh: false })) })
    }
  }

  /** How much of what is new nobody has looked at. */
  count() {
    return this.searches().reduce((sum, { news }) => sum + news.filter(({ fresh }) => fresh).length, 0)
  }

  /** When the market was last asked what is new, unix seconds; 0: never. */
  get asked() {
    return Number(this.storage.getItem(`${prefix}asked`)) || 0
  }

  set asked(at) {
    this.storage.setItem(`${prefix}asked`, String(at))
  }

  /** Whether there is anything to forget. */
  get some() {
    return this.saved().length + this.seen().length + this.searches().length > 0
  }

  /** Forgets all of it, but for whether it is to remember. */
  forget() {
    for (const what of ['saved-', 'seen-', 'search-', 'asked']) this.#forget(what)
  }

  /** @param {string} what the beginning of names */
  #forget(what) {
    for (const name of this.#names(what)) this.storage.removeItem(name)
  }

  /** @param {string} what */
  #names(what) {
    return Object.keys(this.storage).filter(name => name.startsWith(prefix + what))
  }

  /** What can be read of a kind: what somebody else has written there is left out. @param {string} kind @returns {any[]} */
  #all(kind) {
    return this.#names(`${kind}-`).map(name => read(this.storage.getItem(name))).filter(kind === 'search' ? isLookout : isFound)
      .toSorted((a, b) => b.at - a.at || (b.id ?? b.offer).localeCompare(a.id ?? a.offer))
  }

  /** @param {string} kind @param {string} key @param {Found | Lookout} value @throws {Full} */
  #put(kind, key, value) {
    try {
      this.storage.setItem(`${prefix}${kind}-${key}`, JSON.stringify(value))
    } catch (error) {
      throw error instanceof Error && error.name === 'QuotaExceededError' ? new Full() : error
    }
  }
}

/** @param {string | null} text */
function read(text) {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}

/** @param {any} value */
const isFound = value => id(value?.vendor) && id(value?.offer) && Number.isSafeInteger(value.price) && Number.isSafeInteger(value.at) &&
  [value.title, value.stall, value.currency, value.state, value.picture].every(text => typeof text === 'string') && (value.picture === '' || value.picture.startsWith('data:image/'))

/** @param {any} value */
const isLookout = value => typeof value?.id === 'string' && typeof value.name === 'string' && /^\/search\?/.test(value.address) && Number.isSafeInteger(value.at) &&
  typeof value.search === 'object' && value.search !== null && Array.isArray(value.news) && value.news.every((/** @type {any} */ news) => isFound({ state: '', picture: '', ...news }))
