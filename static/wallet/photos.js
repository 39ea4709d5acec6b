// @ts-check
/**
 * The photos of a listing's form, as decisions: which files are taken, in which order they stand, and where on a canvas each is drawn.
 * @module
 */

/** Pixels of the longer side of what is sent, and the fewest of the shorter one that a stall takes (merchant.FullSide, LeastSide). */
export const longest = 1600
export const least = 64

/** What is cut off each side, as parts of the upright picture. @typedef {{ left: number, top: number, right: number, bottom: number }} Crop */
/** turn: quarter turns to the right. @typedef {{ turn: number, crop: Crop }} Framing */
/** @typedef {{ width: number, height: number }} Size */

/** @type {Crop} */
export const whole = { left: 0, top: 0, right: 0, bottom: 0 }

/** The most that is cut off two opposite sides together. */
const most = 0.9

/** A framing a quarter turn further to the right; what is cut off stays cut off. @param {Framing} of @returns {Framing} */
export const turned = ({ turn, crop: { left, top, right, bottom } }) => ({ turn: (turn + 1) % 4, crop: { left: bottom, top: left, right: top, bottom: right } })

/** How large a picture is once it is turned. @param {Size} size @param {number} turn @returns {Size} */
export const upright = ({ width, height }, turn) => turn % 2 === 0 ? { width, height } : { width: height, height: width }

/** Cuts off as much of one side as leaves something. @param {Crop} crop @param {keyof Crop} side @param {number} part @returns {Crop} */
export function trimmed(crop, side, part) {
  const opposite = /** @type {const} */ ({ left: 'right', right: 'left', top: 'bottom', bottom: 'top' })[side]
  return { ...crop, [side]: Math.min(Math.max(part, 0), most - crop[opposite]) }
}

/** The square in the middle of what is left. @param {Size} size upright @param {Crop} crop @returns {Crop} */
export function squared({ width, height }, { left, top, right, bottom }) {
  const [across, down] = [width * (1 - left - right), height * (1 - top - bottom)]
  const [wide, high] = [Math.max(across - down, 0) / width / 2, Math.max(down - across, 0) / height / 2]
  return { left: left + wide, right: right + wide, top: top + high, bottom: bottom + high }
}

/**
 * What is between two points; one that is next to nothing is a slip of the finger, and leaves the whole.
 * @param {{ x: number, y: number }} from in parts of the upright picture @param {{ x: number, y: number }} to @returns {Crop}
 */
export function between(from, to) {
  const part = (/** @type {number} */ n) => Math.min(Math.max(n, 0), 1)
  const [left, top] = [part(Math.min(from.x, to.x)), part(Math.min(from.y, to.y))]
  const [right, bottom] = [1 - part(Math.max(from.x, to.x)), 1 - part(Math.max(from.y, to.y))]
  return left + right > most || top + bottom > most ? whole : { left, top, right, bottom }
}

/**
 * The canvas on which a picture is drawn as it is framed, and the transform it is drawn with: never larger than it is, and no smaller
 * than a stall takes, however thin.
 * @param {Size} size of the picture @param {Framing} framing @param {{ side: number, thin: number }} [bounds] in pixels
 * @returns {Size & { transform: [number, number, number, number, number, number] }}
 */
export function drawing(size, { turn, crop }, { side, thin } = { side: longest, thin: least }) {
  const { width, height } = upright(size, turn)
  const [across, down] = [width * (1 - crop.left - crop.right), height * (1 - crop.top - crop.bottom)]
  const scale = Math.min(1, Math.max(side / Math.max(across, down), thin / Math.min(across, down)))
  const [a = 1, b = 0, c = 0, d = 1, e = 0, f = 0] = [[1, 0, 0, 1, 0, 0], [0, 1, -1, 0, size.height, 0], [-1, 0, 0, -1, size.width, size.height], [0, -1, 1, 0, 0, size.width]][turn] ?? []
  const [x, y] = [e - crop.left * width, f - crop.top * height]
  return {
    width: Math.max(1, Math.round(across * scale)), height: Math.max(1, Math.round(down * scale)),
    transform: [a * scale, b * scale, c * scale, d * scale, x * scale, y * scale],
  }
}

/** A list with one of it elsewhere; a place that there is not is the nearest. @template T @param {T[]} list @param {number} from @param {number} to @returns {T[]} */
export function moved(list, from, to) {
  const rest = list.filter((_, i) => i !== from)
  return from < 0 || from >= list.length ? list : rest.toSpliced(Math.min(Math.max(to, 0), rest.length), 0, ...list.slice(from, from + 1))
}

/**
 * Which of the chosen files are taken: each once, and as many as there is room for.
 * @template {{ name: string, size: number, lastModified: number }} F
 * @param {F[]} there @param {F[]} files @param {number} room
 * @returns {{ taken: F[], left: F[] }}
 */
export function fitting(there, files, room) {
  const known = [...there]
  const fresh = files.filter(file => {
    const again = known.some(other => other.name === file.name && other.size === file.size && other.lastModified === file.lastModified)
    if (!again) known.push(file)
    return !again
  })
  return { taken: fresh.slice(0, room), left: fresh.slice(Math.max(room, 0)) }
}
