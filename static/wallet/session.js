// @ts-check
/**
 * Unlocked, for as long as a page is open, in all its tabs. The keys are in the memory of the pages, never on a disk: what lies
 * in localStorage is the session's name, which opens nothing. A page that is left hands the keys to the keeper (keeper.js),
 * and the next one asks it, and the other tabs. After 15 idle minutes, or "Lock now", every tab forgets, and the keeper too. A tab
 * that slept has not heard of what was done in others: it forgets alone, and asks before it locks them.
 * Where there is no keeper, and no other tab, the passphrase is asked on each page.
 * @module
 */
import { sessionPlace } from './aside.js'
import { newID } from './base64url.js'
import { IdleClock } from './idle.js'

/** @import { Keys } from './vault.js' */

/** Milliseconds without a key press or a touch before the wallet locks. */
export const idleLimit = 15 * 60 * 1000

const channelName = 'peerscrip-wallet'
/** Where the keeper is served, which is its scope too: it controls no page. */
export const keeperURL = '/wallet/keeper.js'
/** Milliseconds: other tabs answer at once unless they are busy, the keeper always, unless it cannot start. */
const [tabsAnswer, keeperAnswers] = [400, 5000]
/** Milliseconds in which a tab that somebody uses says so, however busy it is. */
const inUse = 5000

/** @typedef {{ keys: Keys, idle: number }} Given idle: milliseconds since somebody was last there */

export class Session {
  /** @param {string} wallet the name of its database @param {ServiceWorkerContainer | undefined} [container] where there is none, no keeper */
  constructor(wallet, container = globalThis.navigator?.serviceWorker) {
    this.place = sessionPlace(wallet)
    this.container = container
    this.channel = new BroadcastChannel(channelName)
    /** Called when another tab locked, or unlocked, or changed the wallet. @type {(what: string) => void} */
    this.onnews = () => {}
    /** @type {ServiceWorkerRegistration | undefined} */
    this.registration = undefined
    /** @type {Keys | null} */
    this.keys = null
    /** Of the session that the keys are of. */
    this.name = ''
    this.clock = new IdleClock()
    this.channel.onmessage = event => this.hear(event.data)
    // Where tabs are processes, the channel may be ahead of localStorage: this says when the session's name is here.
    globalThis.addEventListener?.('storage', event => event.key === this.place && this.hearName(event.newValue))
  }

  /** Another tab put a session's name in its place, or took it away. @param {string | null} name */
  hearName(name) {
    if (name && !this.live()) this.onnews('unlocked')
  }

  /** @param {{ what: string, session?: string } & Partial<Given>} message */
  hear({ what, session, keys, idle = 0 }) {
    const ours = session !== undefined && session === this.current()
    if (what === 'ask' && ours && this.live()) this.channel.postMessage({ what: 'keys', session, ...this.given() })
    if (what === 'keys' && ours && keys && !this.keys) this.hearLate(session, { keys, idle })
    if (what === 'active' && ours) this.clock.touch()
    if (what === 'locked') this.drop()
    if (['locked', 'unlocked', 'changed'].includes(what)) this.onnews(what)
  }

  /** A busy tab answers after this one stopped waiting and showed a locked wallet. @param {string} session @param {Given} given */
  hearLate(session, given) {
    this.take(session, given)
    this.onnews('unlocked')
  }

  /** Tells the other tabs. @param {'locked' | 'unlocked' | 'changed'} what */
  tell(what) {
    this.channel.postMessage({ what })
  }

  /** The session's name in this browser, or "" when the wallet is locked. */
  current() {
    return localStorage.getItem(this.place) ?? ''
  }

  /** Whether this page may go on using its keys: no tab has locked, and somebody was there. */
  live() {
    return this.keys !== null && this.name !== '' && this.name === this.current() && !this.idle()
  }

  /** Whether nobody was there for too long. */
  idle() {
    return this.clock.idle() > idleLimit
  }

  /** @returns {Given | undefined} */
  given() {
    return this.keys ? { keys: this.keys, idle: this.clock.idle() } : undefined
  }

  /** @param {string} session @param {Given} given */
  take(session, { keys, idle }) {
    this.name = session
    this.keys = keys
    this.clock.touch(idle)
  }

  /** Keeps the wallet unlocked for the session; for the one that other tabs are in, if there is one. @param {Keys} keys */
  async keep(keys) {
    const session = this.current() || newID()
    localStorage.setItem(this.place, session)
    this.take(session, { keys, idle: 0 })
    this.tell('unlocked')
    await this.findKeeper(true)
  }

  /** @returns {Promise<Keys | null>} null when locked */
  async recover() {
    const session = this.current()
    if (!session) return null
    if (this.keys === null || this.name !== session) {
      const given = await this.ask(session)
      if (!given || session !== this.current()) return null
      this.take(session, given)
    }
    if (this.live()) return this.keys
    await this.forget()
    return null
  }

  /** Asks the other tabs and the keeper, and takes what comes first. @param {string} session @returns {Promise<Given | null>} */
  ask(session) {
    const given = async (/** @type {Promise<Given | null>} */ answer) => await answer ?? Promise.reject(new Error('it has no keys'))
    return Promise.any([given(this.askTabs(session)), given(this.askKeeper(session))]).catch(() => null)
  }

  /** @param {string} session @param {number} [patience] milliseconds @returns {Promise<Given | null>} */
  askTabs(session, patience = tabsAnswer) {
    return new Promise(resolve => {
      const channel = new BroadcastChannel(channelName)
      /** @param {Given | null} given */
      const end = given => {
        clearTimeout(timer)
        channel.close()
        resolve(given)
      }
      const timer = setTimeout(() => end(null), patience)
      channel.onmessage = ({ data }) => data.what === 'keys' && data.session === session && end({ keys: data.keys, idle: data.idle })
      channel.postMessage({ what: 'ask', session })
    })
  }

  /** @param {string} session @returns {Promise<Given | null>} */
  async askKeeper(session) {
    await this.findKeeper()
    const { keeper } = this
    if (!keeper) return null
    const { port1, port2 } = new MessageChannel()
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer
    /** @type {Promise<Given | null>} */
    const answer = new Promise(resolve => {
      port1.onmessage = ({ data }) => resolve(data)
      timer = setTimeout(() => resolve(null), keeperAnswers)
    })
    keeper.postMessage({ what: 'ask', session }, [port2])
    return answer.finally(() => {
      clearTimeout(timer)
      port1.close()
    })
  }

  /** @returns {ServiceWorker | null | undefined} */
  get keeper() {
    return this.registration?.active ?? this.registration?.waiting ?? this.registration?.installing
  }

  /** Looks for the keeper. @param {boolean} [install] also where there is none yet, or a newer one */
  async findKeeper(install = false) {
    try {
      this.registration = await (install
        ? this.container?.register(keeperURL, { scope: keeperURL, updateViaCache: 'none' })
        : this.container?.getRegistration(keeperURL))
    } catch {
      this.registration = undefined // a private window, or a browser that was told to keep nothing
    }
  }

  /** Hands the keys to the keeper. Call it as the page is left. */
  handOver() {
    if (this.live()) this.keeper?.postMessage({ what: 'keep', session: this.name, ...this.given() })
  }

  /** Forgets the keys in this tab. */
  drop() {
    this.keys = null
    this.name = ''
  }

  /** Nobody was in this tab for too long: it forgets, and every tab with it, unless another was used meanwhile. */
  async lockIdle() {
    const session = this.current()
    this.drop()
    const used = session !== '' && await this.askTabs(session, inUse)
    const same = this.keys === null && this.current() === session
    if (same && used) this.hearLate(session, used)
    else if (same) await this.forget()
  }

  /** Locks every tab. */
  async forget() {
    this.drop()
    localStorage.removeItem(this.place)
    this.tell('locked')
    if (!this.registration) await this.findKeeper()
    this.keeper?.postMessage({ what: 'forget' })
  }

  /** Notes that somebody is there; cheap enough for every key press. */
  touch() {
    if (this.clock.idle() > 10_000) this.channel.postMessage({ what: 'active', session: this.name })
    this.clock.touch()
  }
}
