// @ts-check
/**
 * The wallet on disk: IndexedDB, one object store for each kind of row. Nothing but this module opens the database.
 * apply is the only way to change it: everything is encrypted first, then written in one transaction, which the
 * browser makes durable before apply returns. A crash leaves all of it or nothing.
 * @module
 */

/** @import { Change } from './types.js' */
/** @import { Box, Header, Sealed } from './vault.js' */

/** Every kind of row. */
export const kinds = ['profile', 'merchants', 'holdings', 'works', 'notices', 'orders', 'transcript']

/** The object stores in the clear: the passphrase's parameters, and the session's key (see session.js). */
const clear = ['header', 'session']

/**
 * @param {string} [name]
 * @returns {Promise<Disk>}
 */
export async function openDisk(name = 'peerscrip-wallet') {
  const request = indexedDB.open(name, 1)
  request.onupgradeneeded = () => {
    for (const store of [...clear, ...kinds]) request.result.createObjectStore(store)
  }
  const db = await result(request)
  db.onversionchange = () => db.close()
  return new Disk(db)
}

/** The database as it lies there: the clear stores, and rows that only a Box can read. */
export class Disk {
  /** @param {IDBDatabase} db */
  constructor(db) {
    this.db = db
  }

  /** Lets go of the database, so that it may be deleted. */
  close() {
    this.db.close()
  }

  /** @returns {Promise<Header | undefined>} undefined when there is no wallet yet */
  header() {
    return result(this.db.transaction('header').objectStore('header').get('header'))
  }

  /** @param {Header} header */
  async writeHeader(header) {
    await this.write([{ store: 'header', key: 'header', value: header }])
  }

  /** @returns {Promise<CryptoKey | undefined>} */
  sessionKey() {
    return result(this.db.transaction('session').objectStore('session').get('key'))
  }

  /** @param {CryptoKey | null} key null forgets it */
  async writeSessionKey(key) {
    await this.write([{ store: 'session', key: 'key', value: key }])
  }

  /** @param {string} kind @param {string} name @returns {Promise<Sealed | undefined>} */
  read(kind, name) {
    return result(this.db.transaction(kind).objectStore(kind).get(name))
  }

  /** @param {string} kind @returns {Promise<string[]>} under which rows lie there */
  async names(kind) {
    return (await result(this.db.transaction(kind).objectStore(kind).getAllKeys())).map(String)
  }

  /** @param {string} kind @returns {Promise<[string, Sealed][]>} */
  async readAll(kind) {
    const store = this.db.transaction(kind).objectStore(kind)
    const [names, values] = await Promise.all([result(store.getAllKeys()), result(store.getAll())])
    return names.map((name, i) => [String(name), values[i]])
  }

  /**
   * Writes everything or nothing; durable when it returns.
   * @param {{ store: string, key: string, value: unknown }[]} writes a null value deletes
   */
  async write(writes) {
    const stores = [...new Set(writes.map(write => write.store))]
    if (stores.length === 0) return
    const tx = this.db.transaction(stores, 'readwrite', { durability: 'strict' })
    for (const { store, key, value } of writes) {
      if (value === null) tx.objectStore(store).delete(key)
      else tx.objectStore(store).put(value, key)
    }
    await new Promise((resolve, reject) => {
      tx.oncomplete = () => resolve(undefined)
      tx.onabort = () => reject(tx.error ?? new Error('the browser did not save the wallet'))
    })
  }
}

/** Deletes a database, if it is there. @param {string} name */
export async function removeDisk(name) {
  await result(indexedDB.deleteDatabase(name))
}

/** The purse of an unlocked wallet: rows by kind and ID. */
export class Purse {
  /** @param {Disk} disk @param {Box} box */
  constructor(disk, box) {
    this.disk = disk
    this.box = box
  }

  /** @param {string} kind @param {string} id @returns {Promise<any>} undefined when there is none */
  async get(kind, id) {
    const name = await this.box.name(kind, id)
    const sealed = await this.disk.read(kind, name)
    return sealed && this.box.open(kind, name, sealed)
  }

  /** @param {string} kind @returns {Promise<any[]>} in no order */
  async all(kind) {
    const rows = await this.disk.readAll(kind)
    return Promise.all(rows.map(([name, sealed]) => this.box.open(kind, name, sealed)))
  }

  /**
   * Applies changes in one transaction.
   * @param {Change[]} changes
   * @param {Header} [header] written along when the wallet is made
   */
  async apply(changes, header) {
    const writes = await Promise.all(changes.map(async ({ kind, id, value }) => {
      const key = await this.box.name(kind, id)
      return { store: kind, key, value: value === null ? null : await this.box.seal(kind, key, value) }
    }))
    if (header) writes.push({ store: 'header', key: 'header', value: /** @type {any} */ (header) })
    await this.disk.write(writes)
  }
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
