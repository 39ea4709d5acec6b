// The few browser things that Node lacks, in memory: IndexedDB (as much as purse.js uses), localStorage, channels, a service
// worker (the keeper itself), locks.
import { readFileSync } from 'node:fs'

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
  version = 0
  stores = new Map()
  constructor(name) {
    this.name = name
  }
  transaction(names) {
    const tx = { queue: [], aborted: false, objectStore: name => new ObjectStore(tx, this.stores.get(name)), abort: () => { tx.aborted = true } }
    setImmediate(() => {
      if (tx.aborted) return tx.onabort?.()
      tx.queue.forEach(write => write())
      tx.oncomplete?.()
    })
    return tx
  }
  get objectStoreNames() {
    return Object.assign([...this.stores.keys()], { contains: name => this.stores.has(name) })
  }
  createObjectStore = name => this.stores.set(name, new Map())
  deleteObjectStore = name => this.stores.delete(name)
  close() {}
}

// The keeper, running; `pages` says how many pages are open, and time passes for it as the test says.
export class Worker {
  listeners = new Map()
  timers = []
  now = 0
  constructor(pages = () => 0) {
    const source = readFileSync(new URL('../../wallet/keeper.js', import.meta.url), 'utf8')
    const self = {
      addEventListener: (name, listener) => this.listeners.set(name, listener), skipWaiting() {},
      clients: { matchAll: async () => Array(pages()).fill({}) },
    }
    const setTimeout = (run, wait) => this.timers.push({ at: this.now + wait, run })
    new Function('self', 'setTimeout', 'performance', source)(self, setTimeout, { now: () => this.now })
  }
  postMessage = (data, ports = []) => queueMicrotask(() => this.listeners.get('message')({ data, ports, waitUntil() {} }))
  async pass(milliseconds) {
    this.now += milliseconds
    const due = this.timers.filter(timer => timer.at <= this.now)
    this.timers = this.timers.filter(timer => timer.at > this.now)
    due.forEach(timer => timer.run())
    for (let i = 0; i < 10; i++) await null
  }
}

// Channels between the pages of one browser; each hears all but itself.
class Channel {
  static open = new Set()
  constructor(name) {
    this.name = name
    Channel.open.add(this)
  }
  postMessage(data) {
    for (const other of Channel.open) if (other !== this && other.name === this.name) queueMicrotask(() => other.onmessage?.({ data }))
  }
  close() {
    Channel.open.delete(this)
  }
}

export function browser() {
  const databases = new Map()
  globalThis.indexedDB = {
    open(name, version) {
      const request = new Request(() => {
        const database = request.result = databases.get(name) ?? new Database(name)
        const wanted = version ?? Math.max(1, database.version) // left out: whatever is there
        if (wanted < database.version) throw Object.assign(new Error('older'), { name: 'VersionError' })
        let aborted = false
        request.transaction = { abort: () => { aborted = true } }
        if (wanted > database.version) request.onupgradeneeded?.()
        if (aborted) throw Object.assign(new Error('aborted'), { name: 'AbortError' })
        database.version = wanted
        databases.set(name, database)
        return database
      })
      return request
    },
    deleteDatabase: name => new Request(() => void databases.delete(name)),
  }
  globalThis.localStorage = new Storage()
  Channel.open.clear()
  globalThis.BroadcastChannel = Channel
  const keeper = new Worker()
  const registration = { active: keeper }
  const container = { registered: false, register: async () => (container.registered = true, registration), getRegistration: async () => container.registered ? registration : undefined }
  return { databases, keeper, container }
}

class Storage {
  map = new Map()
  getItem = name => this.map.get(name) ?? null
  setItem = (name, value) => this.map.set(name, String(value))
  removeItem = name => this.map.delete(name)
}

// Locks over all pages, as navigator.locks is: exclusive, by name, and to be stolen.
export class LockManager {
  queues = new Map()
  request(name, ...rest) {
    const [{ steal = false }, run] = rest.length === 1 ? [{}, rest[0]] : rest
    return new Promise((resolve, reject) => {
      const queue = this.queues.get(name) ?? { holder: null, waiting: [] }
      this.queues.set(name, queue)
      const entry = { run, resolve, reject }
      if (steal && queue.holder) queue.holder.reject(Object.assign(new Error('stolen'), { name: 'AbortError' }))
      if (steal) queue.holder = null
      queue.waiting[steal ? 'unshift' : 'push'](entry)
      this.next(queue)
    })
  }
  next(queue) {
    if (queue.holder || queue.waiting.length === 0) return
    const entry = queue.holder = queue.waiting.shift()
    Promise.resolve().then(entry.run).then(entry.resolve, entry.reject).finally(() => {
      if (queue.holder !== entry) return
      queue.holder = null
      this.next(queue)
    })
  }
}

// Exclusive locks by name, of one page.
export function locks() {
  const tails = new Map()
  return (name, run) => {
    const mine = (tails.get(name) ?? Promise.resolve()).catch(() => {}).then(run)
    tails.set(name, mine)
    return mine
  }
}
