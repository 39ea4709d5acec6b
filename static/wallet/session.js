// @ts-check
/**
 * Unlocked for this browser session, in all its tabs. A non-extractable AES key in IndexedDB wraps the data key into
 * sessionStorage: the two halves lie apart, neither alone is of use, and the second goes when the session closes. A new tab
 * asks the others for it. After 15 idle minutes, or "Lock now", every tab forgets and the key in IndexedDB is deleted.
 * @module
 */
import { decode, encode } from './base64url.js'

/** @import { Disk } from './disk.js' */

/** Milliseconds without a key press or a touch before the wallet locks. */
export const idleLimit = 15 * 60 * 1000

const blobName = 'peerscrip-session'
const activeName = 'peerscrip-active'
const channelName = 'peerscrip-wallet'
const additionalData = new TextEncoder().encode(blobName)

export class Session {
  /** @param {Disk} disk */
  constructor(disk) {
    this.disk = disk
    this.channel = new BroadcastChannel(channelName)
    /** Called when another tab locked, or unlocked, or changed the wallet. @type {(what: string) => void} */
    this.onnews = () => {}
    this.asking = false
    this.channel.onmessage = event => this.hear(event.data)
  }

  /** @param {{ what: string, blob?: string }} message */
  hear(message) {
    const blob = sessionStorage.getItem(blobName)
    if (message.what === 'ask' && blob) this.channel.postMessage({ what: 'blob', blob })
    if (message.what === 'blob' && message.blob && !blob && !this.asking) this.hearLate(message.blob)
    if (message.what === 'locked') sessionStorage.removeItem(blobName)
    if (['locked', 'unlocked', 'changed'].includes(message.what)) this.onnews(message.what)
  }

  /** A busy tab answers after this one stopped waiting and showed a locked wallet. @param {string} blob */
  hearLate(blob) {
    sessionStorage.setItem(blobName, blob)
    this.onnews('unlocked')
  }

  /** Tells the other tabs. @param {'locked' | 'unlocked' | 'changed'} what */
  tell(what) {
    this.channel.postMessage({ what })
  }

  /** Keeps the wallet unlocked for the session. @param {Uint8Array<ArrayBuffer>} dataKey */
  async keep(dataKey) {
    const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
    const iv = crypto.getRandomValues(new Uint8Array(12))
    const wrapped = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, key, dataKey)
    await this.disk.writeSessionKey(key)
    sessionStorage.setItem(blobName, `${encode(iv)}.${encode(new Uint8Array(wrapped))}`)
    this.touch(true)
    this.tell('unlocked')
  }

  /** @returns {Promise<Uint8Array<ArrayBuffer> | null>} the data key, which the caller overwrites; null when locked */
  async recover() {
    const key = await this.disk.sessionKey()
    if (!key) return null
    if (this.idle() > idleLimit) {
      await this.forget()
      return null
    }
    const blob = sessionStorage.getItem(blobName) ?? await this.ask()
    const dataKey = blob ? await open(blob, key) : null
    if (dataKey && blob) sessionStorage.setItem(blobName, blob)
    return dataKey
  }

  /** Asks the other tabs for the wrapped key. @returns {Promise<string | null>} */
  ask() {
    this.asking = true
    return new Promise(resolve => {
      const channel = new BroadcastChannel(channelName)
      /** @param {string | null} blob */
      const end = blob => {
        this.asking = false
        channel.close()
        resolve(blob)
      }
      const timer = setTimeout(() => end(null), 400)
      channel.onmessage = ({ data }) => {
        if (data.what !== 'blob' || typeof data.blob !== 'string') return
        clearTimeout(timer)
        end(data.blob)
      }
      channel.postMessage({ what: 'ask' })
    })
  }

  /** Locks every tab. */
  async forget() {
    sessionStorage.removeItem(blobName)
    await this.disk.writeSessionKey(null)
    this.tell('locked')
  }

  /** Notes that somebody is there; cheap enough for every key press. @param {boolean} [now] */
  touch(now = false) {
    if (now || this.idle() > 10_000) localStorage.setItem(activeName, String(Date.now()))
  }

  /** Milliseconds since somebody was last there, in any tab. */
  idle() {
    const at = Number(localStorage.getItem(activeName))
    return at > 0 ? Math.max(0, Date.now() - at) : Infinity
  }
}

/**
 * @param {string} blob
 * @param {CryptoKey} key
 * @returns {Promise<Uint8Array<ArrayBuffer> | null>} null when the blob is of an earlier session
 */
async function open(blob, key) {
  try {
    const [iv, wrapped] = blob.split('.')
    return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: decode(iv, 12), additionalData }, key, decode(wrapped, 48)))
  } catch {
    return null
  }
}
