// @ts-check
/**
 * The keeper: a service worker that holds the keys of an unlocked wallet while a person goes from one page to the next, in
 * memory and nowhere else. A page hands them over as it is left, the next one asks. They are forgotten when the wallet is
 * locked, and soon after the last page was closed; when the browser ends or is killed, they are gone with it.
 *
 * It answers no page's requests (it has no fetch handler and controls no page), and is no module, because not every browser
 * runs modules here. The page's side of it is session.js.
 */
{
  /** Milliseconds for which the keys are held after a page was left; and how often longer while some page is open that may still ask. */
  const grace = 15_000
  const graces = 4
  /** Milliseconds for which a question waits for the page that is being left at the same time. */
  const patience = 1000

  /**
   * @typedef {{ session: string, keys: unknown, idle: number, at: number }} Held idle: milliseconds nobody was there, when they were handed over at `at`
   * @typedef {{ data: any, ports: readonly MessagePort[], waitUntil: (until: Promise<unknown>) => void }} Told
   */

  /** @type {Held | null} */
  let held = null
  const listeners = /** @type {Set<() => void>} */ (new Set())

  const sleep = (/** @type {number} */ milliseconds) => new Promise(resolve => setTimeout(resolve, milliseconds))

  /** @param {{ session: string, keys: unknown, idle: number }} handed */
  async function keep({ session, keys, idle }) {
    const mine = held = { session, keys, idle, at: performance.now() }
    for (const listener of [...listeners]) listener()
    for (let i = 0; i < graces && held === mine; i++) {
      await sleep(grace)
      const pages = await /** @type {any} */ (self).clients.matchAll({ type: 'window', includeUncontrolled: true })
      if (pages.length === 0) break
    }
    if (held === mine) held = null
  }

  /** Waits for keys of a session, not for long. @param {string} session */
  function coming(session) {
    return new Promise(resolve => {
      const end = () => {
        listeners.delete(look)
        resolve(undefined)
      }
      const look = () => held?.session === session && end()
      listeners.add(look)
      void sleep(patience).then(end)
    })
  }

  /** @param {string} session @param {MessagePort | undefined} port */
  async function answer(session, port) {
    if (held?.session !== session) await coming(session)
    const found = held?.session === session ? held : null
    port?.postMessage(found && { keys: found.keys, idle: found.idle + performance.now() - found.at })
  }

  self.addEventListener('message', event => {
    const { data, ports, waitUntil } = /** @type {Told} */ (/** @type {unknown} */ (event))
    if (data.what === 'keep') waitUntil.call(event, keep(data))
    if (data.what === 'ask') waitUntil.call(event, answer(data.session, ports[0]))
    if (data.what === 'forget') held = null
  })
  // A notice that a page had this worker show: on phones no page can show one itself.
  self.addEventListener('notificationclick', event => {
    const { notification, waitUntil } = /** @type {any} */ (event)
    notification.close()
    waitUntil.call(event, /** @type {any} */ (self).clients.openWindow('/wallet/orders'))
  })
  // A newer keeper takes over at once: what the older one held is asked for again.
  self.addEventListener('install', () => /** @type {any} */ (self).skipWaiting())
}
