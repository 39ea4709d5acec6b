// @ts-check
/**
 * The photos of a listing: the strip that is swiped (without scripts too) learns buttons, and a photo opens in a dialog, where it is zoomed
 * by fingers, wheel and keys. Without scripts it is a link to the photo.
 * @module
 */
import { tr } from '../language.js'
import { bounded, fitted, held, seen } from '../zoom.js'
import { fill, h, icon } from './dom.js'

/** @param {HTMLElement} gallery */
export function showGallery(gallery) {
  const strip = /** @type {HTMLElement} */ (gallery.querySelector('.gallery__strip'))
  const links = /** @type {HTMLAnchorElement[]} */ ([...strip.querySelectorAll('a')])
  const thumbs = /** @type {HTMLAnchorElement[]} */ ([...gallery.querySelectorAll('.gallery__thumb')])
  const to = (/** @type {number} */ i) => strip.scrollTo({ left: strip.clientWidth * Math.min(Math.max(i, 0), links.length - 1) })
  const now = () => seen(strip.scrollLeft, strip.clientWidth, links.length)
  const mark = () => thumbs.forEach((thumb, i) => i === now() ? thumb.setAttribute('aria-current', 'true') : thumb.removeAttribute('aria-current'))
  thumbs.forEach((thumb, i) => thumb.addEventListener('click', event => {
    event.preventDefault()
    to(i)
  }))
  links.forEach((link, i) => link.addEventListener('click', event => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
    event.preventDefault()
    zoom(links, i, to)
  }))
  if (links.length > 1) {
    strip.after(h('div', { class: 'gallery__steps' }, step('back', tr('Previous photo'), () => to(now() - 1)), step('arrow', tr('Next photo'), () => to(now() + 1))))
    strip.addEventListener('scroll', mark, { passive: true })
    mark()
  }
}

/** @param {string} name @param {string} says @param {() => void} press @param {string} [testid] */
const step = (name, says, press, testid) => h('button', { class: 'btn btn--sm btn--icon', type: 'button', 'aria-label': says, 'data-testid': testid, onclick: press }, icon(name))

/** @param {HTMLAnchorElement[]} links of the photos @param {number} first @param {(i: number) => void} seenLast */
function zoom(links, first, seenLast) {
  let [at, scale] = [first, 1]
  const image = /** @type {HTMLImageElement} */ (h('img', { class: 'zoom__photo', alt: '', draggable: 'false', onload: () => fit() }))
  const stage = h('div', { class: 'zoom__stage', tabindex: '0', role: 'group', 'aria-label': tr('The photo. Plus and minus zoom, the arrows move it or show the next one.'), 'data-testid': 'zoom-stage' }, image)
  const count = h('p', { class: 'zoom__count', role: 'status' })
  const natural = () => ({ width: image.naturalWidth || 1, height: image.naturalHeight || 1 })
  const least = () => fitted(natural(), { width: stage.clientWidth, height: stage.clientHeight })
  const size = () => {
    image.style.width = `${natural().width * scale}px`
    stage.dataset.scale = scale.toFixed(3)
  }
  const fit = () => {
    scale = least()
    size()
  }
  const by = (/** @type {number} */ factor, /** @type {{ x: number, y: number }} */ point = { x: stage.clientWidth / 2, y: stage.clientHeight / 2 }) => {
    const before = scale
    scale = bounded(scale * factor, least())
    const [left, top] = [held(stage.scrollLeft, point.x, before, scale), held(stage.scrollTop, point.y, before, scale)]
    size()
    stage.scrollTo(left, top)
  }
  const show = (/** @type {number} */ i) => {
    at = (i + links.length) % links.length
    image.alt = links[at]?.querySelector('img')?.alt ?? ''
    image.src = links[at]?.href ?? ''
    fill(count, tr('{i} of {count}', { i: at + 1, count: links.length }))
    if (image.complete) fit()
  }
  const several = links.length > 1
  const dialog = /** @type {HTMLDialogElement} */ (h('dialog', { class: 'zoom', 'aria-label': tr('Photo'), 'data-testid': 'zoom' }, stage, h('div', { class: 'zoom__tools' }, count,
    several && step('back', tr('Previous photo'), () => show(at - 1)), several && step('arrow', tr('Next photo'), () => show(at + 1), 'zoom-next'),
    step('minus', tr('Zoom out'), () => by(1 / 1.5)), step('plus', tr('Zoom in'), () => by(1.5), 'zoom-in'), step('remove', tr('Close'), () => dialog.close(), 'zoom-close'))))
  const keys = /** @type {Record<string, () => void>} */ ({ '+': () => by(1.5), '=': () => by(1.5), '-': () => by(1 / 1.5), 0: fit, ArrowLeft: () => show(at - 1), ArrowRight: () => show(at + 1) })
  dialog.addEventListener('keydown', event => {
    const act = keys[event.key]
    if (!act || event.ctrlKey || event.metaKey || (event.key.startsWith('Arrow') && (scale > least() * 1.01 || !several))) return
    event.preventDefault()
    act()
  })
  pinched(stage, by)
  dialog.addEventListener('close', () => {
    dialog.remove()
    removeEventListener('resize', fit)
    seenLast(at)
    links[at]?.focus({ preventScroll: true })
  })
  addEventListener('resize', fit)
  document.querySelector('main')?.append(dialog)
  dialog.showModal()
  show(first)
  stage.focus()
}

/** Two fingers, the wheel, two clicks, and a mouse that drags. @param {HTMLElement} stage @param {(factor: number, point?: { x: number, y: number }) => void} by */
function pinched(stage, by) {
  const at = (/** @type {{ clientX: number, clientY: number }} */ { clientX, clientY }) => {
    const { left, top } = stage.getBoundingClientRect()
    return { x: clientX - left, y: clientY - top }
  }
  let apart = 0
  const fingers = (/** @type {TouchEvent} */ { touches: [one, other] }) => {
    if (!one || !other) return undefined
    const [a, b] = [at(one), at(other)]
    return { apart: Math.hypot(a.x - b.x, a.y - b.y), middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 } }
  }
  stage.addEventListener('touchstart', event => { apart = fingers(event)?.apart ?? 0 }, { passive: true })
  stage.addEventListener('touchmove', event => {
    const now = fingers(event)
    if (!now) return
    event.preventDefault()
    if (apart > 0) by(now.apart / apart, now.middle)
    apart = now.apart
  }, { passive: false })
  stage.addEventListener('wheel', event => {
    event.preventDefault()
    by(Math.exp(-event.deltaY / 400), at(event))
  }, { passive: false })
  stage.addEventListener('dblclick', event => by(2, at(event)))
  stage.addEventListener('pointermove', ({ pointerType, buttons, movementX, movementY }) => {
    if (pointerType === 'mouse' && buttons === 1) stage.scrollBy(-movementX, -movementY)
  })
}
