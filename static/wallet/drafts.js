// @ts-check
/**
 * Drafts of listings, in a database of their own in this browser: what was typed and the photos that were added, until the thing is listed.
 * They are no part of the wallet: a desk is open while the wallet is locked. A draft that was not touched for a month is erased, and so is
 * the oldest where there are too many.
 * @module
 */
import { Full } from './errors.js'

const database = 'peerscrip-drafts'
const stores = ['fields', 'photos']

/** How long a draft is kept that nobody touches, in milliseconds, and how many there are. */
export const spared = 30 * 24 * 3600 * 1000
export const maxDrafts = 10

/** blob: as it was sent; it is sent again where the stall does not have it any more. @typedef {{ name: string, alt: string, digest: string, blob?: Blob | undefined }} DraftPhoto */
/** @typedef {{ fields: [string, string][], photos: DraftPhoto[] }} Draft */

export class Drafts {
  /** @param {IDBDatabase} db @param {() => number} now milliseconds */
  constructor(db, now) {
    this.db = db
    this.now = now
  }

  /** @param {() => number} [now] */
  static async open(now = Date.now) {
    const request = indexedDB.open(database, 1)
    request.onupgradeneeded = () => stores.forEach(store => request.result.createObjectStore(store))
    const drafts = new Drafts(await result(request), now)
    await drafts.#sweep()
    return drafts
  }

  /** @param {string} key of a form @returns {Promise<Draft | undefined>} undefined: there is none */
  async read(key) {
    const tx = this.db.transaction(stores)
    const [fields, photos] = await Promise.all(stores.map(store => result(tx.objectStore(store).get(key))))
    return fields || photos ? { fields: fields?.rows ?? [], photos: photos?.rows ?? [] } : undefined
  }

  /** Keeps what is given of a draft, and leaves the rest as it is. @param {string} key @param {Partial<Draft>} draft @throws {Full} */
  async keep(key, draft) {
    await this.#write(tx => Object.entries(draft).forEach(([store, rows]) => tx.objectStore(store).put({ at: this.now(), rows }, key)))
  }

  /** @param {string[]} keys */
  async erase(...keys) {
    await this.#write(tx => stores.forEach(store => keys.forEach(key => tx.objectStore(store).delete(key))))
  }

  /** What was listed needs no draft any more; one that was begun since under the same key stays. @param {string[]} done as a form names its draft */
  async listed(done) {
    for (const [key = '', id = ''] of done.map(one => one.split('#'))) if (idOf(await this.read(key)) === id) await this.erase(key)
  }

  /** Erases all of them, or those of one stall. @param {string} [of] how their keys begin */
  async forget(of = '') {
    await this.erase(...[...(await this.#times()).keys()].filter(key => key.startsWith(of)))
  }

  async #sweep() {
    const byAge = [...await this.#times()].sort(([, a], [, b]) => b - a)
    const over = byAge.filter(([, at], i) => i >= maxDrafts || at < this.now() - spared)
    if (over.length > 0) await this.erase(...over.map(([key]) => key))
  }

  /** When each was last touched. @returns {Promise<Map<string, number>>} */
  async #times() {
    const times = new Map()
    for (const store of stores) {
      const rows = this.db.transaction(store).objectStore(store)
      const [keys, values] = await Promise.all([result(rows.getAllKeys()), result(rows.getAll())])
      keys.forEach((key, i) => times.set(String(key), Math.max(times.get(String(key)) ?? 0, values[i].at)))
    }
    return times
  }

  /** @param {(tx: IDBTransaction) => void} what */
  async #write(what) {
    const tx = this.db.transaction(stores, 'readwrite')
    what(tx)
    await new Promise((resolve, reject) => {
      tx.oncomplete = () => resolve(undefined)
      tx.onabort = () => reject(tx.error?.name === 'QuotaExceededError' ? new Full() : tx.error ?? new Error('draft not kept'))
    })
  }
}

/** Which draft it is, of those that a form had one after the other. @param {Draft | undefined} draft */
export const idOf = draft => draft?.fields.find(([name]) => name === 'draft')?.[1] ?? ''

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const result = request => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result)
  request.onerror = () => reject(request.error ?? new Error('drafts not opened'))
})
