// The few browser things that Node lacks, in memory: IndexedDB (as much as purse.js uses), the two Storages, locks.
class Request {
  constructor(run) {
    queueMicrotask(() => {
      try {
        this.result = run()
        this.onsuccess?.()
      } catch (error) {
        this.error = error
        this.onerror?.()
      }
    })
  }
}

class ObjectStore {
  constructor(tx, rows) {
    this.tx = tx
    this.rows = rows
  }
  get = key => new Request(() => structuredClone(this.rows.get(key)))
  getAll = () => new Request(() => [...this.rows.values()].map(value => structuredClone(value)))
  getAllKeys = () => new Request(() => [...this.rows.keys()])
  put = (value, key) => this.tx.queue.push(() => this.rows.set(key, clone(value)))
  delete = key => this.tx.queue.push(() => this.rows.delete(key))
}

// CryptoKeys can be cloned by browsers but not by this version of Node.
const clone = value => value instanceof CryptoKey ? value : structuredClone(value)

class Database {
  constructor(stores) {
    this.stores = stores
  }
  transaction(names) {
    const tx = { queue: [], objectStore: name => new ObjectStore(tx, this.stores.get(name)) }
    setImmediate(() => {
      tx.queue.forEach(write => write())
      tx.oncomplete?.()
    })
    return tx
  }
  createObjectStore = name => this.stores.set(name, new Map())
  close() {}
}

export function browser() {
  const databases = new Map()
  globalThis.indexedDB = {
    open(name) {
      const fresh = !databases.has(name)
      if (fresh) databases.set(name, new Database(new Map()))
      const request = new Request(() => {
        request.result = databases.get(name)
        if (fresh) request.onupgradeneeded?.()
        return databases.get(name)
      })
      return request
    },
    deleteDatabase: name => new Request(() => void databases.delete(name)),
  }
  globalThis.sessionStorage = new Storage()
  globalThis.localStorage = new Storage()
  globalThis.BroadcastChannel = class {
    postMessage() {}
    close() {}
  }
  return { databases }
}

class Storage {
  map = new Map()
  getItem = name => this.map.get(name) ?? null
  setItem = (name, value) => this.map.set(name, String(value))
  removeItem = name => this.map.delete(name)
}

// Exclusive locks by name, as navigator.locks gives them.
export function locks() {
  const tails = new Map()
  return (name, run) => {
    const mine = (tails.get(name) ?? Promise.resolve()).catch(() => {}).then(run)
    tails.set(name, mine)
    return mine
  }
}
