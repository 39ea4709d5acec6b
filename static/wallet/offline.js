// @ts-check
/**
 * The site while nothing answers: a service worker that shows the wallet's pages then, and on every other page that one is offline.
 *
 * While the server answers, it alone does: pages and files are asked for over the network, and what comes is handed on as it is,
 * errors too. So no kept script ever takes the place of a newer one. What is shown when nothing comes is what the server wrote into
 * this script (self.site): the pages themselves, and of each file they are made of its SHA-256. The files are kept by this browser
 * and held against that each time, so what another script put in their place is not served. Of all other pages nothing is
 * kept. A browser asks for this script anew at every visit, past its caches, and takes a newer one at once.
 *
 * It is no module, because not every browser runs modules here. The page's side of it is connection.js.
 */
{
  /**
   * @typedef {{ digest: string, type: string }} Kept digest: SHA-256, base64
   * @typedef {object} Site
   * @property {string} build
   * @property {Record<string, Kept>} files by path
   * @property {Record<string, string>} pages by path; that of each order or conversation is under the path before its name, `anyPage` is of what is not kept
   * @property {string} anyPage
   * @property {Record<string, string>} headers of every answer
   *
   * @typedef {{ request: Request, preloadResponse?: Promise<Response | undefined>, respondWith: (answer: Promise<Response>) => void, waitUntil: (until: Promise<unknown>) => void }} Happened
   */
  const worker = /** @type {any} */ (self)
  const site = /** @type {Site} */ (worker.site)
  const prefix = 'peerscrip pages '
  const name = prefix + site.build

  /** Whether bytes are those of a file of this build. @param {string} path @param {ArrayBuffer} bytes */
  async function isWhole(path, bytes) {
    const sum = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
    return btoa(String.fromCharCode(...sum)) === site.files[path]?.digest
  }

  /** A file as it was kept, if it is whole. @param {string} path @returns {Promise<Response | undefined>} */
  async function file(path) {
    const found = await (await caches.open(name)).match(path)
    const bytes = await found?.arrayBuffer()
    if (!bytes || !await isWhole(path, bytes)) return undefined
    return new Response(bytes, { headers: { ...site.headers, 'Content-Type': site.files[path]?.type ?? '' } })
  }

  /** Keeps every file that is not kept yet: all, or the worker is not taken. */
  async function keep() {
    const cache = await caches.open(name)
    await Promise.all(Object.keys(site.files).map(async path => {
      if (await file(path)) return
      const answer = await fetch(path)
      const bytes = await answer.arrayBuffer()
      if (!answer.ok || !await isWhole(path, bytes)) throw new Error(`${path} is not what the server says it is`)
      await cache.put(path, new Response(bytes))
    }))
  }

  /** Lets go of what other builds kept. */
  async function tidy() {
    const others = (await caches.keys()).filter(other => other.startsWith(prefix) && other !== name)
    await Promise.all(others.map(other => caches.delete(other)))
    await worker.registration.navigationPreload?.enable() // a page is asked for while this worker wakes up
  }

  /** A page, where none came. @param {string} path */
  function page(path) {
    const own = path.replace(/^(\/wallet\/(?:orders|talks)\/)[\w-]{22}$/, '$1')
    const known = own !== site.anyPage && Object.hasOwn(site.pages, own)
    const headers = { ...site.headers, 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' }
    return new Response(site.pages[known ? own : site.anyPage], { status: known ? 200 : 503, headers })
  }

  /** @param {Happened} event */
  const answered = async ({ preloadResponse, request }) => await preloadResponse ?? fetch(request)

  /** @param {Happened} event */
  function answer(event) {
    const { request } = event
    const { origin, pathname } = new URL(request.url)
    if (request.method !== 'GET' || origin !== location.origin) return
    if (request.mode === 'navigate') event.respondWith(answered(event).catch(() => page(pathname)))
    else if (Object.hasOwn(site.files, pathname)) event.respondWith(fetch(request).catch(async error => await file(pathname) ?? Promise.reject(error)))
  }

  worker.addEventListener('install', (/** @type {Happened} */ event) => event.waitUntil(keep().then(() => worker.skipWaiting())))
  worker.addEventListener('activate', (/** @type {Happened} */ event) => event.waitUntil(tidy()))
  worker.addEventListener('fetch', answer)
}
