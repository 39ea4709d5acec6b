// @ts-check
/**
 * Saved things, saved searches and what was seen, on every page: the buttons that save and share, the strip of what was seen last, the
 * count of what is new in the header, and the page of all of it. None of it asks the market about a single thing, but for the button
 * that says so.
 * @module
 */
import { Problem } from '../errors.js'
import { isFind } from '../finds.js'
import { get } from '../http.js'
import { tr } from '../language.js'
import { lookOut } from '../lookout.js'
import { callout, day, fill, focus, h, icon, money, placed, words } from './dom.js'
import { action } from './form.js'
import { telling } from './telling.js'

/** @import { Found, Finds, Lookout, News } from '../finds.js' */
/** @import { Currency } from '../money.js' */

/** Milliseconds between two looks whether it is time to ask. */
const often = 60_000

/** @param {Finds} finds @param {Currency} currency of the market */
export async function finding(finds, currency) {
  const all = (/** @type {string} */ what) => /** @type {HTMLElement[]} */ ([...document.querySelectorAll(`[data-finds="${what}"]`)])
  const kept = all('listing').map(place => keeping(place, finds)) // first: the page may be left at once
  const show = () => {
    count(finds)
    for (const place of all('seen')) strip(place, finds, currency)
  }
  for (const place of all('page')) page(place, finds, currency)
  show()
  for (const place of all('search')) saving(place, finds)
  addEventListener('storage', ({ key }) => {
    if (!isFind(key)) return
    show()
    for (const place of all('page')) page(place, finds, currency)
  })
  const round = async () => {
    if (document.visibilityState !== 'visible') return
    const some = await lookOut(finds).catch(() => false) // no answer: the next round asks again
    if (!some) return
    notify(finds.count())
    show()
    for (const place of all('page')) page(place, finds, currency)
  }
  for (const place of all('card')) heart(/** @type {HTMLButtonElement} */ (place), finds)
  setInterval(round, often)
  void round()
  await Promise.all(kept)
}

/** In the header, and wherever it is told. @param {Finds} finds */
function count(finds) {
  const fresh = finds.count()
  for (const place of document.querySelectorAll('[data-finds-new]')) {
    place.textContent = fresh > 0 ? tr('{n} new', { n: fresh }) : ''
    place.toggleAttribute('hidden', fresh === 0)
  }
}

/** @param {number} fresh what is new */
function notify(fresh) {
  if (globalThis.Notification?.permission !== 'granted') return
  const [title, what] = [tr('New listings you look out for'), { body: tr({ one: 'There is a new one.', other: 'There are {n} new ones.' }, { n: fresh }), tag: 'peerscrip-finds' }]
  try {
    const note = new Notification(title, what)
    note.onclick = () => (window.focus(), location.assign('/saved'))
  } catch { // browsers of phones let service workers alone show one
    void navigator.serviceWorker?.getRegistration().then(registration => registration?.showNotification(title, what)).catch(error => console.error(error))
  }
}

/** What a place says of its listing. @param {HTMLElement} place @returns {Omit<Found, 'at'>} */
const foundIn = ({ dataset: { vendor = '', offer = '', title = '', stall = '', price, currency = '', state = '' } }) =>
  ({ vendor, offer, title, stall, price: Number(price), currency, state, picture: '' })

/** Saving of the listing on a card. @param {HTMLButtonElement} button @param {Finds} finds */
function heart(button, finds) {
  const found = foundIn(button)
  const { vendor, offer } = found
  const show = () => button.setAttribute('aria-pressed', String(finds.isSaved(vendor, offer)))
  const turn = async () => {
    if (finds.isSaved(vendor, offer)) return finds.unsave(vendor, offer)
    finds.save(found) // also where the page is left before its picture is there
    show()
    const picture = button.dataset.thumb ? await small(button.dataset.thumb) : ''
    if (finds.isSaved(vendor, offer)) finds.save({ ...found, picture })
  }
  button.addEventListener('click', () => void turn().catch(error => button.closest('ul')?.before(callout('warn', /** @type {Error} */ (error).message))).finally(show))
  addEventListener('storage', ({ key }) => void (isFind(key) && show()))
  show()
  button.hidden = false
}

/** Saving and sharing of the listing on this page, which is remembered as seen. @param {HTMLElement} place @param {Finds} finds */
async function keeping(place, finds) {
  const { thumb = '', link = '' } = place.dataset
  const found = foundIn(place)
  const { vendor, offer, title } = found
  const said = /** @type {HTMLElement} */ (place.querySelector('[data-kept]'))
  const button = /** @type {HTMLElement} */ (place.querySelector('[data-save]'))
  const show = () => {
    const saved = finds.isSaved(vendor, offer)
    button.setAttribute('aria-pressed', String(saved))
    fill(/** @type {HTMLElement} */ (button.querySelector('span')), saved ? tr('Saved') : tr('Save'))
    return saved
  }
  button.addEventListener('click', () => {
    try {
      if (finds.isSaved(vendor, offer)) finds.unsave(vendor, offer)
      else finds.save(found)
      fill(said, show() ? tr('Saved in this browser alone.') : tr('Not saved any more.'), ' ', h('a', { href: '/saved' }, tr('See what you saved')))
    } catch (error) {
      fill(said, /** @type {Error} */ (error).message)
    }
  })
  place.querySelector('[data-share]')?.addEventListener('click', () => void share({ title, url: new URL(link, location.href).href }, said))
  addEventListener('storage', ({ key }) => void (isFind(key) && show()))
  show()
  place.hidden = false
  const remember = () => {
    try {
      finds.see(found)
      if (finds.isSaved(vendor, offer)) finds.save(found)
    } catch (error) { // there is no room: it is not remembered
      console.error(error)
    }
  }
  found.picture = [...finds.saved(), ...finds.seen()].find(kept => kept.vendor === vendor && kept.offer === offer)?.picture ?? ''
  remember() // also of a page that is left before its picture is there
  if (thumb === '') return
  found.picture = await small(thumb)
  remember()
}

/** @param {{ title: string, url: string }} what @param {HTMLElement} said */
async function share(what, said) {
  if (navigator.share) {
    const shared = await navigator.share(what).then(() => true, (/** @type {Error} */ error) => error.name === 'AbortError')
    if (shared) return
  }
  try {
    await navigator.clipboard.writeText(what.url)
    fill(said, tr('The link is copied.'))
  } catch { // the browser does not let it: the person does
    const input = /** @type {HTMLInputElement} */ (h('input', { class: 'input', readonly: true, value: what.url, 'aria-label': tr('Link to this listing') }))
    fill(said, input)
    input.select()
  }
}

/** A photo of this site as a small picture, in a data: address; "" where there is none. @param {string} url */
async function small(url) {
  try {
    const answer = await fetch(url)
    if (!answer.ok) return ''
    const image = await createImageBitmap(await answer.blob())
    const canvas = document.createElement('canvas')
    canvas.width = 240
    canvas.height = 180
    const scale = Math.max(canvas.width / image.width, canvas.height / image.height)
    const [width, height] = [image.width * scale, image.height * scale]
    canvas.getContext('2d')?.drawImage(image, (canvas.width - width) / 2, (canvas.height - height) / 2, width, height)
    image.close()
    return canvas.toDataURL('image/jpeg', 0.7)
  } catch { // no picture is no reason not to save it
    return ''
  }
}

/** Saving the search of this page. @param {HTMLElement} place @param {Finds} finds */
function saving(place, finds) {
  const { address = '', name = '', search = '{}' } = place.dataset
  const said = h('p', { class: 'soft small', role: 'status' })
  const button = h('button', { class: 'btn btn--sm', type: 'button', 'data-testid': 'save-search' }, icon('heart'), tr('Save this search'))
  button.addEventListener('click', () => {
    try {
      finds.lookOut({ address, name, search: JSON.parse(search) })
      fill(said, tr('You are told of what is new while a page of this market is open.'), ' ', h('a', { href: '/saved' }, tr('See what you saved')))
      button.hidden = true
    } catch (error) {
      fill(said, /** @type {Error} */ (error).message)
    }
  })
  button.hidden = finds.searches().some(saved => saved.address === address)
  fill(place, button, said)
  place.hidden = false
}

/** What was seen last, where something was. @param {HTMLElement} place @param {Finds} finds @param {Currency} currency */
function strip(place, finds, currency) {
  const seen = finds.seen().slice(0, 4)
  fill(/** @type {HTMLElement} */ (place.querySelector('[data-list]')), grid(seen, currency))
  place.hidden = seen.length === 0
}

/** The page of all of it. @param {HTMLElement} place @param {Finds} finds @param {Currency} currency */
function page(place, finds, currency) {
  const again = (/** @type {string} */ at) => {
    page(place, finds, currency)
    const heading = /** @type {HTMLElement | null} */ (document.getElementById(at))
    if (heading) focus(heading)
  }
  fill(place, things(finds, currency, again), searches(finds, currency, again), seen(finds, currency, again))
  finds.look()
  count(finds)
}

/** @param {string} name @param {string} title @param {...import('./dom.js').Child} children */
const section = (name, title, ...children) => h('section', { class: 'section stack', 'aria-labelledby': name, 'data-testid': `finds-${name}` }, h('h2', { id: name }, title), ...children)

/** @param {Finds} finds @param {Currency} currency @param {(at: string) => void} again */
function things(finds, currency, again) {
  const saved = finds.saved()
  if (saved.length === 0) return section('things', tr('Saved things'), h('p', { class: 'soft' }, tr('Nothing yet. “Save” stands beside each listing.')))
  const ask = action({ label: tr('See which are still there'), testid: 'finds-ask', css: 'btn btn--sm', run: async () => {
    for (const found of saved) await refresh(finds, found)
    again('things')
  } })
  return section('things', tr('Saved things'),
    grid(saved, currency, found => h('button', { class: 'btn btn--sm', type: 'button', 'data-testid': 'finds-unsave', 'aria-label': tr('Take out {title}', { title: found.title }), onclick: () => (finds.unsave(found.vendor, found.offer), again('things')) }, tr('Take out'))),
    h('div', { class: 'stack stack--sm' }, h('p', { class: 'soft small' }, tr('Shown as they were when you last looked at them. To see which are still there this market is asked about each: it learns then which you saved.')), ask))
}

/** Looks at a saved thing as it is now. @param {Finds} finds @param {Found} found */
async function refresh(finds, found) {
  try {
    const { title, stall, price, currency, state } = await get(`/v1/market/listings/${found.vendor}/${found.offer}`)
    finds.save({ ...found, title, stall, price, currency, state })
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 404) throw error
    finds.save({ ...found, state: 'ended' })
  }
}

/** @param {Finds} finds @param {Currency} currency @param {(at: string) => void} again */
function searches(finds, currency, again) {
  const all = finds.searches()
  if (all.length === 0) return section('searches', tr('Saved searches'), h('p', { class: 'soft' }, tr('None yet. “Save this search” stands above what a search finds; you are then told of what is new.')))
  const drop = (/** @type {Lookout} */ search) => h('button', { class: 'btn btn--sm', type: 'button', 'data-testid': 'finds-drop', 'aria-label': tr('Take out {title}', { title: search.name }), onclick: () => (finds.drop(search.id), again('searches')) }, tr('Take out'))
  return section('searches', tr('Saved searches'),
    h('ul', { class: 'stack' }, ...all.map(search => h('li', { class: 'card stack stack--sm', 'data-testid': 'finds-search' },
      h('div', { class: 'cluster cluster--between' }, h('h3', { class: 'card__title' }, h('a', { href: search.address }, words(search.name))), drop(search)),
      search.news.length > 0 ? h('ul', { class: 'stack stack--xs' }, ...search.news.map(news => newsRow(news, currency))) : h('p', { class: 'soft small' }, ...placed(tr('Nothing new since {date}.'), { date: day(search.at) }))))),
    h('p', { class: 'soft small' }, tr('While a page of this market is open, your browser asks it every ten minutes for all that is new, and looks for these by itself: the market does not learn what you look for.')),
    telling({ label: tr('Tell me when there is something new'), yes: tr('You are told, while a page of this market is open in this browser.') }))
}

/** @param {News} news @param {Currency} currency */
const newsRow = ({ vendor, offer, title, stall, price, currency: code, at, fresh }, currency) => h('li', { class: 'cluster', 'data-testid': 'finds-news' },
  fresh && h('span', { class: 'badge badge--accent' }, tr('New')), h('a', { href: `/l/${vendor}/${offer}` }, words(title)), money(price, { ...currency, currency: code }),
  h('span', { class: 'soft small' }, words(stall), ' · ', day(at)))

/** @param {Finds} finds @param {Currency} currency @param {(at: string) => void} again */
function seen(finds, currency, again) {
  const all = finds.seen()
  const box = h('input', { type: 'checkbox', checked: finds.remembers, 'data-testid': 'finds-remember', onchange: (/** @type {Event} */ event) => {
    finds.remembers = /** @type {HTMLInputElement} */ (event.target).checked
    again('seen')
  } })
  const forget = h('button', { class: 'btn btn--sm', type: 'button', 'data-testid': 'finds-forget', onclick: () => (finds.forget(), again('things')) }, tr('Forget all that is on this page'))
  return section('seen', tr('Seen last'), all.length > 0 ? grid(all, currency) : h('p', { class: 'soft' }, tr('Nothing.')),
    h('label', { class: 'choice' }, box, h('span', {}, tr('Remember what I look at'))), finds.some && h('div', {}, forget))
}

/** Cards as the market's own pages have them. @param {Found[]} all @param {Currency} currency @param {(found: Found) => HTMLElement} [button] */
function grid(all, currency, button) {
  return h('ul', { class: 'listing-grid' }, ...all.map(found => h('li', { class: `listing-card${found.state === 'live' ? '' : ' listing-card--gone'}`, 'data-testid': 'finds-card' },
    h('div', { class: 'listing-card__photo' }, found.picture ? h('img', { src: found.picture, alt: '', width: 240, height: 180 }) : icon('photo'),
      found.state !== 'live' && h('span', { class: 'badge listing-card__flag' }, found.state === 'sold' ? tr('Sold') : tr('Ended'))),
    h('h3', { class: 'listing-card__title' }, h('a', { href: `/l/${found.vendor}/${found.offer}` }, words(found.title))),
    h('p', { class: 'listing-card__price' }, money(found.price, { ...currency, currency: found.currency })),
    h('p', { class: 'listing-card__meta' }, words(found.stall)), button && h('div', { class: 'listing-card__do' }, button(found)))))
}
