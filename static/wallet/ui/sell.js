// @ts-check
/**
 * The page "Sell": opens a stall that this site hosts, and lets its owner in again. The site makes the stall's keys; the
 * wallet has them certified for its account (R3, R4) and proves whose the stall is (LOGIN).
 * @module
 */
import { Advice, Problem } from '../errors.js'
import { post } from '../http.js'
import { inTime } from '../intime.js'
import { tr } from '../language.js'
import { login, openStall, owner } from '../selling.js'
import { clean, cleanLine } from '../text.js'
import { merchant as certified } from '../trust.js'
import { certificateOf } from '../work.js'
import { fill, h, placed, words } from './dom.js'
import { earned } from './earnings.js'
import { failed } from './form.js'
import { gate } from './gate.js'
import { body } from './receipt.js'
import { follow, stopped } from './work.js'

/** @import { Work } from '../rows.js' */
/** @import { Wallet } from '../wallet.js' */

/** @param {Wallet} wallet @param {HTMLElement} mount */
export function sellPage(wallet, mount) {
  const form = /** @type {HTMLFormElement | null} */ (document.querySelector('[data-stall-form]'))
  const fields = /** @type {HTMLFieldSetElement | null} */ (form?.querySelector('[data-stall-fields]') ?? null)
  const page = /** @type {Page} */ ({ wallet, mount, urls: mount.dataset, place: mount })
  form?.addEventListener('submit', event => {
    event.preventDefault()
    const said = new FormData(form) // before the fields are disabled: a form leaves out those
    page.opening = guarded(page.place, fields, () => open(page, said)).finally(() => { page.opening = undefined })
  })
  const another = new URLSearchParams(location.search).has('another')
  const offer = async (/** @type {number} */ stalls) => { // who has a stall, or may have one in a wallet that is locked, is not offered a second one
    const locked = await wallet.status() === 'locked'
    if (form) form.hidden = locked || (stalls > 0 && !another)
    if (fields) fields.disabled = !wallet.ctx || !(await wallet.profile()).account // without an account nothing can be certified
  }
  const stalls = async () => wallet.ctx ? (await wallet.works()).filter(work => work.purpose === 'stall') : []
  const mine = async () => (await stalls()).filter(work => work.state === 'done')
  const look = async () => offer((await mine()).length)
  wallet.watch(look)
  void look()
  return gate(wallet, mount, async place => {
    const earnings = earned(wallet, await wallet.profile())
    const done = await mine()
    const half = (await stalls()).find(work => work.state === 'running' || (work.state === 'done' && !work.about.entered))
    if (page.opening && (!half || page.progress?.isConnected)) return // a stall that is being opened shows itself here
    fill(place, done.length > 0 && !half && yours(page, done), earnings)
    await look()
    const [only, ...more] = done
    if (half) void guarded(place, fields, () => certify(page, half))
    else if (only && more.length === 0 && 'back' in mount.dataset) void guarded(place, fields, () => go(page, only))
  })
}

/** The stalls of this wallet, and the way to their desks. @param {Page} page @param {Work<'stall'>[]} mine */
function yours(page, mine) {
  const ways = mine.map(work => h('button', { class: 'btn btn--primary', type: 'button', onclick: () => void guarded(page.place, null, () => go(page, work)) }, h('span', {}, ...placed(tr('Go to {stall}'), { stall: words(work.about.name) }))))
  return h('section', { class: 'card stack', 'data-testid': 'stalls-mine' }, h('h2', { class: 'card__title' }, mine.length === 1 ? tr('Your stall') : tr('Your stalls')),
    h('div', { class: 'actions' }, ...ways, !('back' in page.mount.dataset) && h('a', { class: 'btn btn--quiet', href: '/sell?another' }, tr('Open another stall'))))
}

/**
 * opening: while the form's stall is being opened; progress: what shows how far it is.
 * @typedef {{ wallet: Wallet, mount: HTMLElement, place: HTMLElement, urls: DOMStringMap, opening?: Promise<void>, progress?: HTMLElement }} Page
 */

/** @param {HTMLElement} place @param {HTMLFieldSetElement | null} fields @param {() => Promise<void>} run */
async function guarded(place, fields, run) {
  if (fields) fields.disabled = true
  try {
    await run()
  } catch (error) {
    fill(place, failed(error, { 'data-testid': 'sell-error' }))
  } finally {
    if (fields) fields.disabled = false
  }
}

/** @param {Page} page @param {FormData} form */
async function open(page, form) {
  const { wallet } = page
  const name = cleanLine(String(form.get('name') ?? ''))
  if (!name) throw new Advice(tr('Write the name that buyers are to see.'))
  const draft = await post(page.urls.stallUrl ?? '', { name, about: clean(String(form.get('about') ?? '')), ...await owner(wallet) }, 'same-origin')
    .catch(error => Promise.reject(error instanceof Problem && ['too-many', 'name-invalid'].includes(error.reason) ? new Advice(error.message) : error)) // which of the site's bounds it is, or what is wrong with the name, the site says
  const { draft: reference, signing, envelope, base_url, possession } = draft
  await certify(page, await openStall(wallet, { name, signing, envelope, base_url, possession }, reference))
}

/**
 * Waits for the certificate, takes it to the site and enters the desk: a draft that is finished lets nobody in, LOGIN does.
 * @param {Page} page
 * @param {Work<'stall'>} work
 */
async function certify(page, work) {
  const ended = await new Promise(resolve => {
    page.progress = h('section', { class: 'card stack' }, h('h2', { class: 'card__title' }, tr('Opening your stall')), follow(page.wallet, work.id, resolve))
    fill(page.place, page.progress)
  })
  if (ended.state === 'stopped') return fill(page.place, stopped(ended))
  const certificate = certificateOf(ended)
  await post(page.urls.finishUrl ?? '', { draft: work.about.draft, certificate }, 'same-origin')
  const { desk } = await enter(page, ended)
  await page.wallet.entered(work)
  location.assign(desk ?? page.urls.deskUrl)
}

/** @param {Page} page @param {Work} work */
async function go(page, work) {
  const { desk } = await enter(page, work)
  location.assign(desk ?? page.urls.deskUrl)
}

/**
 * Proves to the site whose the stall is.
 * @param {Page} page
 * @param {Work} work
 * @returns {Promise<any>}
 */
async function enter({ wallet, urls }, work) {
  const { broker } = await wallet.profile()
  const certificate = certificateOf(work)
  if (!certificate) throw new Advice(tr('This stall has no certificate yet.'))
  const { vendor } = body(certificate)
  const { envelope } = await inTime(wallet.open(), now => certified(certificate, vendor, broker, now))
  const { challenge } = await getJSON(`${urls.challengeUrl}?vendor=${vendor}`)
  return post(urls.loginUrl ?? '', { envelope: await login(wallet, vendor, challenge, envelope) }, 'same-origin')
}

/** The challenge belongs to this browser's session, so it is asked for with its cookie. @param {string} url */
async function getJSON(url) {
  const response = await fetch(url, { credentials: 'same-origin', cache: 'no-store' })
  if (!response.ok) throw new Advice(tr('The site could not answer. Try again in a moment.'))
  return response.json()
}
