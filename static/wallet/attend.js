// @ts-check
/**
 * The wallet of a page: opens it, shows in the header how it stands, hands the page to its module, runs what is unfinished, locks
 * after idle time. Pages that are the wallet's load it, and others where it is unlocked (app.js).
 * @module
 */
import { register, watchRegister } from './aside.js'
import { keepPages } from './connection.js'
import { openDisk } from './disk.js'
import { tr } from './language.js'
import { lost, whyNot } from './lasting.js'
import { Locks } from './locks.js'
import { format } from './money.js'
import './outside.js'
import { Session, keeperURL } from './session.js'
import { sum } from './shares.js'
import { brokerURL, callout, fill } from './ui/dom.js'
import { showWaiting } from './ui/waiting.js'
import { showWanted } from './ui/wanted.js'
import { Wallet } from './wallet.js'
import { tellWanted, wanted } from './wanted.js'

/** @typedef {(wallet: Wallet, mount: HTMLElement) => unknown} Page a page of the wallet, into its place */

/**
 * Opens the wallet and attends to it for as long as this page is open.
 * @param {HTMLElement | null} mount the place of the wallet's part of the page, if it has one
 * @param {Page} [page] what shows that part
 */
export async function attend(mount, page) {
  /** Says in the place of the wallet why there is none. @param {string} sentence @param {string} testid */
  const unusable = (sentence, testid) => void (mount && fill(mount, callout('error', sentence, { 'data-testid': testid })))
  const lacking = await lacks()
  if (lacking) return unusable(lacking, 'wallet-unsupported')
  const wallet = await openWallet(() => unusable(lost, 'wallet-lost')).catch(error => unusable(whyNot(error, location.host), 'wallet-unopened'))
  if (!wallet) return
  wallet.watch(() => showStatus(wallet))
  await wallet.recover()
  await showStatus(wallet)
  if (mount && page) await page(wallet, mount)
  if (wallet.ctx) void wallet.resume()
  if (await wallet.status() !== 'none') keepPages()
  watch(wallet)
  void listen(wallet).catch(error => console.error(error))
}

/** What this browser lacks, in a sentence, or "". Whether it lets this page store is found out by storing. */
async function lacks() {
  if (!window.isSecureContext) return tr('The wallet needs a secure connection (https), because a browser keeps keys only there.')
  if (!navigator.locks || !('indexedDB' in window) || !window.BroadcastChannel) return tr('This browser is too old for the wallet. Update it and come back.')
  try {
    await crypto.subtle.generateKey({ name: 'Ed25519' }, false, ['sign', 'verify'])
    return ''
  } catch {
    return tr('This browser cannot sign with Ed25519 yet. Update it and come back.')
  }
}

/** @param {() => void} onlost called when the browser has closed the disk under this page */
async function openWallet(onlost) {
  void localStorage.length // a browser that was told to keep nothing says so here, or below
  const disk = await openDisk(register().current)
  disk.onoutdated = () => location.reload()
  disk.onlost = onlost
  watchRegister(() => location.reload()) // another wallet has taken its place
  const session = new Session(disk.name)
  const { sleep, wake } = sleeper()
  const locks = new Locks({ manager: navigator.locks, disk })
  locks.onstolen = () => location.reload()
  showWaiting(locks, disk)
  const wallet = new Wallet({
    disk, session, sleep, wake, brokerURL: brokerURL(), now: () => Math.floor(Date.now() / 1000),
    exclusive: (name, run) => locks.exclusive(name, run), credentials: navigator.credentials,
  })
  session.onnews = what => {
    if (what === 'locked') wallet.drop()
    else if (what === 'unlocked') void wallet.recover().then(() => wallet.ctx && wallet.resume())
    else wallet.changed()
  }
  window.addEventListener('online', wake)
  return wallet
}

/** Sleeping that can be cut short: by the person, or because the network is back. */
function sleeper() {
  const sleeping = /** @type {Set<() => void>} */ (new Set())
  const sleep = (/** @type {number} */ milliseconds) => new Promise(resolve => {
    const end = () => {
      clearTimeout(timer)
      sleeping.delete(end)
      resolve(undefined)
    }
    const timer = setTimeout(end, milliseconds)
    sleeping.add(end)
  })
  return { sleep: /** @type {(milliseconds: number) => Promise<void>} */ (sleep), wake: () => sleeping.forEach(end => end()) }
}

/** @param {Wallet} wallet */
async function showStatus(wallet) {
  const place = document.querySelector('[data-wallet-status]')
  if (!place) return
  const status = await wallet.status()
  const text = status === 'unlocked' ? await inside(wallet) : status === 'locked' ? tr('locked') : ''
  place.setAttribute('data-state', status)
  if (status === 'unlocked' || status === 'none') {
    tellWanted(localStorage, status === 'none' ? [] : await wallet.baskets())
    showWanted(wanted(localStorage))
  }
  if (place.textContent !== text) place.textContent = text
  const open = status === 'unlocked'
  showNews(open ? [await wallet.unread(), (await wallet.toDo()).length] : [0, 0], open && (await wallet.contradictions()).some(({ settled }) => !settled))
}

/**
 * How much sellers have said that nobody has read, and how many orders wait for their person, in the header; and that the market contradicts itself.
 * @param {number[]} counts
 * @param {boolean} warned
 */
function showNews([unread = 0, due = 0], warned) {
  const place = document.querySelector('[data-wallet-unread]')
  const text = [unread > 0 && tr('{n} new', { n: unread }), due > 0 && tr('{n} to check', { n: due }), warned && tr('a warning')].filter(Boolean).join(', ')
  if (!place || place.textContent === text) return
  place.textContent = text
  place.toggleAttribute('hidden', text === '')
}

/** Milliseconds between two rounds of questions to sellers, the longest. */
const longestPause = 120_000

/**
 * Asks sellers what they have said, and the broker how the money of protected purchases stands, while this page is open and somebody
 * looks at it: at once, then with pauses that grow. News is told in the header, and by the system where that is allowed.
 * @param {Wallet} wallet
 */
async function listen(wallet) {
  for (let pause = 10_000; ; pause = Math.min(2 * pause, longestPause)) {
    if (wallet.ctx && document.visibilityState === 'visible') {
      const before = await wallet.unread().catch(() => 0)
      await wallet.inform(() => wallet.askHolds())
      await wallet.inform(() => warn(wallet))
      const news = await wallet.listen().catch(() => false) // locked meanwhile
      await wallet.inform(() => wallet.compareHeads())
      const now = await wallet.unread().catch(() => 0)
      if (now > before) notify({ title: tr('There is news about your orders'), body: tr({ one: 'There is something new about an order.', other: 'There are {n} new things about your orders.' }, { n: now }), tag: 'peerscrip-talk' })
      if (news) pause = 10_000
    }
    await new Promise(resolve => setTimeout(resolve, pause))
  }
}

/** Tells once when two days, and when one day, are left to look at what came. @param {Wallet} wallet */
async function warn(wallet) {
  if (globalThis.Notification?.permission !== 'granted') return
  for (const { title, days, returning } of await wallet.warnings()) {
    const body = returning ? tr('You are sending “{title}” back. If your money is not back by then, report a problem on its page. Else the seller is paid.', { title })
      : tr('If something is wrong with “{title}”, say so on its page. Else the seller is paid.', { title })
    notify({ title: days === 1 ? tr('Less than a day is left') : tr('Less than two days are left'), body, tag: 'peerscrip-hold' })
  }
}

/** By the system, where that is allowed. @param {{ title: string, body: string, tag: string }} news */
function notify({ title, ...what }) {
  if (globalThis.Notification?.permission !== 'granted') return
  try {
    const note = new Notification(title, what)
    note.onclick = () => (window.focus(), location.assign('/wallet/orders'))
  } catch { // browsers of phones let service workers alone show one
    void navigator.serviceWorker?.getRegistration(keeperURL).then(registration => registration?.showNotification(title, what)).catch(error => console.error(error))
  }
}

/** All that is in the wallet, at stalls too, and what is owed. @param {Wallet} wallet */
const inside = async wallet => format(sum(await wallet.shares()), (await wallet.profile()).broker)

/** Locks after idle time, in which any key or touch in any tab counts; until then, keeps money good. @param {Wallet} wallet */
function watch(wallet) {
  const { session } = wallet.parts
  const look = () => {
    if (!wallet.ctx || session.live()) return
    if (session.idle()) return void wallet.lockIdle()
    wallet.drop() // another tab has locked while this one slept, and may have unlocked since
    void wallet.recover()
  }
  for (const event of ['pointerdown', 'keydown']) addEventListener(event, () => (look(), wallet.ctx && session.touch()), { passive: true })
  for (const event of ['pageshow', 'visibilitychange']) addEventListener(event, look)
  addEventListener('pageshow', event => event.persisted && comeBack(wallet))
  // Both: the first comes before the next page asks, but not on every phone; the second when a page goes without asking to.
  for (const event of ['beforeunload', 'pagehide']) addEventListener(event, () => session.handOver())
  setInterval(() => {
    look()
    void wallet.inform(() => wallet.renew()) // what has come near its expiry while this page was open
  }, 15_000)
}

/** The page was left, and is back as it was then: it shows what is so now. @param {Wallet} wallet */
function comeBack(wallet) {
  wallet.changed()
  if (wallet.ctx) void wallet.resume()
}
