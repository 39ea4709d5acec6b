// @ts-check
/**
 * Which way up a WebP is to be shown, by its EXIF block (RFC 9649, 2.7.1.5; Exif 2.3, 4.6.4 A). Not every browser turns WebP as it turns
 * JPEG and PNG, so it is read here, and taken out before one decodes the picture.
 * @module
 */

const maxEntries = 512 // of the one directory that is read, as the stall does

/**
 * A WebP that is to be turned, without saying so: as every browser decodes it, and how it is turned then.
 * @param {Uint8Array} bytes of a file
 * @returns {{ bytes: Uint8Array<ArrayBuffer>, orientation: number } | undefined} orientation: 2 to 8; undefined: another format, or upright
 */
export function untold(bytes) {
  const mark = (/** @type {number} */ at) => String.fromCharCode(...bytes.subarray(at, at + 4))
  if (mark(0) !== 'RIFF' || mark(8) !== 'WEBP') return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 12; at + 8 <= bytes.length;) {
    const [name, size] = [mark(at), view.getUint32(at + 4, true)]
    if (at + 8 + size > bytes.length) return undefined
    const place = name === 'EXIF' ? orientationIn(view, at + 8, at + 8 + size) : undefined
    if (place) {
      const plain = new Uint8Array(bytes)
      new DataView(plain.buffer).setUint16(place.at, 1, place.little)
      return { bytes: plain, orientation: place.orientation }
    }
    at += 8 + size + size % 2
  }
  return undefined
}

/** Where an EXIF block between two places has an orientation other than upright. @param {DataView} view @param {number} from @param {number} to */
function orientationIn(view, from, to) {
  const marked = to - from >= 6 && view.getUint32(from) === 0x45786966 // some write the JPEG's mark too
  const start = from + (marked ? 6 : 0)
  if (start + 8 > to) return undefined
  const order = view.getUint32(start)
  if (order !== 0x49492a00 && order !== 0x4d4d002a) return undefined
  const little = order === 0x49492a00
  const directory = start + view.getUint32(start + 4, little)
  if (directory + 2 > to) return undefined
  const count = Math.min(view.getUint16(directory, little), maxEntries)
  for (let i = 0; i < count; i++) {
    const entry = directory + 2 + 12 * i
    if (entry + 12 > to) return undefined
    const isShort = view.getUint16(entry + 2, little) === 3 && view.getUint32(entry + 4, little) === 1
    if (!isShort || view.getUint16(entry, little) !== 0x0112) continue
    const orientation = view.getUint16(entry + 8, little)
    return orientation >= 2 && orientation <= 8 ? { at: entry + 8, little, orientation } : undefined
  }
  return undefined
}

/**
 * The canvas on which a picture is drawn upright, and the transform it is drawn with.
 * @param {{ width: number, height: number }} size as it is stored @param {number} orientation
 * @returns {{ width: number, height: number, transform: [number, number, number, number, number, number] }}
 */
export function uprightOf({ width: w, height: h }, orientation) {
  /** @type {Record<number, [number, number, number, number, number, number]>} */
  const transforms = {
    2: [-1, 0, 0, 1, w, 0], 3: [-1, 0, 0, -1, w, h], 4: [1, 0, 0, -1, 0, h], // mirrored, upside down, both
    5: [0, 1, 1, 0, 0, 0], 6: [0, 1, -1, 0, h, 0], 7: [0, -1, -1, 0, h, w], 8: [0, -1, 1, 0, 0, w], // on their sides
  }
  return { width: orientation >= 5 ? h : w, height: orientation >= 5 ? w : h, transform: transforms[orientation] ?? [1, 0, 0, 1, 0, 0] }
}
