// @ts-check
/**
 * What a JPEG says of its size, before anything of it is decoded: a small file may say that it is very large.
 * @module
 */

/**
 * @param {Uint8Array} bytes
 * @returns {{ width: number, height: number } | undefined} undefined: it is no JPEG
 */
export function sizeOf(bytes) {
  const word = (/** @type {number} */ at) => (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0)
  if (word(0) !== 0xffd8) return undefined
  for (let at = 2; at + 8 < bytes.length;) {
    const [mark, kind = 0] = [bytes[at], bytes[at + 1]]
    if (mark !== 0xff) return undefined
    if (kind === 0xff) {
      at++ // a fill byte
      continue
    }
    const isFrame = kind >= 0xc0 && kind <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(kind)
    if (isFrame) return { height: word(at + 5), width: word(at + 7) }
    const alone = kind === 0x01 || kind >= 0xd0 && kind <= 0xd9
    at += alone ? 2 : 2 + Math.max(2, word(at + 2))
  }
  return undefined
}
