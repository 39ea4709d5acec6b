// @ts-check
/**
 * The disk: IndexedDB, one object store for each kind of row, and nothing but this module opens it. write is the only way to
 * change it, in one transaction, which the browser makes durable before write returns: a crash leaves all of it or nothing.
 * What lies there is sealed (purse.js), but for the two in the clear.
 * @module
 */
import { Advice, Full } from './errors.js'
import { tr } from './language.js'
import { kinds } from './rows.js'

/** @import { Passkey } from './passkeys.js' */
/** @import { Header, Sealed } from './vault.js' */

/** The object stores in the clear: the passphrase's parameters and the number of the wallet's turn (locks.js); how each passkey is asked for, and what it wraps. */
const clear = ['header', 'passkeys']

/**
 * Of the stores, and of the form of what lies in them: whoever changes either counts on, and says in upgrade what becomes of what
 * is there. 1 had one more store, with a key of the session that was unlocked; 2 no turns (locks.js), and no orders without what was
 * signed; 3 no purchases of several things
 * (upgraded.js); 4 no baskets; 5 no threads; 6 no
 * addresses, but texts; 7 no word of the broker's on protected purchases; 8 no photos; 9 no passkeys; 10 no
 * returns, and conversations that their sellers had closed (upgraded.js).
 */
export const version = 11

export const older = tr('This page is older than the wallet in this browser, so it does not touch it. Reload the page. If you still read this then, the market has gone back to an older version: nothing is lost, and your wallet opens when the newer one is back.')

/** Gives a database of any earlier version, or a new one, the stores of this one. @param {IDBDatabase} db */
function upgrade(db) {
  const stores = [...clear, ...kinds]
  const there = [...db.objectStoreNames]
  for (const store of there) if (!stores.includes(store)) db.deleteObjectStore(store)
  for (const store of stores) if (!there.includes(store)) db.createObjectStore(store)
}

/**
 * @param {string} [name]
 * @returns {Promise<Disk>}
 * @throws {Advice} where a newer page has written it
 */
export async function openDisk(name = 'peerscrip-wallet') {
  const request = indexedDB.open(name, version)
  request.onupgradeneeded = () => upgrade(request.result)
  const db = await result(request).catch(error => {
    throw error.name === 'VersionError' ? new Advice(older) : error
  })
  const disk = new Disk(db)
  db.onversionchange = () => {
    db.close()
    disk.onoutdated()
  }
  db.onclose = () => disk.onlost()
  return disk
}

/** Whether there is a wallet in a database, of whatever version. Where there is no database, none is made. @param {string} name */
export async function holdsWallet(name) {
  const request = indexedDB.open(name)
  let made = false
  request.onupgradeneeded = () => {
    made = true
    request.transaction?.abort()
  }
  const db = await result(request).catch(error => made ? undefined : Promise.reject(error))
  try {
    if (!db?.objectStoreNames.contains('header')) return false
    return await result(db.transaction('header').objectStore('header').get('header')) !== undefined
  } finally {
    db?.close()
  }
}

/** The database as it lies there: the store in the clear, and rows that only a Box can read. */
export class Disk {
  /** @param {IDBDatabase} db */
  constructor(db) {
    this.db = db
    /** Called when a newer page opens it, which this one has let go of. */
    this.onoutdated = () => {}
    /** Called when the browser has closed it: there is no room left, or the site's data was deleted. Nothing can be read or written any more. */
    this.onlost = () => {}
    /** Milliseconds after which what was asked of the browser is late: a tab that is asleep in the middle of its own has it wait. */
    this.patience = 8000
    /** How much is late. */
    this.late = 0
    this.onlate = () => {}
    /** The turn in which this page writes. @type {number | undefined} */
    this.turn = undefined
  }

  /** What was asked of the browser, and that it is late. @template T @param {Promise<T>} done */
  async asked(done) {
    let late = 0
    const count = (/** @type {number} */ more) => {
      this.late += more
      this.onlate()
    }
    const timer = setTimeout(() => count(late = 1), this.patience)
    try {
      return await done
    } finally {
      clearTimeout(timer)
      if (late > 0) count(-late)
    }
  }

  /** The wallet's lock is in hand: what is written from now on belongs to the turn that it is. */
  async beginTurn() {
    this.turn = await this.asked(result(this.db.transaction('header').objectStore('header').get('turn'))) ?? 0
  }

  /** The wallet's lock was taken from a tab that sleeps: what that one writes when it wakes is refused. */
  async newTurn() {
    await this.beginTurn()
    await this.write([{ store: 'header', key: 'turn', value: (this.turn ?? 0) + 1 }])
    await this.beginTurn()
  }

  /** The database's name. */
  get name() {
    return this.db.name
  }

  /** Lets go of the database, so that it may be deleted. */
  close() {
    this.db.close()
  }

  /** @returns {Promise<Header | undefined>} undefined when there is no wallet yet */
  header() {
    return this.asked(result(this.db.transaction('header').objectStore('header').get('header')))
  }

  /** @param {Header} header */
  async writeHeader(header) {
    await this.write([{ store: 'header', key: 'header', value: header }])
  }

  /** @returns {Promise<Passkey[]>} in no order */
  passkeys() {
    return this.asked(result(this.db.transaction('passkeys').objectStore('passkeys').getAll()))
  }

  /** @param {string} kind @param {string} name @returns {Promise<Sealed | undefined>} */
  read(kind, name) {
    return this.asked(result(this.db.transaction(kind).objectStore(kind).get(name)))
  }

  /** @param {string} kind @returns {Promise<string[]>} under which rows lie there */
  async names(kind) {
    return (await this.asked(result(this.db.transaction(kind).objectStore(kind).getAllKeys()))).map(String)
  }

  /** @param {string} kind @returns {Promise<[string, Sealed][]>} */
  async readAll(kind) {
    const store = this.db.transaction(kind).objectStore(kind)
    const [names, values] = await this.asked(Promise.all([result(store.getAllKeys()), result(store.getAll())]))
    return names.map((name, i) => [String(name), values[i]])
  }

  /**
   * Writes everything or nothing; durable when it returns.
   * @param {{ store: string, key: string, value: unknown }[]} writes a null value deletes
   * @throws {Advice} where another page has taken over meanwhile: then nothing
   */
  async write(writes) {
    const { turn } = this
    if (writes.length === 0) return
    const stores = new Set(['header', ...writes.map(write => write.store)])
    const tx = this.db.transaction([...stores], 'readwrite', { durability: 'strict' })
    let overtaken = false
    const now = tx.objectStore('header').get('turn')
    now.onsuccess = () => {
      if (turn === undefined || (now.result ?? 0) === turn) return
      overtaken = true
      tx.abort()
    }
    for (const { store, key, value } of writes) {
      if (value === null) tx.objectStore(store).delete(key)
      else tx.objectStore(store).put(value, key)
    }
    await this.asked(new Promise((resolve, reject) => {
      tx.oncomplete = () => resolve(undefined)
      tx.onabort = () => reject(overtaken ? new Advice(tr('Another tab has taken over what this page was doing. Reload the page.')) : unsaved(tx.error))
    }))
  }
}

/** Why a transaction was not made. @param {DOMException | null} error */
const unsaved = error => error?.name === 'QuotaExceededError' ? new Full() : error ?? new Error('the browser did not save the wallet')

/** Deletes a database, if it is there. @param {string} name */
export async function removeDisk(name) {
  await result(indexedDB.deleteDatabase(name))
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function result(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('the browser cannot open the wallet'))
  })
}
