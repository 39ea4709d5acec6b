// @ts-check
/**
 * Pictures decoded and drawn anew by this browser: of pixels alone, upright, and in sRGB, whatever colours the file was made with, which
 * is what stalls keep (merchant.Develop).
 * @module
 */
import { Advice } from '../errors.js'
import { tr } from '../language.js'
import { untold, uprightOf } from '../webp.js'

/** @import { Size } from '../photos.js' */

/** A picture, upright. @param {Blob} file @returns {Promise<ImageBitmap>} @throws {Advice} where it is no picture */
export const decoded = file => upright(file).catch(() => {
  throw new Advice(tr('This browser cannot read that file as a photo. Choose a JPEG, PNG or WebP picture.'))
})

/** @param {Blob} file */
async function upright(file) {
  const webp = untold(new Uint8Array(await file.arrayBuffer()))
  if (!webp) return createImageBitmap(file, { imageOrientation: 'from-image' })
  const lying = await createImageBitmap(new Blob([webp.bytes], { type: 'image/webp' }))
  try {
    return await createImageBitmap(canvasOf(lying, uprightOf(lying, webp.orientation)))
  } finally {
    lying.close()
  }
}

/**
 * A JPEG of a picture, on white where it is transparent.
 * @param {ImageBitmap} bitmap
 * @param {Size & { transform: number[] }} how
 * @param {number} quality
 * @returns {Promise<Blob>}
 */
export async function drawn(bitmap, how, quality) {
  const canvas = canvasOf(bitmap, how)
  const blob = await new Promise(resolve => canvas.toBlob(resolve, 'image/jpeg', quality))
  if (!(blob instanceof Blob)) throw new Advice(tr('This browser cannot draw photos.'))
  return blob
}

/** @param {ImageBitmap} bitmap @param {Size & { transform: number[] }} how */
function canvasOf(bitmap, { width, height, transform: [a = 1, b = 0, c = 0, d = 1, e = 0, f = 0] }) {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const pen = canvas.getContext('2d', { colorSpace: 'srgb' })
  if (!pen) throw new Advice(tr('This browser cannot draw photos.'))
  pen.fillStyle = '#fff'
  pen.fillRect(0, 0, width, height)
  pen.imageSmoothingQuality = 'high'
  pen.setTransform(a, b, c, d, e, f)
  pen.drawImage(bitmap, 0, 0)
  return canvas
}
