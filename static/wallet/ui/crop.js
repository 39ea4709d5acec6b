// @ts-check
/**
 * A dialog that turns and crops a photo: by drawing a rectangle on it, or by saying how much goes off each side.
 * @module
 */
import { tr } from '../language.js'
import '../outside.js'
import { between, drawing, squared, trimmed, turned, upright, whole } from '../photos.js'
import { fill, h, icon } from './dom.js'

/** @import { Crop, Framing } from '../photos.js' */

/** Pixels of the longer side of what is shown. */
const shown = 640

const sides = /** @type {[keyof Crop, string][]} */ ([['left', tr('Off the left')], ['right', tr('Off the right')], ['top', tr('Off the top')], ['bottom', tr('Off the bottom')]])

/** @param {ImageBitmap} bitmap @param {Framing} framing as it is @returns {Promise<Framing | undefined>} undefined: it stays so */
export function framed(bitmap, framing) {
  let now = framing
  const canvas = /** @type {HTMLCanvasElement} */ (h('canvas', { class: 'crop__canvas', role: 'img', 'aria-label': tr('The photo. What is dark is cut off.') }))
  const ranges = sides.map(([side, label]) => ({ side, label, input: /** @type {HTMLInputElement} */ (h('input', {
    type: 'range', min: 0, max: 90, step: 1, 'data-testid': `crop-${side}`, oninput: (/** @type {Event} */ event) => show({ ...now, crop: trimmed(now.crop, side, Number(/** @type {HTMLInputElement} */ (event.target).value) / 100) }),
  })) }))
  const show = (/** @type {Framing} */ next) => {
    now = next
    draw(canvas, bitmap, now)
    for (const { side, input } of ranges) input.value = String(Math.round(now.crop[side] * 100))
  }
  draggable(canvas, crop => show({ ...now, crop }))
  const press = (/** @type {string} */ label, /** @type {string} */ testid, /** @type {() => Framing} */ next, /** @type {string} */ name = '') =>
    h('button', { class: 'btn btn--sm', type: 'button', 'data-testid': testid, onclick: () => show(next()) }, name && icon(name), label)
  const dialog = /** @type {HTMLDialogElement} */ (h('dialog', { class: 'dialog', 'aria-labelledby': 'crop-title', 'data-testid': 'crop' }, h('form', { method: 'dialog', class: 'dialog__body stack' },
    h('h2', { id: 'crop-title' }, tr('Turn and crop')), h('p', { class: 'soft small' }, tr('Draw a rectangle on the photo around what stays, or move the sliders.')), canvas,
    h('div', { class: 'cluster' }, press(tr('Turn'), 'crop-turn', () => turned(now), 'turn'), press(tr('Square'), 'crop-square', () => ({ ...now, crop: squared(upright(bitmap, now.turn), now.crop) })), press(tr('All of it'), 'crop-whole', () => ({ ...now, crop: whole }))),
    h('div', { class: 'crop__sides' }, ...ranges.map(({ label, input }) => h('label', { class: 'crop__side' }, h('span', {}, label), input))),
    h('div', { class: 'actions' }, h('button', { class: 'btn btn--primary', value: 'done', 'data-testid': 'crop-done' }, tr('Done')), h('button', { class: 'btn btn--quiet', value: '', 'data-testid': 'crop-cancel' }, tr('Cancel'))))))
  document.querySelector('main')?.append(dialog)
  show(now)
  dialog.showModal()
  return new Promise(resolve => dialog.addEventListener('close', () => {
    dialog.remove()
    fill(dialog)
    resolve(dialog.returnValue === 'done' ? now : undefined)
  }))
}

/** The whole picture, dark where it is cut off. @param {HTMLCanvasElement} canvas @param {ImageBitmap} bitmap @param {Framing} framing */
function draw(canvas, bitmap, { turn, crop }) {
  const { width, height, transform: [a, b, c, d, e, f] } = drawing(bitmap, { turn, crop: whole }, { side: shown, thin: 1 })
  canvas.width = width
  canvas.height = height
  const pen = canvas.getContext('2d')
  if (!pen) return
  pen.setTransform(a, b, c, d, e, f)
  pen.drawImage(bitmap, 0, 0)
  pen.resetTransform()
  const [x, y, right, bottom] = [crop.left * width, crop.top * height, (1 - crop.right) * width, (1 - crop.bottom) * height]
  pen.fillStyle = 'rgb(0 0 0 / 62%)'
  pen.fillRect(0, 0, width, y)
  pen.fillRect(0, bottom, width, height - bottom)
  pen.fillRect(0, y, x, bottom - y)
  pen.fillRect(right, y, width - right, bottom - y)
  pen.strokeStyle = '#fff'
  pen.lineWidth = 2
  pen.strokeRect(x + 1, y + 1, right - x - 2, bottom - y - 2)
}

/** A rectangle is drawn on a canvas with a finger, a pen or a mouse. @param {HTMLCanvasElement} canvas @param {(crop: Crop) => void} drawn */
function draggable(canvas, drawn) {
  /** @type {{ x: number, y: number } | undefined} */
  let from
  const at = (/** @type {PointerEvent} */ { clientX, clientY }) => {
    const { left, top, width, height } = canvas.getBoundingClientRect()
    return { x: (clientX - left) / width, y: (clientY - top) / height }
  }
  canvas.addEventListener('pointerdown', event => {
    from = at(event)
    canvas.setPointerCapture(event.pointerId)
  })
  canvas.addEventListener('pointermove', event => from && drawn(between(from, at(event))))
  for (const end of ['pointerup', 'pointercancel']) canvas.addEventListener(end, () => { from = undefined })
}
