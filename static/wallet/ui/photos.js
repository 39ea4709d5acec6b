// @ts-check
/**
 * The photos that a seller chooses for a listing: each is shown, described and can be left out before the form is sent. Choosing
 * again adds to them. Without scripts the field does the same without showing them.
 * @module
 */
import { callout, fill, h } from './dom.js'

/** @param {HTMLInputElement} input of many files; data-photos: how many the listing has room for */
export function choosing(input) {
  const room = Number(input.dataset.photos)
  const list = h('ol', { class: 'slots', 'data-testid': 'new-photos' })
  const said = h('div', { 'aria-live': 'polite' })
  /** @type {Chosen[]} */
  let chosen = []
  const show = () => {
    const files = new DataTransfer()
    for (const { file } of chosen) files.items.add(file)
    input.files = files.files
    chosen.forEach(name)
    fill(list, ...chosen.map(({ element }) => element))
    list.hidden = chosen.length === 0
  }
  const leaveOut = (/** @type {Chosen} */ one) => {
    URL.revokeObjectURL(one.url)
    chosen = chosen.filter(other => other !== one)
    fill(said)
    show()
    input.focus()
  }
  input.addEventListener('change', () => {
    const fresh = [...input.files ?? []].filter(file => !chosen.some(one => isSame(one.file, file)))
    const fit = fresh.slice(0, room - chosen.length)
    chosen = [...chosen, ...fit.map(file => slot(file, leaveOut))]
    const left = fresh.slice(fit.length)
    fill(said, left.length > 0 && callout('warn', `A listing has at most eight photos. Left out: ${left.map(file => file.name).join(', ')}.`))
    show()
  })
  show()
  input.closest('.field')?.after(list, said)
}

/** @typedef {{ file: File, url: string, element: HTMLElement, alt: HTMLInputElement, cover: HTMLInputElement, words: HTMLElement[] }} Chosen words: what has its number in it */

/** @param {File} one @param {File} other */
const isSame = (one, other) => one.name === other.name && one.size === other.size && one.lastModified === other.lastModified

/** @param {File} file @param {(one: Chosen) => void} leaveOut @returns {Chosen} */
function slot(file, leaveOut) {
  const url = URL.createObjectURL(file)
  const picture = h('div', { class: 'slot__picture' }, h('img', { src: url, alt: '', width: 160, height: 120, onerror: () => fill(picture) }))
  const alt = /** @type {HTMLInputElement} */ (h('input', { class: 'input', maxlength: 200, autocomplete: 'off', dir: 'auto' }))
  const cover = /** @type {HTMLInputElement} */ (h('input', { type: 'radio', name: 'cover' }))
  const words = [h('span'), h('span'), h('span')]
  const label = h('label', { class: 'field__label' }, words[0] ?? '', ' ', h('span', { class: 'field__optional' }, '(optional)'))
  const out = h('button', { class: 'btn btn--sm', type: 'button', onclick: () => leaveOut(one) }, words[2] ?? '')
  const element = h('li', { class: 'slot' }, picture, h('div', { class: 'slot__fields' },
    h('p', { class: 'soft small' }, file.name), h('div', { class: 'field' }, label, alt),
    h('div', { class: 'cluster' }, h('label', { class: 'choice' }, cover, words[1] ?? ''), out)))
  /** @type {Chosen} */
  const one = { file, url, element, alt, cover, words }
  return one
}

/** Names what is said of a photo by its place, as the form is read. @param {Chosen} one @param {number} i */
function name({ alt, cover, words, element }, i) {
  alt.name = alt.id = `alt-new-${i}`
  element.querySelector('.field__label')?.setAttribute('for', alt.id)
  cover.value = `new-${i}`
  const texts = [`What new photo ${i + 1} shows`, `Show new photo ${i + 1} first`, `Leave new photo ${i + 1} out`]
  words.forEach((word, at) => fill(word, texts[at]))
}
