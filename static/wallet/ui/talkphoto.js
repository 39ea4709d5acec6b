// @ts-check
/**
 * Photos in a thread: chosen, made small and of their pixels alone before they are sent; and shown as pixels that were decoded
 * here, never as the file that somebody sent.
 * @module
 */
import { Advice } from '../errors.js'
import { maxPhoto } from '../forms.js'
import { sizeOf } from '../jpeg.js'
import { tr } from '../language.js'
import { drawing, whole } from '../photos.js'
import { fill, h } from './dom.js'
import { decoded, drawn } from './drawing.js'
import { FieldError, field, form } from './form.js'

/** @import { Said } from '../talks.js' */
/** @import { Wallet } from '../wallet.js' */

/** Pixels of the longer side at first; less where that is too large for a message. */
const first = 1280

/** The most pixels of a side that are shown. */
const most = 2048

/** @param {Wallet} wallet @param {string} tx */
export function sending(wallet, tx) {
  const file = field({ label: tr('Photo'), hint: tr('It is made smaller here, and where and when it was taken is left out.') }, { type: 'file', accept: 'image/*', 'data-testid': 'photo-file' })
  const shows = field({ label: tr('What it shows'), optional: true, hint: tr('For people who cannot see it.') }, { maxlength: 500, dir: 'auto', 'data-testid': 'photo-shows' })
  return h('details', {}, h('summary', { 'data-testid': 'photo-open' }, tr('Show a photo')), form({ label: tr('Show it'), testid: 'photo-send', css: 'btn', submit: async () => {
    const chosen = file.input.files?.[0]
    if (!chosen) throw new FieldError(file.input, tr('Choose a photo first.'))
    await wallet.say(tx, { kind: 'photo', text: shows.input.value, jpeg: await chosenPhoto(file.input, chosen) })
    file.input.value = shows.input.value = ''
  } }, file.field, shows.field))
}

/** A photo that was chosen in a field, made small. @param {HTMLInputElement} input where it was chosen @param {Blob} file @returns {Promise<Uint8Array>} @throws {FieldError} where it is no picture */
export const chosenPhoto = (input, file) => shrunk(file).catch(error => {
  throw error instanceof Advice ? new FieldError(input, error.message) : error
})

/** All of a picture, no side longer than so many pixels. @param {ImageBitmap} bitmap @param {number} side */
const inside = (bitmap, side) => drawing(bitmap, { turn: 0, crop: whole }, { side, thin: 1 })

/** @param {Blob} file @returns {Promise<Uint8Array>} a JPEG that fits a message @throws {Advice} where it is no picture */
async function shrunk(file) {
  const bitmap = await decoded(file)
  for (let side = Math.min(first, Math.max(bitmap.width, bitmap.height)); side >= 64; side = Math.floor(side * 3 / 4)) {
    for (const quality of [0.82, 0.7, 0.55]) {
      const blob = await drawn(bitmap, inside(bitmap, side), quality)
      if (blob.size <= maxPhoto) return new Uint8Array(await blob.arrayBuffer())
    }
  }
  throw new Advice(tr('This photo cannot be made small enough. Choose another one.'))
}

/**
 * Shows the photos of a thread, each made once.
 * @param {Wallet} wallet
 * @param {string} tx
 * @returns {(event: Pick<Said, 'photo' | 'text'>) => HTMLElement | undefined}
 */
export function pictures(wallet, tx) {
  /** @type {Map<string, HTMLElement>} */
  const made = new Map()
  return ({ photo, text }) => {
    if (!photo) return undefined
    const known = made.get(photo)
    if (known) return known
    const place = h('p', { class: 'said__photo', 'data-testid': 'said-photo' }, h('span', { class: 'soft small' }, tr('The photo comes …')))
    made.set(photo, place)
    void show(wallet, { tx, photo, text, place }).catch(() => {
      made.delete(photo)
      fill(place, h('span', { class: 'soft small' }, tr('The photo could not be fetched, or is none.')))
    })
    return place
  }
}

/** @param {Wallet} wallet @param {{ tx: string, photo: string, text: string, place: HTMLElement }} what */
async function show(wallet, { tx, photo, text, place }) {
  const bytes = await wallet.photo(tx, photo)
  const { width, height } = sizeOf(bytes) ?? { width: 0, height: 0 }
  if (Math.min(width, height) < 1 || Math.max(width, height) > most) throw new Error('no photo that may be shown')
  const bitmap = await decoded(new Blob([bytes], { type: 'image/jpeg' }))
  const src = URL.createObjectURL(await drawn(bitmap, inside(bitmap, most), 0.9))
  fill(place, h('img', { src, alt: text || tr('photo, not described'), width: bitmap.width, height: bitmap.height }))
}
